"""What may be used once, or so often, on this node: nonces, and the quotas of grants; one SQLite file for its processes.

Place     SUIXIN_HOME/state/spent.sqlite, WAL, synchronous=NORMAL, one connection per process; apart from the log, so that no call
          waits while records are settled. A node of before kept them in the log: they are copied when the file is made
Together  the nonce of a call and its uses of a quota are one transaction: a call that is replayed uses nothing
First     they are spent before the record is written: should that fail, no answer is given, and what was spent is lost, never the reverse
Beside    SQLite's own journal is carried into the file, and synced, by a thread beside the calls; within a call only as a fallback
Sweeping  nonces are unique whatever their age; those that ended go a stretch of keys at a time, so that no call pays for all
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from suixin.data.access import quotas

_SCHEMA = """
CREATE TABLE IF NOT EXISTS nonce (
    app_id TEXT NOT NULL, nonce TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (app_id, nonce)
) WITHOUT ROWID;
""" + quotas.SCHEMA
_TABLES = ("nonce", "quota")
_SWEEP_EVERY, _SWEEP_KEYS = 64, 256  # nonces of this process between two sweeps, and keys that a sweep looks at
_PATIENCE_SECONDS = 10.0
_CARRY_EVERY, _FALLBACK_PAGES = 4_000, 32_000  # what this process spent between two times; a spending is about a page
_CARRY_PATIENCE_MS = 20  # how long the end of it may hold writers up while somebody reads
_FIRST = ("", "")
_SPEND = "INSERT INTO nonce VALUES (?, ?, ?)"
_logger = logging.getLogger(__name__)


class Nonce(NamedTuple):
    """A nonce of an application and the instant from which its timestamp is refused anyway."""

    app_id: str
    value: str
    until_ms: int


class Use(NamedTuple):
    """So many uses of a limited grant, or of another limit, at a moment."""

    limit: quotas.Limited
    number: int
    at_ms: int


class Spending:
    """The process's one connection to what was spent."""

    def __init__(self, path: Path, *, before: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._path = path
        self._unswept, self._swept = 0, _FIRST
        self._uncarried, self._is_carrying = 0, threading.Lock()
        self._held = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE_SECONDS)
        self._held.execute("PRAGMA journal_mode=WAL")
        self._held.execute("PRAGMA synchronous=NORMAL")
        self._held.execute(f"PRAGMA wal_autocheckpoint={_FALLBACK_PAGES}")
        self._held.executescript(_SCHEMA)
        if before.is_file() and not self._held.execute("PRAGMA user_version").fetchone()[0]:
            self._take_over(before)

    def spend(self, nonce: Nonce | None, use: Use | None, *, at_ms: int) -> None:
        """Both or neither. Raises sqlite3.IntegrityError: the nonce was used; OverQuota: no use is left."""
        with self._lock:
            if use is None:
                if nonce is not None:
                    self._held.execute(_SPEND, nonce)
            else:
                self._spend_together(nonce, use)
            self._look_after(at_ms)

    def close(self) -> None:
        """Let go of the connection."""
        self._held.close()

    def _spend_together(self, nonce: Nonce | None, use: Use) -> None:
        self._held.execute("BEGIN IMMEDIATE")
        try:
            if nonce is not None:
                self._held.execute(_SPEND, nonce)
            quotas.take(self._first, use.limit, at_ms=use.at_ms, uses=use.number)
            self._held.execute("COMMIT")
        except BaseException:
            self._held.execute("ROLLBACK")
            raise

    def _first(self, sql: str, parameters: Sequence[str | int]) -> quotas.Row:
        row: quotas.Row = self._held.execute(sql, tuple(parameters)).fetchone()
        return row

    def _look_after(self, at_ms: int) -> None:
        """A fault of it is told in the log of the process: what was spent is spent."""
        self._unswept += 1
        self._uncarried += 1
        if self._unswept >= _SWEEP_EVERY:
            self._unswept = 0
            try:
                self._sweep(at_ms)
            except sqlite3.Error:
                _logger.exception("nonces that ended could not be removed from %s", self._path)
        if self._uncarried >= _CARRY_EVERY and self._is_carrying.acquire(blocking=False):
            self._uncarried = 0
            try:
                threading.Thread(target=self._carry, name="spent-carrying", daemon=True).start()
            except RuntimeError:  # no more threads, or the process ends
                self._is_carrying.release()
                _logger.exception("the journal of %s could not be carried over now", self._path)

    def _carry(self) -> None:
        """The journal's pages in the file and synced; then, writers held off, the few that came meanwhile, and it starts anew."""
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, isolation_level=None)) as beside:
                beside.execute(f"PRAGMA busy_timeout={_CARRY_PATIENCE_MS}")
                beside.execute("PRAGMA synchronous=NORMAL")
                beside.execute("PRAGMA wal_checkpoint(PASSIVE)")
                with self._lock:
                    beside.execute("PRAGMA wal_checkpoint(RESTART)")
        except sqlite3.Error:
            _logger.exception("the journal of %s could not be carried over; the next calls try again", self._path)
        finally:
            self._is_carrying.release()

    def _sweep(self, now_ms: int) -> None:
        """The next keys in order are looked at, from the first again after the last; which of them ended by `now_ms` go."""
        run = self._held.execute
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

    def _take_over(self, before: Path) -> None:
        """What a log of before holds of nonces and quotas, once; it stays there for a process of before that still runs."""
        run = self._held.execute
        run("ATTACH ? AS before", (str(before),))
        try:
            run("BEGIN IMMEDIATE")
            for (name,) in run("SELECT name FROM before.sqlite_master WHERE type = 'table' AND name IN (?, ?)", _TABLES).fetchall():
                run(f"INSERT OR IGNORE INTO main.{name} SELECT * FROM before.{name}")
            run("PRAGMA user_version = 1")
            run("COMMIT")
        except BaseException:
            if self._held.in_transaction:
                run("ROLLBACK")
            raise
        finally:
            run("DETACH before")
