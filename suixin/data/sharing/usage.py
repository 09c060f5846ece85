"""Who used what, how much: the access log of this node counted by department, entry and grant.

Source   standards/data.md 4.4; failures are answers other than 200, 204, 304
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from suixin.data.access import log_files
from suixin.data.sharing.models import Share
from suixin.kit import clock

_MOST = 50_000
_GOOD = "('200', '204', '304')"
_CALLS = f"""
SELECT MIN(id) AS id, organisation, resource, grant_id, COUNT(*) AS calls, SUM(COALESCE(rows, 0)) AS rows,
       SUM(code NOT IN {_GOOD}) AS failed, MAX(at_ms) AS last
FROM access WHERE at_ms >= :since AND organisation <> '' GROUP BY organisation, resource, grant_id
"""
_BY_SPAN = f"""
SELECT MIN(id) AS id, at_ms / :span AS span, COUNT(*) AS calls, SUM(COALESCE(rows, 0)) AS rows,
       SUM(code NOT IN {_GOOD}) AS failed, SUM(micros) AS micros, SUM(micros > 0) AS timed
FROM access WHERE at_ms >= :since GROUP BY at_ms / :span
"""
_FAILURES = f"""
SELECT id, at_ms, organisation, subject, resource, door, code FROM access
WHERE at_ms >= :since AND code NOT IN {_GOOD} ORDER BY id DESC LIMIT :limit
"""
_REFUSED = """
SELECT MIN(id) AS id, organisation, resource, code, COUNT(*) AS calls, MAX(at_ms) AS last FROM access
WHERE at_ms >= :since AND organisation <> '' AND code IN ('api-403', 'api-4031', 'api-4032')
GROUP BY organisation, resource, code
"""


@dataclass(frozen=True, slots=True)
class Calls:
    """What one department read of one entry by one grant ("": refused before any grant was found)."""

    organisation: str
    resource: str
    grant: str
    calls: int
    rows: int
    failed: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Hour:
    """All readings of one hour (or minute); `millis`: mean time of the `timed` ones, since pages of our own are not timed."""

    start: datetime
    calls: int
    rows: int
    failed: int
    timed: int
    millis: float


@dataclass(frozen=True, slots=True)
class Failure:
    """One reading that did not succeed."""

    at: datetime
    organisation: str
    subject: str
    resource: str
    door: str
    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """How often a department asked for what it was not granted, by code of the refusal."""

    organisation: str
    resource: str
    code: str
    calls: int
    last: datetime


def calls_since(since: datetime) -> Sequence[Calls]:
    """Readings since then, merged over the log's files."""
    merged: dict[tuple[str, str, str], Calls] = {}
    for row in log_files.rows(_CALLS, {"since": _millis(since)}, limit=_MOST):
        key = str(row["organisation"]), str(row["resource"]), str(row["grant_id"])
        old = merged.get(key)
        last, calls, rows, failed = _moment(row["last"]), int(row["calls"]), int(row["rows"]), int(row["failed"])
        if old is not None:
            last, calls, rows, failed = max(last, old.last), calls + old.calls, rows + old.rows, failed + old.failed
        merged[key] = Calls(*key, calls, rows, failed, last)
    return list(merged.values())


def calls_of(share: Share, calls: Iterable[Calls]) -> tuple[int, int, int, datetime | None]:
    """Calls, rows and failures of a share, and the last call; refusals of its department that name no grant count as failures."""
    names, grants = {share.resource.code, share.resource.table}, share.grants
    ours = [one for one in calls if one.grant in grants]
    refused = [one for one in calls if not one.grant and one.organisation == share.organisation.uscc and one.resource in names]
    last = max((one.last for one in ours), default=None)
    return sum(one.calls for one in ours), sum(one.rows for one in ours), sum(one.failed for one in [*ours, *refused]), last


def by_hour(hours: int = 24) -> Sequence[Hour]:
    """The last hours, oldest first, those without a reading too."""
    return _by_span(hours, timedelta(hours=1), clock.now().replace(minute=0, second=0, microsecond=0))


def by_minute(minutes: int = 60) -> Sequence[Hour]:
    """The last minutes, oldest first, those without a reading too."""
    return _by_span(minutes, timedelta(minutes=1), clock.now().replace(second=0, microsecond=0))


def _by_span(count: int, length: timedelta, last: datetime) -> Sequence[Hour]:
    first, span = last - length * (count - 1), length // timedelta(milliseconds=1)
    found: dict[int, list[int]] = {}
    for row in log_files.rows(_BY_SPAN, {"since": _millis(first), "span": span}, limit=_MOST):
        sums = found.setdefault(int(row["span"]), [0, 0, 0, 0, 0])
        for position, name in enumerate(("calls", "rows", "failed", "timed", "micros")):
            sums[position] += int(row[name])
    shown = []
    for number in range(count):
        start = first + length * number
        calls, rows, failed, timed, micros = found.get(_millis(start) // span, (0, 0, 0, 0, 0))
        shown.append(Hour(start, calls, rows, failed, timed, micros / timed / 1000 if timed else 0.0))
    return shown


def failures(since: datetime, *, limit: int = 50) -> Sequence[Failure]:
    """The newest failures since then."""
    found = log_files.rows(_FAILURES, {"since": _millis(since), "limit": limit}, limit=limit)
    names = ("organisation", "subject", "resource", "door", "code")
    return [Failure(_moment(row["at_ms"]), *(str(row[name]) for name in names)) for row in found]


def refused_since(since: datetime) -> Sequence[Refused]:
    """Readings outside of any grant since then, by department, entry and code."""
    merged: dict[tuple[str, str, str], Refused] = {}
    for row in log_files.rows(_REFUSED, {"since": _millis(since)}, limit=_MOST):
        key = str(row["organisation"]), str(row["resource"]), str(row["code"])
        old = merged.get(key)
        calls, last = int(row["calls"]) + (old.calls if old else 0), _moment(row["last"])
        merged[key] = Refused(*key, calls, max(last, old.last) if old else last)
    return list(merged.values())


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(millis: object) -> datetime:
    return datetime.fromtimestamp(int(str(millis)) / 1000, clock.CHINA)
