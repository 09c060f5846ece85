"""Versions of what a city keeps: drafted, handed on, published by another person, in force from its day, never changed."""

from datetime import date

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.standards import actions, code_set, comparing, element_for, held
from suixin.ground.standards.actions import Told
from suixin.ground.standards.errors import BadDraft, WrongState
from suixin.ground.standards.models import Code, Kind, Version
from suixin.ground.standards.rules import Row
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed, NotFound
from tests import cast

pytestmark = pytest.mark.django_db

TOWNS = "test-towns"


def drafted(label: str, rows: list[Row], *, code: str = TOWNS, valid_from: date | None = None, translates: bool = True) -> Version:
    told = Told(label, "乡镇", valid_from=valid_from, translates=translates)
    version = actions.begin_version(Kind.CODE_SET, code, told, actor=cast.data_officer)
    actions.fill_codes(version, rows, actor=cast.data_officer)
    return actions.submit_version(version, actor=cast.data_officer)


def published(label: str, rows: list[Row], **more: object) -> Version:
    made = actions.publish_version(drafted(label, rows, **more), actor=cast.review)  # type: ignore[arg-type]  # test data
    held.refresh()
    return made


def first() -> Version:
    return published("2020", [Row("1", "甲镇"), Row("2", "乙镇"), Row("3", "丙镇")])


def second(**more: object) -> Version:
    gone = [Row("2", "", successors=("4",), is_gone=True), Row("3", "", successors=("4", "1"), is_gone=True)]
    rows = [Row("1", "甲街道"), Row("4", "丁镇"), *gone]
    return published("2024", rows, **more)


def test_version_is_in_force_once_another_person_published_it() -> None:
    version = drafted("2020", [Row("1", "甲镇")])
    with pytest.raises(WrongState, match="两个人"):
        actions.publish_version(version, actor=cast.data_officer)
    actions.publish_version(version, actor=cast.review)
    held.refresh()
    assert (code_set(TOWNS).version, dict(code_set(TOWNS).entries)) == ("2020", {"1": "甲镇"})
    assert Record.objects.filter(action="standards.published", actor_key="review").exists()


def test_older_version_reads_as_it_was_published() -> None:
    first()
    digest = code_set(f"{TOWNS}@2020").digest
    second()
    assert dict(code_set(f"{TOWNS}@2020").entries) == {"1": "甲镇", "2": "乙镇", "3": "丙镇"}
    assert dict(code_set(TOWNS).entries) == {"1": "甲街道", "4": "丁镇"}
    assert code_set(f"{TOWNS}@2020").digest == digest != code_set(TOWNS).digest
    assert Code.objects.count() == 5  # what did not change lies once


def test_merged_code_is_followed_and_split_one_is_not() -> None:
    first()
    second()
    assert dict(code_set(TOWNS).followed) == {"2": "4"}
    assert code_set(TOWNS).gone["3"] == ("4", "1")
    assert code_set(TOWNS).code_of("甲镇") == "1"  # what it was called before


def test_version_that_does_not_translate_follows_nothing() -> None:
    first()
    second(translates=False)
    assert not code_set(TOWNS).followed
    assert "甲镇" not in code_set(TOWNS)


def test_version_of_a_later_day_is_not_yet_in_force() -> None:
    first()
    second(valid_from=date(2999, 1, 1))
    assert code_set(TOWNS).version == "2020"
    assert code_set(f"{TOWNS}@2024").version == "2024"
    with pytest.raises(NotFound, match="没有“2030”这一版"):
        code_set(f"{TOWNS}@2030")


def test_set_that_ships_begins_with_what_ships() -> None:
    ships = code_set("GB/T 2261.1")
    published("2030", [Row("1", "男性的"), Row("2", "女")], code="GB/T 2261.1")
    assert code_set("GB/T 2261.1").entries["1"] == "男性的"
    assert code_set(ships.reference).entries == ships.entries


def test_one_draft_is_open_at_a_time_and_a_label_is_used_once() -> None:
    version = drafted("2020", [Row("1", "甲镇")])
    with pytest.raises(WrongState, match="已有一份"):
        drafted("2021", [Row("1", "甲镇")])
    actions.publish_version(version, actor=cast.review)
    with pytest.raises(WrongState, match="换一个版本号"):
        drafted("2020", [Row("1", "乙镇")])
    with pytest.raises(BadDraft, match="没有差别"):
        drafted("2021", [Row("1", "甲镇")])


@pytest.mark.parametrize("actor", [cast.clerk, cast.district_officer, cast.auditor])
def test_platform_sets_are_the_city_bureaus_to_keep(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        actions.begin_version(Kind.CODE_SET, TOWNS, Told("1", "乡镇"), actor=actor)


def test_published_version_takes_no_other_codes_and_publishing_twice_is_refused() -> None:
    version = first()
    with pytest.raises(WrongState, match="已发布"):
        actions.fill_codes(version, [Row("9", "新")], actor=cast.data_officer)
    with pytest.raises(WrongState, match="已发布"):
        actions.publish_version(version, actor=cast.review)


def test_dropped_draft_leaves_nothing() -> None:
    version = actions.begin_version(Kind.CODE_SET, TOWNS, Told("1", "乡镇"), actor=cast.data_officer)
    actions.drop_version(version, actor=cast.data_officer, reason="写错了")
    assert not Version.objects.exists()
    assert Record.objects.filter(action="standards.dropped").exists()


def test_element_of_a_later_version_is_what_a_header_means() -> None:
    version = actions.begin_version(Kind.ELEMENT, "school_stage_name", Told("1", "学段名称"), actor=cast.data_officer)
    actions.fill_element(version, {"name": "学段全称甲", "type": "C", "length": 12}, actor=cast.data_officer)
    actions.submit_version(version, actor=cast.data_officer)
    actions.publish_version(version, actor=cast.review)
    held.refresh()
    found = element_for("学段全称甲")
    assert found is not None
    assert (found.field, found.length) == ("school_stage_name", 12)


def test_department_cannot_take_a_code_that_ships() -> None:
    owner = actions.Owner(("91510903XX0000326X",), "某局")
    with pytest.raises(WrongState, match="平台的标准"):
        actions.begin_version(Kind.CODE_SET, "GB/T 2261.1", Told("1", "性别"), actor=SYSTEM, owner=owner)
    assert not Version.objects.exists()


def told_between(before: Version, after: Version) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    return [(one.kind, one.row.code, one.former, one.row.name, one.row.successors) for one in comparing.between(before, after).changes]


def test_any_two_versions_are_compared_forwards_and_backwards() -> None:
    one, two = first(), second()
    three = published("2026", [Row("1", "甲镇"), Row("4", "丁镇"), Row("5", "戊镇"), Row("3", "丙镇")])
    assert told_between(one, three) == [
        ("abolished", "2", "", "乙镇", ("4",)), ("added", "4", "", "丁镇", ()), ("added", "5", "", "戊镇", ()),
    ]
    assert told_between(three, one) == [
        ("abolished", "4", "", "丁镇", ()), ("abolished", "5", "", "戊镇", ()), ("added", "2", "", "乙镇", ()),
    ]
    assert [line[:2] for line in told_between(two, three)] == [("added", "3"), ("added", "5"), ("renamed", "1")]
    assert told_between(two, two) == []
