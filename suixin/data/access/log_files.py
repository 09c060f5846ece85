"""Finished parts of the access log: one read-only SQLite file a day (or per two million records), sealed by the audit log.

Place    SUIXIN_HOME/state/access/access-<day>-<first id>.sqlite, the tables of the live file; what journals hold
         is settled before anything is read (settling.py)
Order    written beside, synced, renamed; sealed on record; then its records leave the live file, a few thousand at a time:
         a crash anywhere leaves a record in the live file, in a finished one or in both, never in none, and the next
         run goes on
Numbers  ids go on across files: the newest record never leaves the live file
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from suixin.data.access import log, settling
from suixin.ground.audit.sealed_files import expire_file, is_sealed, seal_file
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM, Actor

LARGEST = 2_000_000
KEPT_DAYS = 3 * 366  # standards/data.md 4.4: six months online by law; we keep three years searchable
_GRACE = timedelta(minutes=5)
_AT_A_TIME = 5_000
_KIND = "access_log"


def folder() -> Path:
    """Where finished files lie."""
    return log.path().parent / "access"


def finished() -> list[Path]:
    """Finished files, newest first."""
    return sorted(folder().glob("access-*.sqlite"), key=_first_id, reverse=True)


def readable() -> list[Path]:
    """Every file with records, the live one first, with what was written until now."""
    log.settle()
    return [path for path in (log.path(), *finished()) if path.is_file()]


def rows(
    sql: str, parameters: Mapping[str, object], *, limit: int, table: str = "access", needs: str = "", instead: str = ""
) -> list[sqlite3.Row]:
    """The first `limit` rows that `sql` finds, file by file, the newest file first; `sql` orders within a file.

    Files from before `table` was kept are passed over; so are those whose records lack the column `needs`, unless there is
    an SQL to ask them `instead`.
    """
    found: list[sqlite3.Row] = []
    seen: set[int] = set()
    for path in readable():
        if len(found) >= limit:
            break
        for row in _read(path, sql, parameters, table, (needs, instead)):
            if row["id"] not in seen:  # in two files while a crash is not mended yet
                seen.add(row["id"])
                found.append(row)
    return found[:limit]


def per_file(sql: str) -> list[sqlite3.Row]:
    """The first row that `sql` finds in each file, the oldest file first, the live one last."""
    return [row for path in reversed(readable()) for row in [*_read(path, sql, {}, "access")][:1]]


def rotate(*, actor: Actor = SYSTEM) -> list[Path]:
    """New finished files, sealed; files whose time is over are taken away, on record."""
    made = []
    log.settle()
    if log.path().is_file():
        with closing(sqlite3.connect(log.path(), isolation_level=None, timeout=30)) as live:
            for path in reversed(finished()):
                if not is_sealed(path):  # a crash came between
                    seal_file(path, _KIND, actor, lines=_count(path))
            _drop_finished(live)
            while part := _next_part(live):
                path = _finish(live, *part)
                crash.point("access.finished")
                seal_file(path, _KIND, actor, lines=_count(path))
                crash.point("access.sealed")
                _drop_finished(live)
                made.append(path)
    _expire(actor)
    return made


def _next_part(live: sqlite3.Connection) -> tuple[int, int, str] | None:
    """First and last id and the day of the oldest records that are finished; None when there are none."""
    low, high = live.execute("SELECT (SELECT min(id) FROM access), (SELECT max(id) FROM access)").fetchone()
    if low is None or low == high:
        return None
    (at_ms,) = live.execute("SELECT at_ms FROM access WHERE id = ?", (low,)).fetchone()
    day = datetime.fromtimestamp(at_ms / 1000, clock.CHINA).date()
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.CHINA)
    last = min(high - 1, low + LARGEST - 1)
    if clock.now() < end + _GRACE:
        return (low, last, f"{day:%Y%m%d}") if last - low + 1 >= LARGEST else None
    (following,) = live.execute("SELECT min(id) FROM access WHERE at_ms >= ?", (int(end.timestamp() * 1000),)).fetchone()
    last = min(last, following - 1) if following is not None else last
    return (low, last, f"{day:%Y%m%d}") if last >= low else None


def _finish(live: sqlite3.Connection, low: int, high: int, day: str) -> Path:
    """The finished file of the records from `low` to `high`, on the disk under its name."""
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"access-{day}-{low}.sqlite"
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    live.execute("ATTACH ? AS part", (str(part),))
    try:
        for name, key in _tables(live):
            (made,) = live.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
            live.execute(made.replace("CREATE TABLE ", "CREATE TABLE part.", 1))
            live.execute(f"INSERT INTO part.{name} SELECT * FROM main.{name} WHERE {key} BETWEEN ? AND ?", (low, high))
        if log.has_added(live):
            for statement in settling.INDEXES:
                live.execute(statement.format(schema="part."))
    finally:
        live.execute("DETACH part")
    _sync(part)
    part.chmod(0o440)
    part.rename(path)
    _sync(path.parent)
    return path


def _tables(live: sqlite3.Connection) -> list[tuple[str, str]]:
    """Tables whose rows belong to records, and the column that says to which."""
    names = {name for (name,) in live.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [("access", "id"), *([("subject", "access")] if "subject" in names else [])]


def _drop_finished(live: sqlite3.Connection) -> None:
    """Records that lie in sealed finished files leave the live one, a few at a time so that writers need not wait."""
    newest = next(iter(finished()), None)
    if newest is None:
        return
    with closing(_open(newest)) as file:
        (high,) = file.execute("SELECT max(id) FROM access").fetchone()
    if "subject" in {name for name, _ in _tables(live)}:
        live.execute("DELETE FROM subject WHERE access <= ?", (high,))
    portion = "DELETE FROM access WHERE id IN (SELECT id FROM access WHERE id <= ? LIMIT ?)"
    while live.execute(portion, (high, _AT_A_TIME)).rowcount == _AT_A_TIME:
        pass


def _expire(actor: Actor) -> None:
    oldest = f"{clock.today() - timedelta(days=KEPT_DAYS):%Y%m%d}"
    for path in finished():
        if path.name.split("-")[1] < oldest:
            expire_file(path, actor, basis=f"访问日志保存满 {KEPT_DAYS} 天(网络安全法第 23 条、政务数据共享条例第 29 条)")


def _read(
    path: Path, sql: str, parameters: Mapping[str, object], table: str, older: tuple[str, str] = ("", "")
) -> Iterator[sqlite3.Row]:
    needs, instead = older
    with closing(_open(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
            return
        if needs and not connection.execute("SELECT 1 FROM pragma_table_info('access') WHERE name = ?", (needs,)).fetchone():
            sql = instead
        if sql:
            yield from connection.execute(sql, parameters)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    connection.row_factory = sqlite3.Row
    return connection


def _count(path: Path) -> int:
    with closing(_open(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM access").fetchone()[0])


def _first_id(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
