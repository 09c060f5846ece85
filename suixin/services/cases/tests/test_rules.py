"""Rules of cases: numbers, limits, who may apply; and whatever limits an item has, its procedure is proven."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.flow import proofs
from suixin.ground.flow.parsing import parse
from suixin.services.cases import rules

pytestmark = pytest.mark.any_database
DAY = date(2026, 11, 30)


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from("12345"))
def test_every_promise_within_the_law_makes_a_proven_procedure(promise: int, more: int, unit: str) -> None:
    content = {"promise_day": promise, "promise_type": unit, "anticipate_day": promise + more, "anticipate_type": unit, "project_type": "2"}
    if promise * {"4": 30, "5": 365}.get(unit, 1) > 9_999 or (promise + more) * {"4": 30, "5": 365}.get(unit, 1) > 9_999:
        return  # no limit of that length can be written
    declaration = parse(rules.procedure_of("case-x-1", "某事", dict(content)))
    known = proofs.Known(kinds=frozenset({"cases.case"}))
    assert proofs.faults_of(declaration, holders=lambda role, place: True, known=known) == []
    assert sum(one.limit.amount for one in rules.stages_of(dict(content))) == rules.limit_of(dict(content), "promise").amount


@pytest.mark.parametrize(("number", "guardian", "is_refused"), [
    ("000000200811301017", "", False), ("000000200812011017", "", True), ("000000200812011017", "某", False),
    ("000000199902301017", "", False),
])
def test_who_is_under_eighteen_needs_a_guardian(number: str, guardian: str, is_refused: bool) -> None:
    assert bool(rules.fault_of_applicant(number, guardian=guardian, day=DAY)) is is_refused


@pytest.mark.parametrize(("told", "more"), [
    ("撤销", {"is_revoked": True}), ("有效期", {"valid_to": date(2026, 11, 29)}), ("有效期", {"valid_from": date(2026, 12, 1)}),
    ("不包括", {"items": ["b"]}), ("", {"items": []}), ("", {"valid_to": DAY}),
])
def test_authority_covers_its_items_until_its_last_day(told: str, more: dict[str, object]) -> None:
    terms = {"is_revoked": False, "valid_from": DAY, "valid_to": date(2027, 1, 1), "items": ["a"], "item": "a", "day": DAY, **more}
    fault = rules.fault_of_authority(**terms)  # type: ignore[arg-type]  # test data
    assert told in fault
    assert bool(fault) is bool(told)


def test_numbers_follow_the_recommended_layout() -> None:
    prefix = rules.prefix_of("510900", "11510900000000035J", DAY)
    assert (prefix, rules.number_of_case(prefix, 7)) == ("510900000000000000035261130", "51090000000000000003526113000007")
    assert rules.number_of_document("市民政局", "受", year=2026, count=12) == "市民政局受〔2026〕12号"
