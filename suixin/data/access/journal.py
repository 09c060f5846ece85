"""Records on their way into the access log: each process appends to a file of its own, mapped into memory.

Place    SUIXIN_HOME/state/journal/<begun>-<random>.journal, all its space taken when it is made, so that a full disk is told before a
         call is answered (on file systems that write in place: ext4, XFS); its process holds a lock on it (flock) while it lives
Shape    pieces, each beginning at a multiple of eight bytes: length and CRC-32 of the content (four bytes each), then the content;
         length 0 is the end of what is written, END that nothing more will come. The eight bytes are written after the content, at
         once: a process that dies in between leaves nothing half, and whoever reads meanwhile sees the piece whole or not at all
Promise  what `append` returned from outlives the process, since the pages are the kernel's; a power cut may cost the last moments
Cheap    no system call, hence no change of threads; SQLite's least transaction takes some dozen calls (settling.py moves many in one)
"""

import fcntl
import mmap
import os
import secrets
import struct
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from suixin.kit import clock

SIZE = 4 << 20
END = 0xFFFFFFFF
_HEAD = struct.Struct("<II")
_ROOM = 3 * _HEAD.size  # of a piece beside its content, of what fills it up, and of the end after it
_ENDED = _HEAD.pack(END, 0)
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
        """The content first, then what says that it is there."""
        start = self._at + _HEAD.size
        self._bytes[start : start + len(content)] = content
        self._bytes[self._at : start] = _HEAD.pack(len(content), zlib.crc32(content))
        self._at = _after(start, len(content))

    def close(self) -> None:
        """Nothing more will come."""
        self._bytes[self._at : self._at + _HEAD.size] = _ENDED
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
    """What a file holds from a place on: its records, the place reached, whether nothing more will come, whether something is lost."""

    records: list[bytes]
    reached: int
    is_last: bool
    has_damage: bool = False


def files(folder: Path) -> list[Path]:
    """Journals that wait to be settled, in the order in which they were begun; drafts that a process died over are removed."""
    forgotten = clock.now().timestamp() - _FORGOTTEN_SECONDS
    for path in folder.glob(f"*{_DRAFT}"):
        with suppress(FileNotFoundError):  # made a journal meanwhile
            if path.stat().st_mtime < forgotten:
                path.unlink()
    return sorted(folder.glob(f"*{NAME}"))


def has_more(path: Path, start: int) -> bool:
    """Whether `read` would tell anything. Raises as that does."""
    with path.open("rb") as file:
        if not _has_owner(file.fileno()):
            return True
        file.seek(start)
        head = file.read(_HEAD.size)
        return len(head) == _HEAD.size and _HEAD.unpack(head)[0] != 0


def read(path: Path, start: int) -> Part:
    """What came after `start`. Raises FileNotFoundError: it was settled meanwhile; OSError, ValueError: no journal, or not ours to read.

    Of a file whose process lives a piece that does not fit its CRC ends the reading, for now; of any other it is passed over.
    """
    with path.open("rb") as file:
        has_owner = _has_owner(file.fileno())  # asked first: what a process wrote before it died is there
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _read(content, start, has_owner=has_owner)


def _read(content: mmap.mmap, at: int, *, has_owner: bool) -> Part:
    records: list[bytes] = []
    has_damage = False
    while at + _HEAD.size <= len(content):
        length, crc = _HEAD.unpack_from(content, at)
        start = at + _HEAD.size
        if length == END:
            return Part(records, at, True, has_damage)
        if length == 0 or start + length > len(content):
            break
        record = content[start : start + length]
        if zlib.crc32(record) == crc:
            records.append(record)
        elif has_owner:
            return Part(records, at, False)
        else:
            has_damage = True
        at = _after(start, length)
    is_hole = not has_owner and bool(content[at:].strip(b"\0"))  # a power cut may take a page and leave those after it
    return Part(records, at, not has_owner, has_damage or is_hole)


def _after(start: int, length: int) -> int:
    return (start + length + 7) & ~7


def _has_owner(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
