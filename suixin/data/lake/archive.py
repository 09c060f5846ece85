"""Originals, kept byte for byte before anything looks at them.

One pass reads the file once and gives every chunk to two threads, one hashing (SM3, about 230 MB/s,
which is the limit) and one compressing (zstd level 1) and sealing (SM4-GCM, `envelopes`). The archive file
appears under its SM3 by an atomic rename, so the same bytes are kept once however often they come.
Every original is sealed, because it comes to rest before anybody knows what is in it; those that 0.1.0 kept in the
clear are read as they are until `reseal`.
"""

import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from suixin.data.lake import storage
from suixin.data.lake.envelopes import EnvelopeReader, EnvelopeWriter, is_envelope, version_of
from suixin.data.lake.errors import FileChanged, OriginalDestroyed, translated
from suixin.data.lake.models import DestroyedOriginal
from suixin.data.lake.sealing import current_version
from suixin.kit.sm import new_sm3

SEALED = ".sealed"
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
            OriginalDestroyed - these bytes were destroyed by a decision
            DiskFull - nothing is left behind
    """
    path = Path(path)
    folder = storage.archive_folder(table)
    with translated(f"归档文件“{path.name}”"), storage.scratch() as scratch:
        folder.mkdir(parents=True, exist_ok=True)
        draft = scratch / "original"
        sm3, size = _stream(path, draft)
        _refuse_destroyed(sm3, path.name)
        target = folder / f"{sm3}{SEALED}"
        if not target.exists():
            storage.seal_file(draft)
            draft.rename(target)
            storage.sync_folder(folder)
    return Archived(sm3, size, target.relative_to(storage.root()).as_posix())


def _refuse_destroyed(sm3: str, name: str) -> None:
    destroyed = DestroyedOriginal.objects.filter(sm3=sm3).select_related("destruction").first()
    if destroyed is not None:
        raise OriginalDestroyed(
            f"文件“{name}”与按“{destroyed.destruction.number}”销毁的原件完全相同，其中有已销毁的数据，没有接收。"
            "请在来源删除这些数据后重新导出再报送。", sm3=sm3,
        )


def open_archived(relative_path: str) -> BinaryIO:
    """The original's bytes as a stream. Raises Unopened while reading, what a key raises, OSError."""
    path = storage.root() / relative_path
    if path.suffix != SEALED and (sealed := path.with_suffix(SEALED)).exists():  # kept by 0.1.0 and sealed since
        path = sealed
    source: object = EnvelopeReader(path.open("rb")) if path.name.endswith(SEALED) else path
    stream: BinaryIO = zstandard.open(source, "rb")  # type: ignore[arg-type]  # takes a path or a stream
    return stream


def key_of(relative_path: str) -> str:
    """The path as the original lies now: 0.1.0 named it `.zst`, since it was sealed it is `.sealed`."""
    return relative_path.removesuffix(".zst") + SEALED if relative_path.endswith(".zst") else relative_path


def reseal_archived(relative_path: str) -> bool:
    """Whether the original was rewritten: it lay in the clear, or under an older key. One that is gone stays gone."""
    path = storage.root() / relative_path
    sealed = path.with_suffix(SEALED)
    if sealed.exists() and version_of(sealed) == current_version():
        if path != sealed and path.exists():
            path.unlink()  # a crash came between sealing it and removing it
        return False
    source = sealed if sealed.exists() else path
    if not source.exists():
        return False
    with translated(f"重新加密归档“{source.name}”"), storage.scratch() as scratch:
        draft = scratch / "original"
        with source.open("rb") as file, draft.open("wb") as target:
            content = EnvelopeReader(file) if source == sealed else file
            envelope = EnvelopeWriter(target)
            while piece := content.read(_CHUNK):
                envelope.write(piece)
            envelope.finish()
        storage.seal_file(draft)
        draft.replace(sealed)
        storage.sync_folder(sealed.parent)
        if source != sealed:
            source.unlink()
    return True


def reseal_all_archived() -> int:
    """How many originals were rewritten, of whatever table."""
    folder = storage.root() / "archive"
    names = {path.with_suffix(SEALED) for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()
    return sum(
        reseal_archived((path if path.exists() else path.with_suffix(".zst")).relative_to(storage.root()).as_posix())
        for path in sorted(names)
    )


def versions_in_use() -> Iterator[int]:
    """The version of the key of every sealed original, and of every sealed file that waits for its job."""
    originals, waiting = (storage.root() / "archive").rglob(f"*{SEALED}"), (storage.root() / storage.INBOX).glob("*/*")
    yield from (version_of(path) for path in (*originals, *waiting) if is_envelope(path))


def _stream(path: Path, draft: Path) -> tuple[str, int]:
    digest = new_sm3()
    size = 0
    with path.open("rb", buffering=0) as source, draft.open("wb") as target:
        before = _state(source)
        compressor = zstandard.ZstdCompressor(level=1, write_checksum=True).compressobj(size=before[0])
        envelope = EnvelopeWriter(target)
        workers = [_Worker(digest.update), _Worker(lambda chunk: envelope.write(compressor.compress(chunk)))]
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
        envelope.write(compressor.flush())
        envelope.finish()
    return digest.hexdigest(), size


def _state(file: BinaryIO) -> tuple[int, int]:
    state = os.fstat(file.fileno())
    return state.st_size, state.st_mtime_ns


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
