"""The agent's own state: one SQLite file with what was read and not yet acknowledged, sealed under a key of this machine.

Once     a chunk, its number and the place behind it are one transaction: killed anywhere, either all or nothing of it is there
Sealed   chunks and places hold personal data; SM4-GCM, key in state/key (0600); what is deleted is overwritten
Full     beyond the limit nothing is taken in: reading pauses where it is
"""

import fcntl
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from suixin.data.collection.sources import parcels
from suixin.data.collection.sources.heartbeats import StreamAnswer
from suixin.data.collection.sources.parcels import Parcel
from suixin.kit import clock, crash
from suixin.kit.kept import kept
from suixin.kit.sm import sm3_hex, sm4_open, sm4_seal
from suixin.site.agent.errors import AlreadyRunning, SpoolBroken, SpoolFull

_TABLES = """
CREATE TABLE IF NOT EXISTS streams (
    name TEXT PRIMARY KEY, next INTEGER NOT NULL DEFAULT 1, place BLOB, digest TEXT NOT NULL DEFAULT '',
    is_taken INTEGER NOT NULL DEFAULT 0,
    may_repeat INTEGER NOT NULL DEFAULT 1, is_met INTEGER NOT NULL DEFAULT 0, read_ms INTEGER, told TEXT NOT NULL DEFAULT '',
    fault TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS chunks (
    stream TEXT NOT NULL, sequence INTEGER NOT NULL, sm3 TEXT NOT NULL, rows INTEGER NOT NULL, size INTEGER NOT NULL,
    made_ms INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (stream, sequence)
) STRICT;
CREATE TABLE IF NOT EXISTS files (
    stream TEXT NOT NULL, path TEXT NOT NULL, stamp TEXT NOT NULL, sequence INTEGER NOT NULL, fault TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (stream, path)
) STRICT;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One chunk that waits to be sent."""

    stream: str
    sequence: int
    sm3: str
    rows: int
    body: bytes


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is known of a stream. `is_met`: the base has answered for it once; `told` is the base's sentence, `fault` ours."""

    name: str
    next: int
    place: Mapping[str, object]
    is_taken: bool
    may_repeat: bool
    is_met: bool
    read_ms: int | None
    told: str
    fault: str


@dataclass(frozen=True, slots=True)
class Filled:
    """How full the spool is."""

    chunks: int
    rows: int
    bytes: int
    oldest_ms: int | None


class Spool:
    """The file, opened by one process at a time (`hold`); `status` may look at it meanwhile."""

    def __init__(self, folder: Path, *, limit: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder, self.limit = folder, limit
        self._key = bytes.fromhex(kept(folder / "key", lambda: secrets.token_hex(16)))
        self._file = sqlite3.connect(folder / "spool.sqlite", isolation_level=None, timeout=30)
        with self._told():
            for pragma in ("auto_vacuum = INCREMENTAL", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                self._file.execute(f"PRAGMA {pragma}")
            self._file.executescript(_TABLES)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Alone in the folder. Raises AlreadyRunning."""
        descriptor = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyRunning(f"已有一个 suixin agent 在用状态文件夹 {self.folder};同一台前置机只运行一个。") from error
            yield
        finally:
            os.close(descriptor)

    def append(self, stream: str, parcel: Parcel) -> bool:
        """Whether the parcel is kept as the stream's next chunk; one that says what the last one said is not.

        Raises SpoolFull, SpoolBroken.
        """
        body = parcels.packed(parcel)
        state = self.state(stream)
        said = repr((parcel.columns, parcel.rows, parcel.file, parcel.stamp, dict(parcel.place)))
        digest = sm3_hex(said.encode("utf-8", "surrogatepass"))
        if digest == self._digest(stream):
            return False
        filled = self.filled().bytes
        if filled + len(body) > self.limit and filled:
            raise SpoolFull(f"待发数据到了上限 {self.limit >> 20} MB,已暂停读取;连上底座后接着读,不会丢数据。")
        sealed = sm4_seal(self._key, body, f"{stream}/{state.next}".encode())
        with self._transaction():
            self._file.execute(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
                (stream, state.next, sm3_hex(body), len(parcel.rows), len(body), _now(), sealed),
            )
            crash.point("agent_spooling")
            self._set(stream, next=state.next + 1, place=self._sealed_place(stream, parcel.place), digest=digest)
            if parcel.file and parcel.is_last:
                self._file_done(stream, parcel.file, parcel.stamp, state.next)
        crash.point("agent_spooled")
        return True

    def first(self, stream: str) -> Held | None:
        """The oldest chunk of the stream that waits."""
        with self._told():
            row = self._file.execute(
                "SELECT sequence, sm3, rows, sealed FROM chunks WHERE stream = ? ORDER BY sequence LIMIT 1", (stream,)
            ).fetchone()
        if row is None:
            return None
        return Held(stream, row[0], row[1], row[2], sm4_open(self._key, row[3], f"{stream}/{row[0]}".encode()))

    def acknowledge(self, held: Held) -> None:
        """The base has it."""
        with self._transaction():
            self._file.execute("DELETE FROM chunks WHERE stream = ? AND sequence = ? AND sm3 = ?", (held.stream, held.sequence, held.sm3))
        with self._told():
            self._file.execute("PRAGMA incremental_vacuum").fetchall()

    def step_with(self, stream: str, answer: StreamAnswer) -> bool:
        """Whether we had to go back, or forth, to where the base is: what it lacks is read anew from the place it names."""
        state = self.state(stream)
        with self._transaction():
            self._set(stream, is_taken=int(answer.is_taken), may_repeat=int(answer.may_repeat), told=answer.sentence, is_met=1)
            self._file.execute("DELETE FROM chunks WHERE stream = ? AND sequence < ?", (stream, answer.next))
            first = self._file.execute("SELECT min(sequence) FROM chunks WHERE stream = ?", (stream,)).fetchone()[0]
            if answer.next == (first if first is not None else state.next):
                return False
            self._file.execute("DELETE FROM chunks WHERE stream = ?", (stream,))
            self._file.execute("DELETE FROM files WHERE stream = ? AND sequence >= ?", (stream, answer.next))
            self._set(stream, next=answer.next, place=self._sealed_place(stream, answer.place), digest="")
            for path, stamp in answer.files.items():
                self._file_done(stream, path, stamp, 0)
        return True

    def refuse(self, stream: str, sentence: str) -> None:
        """The base takes nothing of it until it says otherwise, so it is not read: what waits stays."""
        with self._transaction():
            self._set(stream, is_taken=0, told=sentence[:600])

    def state(self, stream: str) -> StreamState:
        """What is known of the stream."""
        with self._told():
            self._file.execute("INSERT OR IGNORE INTO streams (name) VALUES (?)", (stream,))
            row = self._file.execute(
                "SELECT next, place, is_taken, may_repeat, is_met, read_ms, told, fault FROM streams WHERE name = ?", (stream,)
            ).fetchone()
        place = json.loads(sm4_open(self._key, row[1], f"{stream}/place".encode())) if row[1] else {}
        return StreamState(stream, row[0], place, bool(row[2]), bool(row[3]), bool(row[4]), row[5], row[6], row[7])

    def over(self, stream: str, *, fault: str = "", place: Mapping[str, object] | None = None) -> None:
        """A reading ended just now: well, or with a fault's sentence; `place` when it starts elsewhere next time."""
        with self._transaction():
            self._set(stream, read_ms=_now(), fault=fault[:600])
            if place is not None:
                self._set(stream, place=self._sealed_place(stream, place))

    def files(self, stream: str) -> dict[str, tuple[str, str]]:
        """{path: (stamp, fault)} of files that were read, or that could not be."""
        with self._told():
            rows = self._file.execute("SELECT path, stamp, fault FROM files WHERE stream = ?", (stream,)).fetchall()
        return {path: (stamp, fault) for path, stamp, fault in rows}

    def pass_over(self, stream: str, path: str, stamp: str, *, fault: str = "") -> None:
        """The file needs no chunk: it is empty, or cannot be read until it changes."""
        with self._transaction():
            self._file_done(stream, path, stamp, 0, fault)

    def filled(self) -> Filled:
        """How full it is."""
        with self._told():
            row = self._file.execute("SELECT count(*), total(rows), total(size), min(made_ms) FROM chunks").fetchone()
        return Filled(row[0], int(row[1]), int(row[2]), row[3])

    def waiting(self, stream: str) -> int:
        """Chunks of the stream that wait."""
        with self._told():
            return int(self._file.execute("SELECT count(*) FROM chunks WHERE stream = ?", (stream,)).fetchone()[0])

    def note(self, name: str, value: str) -> None:
        """Something for `status` to tell."""
        with self._transaction():
            self._file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str:
        """What was noted, or ""."""
        with self._told():
            row = self._file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def _digest(self, stream: str) -> str:
        row = self._file.execute("SELECT digest FROM streams WHERE name = ?", (stream,)).fetchone()
        return str(row[0]) if row else ""

    def _set(self, stream: str, **values: object) -> None:
        self._file.execute("INSERT OR IGNORE INTO streams (name) VALUES (?)", (stream,))
        for name, value in values.items():  # names are this module's own
            self._file.execute(f"UPDATE streams SET {name} = ? WHERE name = ?", (value, stream))  # noqa: S608

    def _file_done(self, stream: str, path: str, stamp: str, sequence: int, fault: str = "") -> None:
        self._file.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (stream, path, stamp, sequence, fault[:600]))

    def _sealed_place(self, stream: str, place: Mapping[str, object]) -> bytes:
        return sm4_seal(self._key, json.dumps(dict(place)).encode(), f"{stream}/place".encode())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "full" in str(error):
                raise SpoolFull(f"前置机的磁盘满了,放不下待发数据,已暂停读取;请清理 {self.folder} 所在的磁盘,不会丢数据。") from error
            raise SpoolBroken(
                f"状态文件 {self.folder}/spool.sqlite 读写出错({error});请检查磁盘。"
                "文件坏了就把整个状态文件夹移走再启动,会从底座记住的位置接着读。"
            ) from error


def _now() -> int:
    return int(clock.now().timestamp() * 1000)
