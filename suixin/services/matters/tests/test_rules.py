"""Situations as digits, ends of cases as results, lights."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.flow.parsing import parse
from suixin.ground.flow.workdays import WorkCalendar
from suixin.services.matters import rules
from suixin.services.themes.declaration import Ask
from suixin.services.themes.rules import Result

pytestmark = pytest.mark.any_database
ASKS = st.lists(st.integers(0, 4), max_size=5).map(
    lambda sizes: tuple(_ask(at, size) for at, size in enumerate(sizes)))


def _ask(at: int, size: int) -> Ask:
    return Ask(f"问{at}", "？", tuple(f"答{n}" for n in range(size + 1)) if size > 1 else ())


@given(ASKS, st.data())
def test_every_situation_has_its_digits_and_every_digits_at_most_one_situation(asks: tuple[Ask, ...], data: st.DataObject) -> None:
    answers = {one.name: data.draw(st.sampled_from(one.values)) for one in asks}
    code = rules.situation_code(asks, answers)
    assert rules.situation_of(asks, code) == answers
    if asks:
        assert rules.situation_code(asks, {**answers, asks[0].name: "没有的"}) == ""
        assert rules.situation_of(asks, f"{code}-1") is None
        assert rules.situation_of(asks, code.replace(code[0], "0", 1)) is None


@pytest.mark.parametrize(("state", "decision", "result"), [
    ("received", "", None), ("accepted", "", None), ("granted", "granted", Result.APPROVED), ("closed", "granted", Result.APPROVED),
    ("archived", "granted", Result.APPROVED), ("refused", "", Result.REFUSED), ("archived", "", Result.REFUSED),
    ("denied", "denied", Result.REFUSED), ("withdrawn", "", Result.REFUSED), ("stopped", "granted", Result.REFUSED),
])
def test_end_of_a_case_counts_for_its_part(state: str, decision: str, result: Result | None) -> None:
    assert rules.result_of(state, decision) is result


def test_light_turns_amber_two_working_days_before_and_red_beyond() -> None:
    friday = date(2026, 11, 27)
    days = [date(2026, 11, 24), date(2026, 11, 25), friday, date(2026, 11, 28)]
    assert [rules.light_of(friday, day, WorkCalendar()) for day in days] == ["green", "amber", "amber", "red"]


def test_procedures_of_visit_and_delivery_are_sound() -> None:
    for declared in (rules.visit_procedure(1), rules.visit_procedure(12), rules.delivery_procedure()):
        assert parse(declared).nodes
