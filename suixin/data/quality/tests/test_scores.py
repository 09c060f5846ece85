"""Marks follow GB/T 36344-2018: X = A / B, higher is better."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.data.quality.scores import INDICATORS, Refusals, Tally, score_dimensions, score_indicators, timeliness


def test_an_indicator_is_the_share_that_passes_and_absent_without_elements() -> None:
    assert score_indicators(Tally({"0303": 200, "0402": 0}, {"0303": 10})) == {"0303": 95.0}


def test_more_failures_than_elements_are_zero_not_less() -> None:
    assert score_indicators(Tally({"0302": 10}, {"0302": 25})) == {"0302": 0.0}


def test_the_total_weighs_the_dimensions_that_were_measured() -> None:
    marks = score_dimensions({"0101": 100.0, "0201": 50.0}, {"conformity": 30, "completeness": 10, "accessibility": 0})
    assert marks["total"] == 87.5
    assert "accuracy" not in marks


MARKS = st.dictionaries(st.sampled_from(sorted(INDICATORS)), st.floats(0, 100), min_size=1)
REFUSED = st.integers(0, 500)


@given(MARKS, REFUSED, REFUSED)
def test_total_never_exceeds_the_share_of_rows_that_were_accepted(marks: dict[str, float], one: int, other: int) -> None:
    few, many = sorted((one, other))
    better, worse = (score_dimensions(marks, refusals=Refusals(500, n, {"accuracy": n})) for n in (few, many))
    assert worse["total"] <= round(100 * (1 - many / 500), 2)
    assert all(worse[name] <= better[name] for name in better)
    assert worse.get("accuracy", 0) <= round(100 * (1 - many / 500), 2)


@given(MARKS, st.integers(0, 500))
def test_batch_without_rejected_rows_is_marked_by_its_indicators_alone(marks: dict[str, float], rows: int) -> None:
    assert score_dimensions(marks, refusals=Refusals(rows, 0)) == score_dimensions(marks)


def test_timeliness_falls_with_the_days_overdue() -> None:
    today = date(2026, 3, 31)
    assert timeliness(date(2026, 3, 30), today=today, cycle="2") == 100
    assert timeliness(date(2026, 3, 26), today=today, cycle="2") == pytest.approx(55.56)
    assert timeliness(date(2020, 1, 1), today=today, cycle="4") == 0
    assert timeliness(None, today=today, cycle="4") is None
