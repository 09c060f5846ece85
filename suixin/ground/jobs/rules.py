"""Arithmetic of background work: how long to pause before another attempt, when a schedule is due. Our choice."""

from datetime import datetime, time, timedelta

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 900.0


def pause_after(attempts: int) -> timedelta:
    """The pause before the next attempt, after `attempts` of them: 5 s, tripled each time, at most 15 min."""
    return timedelta(seconds=min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 3.0 ** min(max(0, attempts - 1), 9)))


def next_moment(now: datetime, *, every: timedelta | None, daily: time | None) -> datetime:
    """The first moment after `now`: `every` later, or the next time that the clock (of `now`) shows `daily`."""
    if daily is None:
        return now + (every or timedelta(days=1))
    moment = datetime.combine(now.date(), daily, tzinfo=now.tzinfo)
    return moment if moment > now else moment + timedelta(days=1)
