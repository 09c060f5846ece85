"""Files made into a package: read twice (to sign what they are, then to seal them), written beside, renamed when whole.

Memory   flat: one piece of 1 MB; any number of bytes
Left     on any failure nothing at the target, and nothing beside it
"""

import errno
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from suixin.ground.link import package_form as form
from suixin.ground.link.errors import PackageDiskFull, PackageRefused
from suixin.ground.link.package_form import About, Entry, Header, Manifest
from suixin.kit import crash
from suixin.kit.sm import KEY_BYTES, new_sm3, sm2_encrypt, sm4_seal

Signer = Callable[[bytes], tuple[str, str]]  # (key id, signature r || s in hex) of a message


class Receiver(NamedTuple):
    """The public encryption key (65 bytes) that a package is for, and what its holder calls it."""

    public: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """One file to be packed."""

    name: str
    path: Path
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """A package that is there: the whole file's size and SM3, and what is in it."""

    manifest: Manifest
    size: int
    sm3: str


def pack(target: Path, parts: Sequence[Part], about: About, *, to: Receiver, sign: Signer) -> Packed:
    """The package at `target`, whole or not at all. Raises PackageRefused, PackageDiskFull."""
    if len(parts) > form.MOST_FILES:
        raise PackageRefused(f"一个数据包最多 {form.MOST_FILES:,} 个文件;请分成几个。")
    taken: set[str] = set()
    for part in parts:
        form.check_name(part.name, taken)
    manifest = Manifest(about, tuple(_entry(part) for part in parts))
    with _beside(target) as file:
        writing = _Writing(file)
        _write(writing, manifest, [part.path for part in parts], to=to, sign=sign)
    return Packed(manifest, writing.size, writing.digest.hexdigest())


class _Writing:
    """Bytes to a file, counted and digested as they go."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.size, self.digest = file, 0, new_sm3()

    def frame(self, content: bytes) -> None:
        self.raw(len(content).to_bytes(form.FRAME_BYTES, "big"))
        self.raw(content)

    def raw(self, content: bytes) -> None:
        self._file.write(content)
        self.digest.update(content)
        self.size += len(content)


def _write(writing: _Writing, manifest: Manifest, paths: Sequence[Path], *, to: Receiver, sign: Signer) -> None:
    about, key = manifest.about, secrets.token_bytes(KEY_BYTES)
    header = Header(
        about.id, about.sender, about.receiver, about.kind, about.number, about.created, to.key_id, sm2_encrypt(to.public, key).hex(),
        manifest.pieces,
    ).as_json()
    header_sm3 = new_sm3()
    header_sm3.update(header)
    told = manifest.as_json()
    key_id, signature = sign(told)
    inner = form.canonical({"key_id": key_id, "manifest": told.decode(), "signature": signature})
    if len(header) > form.MOST_HEADER or len(inner) > form.MOST_MANIFEST:
        raise PackageRefused("数据包的清单过大;请减少文件,或缩短说明。")
    writing.raw(form.MAGIC)
    writing.frame(header)
    writing.frame(sm4_seal(key, inner, form.bound(header_sm3.digest(), 0)))
    number = 0
    for entry, path in zip(manifest.files, paths, strict=True):
        for piece in _pieces(entry, path):
            number += 1
            writing.frame(sm4_seal(key, piece, form.bound(header_sm3.digest(), number)))
            crash.point("package_piece")
    sealed = writing.digest.hexdigest()
    key_id, signature = sign(trailer_text(sealed))
    writing.frame(form.canonical({"key_id": key_id, "signature": signature, "sm3": sealed}))


def trailer_text(sm3: str) -> bytes:
    """What the trailer's signature signs."""
    return f"{form.FORMAT}\n{sm3}".encode()


def _entry(part: Part) -> Entry:
    digest, size = new_sm3(), 0
    with part.path.open("rb") as file:
        while piece := file.read(form.PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return Entry(part.name, size, digest.hexdigest(), part.rows)


def _pieces(entry: Entry, path: Path) -> Iterator[bytes]:
    digest, left = new_sm3(), entry.size
    with path.open("rb") as file:
        while left and (piece := file.read(min(left, form.PIECE_BYTES))):
            digest.update(piece)
            left -= len(piece)
            yield piece
        if left or digest.hexdigest() != entry.sm3 or file.read(1):
            raise PackageRefused(f"文件“{entry.name}”在打包时被改动;请待它不再变化后重新打包。")


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    """A file that becomes `target` when the block ends well, and is gone otherwise."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 a descriptor
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        settle_folder(target.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise PackageDiskFull("磁盘空间不足,数据包没有写成,什么也没有留下;请清理磁盘后再试。") from error
        raise
    finally:
        part.unlink(missing_ok=True)


def settle_folder(folder: Path) -> None:
    """The names in a folder, flushed to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
