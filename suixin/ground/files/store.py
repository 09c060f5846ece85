"""Bytes by content: `SUIXIN_HOME/files/<first two digits>/<sm3>`, never changed once there.

Writing   into `<name>.<random>.part` beside, flushed to disk, renamed; the same content again only renews its date
Cleaning  a file that nothing points to is first renamed to `.going`; one whose date was renewed meanwhile comes back
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from suixin.ground.files.errors import FileRefused, UnknownAttachment
from suixin.kit.sm import new_sm3


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that were taken: their digest and number."""

    sm3: str
    size: int


def folder() -> Path:
    """Where the bytes lie."""
    return Path(settings.SUIXIN.home) / "files"


def path_of(sm3: str) -> Path:
    """Where the content with that digest lies, if it is there."""
    return folder() / sm3[:2] / sm3


def put(chunks: Iterable[bytes], *, limit: int) -> Stored:
    """The content, on disk. Raises FileRefused when there is more than `limit`."""
    digest, size = new_sm3(), 0
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder() / f"{secrets.token_hex(12)}.part"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as write:  # noqa: PTH123  a descriptor
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise FileRefused(f"文件超过 {limit >> 20} MB；请压缩或拆分后再传。")
                digest.update(chunk)
                write.write(chunk)
            write.flush()
            os.fsync(write.fileno())
        _place(part, digest.hexdigest())
    finally:
        part.unlink(missing_ok=True)
    return Stored(digest.hexdigest(), size)


def opened(sm3: str) -> BinaryIO:
    """The content for reading. Raises UnknownAttachment when the bytes are gone."""
    try:
        return path_of(sm3).open("rb")
    except FileNotFoundError:
        raise UnknownAttachment("附件的内容不在存放处；请联系运维人员从备份恢复。") from None


def stored() -> Iterator[Path]:
    """Every content there is, and what a crash left half-way."""
    if folder().is_dir():
        yield from (path for path in sorted(folder().rglob("*")) if path.is_file())


def remove_if_old(path: Path, before: float) -> bool:
    """Whether the file was taken away: only when nobody renewed it since the time `before` (seconds)."""
    going = path.with_name(f"{path.name}.going")
    try:
        path.rename(going)
    except FileNotFoundError:
        return False
    if going.stat().st_mtime >= before:
        going.rename(path)
        return False
    going.unlink()
    return True


def _place(part: Path, sm3: str) -> None:
    target = path_of(sm3)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    with suppress(FileNotFoundError):
        os.utime(target)
        return
    part.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
