"""Records on their way into the access log: each process appends to a file of its own, mapped into memory.

Place    SUIXIN_HOME/state/journal/<begun>-<random>.journal, all its space taken when it is made, so that a full disk is told before a
         call is answered; its process holds a lock on it (flock) for as long as it lives
Shape    pieces of length (four bytes) and content; length 0 is the end of what is written, END that nothing more will come. A
         length is written after its content: a process that dies in between leaves nothing half
Promise  what `append` returned from outlives the process, since the pages are the kernel's; a power cut may cost the last moments
Cheap    no system call, hence no change of threads; SQLite's least transaction takes some dozen calls (settling.py moves many in one)
"""

import fcntl
import mmap
import os
import secrets
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from suixin.kit import clock

SIZE = 4 << 20
END = 0xFFFFFFFF
_LENGTH = struct.Struct("<I")
_ROOM = 2 * _LENGTH.size  # of a piece beside its content, and of the end after it
NAME, _DRAFT = ".journal", ".draft"
_FORGOTTEN_SECONDS = 3600.0  # a draft this old is nobody's


class _File:
    """The file that this process fills."""

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{name_at(clock.now())}-{secrets.token_hex(4)}{_DRAFT}"
        self.size, self._at = size, 0
        self._descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            os.posix_fallocate(self._descriptor, 0, size)
            self._bytes = mmap.mmap(self._descriptor, size)
            draft.rename(draft.with_suffix(NAME))
        except OSError:
            os.close(self._descriptor)
            draft.unlink(missing_ok=True)
            raise

    def has_room(self, length: int) -> bool:
        """Whether so many bytes still fit."""
        return self._at + length + _ROOM <= self.size

    def append(self, content: bytes) -> None:
        """The content first, then its length."""
        start = self._at + _LENGTH.size
        self._bytes[start : start + len(content)] = content
        self._bytes[self._at : start] = _LENGTH.pack(len(content))
        self._at = start + len(content)

    def close(self) -> None:
        """Nothing more will come."""
        self._bytes[self._at : self._at + _LENGTH.size] = _LENGTH.pack(END)
        self._bytes.close()
        os.close(self._descriptor)


class Journal:
    """Where this process appends; threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.pid = os.getpid()
        self._folder = folder
        self._lock = threading.Lock()
        self._file: _File | None = None

    def append(self, content: bytes) -> bool:
        """Keep it. Whether a file became full by it, so that it should be settled. Raises OSError: there is no room on the disk."""
        with self._lock:
            if self._file is not None and self._file.has_room(len(content)):
                self._file.append(content)
                return False
            following = _File(self._folder, max(SIZE, len(content) + _ROOM))
            following.append(content)
            full, self._file = self._file, following
            if full is not None:
                full.close()
            return full is not None

    def close(self) -> None:
        """Let go of the file; what is in it waits to be settled."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


def name_at(moment: datetime) -> str:
    """How names of files begin that were begun then; later ones sort behind."""
    return f"{int(moment.timestamp() * 1e6):017d}"


@dataclass(frozen=True, slots=True)
class Part:
    """What a file holds from a place on: its records, the place reached, and whether nothing more will come."""

    records: list[bytes]
    reached: int
    is_last: bool


def files(folder: Path) -> list[Path]:
    """Journals that wait to be settled, in the order in which they were begun; drafts that a process died over are removed."""
    forgotten = clock.now().timestamp() - _FORGOTTEN_SECONDS
    for path in folder.glob(f"*{_DRAFT}"):
        with suppress(FileNotFoundError):  # made a journal meanwhile
            if path.stat().st_mtime < forgotten:
                path.unlink()
    return sorted(folder.glob(f"*{NAME}"))


def read(path: Path, start: int) -> Part:
    """What came after `start`. Raises FileNotFoundError: it was settled meanwhile."""
    with path.open("rb") as file:
        has_owner = _has_owner(file.fileno())  # asked first: what a process wrote before it died is there
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            records = list(_pieces(content, start))
    is_ended = bool(records) and records[-1] is None
    told = [record for record in records if record is not None]
    return Part(told, start + sum(_LENGTH.size + len(record) for record in told), is_ended or not has_owner)


def _pieces(content: mmap.mmap, at: int) -> Iterator[bytes | None]:
    """Each record; None where the end was marked."""
    while at + _LENGTH.size <= len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        if length in (0, END):
            yield from (None,) * (length == END)
            return
        at += _LENGTH.size
        yield content[at : at + length]
        at += length


def _has_owner(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
