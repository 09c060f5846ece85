"""The process's one writer of the access log (log.py): what is committed together, and what is kept out of a call's way.

Statement  records without a limited grant go in as one statement, however many threads wait: into a view of this connection, whose
           triggers put nonce, record and subjects into their tables. Every statement lets go of the interpreter's lock, and
           under load each time costs a change of threads: four statements a record cost more than their work
Alone      where one of several cannot be written, each stands for itself, and its own thread hears why
Nonces     are unique whatever their age; those that ended are swept a stretch of keys at a time, so that no call pays for all
Checkpoint what the journal holds is carried into the file, and synced, by a thread beside the calls; SQLite's own is the fallback
"""

import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from suixin.data.access import quotas

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
DROP INDEX IF EXISTS nonce_until;
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
_COLUMNS = (
    "trace_id", "at_ms", "subject_kind", "subject", "organisation", "address", "terminal", "door", "action", "resource", "columns",
    "rows", "grant_id", "basis", "masks", "code", "micros", "bytes", "request", *ADDED,
)
_MORE = ("nonce_of", "nonce", "nonce_until", "subjects")  # of a call, beside its record
_VIEW = f"""
CREATE TEMP VIEW call AS SELECT {', '.join(_COLUMNS)}, {', '.join(f"NULL AS {name}" for name in _MORE)} FROM main.access;
CREATE TEMP TRIGGER call_recorded INSTEAD OF INSERT ON call BEGIN
    INSERT INTO nonce SELECT NEW.nonce_of, NEW.nonce, NEW.nonce_until WHERE NEW.nonce_of IS NOT NULL;
    INSERT INTO access ({', '.join(_COLUMNS)}) VALUES ({', '.join(f"NEW.{name}" for name in _COLUMNS)});
    INSERT OR IGNORE INTO subject SELECT value, last_insert_rowid() FROM json_each(NEW.subjects) WHERE NEW.subjects IS NOT NULL;
END;
"""
_MARKS = f"({', '.join('?' * len((*_COLUMNS, *_MORE)))})"
_TOGETHER = 16  # records of one statement
_INSERTS = [f"INSERT INTO call VALUES {', '.join([_MARKS] * number)}" for number in range(_TOGETHER + 1)]
_SWEEP_EVERY, _SWEEP_KEYS = 64, 256  # records of this process between two sweeps, and keys that a sweep looks at
_CHECKPOINT_EVERY = 4_000  # records of this process, about 32 MB of the journal; pages that changed often are carried over once
_FALLBACK_PAGES = 32_000
_PATIENCE_MS = 20  # how long the end of a checkpoint may hold writers up while somebody reads
_FIRST = ("", "")
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """A record that is to be committed, with the nonce (application, value, end in ms), whom it was about, and the use of a quota."""

    row: tuple[object, ...]
    nonce: tuple[str, str, int] | None = None
    subjects: tuple[str, ...] = ()
    quota: tuple[quotas.Limited, int] | None = None
    is_done: bool = False
    fault: BaseException | None = None

    @property
    def values(self) -> tuple[object, ...]:
        """What goes into the view."""
        told = orjson.dumps(sorted(set(self.subjects))).decode() if self.subjects else None
        return (*self.row, *(self.nonce or (None, None, None)), told)


class Writer:
    """The process's one writing connection."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self._path = path
        self._waiting: deque[Entry] = deque()
        self._unswept, self._swept = 0, _FIRST
        self._unkept, self._is_keeping = 0, threading.Lock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.execute(f"PRAGMA wal_autocheckpoint={_FALLBACK_PAGES}")
        self.connection.executescript(_SCHEMA + quotas.SCHEMA)
        self._extend()
        self.connection.executescript(_VIEW)

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

    def write(self, entry: Entry) -> None:
        """Commit it, together with those that came while another thread was committing. Raises what its own writing raised."""
        self._waiting.append(entry)
        with self.lock:
            while not entry.is_done:
                self._commit([self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))])
        if entry.fault is not None:
            raise entry.fault

    def count(self, limit: quotas.Limited, at_ms: int) -> None:
        """One use of it, committed. Raises OverQuota."""
        with self.lock:
            self._counted([(limit, 1, at_ms)], [])

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

    def _commit(self, entries: Sequence[Entry]) -> None:
        """All of them in one transaction; when one of several cannot be, each in one of its own."""
        uses = [(*entry.quota, int(str(entry.row[1]))) for entry in entries if entry.quota is not None]
        try:
            self._counted(uses, entries) if uses else self._insert(entries)
        except BaseException as error:  # noqa: BLE001  raised again by the thread whose record it was
            if len(entries) > 1 and isinstance(error, Exception):
                for entry in entries:
                    self._commit([entry])
                return
            for entry in entries:
                entry.fault = error
        for entry in entries:
            entry.is_done = True
        self._look_after(len(entries), at_ms=int(str(entries[0].row[1])))

    def _insert(self, entries: Sequence[Entry]) -> None:
        values = entries[0].values if len(entries) == 1 else [value for entry in entries for value in entry.values]
        self.connection.execute(_INSERTS[len(entries)], values)

    def _counted(self, uses: Sequence[tuple[quotas.Limited, int, int]], entries: Sequence[Entry]) -> None:
        """Uses (whose, how many, when in ms) and records in one transaction."""
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        try:
            for limit, number, at_ms in uses:
                quotas.take(self._first, limit, at_ms=at_ms, uses=number)
            if entries:
                self._insert(entries)
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise

    def _first(self, sql: str, parameters: Sequence[str | int]) -> quotas.Row:
        row: quotas.Row = self.connection.execute(sql, tuple(parameters)).fetchone()
        return row

    def _look_after(self, records: int, *, at_ms: int) -> None:
        """What is due now and then. A fault of it is told in the log: the records are committed."""
        self._unswept += records
        self._unkept += records
        if self._unswept >= _SWEEP_EVERY:
            self._unswept = 0
            try:
                self._sweep(at_ms)
            except sqlite3.Error:
                _logger.exception("nonces that ended could not be removed from %s", self._path)
        if self._unkept >= _CHECKPOINT_EVERY and self._is_keeping.acquire(blocking=False):
            self._unkept = 0
            try:
                threading.Thread(target=self._checkpoint, name="access-checkpoint", daemon=True).start()
            except RuntimeError:  # no more threads, or the process ends
                self._is_keeping.release()
                _logger.exception("the journal of %s could not be carried over now", self._path)

    def _sweep(self, now_ms: int) -> None:
        """The next keys in order are looked at, from the first again after the last; which of them ended by `now_ms` go."""
        run = self.connection.execute
        last = run(
            "SELECT app_id, nonce FROM nonce WHERE (app_id, nonce) > (?, ?) ORDER BY app_id, nonce LIMIT 1 OFFSET ?",
            (*self._swept, _SWEEP_KEYS - 1),
        ).fetchone()
        if last is None:
            run("DELETE FROM nonce WHERE (app_id, nonce) > (?, ?) AND until_ms < ?", (*self._swept, now_ms))
        else:
            run(
                "DELETE FROM nonce WHERE (app_id, nonce) > (?, ?) AND (app_id, nonce) <= (?, ?) AND until_ms < ?",
                (*self._swept, *last, now_ms),
            )
        self._swept = last or _FIRST

    def _checkpoint(self) -> None:
        """The journal's pages in the file and synced; then, writers held off, the few that came meanwhile, and it starts anew."""
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, isolation_level=None)) as beside:
                beside.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
                beside.execute("PRAGMA synchronous=NORMAL")
                beside.execute("PRAGMA wal_checkpoint(PASSIVE)")
                with self.lock:
                    beside.execute("PRAGMA wal_checkpoint(RESTART)")
        except sqlite3.Error:
            _logger.exception("the journal of %s could not be carried over; the next calls try again", self._path)
        finally:
            self._is_keeping.release()
