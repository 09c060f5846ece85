"""Precision and recall on labelled pairs: what holds the same is found, and nothing else is."""

import pytest

from suixin.data.quality.radar import rules, scanning
from suixin.data.quality.radar.tests.pairs import CASES, Case, view


def _found(case: Case) -> set[tuple[str, str]]:
    return {(match.left.name, match.right.name) for match in scanning.matches_of(view(1, case.left), view(2, case.right))}


def test_labelled_pairs_are_told_apart() -> None:
    found = [(case, _found(case)) for case in CASES]
    hits = sum(len(case.same & pairs) for case, pairs in found)
    missed = [(case.title, *pair) for case, pairs in found for pair in case.same - pairs]
    wrong = [(case.title, *pair) for case, pairs in found for pair in pairs - case.same]
    labelled = sum(len(case.left) * len(case.right) for case in CASES)
    assert labelled >= 60
    assert hits / (hits + len(missed)) >= 0.95, missed
    assert hits / (hits + len(wrong)) >= 0.95, wrong


@pytest.mark.parametrize(("one", "other", "is_alike"), [
    ("农药经营许可", "食品经营许可", False), ("专精特新企业名录", "高新技术企业名录", False), ("公共体育场馆", "公共文化场馆", False),
    ("企业登记信息", "企业登记基本信息", True), ("路灯设施信息", "路灯设施信息", True), ("灯", "灯", True),
])
def test_titles_are_alike_by_their_neighbouring_characters(one: str, other: str, is_alike: bool) -> None:
    assert (rules.likeness_of_titles(one, other) >= rules.TITLES) is is_alike
    assert rules.likeness_of_titles(one, other) == rules.likeness_of_titles(other, one)
