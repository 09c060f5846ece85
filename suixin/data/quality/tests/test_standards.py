"""Judging by versions of code sets and by mappings of own codes: what is followed, what is a fault, what is kept on record."""

import pytest

from suixin.data.catalog import coding as catalog_coding
from suixin.data.catalog.contract import Contract
from suixin.data.quality import coded as quality_coded
from suixin.data.quality import pinning
from suixin.data.quality.check import Verdict
from suixin.data.quality.tests.factories import contract, item, judged, table
from suixin.ground.standards import actions, held, mapping
from suixin.ground.standards.actions import Owner, Told
from suixin.ground.standards.errors import BadDraft, WrongState
from suixin.ground.standards.models import Kind, Mapping, Version
from suixin.ground.standards.rules import Row
from tests import cast

pytestmark = pytest.mark.django_db

TOWNS, OWN = "test-towns", "own-towns"
DEPARTMENT = Owner(cast.clerk.organisation_path, "人社局")


def published(label: str, rows: list[Row], *, code: str = TOWNS, owner: Owner = actions.PLATFORM) -> Version:
    actor = cast.clerk if owner.uscc else cast.data_officer
    version = actions.begin_version(Kind.CODE_SET, code, Told(label, code), actor=actor, owner=owner)
    actions.fill_codes(version, rows, actor=actor)
    made = actions.publish_version(actions.submit_version(version, actor=actor), actor=cast.review)
    held.refresh()
    return made


def towns() -> None:
    published("2020", [Row("1", "甲镇"), Row("2", "乙镇"), Row("3", "丙镇")])
    gone = [Row("2", "", successors=("4",), is_gone=True), Row("3", "", successors=("4", "1"), is_gone=True)]
    published("2024", [Row("1", "甲街道"), Row("4", "丁镇"), *gone])


def mapped(pairs: dict[str, str]) -> Mapping:
    own = published("1", [Row("1", "丁镇"), Row("x", "甲街道"), Row("y", "别处")], code=OWN, owner=DEPARTMENT).standard
    made = mapping.begin_mapping(own, TOWNS, actor=cast.clerk)
    mapping.submit_mapping(mapping.fill_mapping(made, pairs, actor=cast.clerk), actor=cast.clerk)
    published_one = mapping.publish_mapping(made, actor=cast.review)
    held.refresh()
    return published_one


def judge(agreed: Contract, cells: list[str]) -> tuple[Verdict, list[str], list[str]]:
    rows, rejects, verdict = judged(agreed, table({"town": cells}))
    return verdict, [str(row["town"]) for row in rows], [reason.sentence for one in rejects for reason in one.reasons]


def coded(code_set: str = TOWNS, **more: str) -> Contract:
    return contract(item("town", "C", code_set=code_set, **more))


def test_old_code_becomes_its_successor_and_a_split_one_is_a_fault() -> None:
    towns()
    verdict, kept, sentences = judge(coded(), ["1", "2", "3", "甲镇"])
    assert kept == ["1", "4", "1"]
    assert verdict.normalised == {"town": {"code_name": 2}}
    assert len(sentences) == 1
    assert "“3”不在代码集 test-towns(2024 版)中" in sentences[0]


def test_item_that_names_a_version_is_judged_by_it_for_good() -> None:
    towns()
    _, kept, _ = judge(coded(f"{TOWNS}@2020"), ["1", "2", "3"])
    assert kept == ["1", "2", "3"]


def test_batch_keeps_which_version_judged_it_and_its_rules_have_another_digest() -> None:
    published("2020", [Row("1", "甲镇"), Row("2", "乙镇")])
    before, _, _ = judge(coded(), ["1", "2", "9"])
    assert before.code_sets["town"] | {"digest": ""} == {
        "set": TOWNS, "version": "2020", "digest": "", "mapping": 0, "cells": 3, "outside": 1,
    }
    published("2024", [Row("1", "甲镇")])
    after, _, _ = judge(coded(), ["1"])
    assert after.code_sets["town"]["version"] == "2024"
    assert after.rule_version != before.rule_version


def test_own_codes_are_translated_even_where_the_standard_means_something_else_by_them() -> None:
    towns()
    mapped({"1": "4", "x": "1"})
    verdict, kept, sentences = judge(coded(own_codes=OWN), ["1", "x", "甲街道", "y", "4", "-"])
    assert kept == ["4", "1", "1", "None"]
    assert verdict.normalised == {"town": {"blank": 1, "code_name": 3}}
    assert verdict.code_sets["town"]["mapping"] == 1
    assert len(sentences) == 2
    assert "“y”没有对照到代码集 test-towns;本单位代码集为 own-towns" in sentences[0]


def test_without_a_mapping_in_force_own_codes_are_faults() -> None:
    towns()
    _, kept, sentences = judge(coded(own_codes=OWN), ["1"])
    assert kept == []
    assert "对照" in sentences[0]


def test_mapping_is_published_by_another_person_and_replaces_the_one_before() -> None:
    towns()
    first = mapped({"1": "4"})
    made = mapping.begin_mapping(first.own, TOWNS, actor=cast.clerk)
    mapping.fill_mapping(made, {"1": "1", "x": "1"}, actor=cast.clerk)
    with pytest.raises(WrongState):
        mapping.publish_mapping(made, actor=cast.review)
    mapping.publish_mapping(mapping.submit_mapping(made, actor=cast.clerk), actor=cast.review)
    held.refresh()
    assert judge(coded(own_codes=OWN), ["1", "x"])[1] == ["1", "1"]
    assert judge(coded(own_codes=f"{OWN}@1"), ["1", "x"])[1] == ["4"]


def test_mapping_names_only_codes_that_are_there() -> None:
    towns()
    own = published("1", [Row("1", "丁镇")], code=OWN, owner=DEPARTMENT).standard
    made = mapping.begin_mapping(own, TOWNS, actor=cast.clerk)
    for pairs, word in (({"9": "1"}, "没有代码“9”"), ({"1": "2"}, "没有代码“2”")):
        with pytest.raises(BadDraft, match=word):
            mapping.fill_mapping(made, pairs, actor=cast.clerk)


def test_large_set_is_read_by_code_name_and_label() -> None:
    published("1", [Row(f"{n:06}", f"村{n}") for n in range(20_500)])
    _, kept, sentences = judge(coded(), ["000007", "村8", "000009 村9", "000009 村8", "x"])
    assert kept == ["000007", "000008", "000009"]
    assert len(sentences) == 2


CELLS = ["1", " 4 ", "2", "3", "甲街道", "甲镇", "4 丁镇", "4　丁镇", "4 甲街道", "-", "", "y", "x", "１", None]  # cells as they come


@pytest.mark.parametrize("more", [{}, {"length": 20}, {"own_codes": OWN}])
def test_large_sets_and_mappings_are_read_as_small_ones_are(more: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    towns()
    mapped({"1": "4", "x": "1"})
    few, many = coded(**more), []
    many.append(judge(few, CELLS))  # type: ignore[arg-type]  # a cell may be missing
    for module in (catalog_coding, quality_coded, pinning):
        monkeypatch.setattr(module, "LARGE", -1)
    pinning._members_of.cache_clear()
    pinning._writing_sets.cache_clear()
    many.append(judge(few, CELLS))  # type: ignore[arg-type]  # as above
    assert [(kept, sentences, verdict.normalised) for verdict, kept, sentences in many[:1]] == [
        (kept, sentences, verdict.normalised) for verdict, kept, sentences in many[1:]
    ]
    assert many[0][0].indicators == many[1][0].indicators
