"""Precision and recall on labelled pairs: what holds the same is found, and nothing else is."""

from suixin.data.quality.radar import scanning
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
