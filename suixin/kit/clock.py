"""Time comes from here, always aware, so that a test can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
_frozen: ContextVar[datetime | None] = ContextVar("frozen_time", default=None)


def now() -> datetime:
    """The present instant, aware, in China standard time."""
    return _frozen.get() or datetime.now(CHINA)


def today() -> date:
    """The present date in China."""
    return now().astimezone(CHINA).date()


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Let `now()` answer `instant` inside the block; for tests and for re-computing the past."""
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)
