"""The algebra of time limits: pure arithmetic on working days, stops and added time; what `clocking` applies to rows.

Day      the day of receipt does not count (次日起算); the last day ends at 23:59:59 China time
Stop     the working days from the day of a stop up to the day before it ends do not count: k of them move the due date by
         exactly k, so nothing is overdue at the moment it goes on; an open stop has moved nothing yet. A stop that begins
         after the due date changes nothing: who is late stays late. A restart counts from its end anew
Added    in the unit of the limit; in hours each added day is 24
Amber    a third or one working day left, whichever comes first, but never on the day of receipt (limit of one day: its last day)
Source   行政许可法 art. 42, 45, 82; 民法典 art. 201, 203 (calendar days that end on a holiday end on the next working day)
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from suixin.ground.flow.durations import Duration, Unit
from suixin.kit.clock import CHINA

_FIRST_YEAR, _LAST_YEAR = 2018, 2032  # prepared; more when it is asked for
_DAY_END = time(23, 59, 59)
_ONE = timedelta(days=1)


class WorkCalendar:
    """Which days are worked: weekdays, but for the days that `days` states; `years` are those officially announced.

    Immutable. Counting looks up two tables of prefix sums, so it costs the same for a week as for ten years.
    """

    def __init__(self, days: Mapping[date, bool] | None = None, years: Iterable[int] = ()) -> None:
        self.days: Mapping[date, bool] = dict(days or {})
        self.years = frozenset(years)
        self._table = _Table(self.days, _FIRST_YEAR, _LAST_YEAR)

    def is_workday(self, day: date) -> bool:
        """Whether work is done on that day."""
        stated = self.days.get(day)
        return day.weekday() < 5 if stated is None else stated

    def is_official(self, year: int) -> bool:
        """Whether the calendar of that year was announced; if not, it is weekdays (未公布)."""
        return year in self.years

    def nth_workday_after(self, day: date, n: int) -> date:
        """The n-th working day after `day`; 0: the last one up to it; negative: before that."""
        table = self._reaching(day, day + timedelta(days=2 * n + 400 * (1 if n >= 0 else -1)))
        return date.fromordinal(table.workdays[table.upto(day.toordinal()) + n - 1])

    def workdays_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative when `last` is earlier."""
        table = self._reaching(first, last)
        return table.upto(last.toordinal()) - table.upto(first.toordinal())

    def _reaching(self, first: date, last: date) -> "_Table":
        low, high = min(first.year, last.year), max(first.year, last.year)
        table = self._table
        if low <= table.first_year or high >= table.last_year:
            table = _Table(self.days, min(low - 2, table.first_year), max(high + 2, table.last_year))
            self._table = table
        return table


class _Table:
    """Working days of a span of years, in order, as ordinals."""

    def __init__(self, days: Mapping[date, bool], first_year: int, last_year: int) -> None:
        self.first_year, self.last_year = max(first_year, 1), min(last_year, 9998)
        start, end = date(self.first_year, 1, 1).toordinal(), date(self.last_year, 12, 31).toordinal()
        stated = {day.toordinal(): is_workday for day, is_workday in days.items()}
        self.workdays = array("l", (n for n in range(start, end + 1) if stated.get(n, (n + 6) % 7 < 5)))

    def upto(self, ordinal: int) -> int:
        """How many working days of the span there are up to that day."""
        return bisect_right(self.workdays, ordinal)


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which the clock stood; no end: it still does. A restart counts the whole limit again from its end."""

    start: datetime
    end: datetime | None = None
    is_restart: bool = False


def due(start: datetime, limit: Duration, calendar: WorkCalendar, *, stops: Sequence[Stop] = (), added: int = 0) -> datetime:
    """The last instant in time; as if open stops ended where they began."""
    if limit.unit is Unit.HOURS:
        return _hours(start, limit, stops, added)
    last = _run(start, limit, calendar, stops, added).last
    if not calendar.is_workday(last):
        last = calendar.nth_workday_after(last, 1)
    return end_of(last)


def spent(
    start: datetime, limit: Duration, calendar: WorkCalendar, *, at: datetime, stops: Sequence[Stop] = (), added: int = 0,
) -> int:
    """How much of the limit is used up at the instant, in its unit; a day counts from its beginning, nothing while stopped."""
    at = min([at, *(stop.start for stop in _merged(stops) if start <= stop.start <= at and (stop.end is None or stop.end > at))])
    if limit.unit is Unit.HOURS:
        begun = max([start, *(stop.end for stop in stops if stop.is_restart and stop.end and stop.end <= at)])
        stood = sum((min(s.end or at, at) - max(s.start, begun) for s in _merged(stops) if _touches(s, begun, at)), timedelta())
        return max(int((at - begun - stood) / timedelta(hours=1)), 0)
    run = _run(start, limit, calendar, stops, added, at)
    return max(_count(calendar, limit.unit, run.first + _ONE, day_of(at) + _ONE) - run.lost, 0)


def left(
    start: datetime, limit: Duration, calendar: WorkCalendar, *, at: datetime, stops: Sequence[Stop] = (), added: int = 0,
) -> int:
    """How much of the limit (and of what was added) is left at the instant, in its unit; negative when overdue."""
    return total(limit, added) - spent(start, limit, calendar, at=at, stops=stops, added=added)


def amber_from(start: datetime, limit: Duration, calendar: WorkCalendar, *, stops: Sequence[Stop] = (), added: int = 0) -> datetime:
    """The instant from which the due date counts as near."""
    whole = total(limit, added)
    if limit.unit is Unit.HOURS:
        return _hours(start, limit, stops, added) - timedelta(hours=whole) / 3
    near = min(max(whole // 3, 1), whole - 1)
    last = _run(start, limit, calendar, stops, added).last
    day = calendar.nth_workday_after(last, -near) if limit.unit is Unit.WORKING_DAYS else last - near * _ONE
    return max(datetime.combine(day, time(), CHINA), start)


def shifted(due_at: datetime, workdays: int, calendar: WorkCalendar) -> datetime:
    """The instant that many working days after a due date (before it, when negative): when it is overdue by so much."""
    return end_of(calendar.nth_workday_after(day_of(due_at), workdays)) if workdays else due_at


def total(limit: Duration, added: int = 0) -> int:
    """The whole limit with what was added, in its unit."""
    return limit.amount + added * (24 if limit.unit is Unit.HOURS else 1)


def day_of(at: datetime) -> date:
    """The date in China of an instant."""
    return at.astimezone(CHINA).date()


def end_of(day: date) -> datetime:
    """The last instant of a day in China."""
    return datetime.combine(day, _DAY_END, CHINA)


@dataclass(frozen=True, slots=True)
class _Run:
    """The day after which days count, the last one, and how many in between did not count."""

    first: date
    last: date
    lost: int


def _run(
    start: datetime, limit: Duration, calendar: WorkCalendar, stops: Sequence[Stop], added: int, at: datetime | None = None,
) -> _Run:
    """The count, as it stood at the instant `at` (None: with every closed stop, open ones left out)."""
    whole, unit = total(limit, added), limit.unit
    first = day_of(start)
    last, lost = _later(calendar, unit, first, whole), 0
    for stop in _merged(stops):
        end = stop.end if at is None else min(stop.end or at, at)
        begun = max(day_of(stop.start), first)
        if end is None or end < stop.start or day_of(end) < first or begun > last:
            continue
        if stop.is_restart and stop.end is not None and end == stop.end:
            first, lost = day_of(end), 0
            last = _later(calendar, unit, first, whole)
            continue
        days = _count(calendar, unit, begun, day_of(end))
        lost, last = lost + days, _later(calendar, unit, last, days)
    return _Run(first, last, lost)


def _hours(start: datetime, limit: Duration, stops: Sequence[Stop], added: int) -> datetime:
    whole = timedelta(hours=total(limit, added))
    last = start + whole
    for stop in _merged(stops):
        if stop.end is None or stop.end <= start or stop.start > last:
            continue
        last = stop.end + whole if stop.is_restart else last + (stop.end - max(stop.start, start))
        start = stop.end if stop.is_restart else start
    return last


def _merged(stops: Sequence[Stop]) -> list[Stop]:
    """The stops in order, those that overlap as one, so that no day is lost twice."""
    if len(stops) < 2:
        return list(stops)
    merged: list[Stop] = []
    for stop in sorted(stops, key=lambda one: one.start):
        before = merged[-1] if merged else None
        if before is None or (before.end is not None and stop.start > before.end):
            merged.append(stop)
        else:
            end = None if before.end is None or stop.end is None else max(before.end, stop.end)
            merged[-1] = Stop(before.start, end, before.is_restart or stop.is_restart)
    return merged


def _touches(stop: Stop, since: datetime, at: datetime) -> bool:
    return stop.start < at and (stop.end is None or stop.end > since)


def _later(calendar: WorkCalendar, unit: Unit, day: date, n: int) -> date:
    return calendar.nth_workday_after(day, n) if unit is Unit.WORKING_DAYS and n else day + n * _ONE


def _count(calendar: WorkCalendar, unit: Unit, first: date, end: date) -> int:
    """Days that count from `first` up to the day before `end`."""
    if unit is Unit.WORKING_DAYS:
        return max(calendar.workdays_between(first - _ONE, end - _ONE), 0)
    return max((end - first).days, 0)
