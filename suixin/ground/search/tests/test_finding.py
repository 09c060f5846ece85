"""What is found, in which order, by whom; and that a question never is more than text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin

from suixin.ground.search import actions, finding, registry, sound
from suixin.ground.search.asking import MAX_NEEDS, MAX_PARTS, question
from suixin.ground.search.engines import Scope
from suixin.ground.search.models import Document
from suixin.ground.search.registry import Entry, Kind
from suixin.ground.search.tests.corpus import SCOPE, fill

KIND = Scope("thing", is_public=False)


def _put(key: str, title: str, *items: str, **more: object) -> None:
    actions.put(Entry("thing", key, title, items=items, **more))  # type: ignore[arg-type]  # test data


def _found(text: str, scope: Scope = KIND, **more: object) -> list[str]:
    return [one.key for one in finding.search(scope, text, **more).documents]  # type: ignore[arg-type]  # as above


@pytest.mark.django_db
def test_title_over_item_over_abstract_and_exact_over_near():
    _put("abstract", "甲", abstract="含有水库水位的内容")
    _put("item", "乙", "水库水位")
    _put("title", "水库水位")
    _put("homophone", "水裤水位")
    assert _found("水库水位") == ["title", "item", "abstract", "homophone"]


@pytest.mark.django_db
def test_putting_again_replaces_and_dropping_forgets():
    _put("a", "公交线路")
    _put("a", "空气质量")
    assert _found("公交线路") == []
    assert _found("空气质量") == ["a"]
    actions.drop("thing", "a")
    assert _found("空气质量") == []
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_public_and_subtree_bound_what_is_found():
    _put("open", "公交线路", is_public=True, lineage="A/B/")
    _put("ours", "公交线路", lineage="A/C/")
    assert _found("公交", Scope("thing")) == ["open"]
    assert _found("公交", Scope("thing", is_public=False, lineage="A/C/")) == ["ours"]
    assert _found("公交", Scope("other")) == []


@pytest.mark.django_db
def test_every_part_must_be_met():
    _put("a", "诊所名录", "名称")
    _put("b", "公交线路", "名称")
    assert _found("诊所 公交") == []
    assert _found("名称 公交") == ["b"]


@pytest.mark.parametrize("asked", ["chongqing", "zhongqing", "yinhang", "yinxing", "cqyh", "重庆银航"])
@pytest.mark.django_db
def test_character_of_two_readings_is_found_by_either(asked):
    _put("a", "重庆银行")
    assert _found(asked) == ["a"]


@pytest.mark.django_db
def test_pages_and_facets_belong_together():
    for number in range(25):
        _put(str(number), f"公交线路{number}", facets={"theme": ["交通" if number % 2 else "城管"], "level": ["1"]})
    page = finding.search(KIND, "公交", chosen={"theme": ["交通"]}, start=10, size=10)
    assert (len(page.documents), page.total) == (2, 12)
    assert page.facets == {"theme": {"城管": 13, "交通": 12}, "level": {"1": 12}}


@pytest.mark.django_db
def test_rebuilding_adds_what_was_missing_and_forgets_what_is_gone():
    _put("gone", "旧的")
    now = {"new": Entry("thing", "new", "新的")}
    registry.register(Kind("thing", "东西", lambda: list(now), lambda keys: [now[key] for key in keys]))
    told: list[tuple[int, int]] = []
    try:
        assert actions.rebuild("thing", progress=lambda done, total: told.append((done, total))) == 1
    finally:
        registry._kinds.pop("thing")  # registered for this test alone
    assert (list(Document.objects.values_list("key", flat=True)), told) == (["new"], [(1, 1)])


@pytest.mark.django_db
def test_any_text_whatever_finds_without_an_error():
    fill()

    @given(st.text(max_size=200) | st.text('"\'*():^-+|&!<>{}\\%_0x公交g ', max_size=60))
    def finds(text: str) -> None:
        finding.search(SCOPE, text)

    finds()


@given(st.text(max_size=500))
def test_questions_are_bounded(text):
    asked = question(text)
    assert len(asked.parts) <= MAX_PARTS
    assert sum(len(part.needs) for part in asked.parts) <= MAX_NEEDS


@pytest.mark.parametrize(("letters", "meant"), [("gongjijni", ("gong", "ji", "jin")), ("kongqizhilaing", ("kong", "qi", "zhi", "liang"))])
def test_mistyped_pinyin_is_respelled(letters, meant):
    assert meant in sound.respelled(letters)


@pytest.mark.parametrize("run", ["重庆银行行长", "长江大桥养老保险登记信息", "音乐快乐", "银行\u4dbf行业", "还款还是", "朝阳区朝夕"])
def test_words_are_read_alone_as_in_their_run(run: str) -> None:
    whole = lazy_pinyin(run, style=Style.NORMAL)
    read = [one[0] for one in sound.readings(run)]
    assert read == (whole if len(whole) == len(run) else [lazy_pinyin(char, style=Style.NORMAL)[0] for char in run])
