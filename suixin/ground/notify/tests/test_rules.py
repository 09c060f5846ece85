"""Pauses grow, quiet hours hold, nothing adds a header."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.notify import rules
from suixin.kit import clock

MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=clock.CHINA) + timedelta(minutes=minutes))


def is_weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(("tries", "chance", "seconds"), [
    (1, 0.5, 15), (2, 0.5, 45), (3, 0.5, 135), (20, 0.5, 3600), (1, 0, 11.25), (1, 1, 18.75),
])
def test_pauses_grow_up_to_an_hour(tries, chance, seconds):
    assert rules.pause_after(tries, chance) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("now", "then"), [
    ("2026-03-02T12:00", "2026-03-02T12:00"), ("2026-03-02T20:59", "2026-03-02T20:59"), ("2026-03-02T21:00", "2026-03-03T08:00"),
    ("2026-03-03T07:59", "2026-03-03T08:00"), ("2026-03-06T21:30", "2026-03-09T08:00"), ("2026-03-07T12:00", "2026-03-09T08:00"),
])
def test_what_can_wait_leaves_on_the_next_workday_after_the_quiet_hours(now, then):
    moment = datetime.fromisoformat(now).replace(tzinfo=clock.CHINA)
    assert rules.next_allowed(moment, (time(21), time(8)), is_weekday).isoformat()[:16] == then


@settings(max_examples=60)
@given(now=MOMENTS, start=st.times(), end=st.times())
def test_the_moment_found_is_never_earlier_and_never_quiet(now, start, end):
    found = rules.next_allowed(now, (start, end), is_weekday)
    assert found >= now
    assert is_weekday(found.date())
    assert not rules.is_quiet(found.time(), start, end)
    assert rules.next_allowed(found, (start, end), is_weekday) == found


def test_a_calendar_without_workdays_holds_nothing_back_for_ever():
    now = datetime(2026, 3, 2, 12, tzinfo=clock.CHINA)
    assert rules.next_allowed(now, (time(21), time(8)), lambda _: False) == now


@settings(max_examples=60)
@given(text=st.text(), length=st.integers(2, 80))
def test_one_line_is_one_line_of_that_length(text, length):
    line = rules.one_line(text, length)
    assert len(line) <= length
    assert len(line.splitlines()) <= 1
    assert rules.one_line(line, length) == line


@pytest.mark.parametrize(("href", "is_ours"), [
    ("/console/", True), ("/a?b=c#d", True), ("//x.example", False), ("/\\x.example", False), ("https://x.example", False),
    ("javascript:alert(1)", False), ("/a b", False), ("/a\u2028b", False), ("", False),
])
def test_links_lead_into_this_site_only(href, is_ours):
    assert rules.is_local(href) is is_ours
