"""What processes appended to their journals, moved into the node's access log: each record exactly once.

Who      everybody who reads the log, before reading; a process whose journal file is full, in a thread beside its calls; a job
Once     how far a file was read stands in the log, changed by the transaction that adds its records, and is known for a year after; a file
         is removed when it was read to its end. A process may die between any two of these steps: the next one goes on
Safe     the log is on the disk before a file goes (synchronous=FULL): a power cut costs the moments that no journal had on the disk
Damage   a file that is damaged, or that is not ours to read, holds up no other; of a damaged one a copy is kept, and told
Order    the records of one process keep theirs; numbers follow the order of settling, moments the clock
"""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from suixin.data.access import journal
from suixin.kit import clock, crash

_SCHEMA = """
CREATE TABLE IF NOT EXISTS access (
    id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, at_ms INTEGER NOT NULL, subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL, organisation TEXT NOT NULL, address TEXT NOT NULL, terminal TEXT NOT NULL,
    door TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL, columns TEXT NOT NULL, rows INTEGER,
    grant_id TEXT NOT NULL, basis TEXT NOT NULL, masks TEXT NOT NULL, code TEXT NOT NULL, micros INTEGER NOT NULL,
    bytes INTEGER, request TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS subject (
    subject_index TEXT NOT NULL, access INTEGER NOT NULL, PRIMARY KEY (subject_index, access)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settled (file TEXT PRIMARY KEY, reached INTEGER NOT NULL) WITHOUT ROWID;
"""
# Columns that came later; a file from before lacks them, and so do records that say nothing of them.
ADDED = {
    "method": "TEXT", "status": "INTEGER", "received": "INTEGER", "message_id": "TEXT", "user_id": "TEXT", "issue": "TEXT",
    "represented": "TEXT", "purpose": "TEXT", "fault": "TEXT", "version": "INTEGER", "predicate": "TEXT", "digest": "TEXT",
}
INDEXES = (
    "CREATE INDEX IF NOT EXISTS {schema}access_delivered ON access (resource, digest, version) WHERE version IS NOT NULL",
)
COLUMNS = (
    "trace_id", "at_ms", "subject_kind", "subject", "organisation", "address", "terminal", "door", "action", "resource", "columns",
    "rows", "grant_id", "basis", "masks", "code", "micros", "bytes", "request", *ADDED,
)
_INSERT = f"INSERT INTO access (id, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
_OPTIONAL = {"rows", "bytes", *ADDED}
_PATIENCE_SECONDS = 30.0
_BROKEN = ".broken"
_LARGEST = 2**63 - 1
_KNOWN = timedelta(days=400)
_logger = logging.getLogger(__name__)
_is_settling = threading.Lock()


def packed(row: Sequence[object], subjects: Sequence[str]) -> bytes:
    """A record as it stands in a journal: whom it was about, then the values of COLUMNS."""
    return orjson.dumps((sorted(set(subjects)) if subjects else None, *row))


def settle(log: Path, folder: Path) -> int:
    """Everything that was appended until now stands in the log; how many records came. Raises sqlite3.Error, and nothing is lost."""
    waiting = journal.files(folder)
    if not waiting:
        return 0
    with closing(_opened(log)) as held:
        return sum(_settled_or_told(held, path) for path in waiting)


def settle_beside(log: Path, folder: Path) -> None:
    """The same in a thread of its own, unless one is at it; a fault is told in the log of the process, and the next one goes on."""
    if not _is_settling.acquire(blocking=False):
        return
    try:
        threading.Thread(target=_settle_and_tell, args=(log, folder), name="access-settling", daemon=True).start()
    except RuntimeError:  # no more threads, or the process ends
        _is_settling.release()
        _logger.exception("the journals of %s could not be settled now", log)


def _settle_and_tell(log: Path, folder: Path) -> None:
    try:
        settle(log, folder)
    except Exception:  # the end of a thread: whatever it is, it is told, and the records wait in their journals
        _logger.exception("the journals of %s could not be settled; whoever reads it tries again", log)
    finally:
        _is_settling.release()


def _settled_or_told(held: sqlite3.Connection, path: Path) -> int:
    """A file that cannot be read is told in the log of the process, and stays."""
    try:
        return _settled(held, path)
    except FileNotFoundError:  # settled by another process meanwhile
        return 0
    except (OSError, ValueError):
        _logger.critical("the journal %s cannot be read, and its records are not in the log", path, exc_info=True)
        return 0


def _settled(held: sqlite3.Connection, path: Path) -> int:
    if not journal.has_more(path, _reached(held, path)):
        return 0
    with _transaction(held):
        part = journal.read(path, _reached(held, path))
        if part.has_damage:
            _keep_copy(path)
        if part.records:
            _add(held, part.records)
        held.execute("INSERT OR REPLACE INTO settled VALUES (?, ?)", (path.name, part.reached))
    if part.is_last:
        crash.point("access.settled")
        path.unlink(missing_ok=True)
        _forget(held, path.parent)
    return len(part.records)


def _reached(held: sqlite3.Connection, path: Path) -> int:
    row = held.execute("SELECT reached FROM settled WHERE file = ?", (path.name,)).fetchone()
    return int(row[0]) if row else 0


def _keep_copy(path: Path) -> None:
    kept = path.with_suffix(_BROKEN)
    shutil.copyfile(path, kept)
    _logger.critical("a part of the journal %s cannot be read, its records are lost; the file is kept as %s", path, kept)


def _forget(held: sqlite3.Connection, folder: Path) -> None:
    """Of files that went long ago nothing is known any more; a copy of a younger one, brought back, must not count again."""
    here = orjson.dumps([path.name for path in journal.files(folder)]).decode()
    limit = journal.name_at(clock.now() - _KNOWN)
    held.execute("DELETE FROM settled WHERE file < ? AND file NOT IN (SELECT value FROM json_each(?))", (limit, here))


def _add(held: sqlite3.Connection, records: Sequence[bytes]) -> None:
    (newest,) = held.execute("SELECT coalesce(max(id), 0) FROM access").fetchone()
    rows = [_row(record) for record in records]
    held.execute("SAVEPOINT rows")
    try:
        held.executemany(_INSERT, ((number, *row[1:]) for number, row in enumerate(rows, newest + 1)))
    except (OverflowError, sqlite3.IntegrityError):
        held.execute("ROLLBACK TO rows")
        rows = [_fitted(row) for row in rows]
        held.executemany(_INSERT, ((number, *row[1:]) for number, row in enumerate(rows, newest + 1)))
    held.execute("RELEASE rows")
    about = ((subject, number) for number, row in enumerate(rows, newest + 1) for subject in row[0] or ())
    held.executemany("INSERT INTO subject VALUES (?, ?)", about)


def _fitted(row: Sequence[Any]) -> list[Any]:  # Any: as below
    """The row as the table takes it, whatever it holds: numbers without a place are the largest that there is, nothing is no text."""
    values = [min(value, _LARGEST) if type(value) is int else value for value in row]
    told = zip(COLUMNS, values[1:], strict=True)
    return [values[0], *("" if value is None and name not in _OPTIONAL else value for name, value in told)]


def _row(record: bytes) -> list[Any]:  # Any: values of columns
    """Whom it was about, then the values of COLUMNS; a process of before had fewer of them."""
    row: list[Any] = orjson.loads(record)
    return row + [None] * (len(COLUMNS) + 1 - len(row))


def _opened(log: Path) -> sqlite3.Connection:
    log.parent.mkdir(parents=True, exist_ok=True)
    held = sqlite3.connect(log, isolation_level=None, timeout=_PATIENCE_SECONDS)
    held.execute("PRAGMA journal_mode=WAL")
    held.execute("PRAGMA synchronous=FULL")
    known = {row[1] for row in held.execute("PRAGMA table_info(access)")}
    if not known.issuperset(ADDED) or not held.execute("SELECT 1 FROM sqlite_master WHERE name = 'settled'").fetchone():
        _extend(held)
    return held


def _extend(held: sqlite3.Connection) -> None:
    """Tables, columns and indexes that a file from before lacks, or all of them."""
    with _transaction(held):
        for statement in _SCHEMA.split(";"):
            held.execute(statement)
        known = {row[1] for row in held.execute("PRAGMA table_info(access)")}
        for name, kind in ADDED.items():
            if name not in known:
                held.execute(f"ALTER TABLE access ADD COLUMN {name} {kind}")
        for statement in INDEXES:
            held.execute(statement.format(schema=""))


@contextmanager
def _transaction(held: sqlite3.Connection) -> Iterator[None]:
    held.execute("BEGIN IMMEDIATE")
    try:
        yield
        held.execute("COMMIT")
    except BaseException:
        held.execute("ROLLBACK")
        raise
