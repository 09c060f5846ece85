"""Who read data about one person or firm: the access log asked by subject, newest first, on this node.

Looked up   readings by key or by an equality of an item whose sensitive kind names a subject (resident ID, credit
            code), answered with or without a row
Delivered   rows given in bulk that held the subject's, by what was recorded of them (deliveries.py)
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

import orjson

from suixin.data.access import deliveries, log_files
from suixin.data.catalog.contract import ItemSpec
from suixin.ground.security.subjects import KINDS, indexes_of_many, subject_indexes
from suixin.kit import clock

_WITHIN = """
  AND access.code IN ('200', '204', '206', '304') AND at_ms >= :first AND at_ms < :end
  AND (:before = 0 OR access.id < :before) ORDER BY access.id DESC LIMIT :limit
"""
_BY_KEY = """
SELECT access.*, 0 AS is_delivery FROM access WHERE access.id IN (
  SELECT access FROM subject WHERE subject_index IN (SELECT value FROM json_each(:indexes))
)""" + _WITHIN
_EVERY = """
WITH looked AS (SELECT access AS id FROM subject WHERE subject_index IN (SELECT value FROM json_each(:indexes))),
given AS (
  SELECT one.id FROM json_each(:held) AS held JOIN access AS one
  ON one.resource = json_extract(held.value, '$.resource') AND one.digest = json_extract(held.value, '$.digest')
  AND one.version BETWEEN json_extract(held.value, '$.first') AND json_extract(held.value, '$.last') AND one.version IS NOT NULL
)
SELECT access.*, access.id NOT IN (SELECT id FROM looked) AS is_delivery FROM access
WHERE access.id IN (SELECT id FROM looked WHERE :kind <> 'delivered' UNION SELECT id FROM given WHERE :kind <> 'looked')""" + _WITHIN



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
    is_delivery: bool = False
    purpose: str = ""


def subjects_of(asked: Iterable[tuple[ItemSpec, object]]) -> tuple[str, ...]:
    """Blind indexes of the subjects that values of sensitive items name, for the log's record."""
    named = [str(value) for item, value in asked if item.sensitive in KINDS and value]
    return indexes_of_many(named) if named else ()


def traces_about(number: str, period: Period, *, before: int = 0, limit: int = 50, kind: str = "") -> Sequence[Trace]:
    """At most `limit` readings about whom the number names, within the period, older than `before` (0: the newest).

    `kind`: both, or only those `looked` up or `delivered` in bulk.
    """
    if not number:
        return []
    indexes = subject_indexes(number)
    held = [asdict(one) for one in deliveries.holding(number, indexes)] if kind != "looked" else []
    first, end = period.bounds
    asked = {
        "indexes": orjson.dumps(indexes).decode(), "held": orjson.dumps(held).decode(), "first": first, "end": end, "before": before,
        "limit": limit, "kind": kind,
    }
    older = "" if kind == "delivered" else _BY_KEY
    return [_trace(row) for row in log_files.rows(_EVERY, asked, limit=limit, table="subject", needs="version", instead=older)]


def _trace(row: sqlite3.Row) -> Trace:
    masks = str(row["masks"] or "")
    return Trace(
        number=int(row["id"]), at=datetime.fromtimestamp(int(row["at_ms"]) / 1000, clock.CHINA),
        reader_kind=str(row["subject_kind"]), reader=str(row["subject"]), organisation=str(row["organisation"]),
        door=str(row["door"]), resource=str(row["resource"]),
        fields=tuple(filter(None, str(row["columns"]).split(","))),
        masked=frozenset(one.partition(":")[0] for one in masks.split(",") if one), rows=int(row["rows"] or 0),
        basis=str(row["basis"]), trace_id=str(row["trace_id"]), is_delivery=bool(row["is_delivery"]),
        purpose=str(row["purpose"] or "") if "purpose" in row.keys() else "",  # noqa: SIM118  a row of SQLite has no other way
    )


def _millis(day: date) -> int:
    return int(datetime.combine(day, time(), clock.CHINA).timestamp() * 1000)
