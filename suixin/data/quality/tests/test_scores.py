"""Marks follow GB/T 36344-2018: X = A / B, higher is better."""

from datetime import date

import pytest

from suixin.data.quality.scores import Tally, score_dimensions, score_indicators, timeliness


def test_an_indicator_is_the_share_that_passes_and_absent_without_elements() -> None:
    assert score_indicators(Tally({"0303": 200, "0402": 0}, {"0303": 10})) == {"0303": 95.0}


def test_more_failures_than_elements_are_zero_not_less() -> None:
    assert score_indicators(Tally({"0302": 10}, {"0302": 25})) == {"0302": 0.0}


def test_the_total_weighs_the_dimensions_that_were_measured() -> None:
    marks = score_dimensions({"0101": 100.0, "0201": 50.0}, {"conformity": 30, "completeness": 10, "accessibility": 0})
    assert marks["total"] == 87.5
    assert "accuracy" not in marks


def test_timeliness_falls_with_the_days_overdue() -> None:
    today = date(2026, 3, 31)
    assert timeliness(date(2026, 3, 30), today=today, cycle="2") == 100
    assert timeliness(date(2026, 3, 26), today=today, cycle="2") == pytest.approx(55.56)
    assert timeliness(date(2020, 1, 1), today=today, cycle="4") == 0
    assert timeliness(None, today=today, cycle="4") is None
