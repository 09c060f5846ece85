"""The access log and the nonces already used: one SQLite file per node, shared by its processes.

Place    SUIXIN_HOME/state/access.sqlite, WAL, synchronous=NORMAL (a process may die, nothing is lost; a power cut
         may cost the last moments), one writer connection per process
Promise  the record is committed before the answer leaves; a nonce and its record stand or fall together;
         a second process sees a nonce at once (unique per application); on PostgreSQL a second node too (nonces.py)
Together threads that wait for the writer are committed by whoever has it, in one transaction: under load a record costs a
         third of what it costs alone; where one of them cannot be, each stands for itself
Quota    the use of a limited grant is counted in the same transaction (quotas.py); other limits by `count`
Fields   the least of standards/data.md 4.4: who, whence, what, which columns, how many rows, result, time, bytes,
         masks, grant; X-Road's of operational monitoring (monitoring.py); of a delivery version and predicate (deliveries.py);
         records are only added
Subjects whom a reading by key was about (blind indexes) stand beside their record, so that a resident or a firm
         finds who read its data (traces.py); a table of its own, because one key may name a person and a firm
"""

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from suixin.data.access import nonces, quotas
from suixin.data.access.errors import Replayed
from suixin.data.access.plans import Plan
from suixin.data.access.predicates import Delivered, assumed
from suixin.kit import clock, origin
from suixin.kit.actor import Actor

_SCHEMA = """
CREATE TABLE IF NOT EXISTS access (
    id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, at_ms INTEGER NOT NULL, subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL, organisation TEXT NOT NULL, address TEXT NOT NULL, terminal TEXT NOT NULL,
    door TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL, columns TEXT NOT NULL, rows INTEGER,
    grant_id TEXT NOT NULL, basis TEXT NOT NULL, masks TEXT NOT NULL, code TEXT NOT NULL, micros INTEGER NOT NULL,
    bytes INTEGER, request TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS nonce (
    app_id TEXT NOT NULL, nonce TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (app_id, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonce_until ON nonce (until_ms);
CREATE TABLE IF NOT EXISTS subject (
    subject_index TEXT NOT NULL, access INTEGER NOT NULL, PRIMARY KEY (subject_index, access)
) WITHOUT ROWID;
"""
# Columns that came later; a file from before lacks them, and so do records that say nothing of them.
ADDED = {
    "method": "TEXT", "status": "INTEGER", "received": "INTEGER", "message_id": "TEXT", "user_id": "TEXT", "issue": "TEXT",
    "represented": "TEXT", "purpose": "TEXT", "fault": "TEXT", "version": "INTEGER", "predicate": "TEXT", "digest": "TEXT",
}
INDEXES = (
    "CREATE INDEX IF NOT EXISTS {schema}access_delivered ON access (resource, digest, version) WHERE version IS NOT NULL",
)
_BASIC = (
    "trace_id", "at_ms", "subject_kind", "subject", "organisation", "address", "terminal", "door", "action", "resource", "columns",
    "rows", "grant_id", "basis", "masks", "code", "micros", "bytes", "request",
)
_INSERT = f"INSERT INTO access ({', '.join((*_BASIC, *ADDED))}) VALUES ({', '.join('?' * len((*_BASIC, *ADDED)))})"
_PURGE_SECONDS = 30.0
_TOGETHER = 64  # records of one transaction
_LONGEST, _SHORT = 500, 128
ANSWERED = frozenset({"200", "204", "206"})  # what counts against a quota: not 304, where nothing left, and no refusal


@dataclass(frozen=True, slots=True)
class Called:
    """What the caller said of its call, and what came of it: the fields of X-Road's operational monitoring."""

    method: str = ""
    status: int = 0
    received: int = 0
    message_id: str = ""
    user_id: str = ""
    issue: str = ""
    represented: str = ""
    purpose: str = ""
    fault: str = ""


NOTHING_SAID = Called()


@dataclass(frozen=True, slots=True)
class Access:
    """One reading, or an attempt at one."""

    trace_id: str
    at_ms: int
    actor: Actor
    door: str
    action: str
    resource: str
    code: str
    micros: int
    plan: Plan | None = None
    rows: int | None = None
    bytes: int | None = None
    address: str = ""
    terminal: str = ""
    request: str = ""
    subjects: tuple[str, ...] = ()
    called: Called = NOTHING_SAID
    delivered: Delivered | None = None
    uses: int = 1


@dataclass(frozen=True, slots=True)
class Nonce:
    """A nonce of an application and the instant from which its timestamp is refused anyway."""

    app_id: str
    value: str
    until_ms: int


@dataclass(slots=True)
class _Entry:
    """A record that is to be committed, with the nonce, whom it was about, and the use of a quota."""

    row: tuple[object, ...]
    nonce: Nonce | None
    subjects: tuple[str, ...]
    quota: tuple[Plan, int] | None
    is_done: bool = False
    fault: BaseException | None = None


class _Writer:
    """The process's one writing connection."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.waiting: deque[_Entry] = deque()
        self.purged = 0.0
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute("PRAGMA wal_autocheckpoint=4000")
        self.connection.executescript(_SCHEMA + quotas.SCHEMA)
        self._extend()

    def _extend(self) -> None:
        """Columns and indexes that a file from before lacks."""
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        known = {row[1] for row in run("PRAGMA table_info(access)")}
        for name, kind in ADDED.items():
            if name not in known:
                run(f"ALTER TABLE access ADD COLUMN {name} {kind}")
        for statement in INDEXES:
            run(statement.format(schema=""))
        run("COMMIT")

    def write(self, entry: "_Entry") -> None:
        """Commit it, together with those that came while another thread was committing. Raises what its own writing raised."""
        self.waiting.append(entry)
        with self.lock:
            while not entry.is_done:
                self._commit([self.waiting.popleft() for _ in range(min(_TOGETHER, len(self.waiting)))])
        if entry.fault is not None:
            raise entry.fault

    def _commit(self, entries: Sequence["_Entry"]) -> None:
        """All of them in one transaction; when one of several cannot be, each in one of its own."""
        run = self.connection.execute
        try:
            run("BEGIN IMMEDIATE")
            try:
                for entry in entries:
                    self._insert(entry)
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise
        except BaseException as error:  # noqa: BLE001  raised again by the thread whose record it was
            if len(entries) > 1 and isinstance(error, Exception):
                for entry in entries:
                    self._commit([entry])
                return
            for entry in entries:
                entry.fault = error
        for entry in entries:
            entry.is_done = True

    def _insert(self, entry: "_Entry") -> None:
        run, row, nonce = self.connection.execute, entry.row, entry.nonce
        if entry.quota is not None:
            quotas.take(self._first, entry.quota[0], at_ms=int(str(row[1])), uses=entry.quota[1])
        if nonce is not None:
            self._purge(row)
            run("INSERT INTO nonce VALUES (?, ?, ?)", (nonce.app_id, nonce.value, nonce.until_ms))
        record = run(_INSERT, row).lastrowid
        if entry.subjects:
            pairs = ((subject, record) for subject in sorted(set(entry.subjects)))
            self.connection.executemany("INSERT OR IGNORE INTO subject VALUES (?, ?)", pairs)

    def count(self, limit: quotas.Limited, at_ms: int) -> None:
        """One use of it, committed. Raises OverQuota."""
        run = self.connection.execute
        with self.lock:
            run("BEGIN IMMEDIATE")
            try:
                quotas.take(self._first, limit, at_ms=at_ms)
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise

    def _first(self, sql: str, parameters: Sequence[str | int]) -> quotas.Row:
        row: quotas.Row = self.connection.execute(sql, tuple(parameters)).fetchone()
        return row

    def _purge(self, row: tuple[object, ...]) -> None:
        if time.monotonic() - self.purged > _PURGE_SECONDS:
            self.connection.execute("DELETE FROM nonce WHERE until_ms < ?", (row[1],))
            self.purged = time.monotonic()


_writers: dict[Path, _Writer] = {}  # by home of the node
_newest: tuple[Path, _Writer] | None = None  # the one that was asked for last
_lock = threading.Lock()


def path() -> Path:
    """Where this node's log lies."""
    return Path(settings.SUIXIN.home) / "state" / "access.sqlite"


def write(access: Access, *, nonce: Nonce | None = None) -> None:
    """Commit the record, and the nonce and the use of the quota with it.

    Raises Replayed when the nonce was used, OverQuota when the grant has no call left; nothing is written then.
    """
    plan = access.plan
    quota = (plan, access.uses) if plan is not None and access.code in ANSWERED and quotas.is_limited(plan) else None
    if nonce is not None and nonces.is_shared():
        nonces.spend(nonce.app_id, nonce.value, until_ms=nonce.until_ms)
        nonce = None
    if quota is not None and nonces.is_shared():
        quotas.take_shared(quota[0], at_ms=access.at_ms, uses=access.uses)
        quota = None
    try:
        _writer().write(_Entry(_row(access), nonce, access.subjects, quota))
    except sqlite3.IntegrityError as error:
        raise Replayed("随机数 X-Nonce 已用过；每次调用请换一个新的，并重新签名。") from error


def count(limit: quotas.Limited) -> None:
    """One use of a limit that is no grant's, counted across processes and nodes. Raises OverQuota: none is left."""
    quotas.require_left(limit)
    at_ms = int(clock.now().timestamp() * 1000)
    if nonces.is_shared():
        quotas.take_shared(limit, at_ms=at_ms)
    else:
        _writer().count(limit, at_ms)


def note_reading(
    actor: Actor, resource: str, *, action: str, rows: int, plan: Plan | None = None, request: str = "",
    delivered: Delivered | None = None,
) -> None:
    """Record what a page of our own showed of a resource (its code); call it before the rows are handed on.

    Raises OverQuota.
    """
    here, at_ms = origin.current(), int(clock.now().timestamp() * 1000)
    write(Access(
        here.trace_id, at_ms, actor, "page", action, resource, "200", 0, plan, rows, address=here.address,
        terminal=here.terminal, request=request, delivered=delivered,
    ))


def has_added(connection: sqlite3.Connection) -> bool:
    """Whether a file's records have the columns that came later."""
    return bool(connection.execute("SELECT 1 FROM pragma_table_info('access') WHERE name = 'digest'").fetchone())


def close_all() -> None:
    """Let go of every connection (tests that move SUIXIN_HOME)."""
    global _newest  # noqa: PLW0603  it is one of those that are closed
    with _lock:
        for writer in _writers.values():
            writer.connection.close()
        _writers.clear()
        _newest = None


def _writer() -> _Writer:
    global _newest  # noqa: PLW0603  spares hashing a path for every record
    home, newest = settings.SUIXIN.home, _newest
    if newest is not None and newest[0] is home and newest[1].pid == os.getpid():
        return newest[1]
    writer = _writers.get(home)
    if writer is None or writer.pid != os.getpid():
        with _lock:
            writer = _writers.get(home)
            if writer is None or writer.pid != os.getpid():
                writer = _writers[home] = _Writer(path())
    _newest = (home, writer)
    return writer


def _row(access: Access) -> tuple[object, ...]:
    plan, actor = access.plan, access.actor
    columns = ",".join(plan.fields) if plan else ""
    masks = ",".join(plan.mask_names) if plan else ""
    return (
        access.trace_id, access.at_ms, actor.kind.value, actor.key[:_LONGEST], actor.organisation, access.address[:64],
        access.terminal[:_LONGEST], access.door, access.action, access.resource[:_LONGEST], columns, access.rows,
        plan.grant if plan else "", plan.basis if plan else "", masks, access.code, access.micros, access.bytes,
        access.request[:_LONGEST], *_called(access.called, plan), *_delivered(access),
    )


def _called(called: Called, plan: Plan | None) -> tuple[object, ...]:
    purpose = (plan.purpose if plan else "") or called.purpose
    if called is NOTHING_SAID:
        return (None, None, None, None, None, None, None, purpose[:_SHORT] or None, None)
    return (
        called.method[:8], called.status, called.received, called.message_id[:_SHORT], called.user_id[:_SHORT], called.issue[:_SHORT],
        called.represented[:_SHORT], purpose[:_SHORT], called.fault[:_LONGEST],
    )


def _delivered(access: Access) -> tuple[object, ...]:
    delivered = access.delivered
    if delivered is None and access.plan is not None and access.code in ANSWERED and access.rows != 0:
        delivered = assumed(access.plan, access.door)
    return (None, None, None) if delivered is None else (delivered.version, delivered.predicate, delivered.digest)
