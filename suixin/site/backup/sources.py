"""Reading a backup back: every file once, hashed as it is read, compared with the manifest.

A hostile archive writes nothing outside: names are checked, only plain files are taken, each created anew.
"""

import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from suixin.kit.sm import new_sm3
from suixin.site.backup import manifest
from suixin.site.backup.errors import BackupFailed, BrokenBackup
from suixin.site.backup.manifest import Entry, Manifest
from suixin.site.backup.passphrase import Derived
from suixin.site.backup.progress import Progress
from suixin.site.backup.targets import ARCHIVE, newest

_CHUNK = 1 << 20
_SMALL = 256 << 20  # a manifest of more than this is none


@dataclass(frozen=True, slots=True)
class Read:
    """A backup whose every byte was looked at. `proven`: what was proven of its origin."""

    manifest: Manifest
    derived: Derived | None
    proven: str


def read_backup(source: Path, passphrase: str, *, into: Path | None = None) -> Read:
    """Everything read and compared; with `into` also written there. Raises BrokenBackup, WrongPassphrase."""
    place = located(source)
    found: dict[str, Entry] = {}
    texts: dict[str, bytes] = {}
    progress = Progress("读取备份", _size(place))
    try:
        for path, stream in _files(place):
            if path in found or path in texts:
                raise BrokenBackup(f"备份里文件 {path} 出现两次;这不是可信的备份。")
            if path in (manifest.MANIFEST, manifest.SIGNATURE):
                texts[path] = stream.read(_SMALL)
            else:
                found[path] = _taken(path, stream, into, progress)
    except (zstandard.ZstdError, tarfile.TarError, EOFError) as error:
        raise BrokenBackup(f"备份 {place.name} 读到一半就断了或已损坏({error});请换一份备份。") from error
    except OSError as error:
        raise BackupFailed(f"读取备份时出错:{error.strerror or error}({error.filename or place})。") from error
    finally:
        progress.end()
    return _compared(place, found, texts, passphrase)


def located(source: Path) -> Path:
    """The archive or the folder of one backup; of a folder with several the newest. Raises BrokenBackup."""
    if source.is_file() and source.name.endswith(ARCHIVE):
        return source
    if (source / manifest.SIGNATURE).is_file():
        return source
    found = newest(source)
    if found is None:
        raise BrokenBackup(f"{source} 不是备份:应为 .tar.zst 文件,或含 manifest.json 与 manifest.sig 的目录。")
    return found


def _compared(place: Path, found: dict[str, Entry], texts: dict[str, bytes], passphrase: str) -> Read:
    absent = [name for name in (manifest.MANIFEST, manifest.SIGNATURE) if name not in texts]
    if absent:
        raise BrokenBackup(f"备份 {place.name} 缺少 {'、'.join(absent)};它没有写完,或被截断。")
    derived, proven = manifest.verify(texts[manifest.MANIFEST], texts[manifest.SIGNATURE], passphrase)
    facts = manifest.read(texts[manifest.MANIFEST])
    for entry in facts.files:
        held = found.pop(entry.path, None)
        if held is None:
            raise BrokenBackup(f"备份缺少文件 {entry.path}。")
        if held != entry:
            raise BrokenBackup(f"备份文件 {entry.path} 与清单不符(应为 {entry.size:,} 字节,SM3 {entry.sm3[:16]}…):内容被改动或损坏。")
    if found:
        raise BrokenBackup(f"备份里有清单之外的文件 {min(found)};这不是可信的备份。")
    return Read(facts, derived, proven)


def _files(place: Path) -> Iterator[tuple[str, BinaryIO]]:
    if place.is_dir():
        for path in sorted(place.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                continue
            name = manifest.checked(path.relative_to(place).as_posix())
            if not stat.S_ISREG(path.lstat().st_mode):
                raise BrokenBackup(f"备份里的 {name} 不是普通文件;这不是可信的备份。")
            with path.open("rb") as stream:
                yield name, stream
        return
    with zstandard.open(place, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            name = manifest.checked(member.name)
            data = archive.extractfile(member) if member.isreg() else None
            if data is None:
                raise BrokenBackup(f"备份里的 {name} 不是普通文件;这不是可信的备份。")
            yield name, data  # type: ignore[misc]  # a buffered reader


def _taken(path: str, stream: BinaryIO, into: Path | None, progress: Progress) -> Entry:
    digest, size = new_sm3(), 0
    target = into / path if into else None
    if target:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") if target else open(os.devnull, "wb") as write:  # noqa: PTH123  a descriptor
        while data := stream.read(_CHUNK):
            digest.update(data)
            write.write(data)
            size += len(data)
            progress.add(len(data))
    return Entry(path, size, digest.hexdigest())


def _size(place: Path) -> int:
    if place.is_file():
        return place.stat().st_size * 2
    return sum(path.lstat().st_size for path in place.rglob("*"))
