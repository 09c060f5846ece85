"""Originals, kept byte for byte before anything looks at them.

One pass reads the file once and gives every chunk to two threads, one hashing (SM3, about 230 MB/s,
which is the limit) and one compressing (zstd level 1). The archive file appears under its SM3 by
an atomic rename, so the same bytes are kept once however often they come.
"""

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from suixin.data.lake import storage
from suixin.data.lake.errors import FileChanged, translated
from suixin.kit.sm import new_sm3

_CHUNK = 1 << 20
_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Archived:
    """An original at rest: SM3 of its bytes in hex, their number, and where it lies under the lake's root."""

    sm3: str
    size: int
    relative_path: str


def archive_file(path: Path, *, table: str) -> Archived:
    """Keep the file's bytes for `table`; answers the same for the same bytes.

    Raises  FileChanged - it was written to while it was read
            DiskFull - nothing is left behind
    """
    path = Path(path)
    folder = storage.archive_folder(table)
    with translated(f"归档文件“{path.name}”"), storage.scratch() as scratch:
        folder.mkdir(parents=True, exist_ok=True)
        draft = scratch / "original.zst"
        sm3, size = _stream(path, draft)
        target = folder / f"{sm3}.zst"
        if not target.exists():
            storage.seal_file(draft)
            draft.rename(target)
            storage.sync_folder(folder)
    return Archived(sm3, size, target.relative_to(storage.root()).as_posix())


def open_archived(relative_path: str) -> BinaryIO:
    """The original's bytes as a stream."""
    stream: BinaryIO = zstandard.open(storage.root() / relative_path, "rb")
    return stream


def _stream(path: Path, draft: Path) -> tuple[str, int]:
    digest = new_sm3()
    size = 0
    with path.open("rb", buffering=0) as source, draft.open("wb") as target:
        before = _state(source)
        compressor = zstandard.ZstdCompressor(level=1, write_checksum=True).compressobj(size=before[0])
        workers = [_Worker(digest.update), _Worker(lambda chunk: _write(target, compressor.compress(chunk)))]
        try:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > before[0]:
                    break
                for worker in workers:
                    worker.put(chunk)
        finally:
            for worker in workers:
                worker.join()
        if _state(source) != before or size != before[0]:
            raise FileChanged(f"文件“{path.name}”在读取过程中被改动，未予接收。请待其写完后重新提交。", path=path.name)
        for worker in workers:
            worker.raise_if_failed()
        target.write(compressor.flush())
    return digest.hexdigest(), size


def _state(file: BinaryIO) -> tuple[int, int]:
    state = os.fstat(file.fileno())
    return state.st_size, state.st_mtime_ns


def _write(target: BinaryIO, data: bytes) -> None:
    target.write(data)


class _Worker:
    """A thread that consumes chunks in order; after a failure it only drains."""

    def __init__(self, consume: Callable[[bytes], None]) -> None:
        self._queue: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._consume = consume
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self._thread.start()

    def put(self, chunk: bytes) -> None:
        self.raise_if_failed()
        self._queue.put(chunk)

    def join(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def raise_if_failed(self) -> None:
        if self._error:
            raise self._error

    def _run(self) -> None:
        while (chunk := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._consume(chunk)
                except Exception as error:  # noqa: BLE001 handed to the reading thread
                    self._error = error
