"""The clock's algebra holds for every calendar, limit and stop that hypothesis thinks of."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.flow import workdays
from suixin.ground.flow.durations import Duration, Unit
from suixin.ground.flow.workdays import Stop, WorkCalendar
from suixin.kit.clock import CHINA

few = settings(max_examples=60, deadline=None)
dates = st.dates(date(2024, 1, 1), date(2026, 12, 31))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=CHINA))  # noqa: DTZ001
calendars = st.dictionaries(dates, st.booleans(), max_size=60).map(WorkCalendar)
limits = st.builds(Duration, st.integers(1, 60))
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=40))


@st.composite
def stopped(draw: st.DrawFn) -> tuple[datetime, list[Stop]]:
    """A start and up to four closed stops after it, in any order, overlapping or not."""
    start = draw(instants)
    begins = draw(st.lists(st.timedeltas(timedelta(), timedelta(days=90)), max_size=4))
    return start, [Stop(start + begin, start + begin + draw(lengths)) for begin in begins]


def slow_due(start: datetime, n: int, calendar: WorkCalendar) -> date:
    day = workdays.day_of(start)
    while n:
        day += timedelta(days=1)
        n -= calendar.is_workday(day)
    return day


@few
@given(instants, limits, calendars)
def test_due_is_the_nth_workday_after_the_start_counted_one_by_one(start, limit, calendar) -> None:
    due = workdays.due(start, limit, calendar)
    assert due == workdays.end_of(slow_due(start, limit.amount, calendar))
    assert workdays.shifted(due, 3, calendar) == workdays.end_of(slow_due(due, 3, calendar))


@few
@given(stopped(), limits, calendars, st.integers(0, 20))
def test_due_is_monotone_in_the_limit_and_in_what_is_added(case, limit, calendar, more) -> None:
    start, stops = case
    longer = workdays.due(start, Duration(limit.amount + more), calendar, stops=stops)
    assert workdays.due(start, limit, calendar, stops=stops) <= longer
    assert workdays.due(start, limit, calendar, stops=stops, added=more) == longer


@few
@given(stopped(), st.builds(Duration, st.integers(1, 60), st.sampled_from([Unit.WORKING_DAYS, Unit.DAYS])), calendars)
def test_due_is_never_on_a_non_workday(case, limit, calendar) -> None:
    due = workdays.due(case[0], limit, calendar, stops=case[1])
    assert calendar.is_workday(workdays.day_of(due))
    assert due > case[0]


@few
@given(instants, limits, calendars, st.floats(0, 1), lengths)
def test_a_stop_of_k_workdays_moves_due_by_exactly_k_workdays(start, limit, calendar, share, length) -> None:
    before = workdays.due(start, limit, calendar)
    begun = start + (before - start) * share
    stop, ended = Stop(begun, begun + length), workdays.day_of(begun + length)
    day = timedelta(days=1)
    k = calendar.workdays_between(workdays.day_of(begun) - day, ended - day)
    after = workdays.due(start, limit, calendar, stops=[stop])
    assert calendar.workdays_between(workdays.day_of(before), workdays.day_of(after)) == k
    assert workdays.day_of(after) >= ended or k == 0  # not overdue as soon as it goes on


@few
@given(stopped(), limits, calendars, st.timedeltas(timedelta(), timedelta(days=150)), st.integers(0, 9))
def test_spent_and_left_are_the_limit_and_left_leads_to_due(case, limit, calendar, passed, added) -> None:
    start, stops = case
    at = start + passed
    spent = workdays.spent(start, limit, calendar, stops=stops, added=added, at=at)
    left = workdays.left(start, limit, calendar, stops=stops, added=added, at=at)
    assert spent + left == limit.amount + added
    if all(stop.end < at for stop in stops) and spent:
        due = workdays.due(start, limit, calendar, stops=stops, added=added)
        assert calendar.workdays_between(workdays.day_of(at), workdays.day_of(due)) == left


@few
@given(instants, limits, calendars, st.integers(0, 30), st.integers(0, 30))
def test_nothing_is_spent_while_the_clock_stands(start, limit, calendar, first, second) -> None:
    stop = Stop(start)
    at = [start + timedelta(days=max(first, second)), start + timedelta(days=min(first, second))]
    spent = [workdays.spent(start, limit, calendar, stops=[stop], at=one) for one in at]
    assert spent == [0, 0]


@few
@given(stopped(), limits, calendars)
def test_order_of_stops_and_overlap_do_not_matter(case, limit, calendar) -> None:
    start, stops = case
    due = workdays.due(start, limit, calendar, stops=stops)
    assert due == workdays.due(start, limit, calendar, stops=stops[::-1])
    assert due == workdays.due(start, limit, calendar, stops=[*stops, *stops])


@few
@given(instants, limits, calendars)
def test_amber_begins_after_the_start_and_before_due(start, limit, calendar) -> None:
    amber, due = workdays.amber_from(start, limit, calendar), workdays.due(start, limit, calendar)
    assert start < amber < due or amber == start
    left = workdays.left(start, limit, calendar, at=amber)
    assert left <= max(limit.amount / 3, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(("limit", "stops", "added", "due"), [
    (Duration(1), [], 0, "2026-03-03 23:59:59"),
    (Duration(5), [], 0, "2026-03-09 23:59:59"),
    (Duration(5), [Stop(at("2026-03-04 10:00"), at("2026-03-06 09:00"))], 0, "2026-03-11 23:59:59"),
    (Duration(5), [Stop(at("2026-03-09 10:00"), at("2026-03-14 09:00"))], 0, "2026-03-16 23:59:59"),
    (Duration(5), [Stop(at("2026-03-12 10:00"), at("2026-03-20 09:00"))], 0, "2026-03-09 23:59:59"),  # began too late
    (Duration(5), [Stop(at("2026-03-04 10:00"), at("2026-03-10 09:00"), is_restart=True)], 0, "2026-03-17 23:59:59"),
    (Duration(5), [], 3, "2026-03-12 23:59:59"),
    (Duration(5, Unit.DAYS), [], 0, "2026-03-09 23:59:59"),  # the 7th is a Saturday
    (Duration(4, Unit.HOURS), [Stop(at("2026-03-02 10:00"), at("2026-03-02 11:30"))], 0, "2026-03-02 14:30:00"),
    (Duration(4, Unit.HOURS), [Stop(at("2026-03-02 10:00"), at("2026-03-02 11:30"), is_restart=True)], 0, "2026-03-02 15:30:00"),
])
def test_limits_from_monday_9_oclock(limit, stops, added, due) -> None:
    assert workdays.due(at("2026-03-02 09:00"), limit, WorkCalendar(), stops=stops, added=added) == at(due)


@pytest.mark.parametrize(("limit", "amber"), [
    (Duration(1), "2026-03-03 00:00"), (Duration(2), "2026-03-03 00:00"), (Duration(3), "2026-03-04 00:00"),
    (Duration(10), "2026-03-11 00:00"), (Duration(6, Unit.DAYS), "2026-03-06 00:00"), (Duration(3, Unit.HOURS), "2026-03-02 11:00"),
])
def test_amber_is_the_last_third_or_the_last_working_day(limit, amber) -> None:
    assert workdays.amber_from(at("2026-03-02 09:00"), limit, WorkCalendar()) == at(amber)


def test_counting_reaches_beyond_the_prepared_years() -> None:
    calendar = WorkCalendar({date(2150, 1, 1): False})
    assert calendar.nth_workday_after(date(1990, 1, 1), 1) == date(1990, 1, 2)
    assert calendar.nth_workday_after(date(2149, 12, 31), 1) == date(2150, 1, 2)
    assert calendar.workdays_between(date(2026, 3, 6), date(2026, 3, 9)) == 1
