"""Rows given in bulk, so that a resident finds himself in them: kept as (grant, version, predicate), matched by value.

Kept     with the access record: the version, the predicate (the plan's row filter, and what the caller asked for, sealed,
         because it may name people), and a digest by which equal predicates are found
Matched  `keep` (hourly, long before a version's files may go) evaluates every predicate once on the version it was given
         from, and notes by blind index who stood in it, from version to version: state/deliveries.sqlite; what came since
         is evaluated when somebody asks, for that one number
Limits   a page of rows counts as the whole of what its condition finds; items that name people are those whose
         sensitive kind is a resident ID or a credit code
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from suixin.data.access import engine, log, log_files, rows
from suixin.data.access.memo import Memo
from suixin.data.access.models import Door
from suixin.data.access.plans import Column, Plan
from suixin.data.access.predicates import PURPOSE
from suixin.data.access.query import Filter, Operator, RowsQuery
from suixin.data.access.values import native
from suixin.data.access.versions import Snapshot, pinned
from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.catalog.models import Resource
from suixin.ground.security.keys import ring
from suixin.ground.security.subjects import KINDS, subject_index
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

AT_ONCE, PENDING_LIMIT = 100_000, 500  # distinct deliveries since the last `keep` that are looked at when somebody asks
_PORTION = 20_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY, resource TEXT NOT NULL, digest TEXT NOT NULL, newest INTEGER NOT NULL, UNIQUE (resource, digest)
);
CREATE TABLE IF NOT EXISTS held (
    subject TEXT NOT NULL, delivery INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (subject, delivery, first)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS held_newest ON held (delivery, last);
CREATE TABLE IF NOT EXISTS done (
    resource TEXT NOT NULL, digest TEXT NOT NULL, version INTEGER NOT NULL, is_lost INTEGER NOT NULL,
    PRIMARY KEY (resource, digest, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS noted (one INTEGER PRIMARY KEY CHECK (one = 1), at_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), record INTEGER NOT NULL);
"""
_SINCE = (
    "SELECT max(id) AS id, resource, digest, version, max(predicate) AS predicate FROM access WHERE version IS NOT NULL AND id > :after"
    " GROUP BY resource, digest, version ORDER BY id LIMIT :limit"
)
_answers = Memo[bool](limit=4096)


@dataclass(frozen=True, slots=True)
class Found:
    """Deliveries that held somebody: any of these predicates of the resource, in versions from `first` to `last`."""

    resource: str
    digest: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What `keep` did: predicates evaluated, and those whose version's files were gone."""

    matched: int
    lost: int


def keep() -> Kept:
    """Evaluate what was delivered since the last time, on the versions it was given from."""
    matched = lost = 0
    with closing(store()) as held:
        given = _since(held, AT_ONCE)
        for row in given:
            is_lost = not _match(held, row)
            matched, lost = matched + (not is_lost), lost + is_lost
        if given and len(given) < AT_ONCE:
            _passed(held, max(int(row["id"]) for row in given))
    return Kept(matched, lost)


def holding(number: str, indexes: Sequence[str]) -> list[Found]:
    """Deliveries that held whom the number names (its blind indexes beside it)."""
    with closing(store()) as held:
        found = [Found(*row) for row in held.execute(
            "SELECT resource, digest, first, last FROM held JOIN delivery ON delivery.id = held.delivery"
            " WHERE subject IN (SELECT value FROM json_each(?))", (orjson.dumps(list(indexes)).decode(),),
        )]
        waiting = _since(held, PENDING_LIMIT)
    return found + [
        Found(str(row["resource"]), str(row["digest"]), int(row["version"]), int(row["version"]))
        for row in waiting if _holds(row, number, indexes)
    ]


def path() -> Path:
    """Where it is kept who stood in what was delivered."""
    return log.path().with_name("deliveries.sqlite")


def store() -> sqlite3.Connection:
    """A connection to it; close it."""
    path().parent.mkdir(parents=True, exist_ok=True)
    opened = sqlite3.connect(path(), isolation_level=None, timeout=30)
    opened.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
    return opened


def noted(held: sqlite3.Connection) -> int:
    """The moment (ms) up to which uses of grants were carried over (usage.py)."""
    (at,) = held.execute("SELECT coalesce(max(at_ms), 0) FROM noted").fetchone()
    return int(at)


def note(held: sqlite3.Connection, at_ms: int) -> None:
    """That moment, moved on."""
    held.execute("INSERT INTO noted VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)", (at_ms,))


def _since(held: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """Distinct deliveries on record after the place reached, each version of a predicate once, that are not done."""
    (after,) = held.execute("SELECT coalesce(max(record), 0) FROM place").fetchone()
    found = log_files.rows(_SINCE, {"after": after, "limit": limit}, limit=limit, needs="version")
    done = set(held.execute("SELECT resource, digest, version FROM done"))
    fresh = {(row["resource"], row["digest"], row["version"]): row for row in found}
    return [row for key, row in sorted(fresh.items(), key=lambda pair: pair[0][2]) if key not in done]


def _passed(held: sqlite3.Connection, record: int) -> None:
    held.execute("INSERT INTO place VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET record = max(record, excluded.record)", (record,))


def _match(held: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Note who stood in one delivery; whether its version could still be read."""
    resource, digest, version = str(row["resource"]), str(row["digest"]), int(row["version"])
    scan = _scan_of(resource, version, str(row["predicate"]))
    held.execute("BEGIN IMMEDIATE")
    try:
        if scan is not None:
            _note(held, (resource, digest, version), _subjects(*scan))
        held.execute("INSERT OR IGNORE INTO done VALUES (?, ?, ?, ?)", (resource, digest, version, scan is None))
        held.execute("COMMIT")
    except BaseException:
        held.execute("ROLLBACK")
        raise
    return scan is not None


def _note(held: sqlite3.Connection, key: tuple[str, str, int], subjects: Iterator[str]) -> None:
    """Intervals of versions: whoever stood in the newest one and stands in this one goes on, others begin."""
    resource, digest, version = key
    held.execute("INSERT OR IGNORE INTO delivery (resource, digest, newest) VALUES (?, ?, -1)", (resource, digest))
    number, newest = held.execute("SELECT id, newest FROM delivery WHERE resource = ? AND digest = ?", (resource, digest)).fetchone()
    held.execute("CREATE TEMP TABLE IF NOT EXISTS now (subject TEXT PRIMARY KEY) WITHOUT ROWID")
    held.execute("DELETE FROM now")
    held.executemany("INSERT OR IGNORE INTO now VALUES (?)", ((subject,) for subject in subjects))
    if version > newest:
        held.execute(
            "UPDATE held SET last = ? WHERE delivery = ? AND last = ? AND subject IN (SELECT subject FROM now)", (version, number, newest)
        )
        held.execute(
            "DELETE FROM now WHERE subject IN (SELECT subject FROM held WHERE delivery = ? AND last = ?)", (number, version)
        )
        held.execute("UPDATE delivery SET newest = ? WHERE id = ?", (version, number))
    held.execute("INSERT OR IGNORE INTO held SELECT subject, ?, ?, ? FROM now", (number, version, version))


_Scan = tuple[Plan, RowsQuery, Snapshot]


def _scan_of(resource: str, version: int, predicate: str) -> _Scan | None:
    """How to find the rows that were delivered; None when the version, or what the predicate needs, is gone."""
    found = Resource.objects.filter(code=resource).first()
    if found is None:
        return None
    try:
        body = predicate.encode() if predicate.startswith("[") else ring().open(PURPOSE, bytes.fromhex(predicate))
        contract, snapshot = found.contract, pinned(found.table, version)
        row_filter, asked, masks = orjson.loads(body)
        filters = tuple(_filter(contract, one, masks) for one in asked)
    except (SuixinError, LookupError, ValueError):
        return None
    if not all(Path(file).is_file() for file in snapshot.paths):
        return None
    plan = Plan(SYSTEM, contract, Door.COMPUTE, tuple(Column(item) for item in contract.items), row_filter=row_filter)
    return plan, RowsQuery(filters=filters), snapshot


def _filter(contract: Contract, asked: list[object], masks: dict[str, str]) -> Filter:
    field, operator, texts = asked
    [item] = [one for one in contract.items if one.field == field]
    column = Column(item, masks.get(item.field, ""))
    values: list[object] = texts if isinstance(texts, list) else []
    return Filter(column, Operator(str(operator)), tuple(native(text, column.type) for text in values))


def _naming(plan: Plan) -> list[ItemSpec]:
    return [item for item in plan.contract.items if item.sensitive in KINDS]


def _subjects(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> Iterator[str]:
    """Blind indexes of everybody in the rows that the query finds."""
    for item in _naming(plan):
        sql, parameters = rows.matching_sql(plan, query, snapshot, column=Column(item))
        with engine.cursor() as cursor:
            cursor.execute(sql, parameters)
            while portion := cursor.fetchmany(_PORTION):
                yield from (subject_index(str(value)) for (value,) in portion if value)


def _holds(row: sqlite3.Row, number: str, indexes: Sequence[str]) -> bool:
    """Whether one delivery held the number; asked again, it is known."""
    resource, version = str(row["resource"]), int(row["version"])
    key = (resource, str(row["digest"]), version, *indexes)
    known = _answers.get(key)
    if known is None:
        scan = _scan_of(resource, version, str(row["predicate"]))
        known = _answers.put(key, scan is not None and _finds(scan, number))
    return known


def _finds(scan: _Scan, number: str) -> bool:
    plan, query, snapshot = scan
    return any(_any_row(plan, _about(query, item, number), snapshot) for item in _naming(plan))


def _about(query: RowsQuery, item: ItemSpec, number: str) -> RowsQuery:
    return replace(query, filters=(*query.filters, Filter(Column(item), Operator.IN, tuple(dict.fromkeys(_written(number))))))


def _written(number: str) -> Iterable[str]:
    return (number, number.upper(), number.lower())


def _any_row(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> bool:
    sql, parameters = rows.matching_sql(plan, query, snapshot, column=plan.columns[0])
    with engine.cursor() as cursor:
        return cursor.execute(f"{sql} LIMIT 1", parameters).fetchone() is not None
