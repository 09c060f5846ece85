"""Rate and daily quota of a grant: every answered call counted once, across processes and nodes, with its record.

Count    one row a grant: the second and the day (of China) that were last used, and how often in each; beside the nonces: in the
         node's own file (spending.py) in one transaction with the nonce, or in PostgreSQL where several nodes share one; both
         before the record is written: a lost record may lose a call of the quota, never give one more
Exact    one statement takes a call when there is one left, and else takes none; refused calls count nothing
Cheap    who is over is refused before any row is read, by this process's memory of until when (`require_left`)
Code     `api-429` with Retry-After: to the next second, or to midnight (standards/data.md 6.5)
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol  # a row of either database

from django.db import connection

from suixin.data.access.errors import OverQuota
from suixin.data.access.models import Grant, QuotaUse
from suixin.kit import clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS quota (
    grant_id TEXT PRIMARY KEY, second INTEGER NOT NULL, in_second INTEGER NOT NULL, day INTEGER NOT NULL, in_day INTEGER NOT NULL
) WITHOUT ROWID;
"""
# An hour that stands still or goes back is the hour that was: the later second and day count.
_TAKE = """
INSERT INTO {quota} (grant_id, second, in_second, day, in_day) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (grant_id) DO UPDATE SET
    in_second = CASE WHEN excluded.second > {quota}.second THEN 0 ELSE {quota}.in_second END + excluded.in_second,
    second = CASE WHEN excluded.second > {quota}.second THEN excluded.second ELSE {quota}.second END,
    in_day = CASE WHEN excluded.day > {quota}.day THEN 0 ELSE {quota}.in_day END + excluded.in_day,
    day = CASE WHEN excluded.day > {quota}.day THEN excluded.day ELSE {quota}.day END
WHERE CASE WHEN excluded.second > {quota}.second THEN 0 ELSE {quota}.in_second END + excluded.in_second <= ?
  AND CASE WHEN excluded.day > {quota}.day THEN 0 ELSE {quota}.in_day END + excluded.in_day <= ?
RETURNING in_day
"""
_LEFT = "SELECT day, in_day FROM {quota} WHERE grant_id = ?"
_WITHOUT_END = 2**31 - 1
_REMEMBERED = 4096

Row = Sequence[Any] | None  # Any: whatever the column holds
Run = Callable[[str, Sequence[str | int]], Row]


class Limited(Protocol):
    """A plan, as far as this module looks."""

    @property
    def counted_as(self) -> str:
        """The grant whose quota counts, of a whole dataset or of one table; empty for a standing plan."""

    @property
    def per_second(self) -> int | None:
        """Calls a second; None without end."""

    @property
    def per_day(self) -> int | None:
        """Calls a day; None without end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that is no grant's, under a name of its own (at most 36 characters): counted as a grant's is."""

    counted_as: str
    per_second: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """How often a grant was used today, of how many."""

    today: int
    per_day: int | None
    per_second: int | None


_over: dict[str, tuple[int, OverQuota]] = {}  # until when (ms), and what is answered


def is_limited(plan: Limited | None) -> bool:
    """Whether calls by the plan are counted."""
    return plan is not None and bool(plan.counted_as) and (plan.per_second is not None or plan.per_day is not None)


def require_left(plan: Limited) -> None:
    """Nothing, unless this process knows that the grant is used up for now. Raises OverQuota."""
    if plan.counted_as not in _over:
        return
    until, error = _over[plan.counted_as]
    now = _millis()
    if now < until:
        raise OverQuota(error.sentence, retry_after=max(1, -(-(until - now) // 1000)))
    _over.pop(plan.counted_as, None)


def take(run: Run, plan: Limited, *, at_ms: int, uses: int = 1, table: str = "quota") -> None:
    """Count `uses` calls, in the caller's transaction. Raises OverQuota, and nothing is counted then."""
    day, per_second = _day(at_ms), plan.per_second if plan.per_second is not None else _WITHOUT_END
    per_day = plan.per_day if plan.per_day is not None else _WITHOUT_END
    counted = (plan.counted_as, at_ms // 1000, uses, day, uses)
    fits = uses <= per_second and uses <= per_day
    if not fits or run(_TAKE.replace("{quota}", table), (*counted, per_second, per_day)) is None:
        held = run(_LEFT.replace("{quota}", table), (plan.counted_as,))
        is_day_over = uses > per_day or (held is not None and held[0] >= day and held[1] + uses > per_day)
        raise _remembered(plan, at_ms, is_day_over=is_day_over)


def take_shared(plan: Limited, *, at_ms: int, uses: int = 1) -> None:
    """The same in the control database that several nodes share. Raises OverQuota."""
    def run(sql: str, parameters: Sequence[str | int]) -> Row:
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("?", "%s"), list(parameters))
            row: Row = cursor.fetchone()
            return row

    take(run, plan, at_ms=at_ms, uses=uses, table=connection.ops.quote_name(QuotaUse._meta.db_table))


def used(grant: Grant, *, spent: Path) -> Used:
    """What of the grant's quota was used today. `spent` is the node's file (spending.py)."""
    today, key = _day(_millis()), str(grant.dataset.uuid if grant.dataset else grant.uuid)
    if connection.vendor == "postgresql":
        held: Row = QuotaUse.objects.filter(grant_id=key).values_list("day", "in_day").first()
    else:
        held = _in_file(spent, key)
    return Used(held[1] if held is not None and held[0] == today else 0, grant.per_day, grant.per_second)


def forget() -> None:
    """Ask the count again for every grant (tests, a clock that was moved)."""
    _over.clear()


def _in_file(spent: Path, key: str) -> Row:
    if not spent.is_file():
        return None
    with closing(sqlite3.connect(f"file:{spent}?mode=ro", uri=True, timeout=5)) as live:
        if not live.execute("SELECT 1 FROM sqlite_master WHERE name = 'quota'").fetchone():
            return None
        row: Row = live.execute(_LEFT.replace("{quota}", "quota"), (key,)).fetchone()
        return row


def _remembered(plan: Limited, at_ms: int, *, is_day_over: bool) -> OverQuota:
    """The refusal, which answers by itself until the window is over."""
    if is_day_over:
        midnight = datetime.combine(datetime.fromtimestamp(at_ms / 1000, clock.CHINA).date() + timedelta(days=1), time(), clock.CHINA)
        until = int(midnight.timestamp() * 1000)
        said = f"授权每日 {plan.per_day} 次已用完；明日零时起可再调用，次数不够请向提供方申请增加。"
    else:
        until = (at_ms // 1000 + 1) * 1000
        said = f"授权每秒 {plan.per_second} 次，调用过快；请稍候再试，按 Retry-After 退避。"
    error = OverQuota(said, retry_after=max(1, -(-(until - at_ms) // 1000)))
    if len(_over) >= _REMEMBERED:
        _over.clear()
    _over[plan.counted_as] = (until, error)
    return error


def _day(at_ms: int) -> int:
    return datetime.fromtimestamp(at_ms / 1000, clock.CHINA).toordinal()


def _millis() -> int:
    return int(clock.now().timestamp() * 1000)
