"""Who read data about one person or firm: the access log asked by subject, newest first, on this node.

What counts  readings by key or by an equality of an item whose sensitive kind names a subject (resident ID, credit
             code), answered with or without a row. Whole tables that go to a department name nobody in the log; their
             grants are on the catalogue's pages
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import orjson

from suixin.data.access import log_files
from suixin.data.catalog.contract import ItemSpec
from suixin.ground.security.subjects import KINDS, indexes_of_many, subject_indexes
from suixin.kit import clock

_SELECT = """
SELECT access.* FROM subject JOIN access ON access.id = subject.access
WHERE subject.subject_index IN (SELECT value FROM json_each(:indexes)) AND access.code IN ('200', '204', '304')
  AND at_ms >= :first AND at_ms < :end
  AND (:before = 0 OR subject.access < :before) ORDER BY subject.access DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; None means without end."""

    first: date | None = None
    last: date | None = None

    @property
    def bounds(self) -> tuple[int, int]:
        """Milliseconds: from, and before."""
        start = _millis(self.first) if self.first else 0
        return start, _millis(self.last + timedelta(days=1)) if self.last else 2**62


@dataclass(frozen=True, slots=True)
class Trace:
    """One reading about the subject."""

    number: int
    at: datetime
    reader_kind: str
    reader: str
    organisation: str
    door: str
    resource: str
    fields: tuple[str, ...]
    masked: frozenset[str]
    rows: int
    basis: str
    trace_id: str


def subjects_of(asked: Iterable[tuple[ItemSpec, object]]) -> tuple[str, ...]:
    """Blind indexes of the subjects that values of sensitive items name, for the log's record."""
    return indexes_of_many(str(value) for item, value in asked if item.sensitive in KINDS and value)


def traces_about(number: str, period: Period, *, before: int = 0, limit: int = 50) -> Sequence[Trace]:
    """At most `limit` readings about whom the number names, within the period, older than `before` (0: the newest)."""
    if not number:
        return []
    first, end = period.bounds
    asked = {"indexes": orjson.dumps(subject_indexes(number)).decode(), "first": first, "end": end, "before": before, "limit": limit}
    return [_trace(row) for row in log_files.rows(_SELECT, asked, limit=limit, table="subject")]


def _trace(row: sqlite3.Row) -> Trace:
    masks = str(row["masks"] or "")
    return Trace(
        number=int(row["id"]), at=datetime.fromtimestamp(int(row["at_ms"]) / 1000, clock.CHINA),
        reader_kind=str(row["subject_kind"]), reader=str(row["subject"]), organisation=str(row["organisation"]),
        door=str(row["door"]), resource=str(row["resource"]),
        fields=tuple(filter(None, str(row["columns"]).split(","))),
        masked=frozenset(one.partition(":")[0] for one in masks.split(",") if one), rows=int(row["rows"] or 0),
        basis=str(row["basis"]), trace_id=str(row["trace_id"]),
    )


def _millis(day: date) -> int:
    return int(datetime.combine(day, time(), clock.CHINA).timestamp() * 1000)
