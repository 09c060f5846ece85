"""Where a backup is written: a folder that holds many, or one archive. It has its name only when it is complete.

Folder   TARGET/suixin-<UTC>/...; a file that the newest backup there has already (same name, size and time, not
         meant to change; or same SM3) is a hard link. Written as `.partial-…` and renamed; leftovers of a killed one go with the next.
Archive  TARGET.tar.zst, manifest last; written as `.….partial` beside it and renamed.
"""

import fcntl
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from suixin.kit import clock, crash
from suixin.kit.sm import new_sm3
from suixin.site.backup import manifest
from suixin.site.backup.errors import BackupFailed
from suixin.site.backup.manifest import Entry
from suixin.site.backup.progress import Progress

ARCHIVE = ".tar.zst"
_CHUNK = 1 << 20
_PREFIX, _PARTIAL = "suixin-", ".partial-"


class Target(Protocol):
    """Takes the files of one backup."""

    def add(self, path: str, source: Path, *, is_fixed: bool = False, size: int | None = None) -> None:
        """A file's first `size` bytes (None: all). `is_fixed`: a file of this name never changes."""

    def add_bytes(self, path: str, data: bytes) -> None:
        """A file of these bytes."""

    @property
    def entries(self) -> list[Entry]:
        """What was added so far."""


@contextmanager
def opened(target: Path, progress: Progress) -> Iterator[Target]:
    """A target to be filled; complete and named when the block ends well, gone when it does not. Raises BackupFailed."""
    try:
        with _archive(target, progress) if target.name.endswith(ARCHIVE) else _folder(target, progress) as made:
            yield made
    except OSError as error:
        raise BackupFailed(
            f"备份没有完成:{error.strerror or error}({error.filename or target})。没有留下不完整的备份;请检查磁盘空间与权限后重试。"
        ) from error


class _FolderTarget:
    """A folder that is filled."""

    def __init__(self, folder: Path, earlier: Path | None, progress: Progress) -> None:
        self.entries: list[Entry] = []
        self._folder, self._progress = folder, progress
        known = manifest.read((earlier / manifest.MANIFEST).read_bytes()).files if earlier else []
        self._earlier, self._known = earlier, {entry.path: entry for entry in known}

    def add(self, path: str, source: Path, *, is_fixed: bool = False, size: int | None = None) -> None:
        target, known = self._folder / path, self._known.get(path)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = source.stat()
        wanted = state.st_size if size is None else size
        if known and is_fixed and known.size == wanted and self._link(known, target, written_ns=state.st_mtime_ns):
            self._progress.add(wanted)
            self.entries.append(known)
            return
        with source.open("rb") as read, target.open("xb") as write:
            entry = Entry(path, wanted, _copied(_Reader(read, wanted, self._progress), write, source))
            os.fsync(write.fileno())
        target.chmod(0o400)
        if known == entry:
            target.unlink()
            if not self._link(entry, target):
                raise BackupFailed(f"无法链接到上次备份里的 {path};请换一个备份目录。")
        else:
            os.utime(target, ns=(state.st_atime_ns, state.st_mtime_ns))  # by which the next backup knows it again
        self.entries.append(entry)

    def add_bytes(self, path: str, data: bytes) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        target.chmod(0o400)
        self.entries.append(Entry(path, len(data), _sm3(data)))

    def _link(self, known: Entry, target: Path, *, written_ns: int | None = None) -> bool:
        source = (self._earlier or Path()) / known.path
        if not source.is_file() or source.stat().st_size != known.size:
            return False
        if written_ns is not None and source.stat().st_mtime_ns != written_ns:
            return False  # resealed under a newer key: same name, same size, other bytes
        try:
            target.hardlink_to(source)
        except OSError:
            return False
        return True


class _ArchiveTarget:
    """A compressed archive that is written from front to back."""

    def __init__(self, archive: tarfile.TarFile, progress: Progress) -> None:
        self.entries: list[Entry] = []
        self._archive, self._progress = archive, progress

    def add(self, path: str, source: Path, *, is_fixed: bool = False, size: int | None = None) -> None:  # noqa: ARG002  nothing earlier to link to
        with source.open("rb") as file:
            wanted = os.fstat(file.fileno()).st_size if size is None else size
            reader = _Reader(file, wanted, self._progress)
            self._archive.addfile(_member(path, wanted), reader)
        self.entries.append(Entry(path, wanted, reader.digest.hexdigest()))

    def add_bytes(self, path: str, data: bytes) -> None:
        self._archive.addfile(_member(path, len(data)), io.BytesIO(data))
        self.entries.append(Entry(path, len(data), _sm3(data)))


class _Reader:
    """The first `size` bytes of a file, hashed and counted as they are read."""

    def __init__(self, file: BinaryIO, size: int, progress: Progress) -> None:
        self.digest = new_sm3()
        self._file, self._left, self._progress = file, size, progress

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(min(self._left, _CHUNK if size < 0 else size))
        self._left -= len(data)
        self.digest.update(data)
        self._progress.add(len(data))
        return data

    @property
    def is_short(self) -> bool:
        return self._left > 0


@contextmanager
def _folder(target: Path, progress: Progress) -> Iterator[_FolderTarget]:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(target):
        for left in target.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left)
        name = f"{_PREFIX}{clock.now().astimezone(UTC):%Y%m%dT%H%M%S%f}Z"
        draft = target / f"{_PARTIAL}{name}"
        draft.mkdir(mode=0o700)
        try:
            yield _FolderTarget(draft, newest(target), progress)
            crash.point("backup_written")
            for folder in [path for path in draft.rglob("*") if path.is_dir()]:
                _sync(folder)
            _sync(draft)
            draft.rename(target / name)
            _sync(target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


@contextmanager
def _archive(target: Path, progress: Progress) -> Iterator[_ArchiveTarget]:
    if target.exists():
        raise BackupFailed(f"{target} 已存在;请换一个文件名,备份从不覆盖。")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.partial")
    with draft.open("ab") as file:
        _own(file, target)
        file.truncate(0)
        draft.chmod(0o600)
        try:
            compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
            with compressor.stream_writer(file, closefd=False) as stream:
                with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
                    yield _ArchiveTarget(archive, progress)
                crash.point("backup_written")
            file.flush()
            os.fsync(file.fileno())
            draft.rename(target)
            _sync(target.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def newest(target: Path) -> Path | None:
    """The newest complete backup in the folder, by name; None when there is none."""
    found = [path for path in target.glob(f"{_PREFIX}*") if (path / manifest.SIGNATURE).is_file()] if target.is_dir() else []
    return max(found, default=None)


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    with (target / ".lock").open("ab") as file:
        _own(file, target)
        yield


def _own(file: BinaryIO, target: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupFailed(f"另一个备份正在写入 {target};请等它结束。") from error


def _copied(reader: _Reader, target: BinaryIO, source: Path) -> str:
    while data := reader.read(_CHUNK):
        target.write(data)
    target.flush()
    if reader.is_short:
        raise BackupFailed(f"文件 {source} 在备份时变短了;请确认没有别的程序在改动它,然后重试。")
    return reader.digest.hexdigest()


def _member(path: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.mtime = size, 0o400, int(clock.now().timestamp())
    return info


def _sm3(data: bytes) -> str:
    digest = new_sm3()
    digest.update(data)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
