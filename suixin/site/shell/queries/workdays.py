"""What a calendar says of the days that a Gantt shows."""

from dataclasses import replace
from datetime import timedelta

from suixin.ground.flow.workdays import WorkCalendar
from suixin.site.shell.components import Gantt

_ONE = timedelta(days=1)
_MOST_DAYS = 3_000


def with_calendar(gantt: Gantt, calendar: WorkCalendar) -> Gantt:
    """The same with the days without work and the years not announced yet."""
    if gantt.span is None:
        return gantt
    first, last = gantt.span[0] - _ONE, gantt.span[1] + 8 * _ONE
    days = min((last - first).days + 1, _MOST_DAYS)
    closed = frozenset(day for at in range(days) if not calendar.is_workday(day := first + at * _ONE))
    unknown = [year for year in range(gantt.span[0].year, gantt.span[1].year + 1) if not calendar.is_official(year)]
    return replace(gantt, closed=closed, unpublished=unknown)
