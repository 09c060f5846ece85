"""Whole files sealed piece by piece: originals, which are archived before anybody knows what is in them.

Form     "SXA1", 16 random bytes that name the file, then pieces: length (4 bytes) and a sealed value (`kit.sealed_cells`)
Promise  a piece opens only at its place of its file, and the last one says that it is the last: a file that was cut off,
         put together otherwise or changed raises `Unopened`, it never reads as a shorter one
"""

import io
import os
from pathlib import Path
from typing import BinaryIO

from suixin.data.lake import sealing
from suixin.data.lake.errors import Unopened
from suixin.kit import sealed_cells

MARK = b"SXA1"
PIECE = 1 << 20
_LARGEST = PIECE + 256  # a sealed piece; the length itself is not authenticated
_NAME_BYTES = 16
_PURPOSE = "__archive"


class EnvelopeWriter:
    """Takes bytes, writes sealed pieces to `target`; `finish` seals the last one."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self._name = target, os.urandom(_NAME_BYTES)
        self._held = bytearray()
        self._count = 0
        target.write(MARK + self._name)

    def write(self, data: bytes) -> None:
        """More of the content."""
        self._held += data
        while len(self._held) > PIECE:  # never the last one: that is only known at the end
            self._put(bytes(self._held[:PIECE]), is_last=False)
            del self._held[:PIECE]

    def finish(self) -> None:
        """The content is complete."""
        self._put(bytes(self._held), is_last=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        sealed = sealing.seal_blob(_place(self._name, self._count, is_last=is_last), piece, purpose=_PURPOSE)
        self._target.write(len(sealed).to_bytes(4, "big") + sealed)
        self._count += 1


class EnvelopeReader(io.RawIOBase):
    """The content of a sealed file as a stream. Raises Unopened and what a key raises, at the piece that is at fault."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        if source.read(len(MARK)) != MARK:
            raise _broken()
        self._name = source.read(_NAME_BYTES)
        self._piece, self._count, self._is_over = memoryview(b""), 0, False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]  # io's own stub names a private protocol
        """The next bytes, 0 at the end."""
        while not self._piece and not self._is_over:
            self._piece = memoryview(self._next())
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def close(self) -> None:
        """Close the file underneath."""
        self._source.close()
        super().close()

    def _next(self) -> bytes:
        size = int.from_bytes(self._source.read(4), "big")
        sealed = self._source.read(size) if size <= _LARGEST else b""
        if not size or len(sealed) != size:
            raise _broken()
        self._is_over = self._source.peek(1) == b"" if isinstance(self._source, io.BufferedReader) else False
        piece = sealing.open_blob(_place(self._name, self._count, is_last=self._is_over), sealed, purpose=_PURPOSE)
        self._count += 1
        return piece


def is_envelope(path: Path) -> bool:
    """Whether the file is there and sealed in this form."""
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError:
        return False


def version_of(path: Path) -> int:
    """The version of the key under which the file was sealed."""
    with path.open("rb") as file:
        return sealed_cells.version_of(file.read(len(MARK) + _NAME_BYTES + 4 + 3)[-3:])


def _place(name: bytes, number: int, *, is_last: bool) -> str:
    return f"{name.hex()}#{number}{'!' if is_last else ''}"


def _broken() -> Unopened:
    return Unopened("归档的原件不完整或格式不对(可能被截断),没有读取;请从备份恢复该文件。")
