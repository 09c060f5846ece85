"""gzip, zstd and zip unpacked into scratch space, within limits; names inside an archive are never used as paths."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from suixin.data.collection.readers.errors import ReaderError, UnreadableFile
from suixin.data.collection.readers.limits import (
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_UNCOMPRESSED_BYTES,
    MIB,
    RATIO_FROM_BYTES,
)
from suixin.data.collection.readers.scratch import Scratch

_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.IGNORECASE)


class Source(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, b"" at the end."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: unpacked at `path`, or refused by `error`."""

    name: str
    path: Path | None
    error: ReaderError | None = None

    def opened(self) -> Path:
        """Where it was unpacked. Raises its error when it was refused."""
        if self.path is None:
            raise self.error or UnreadableFile(self.name, "没有解压出来，请重新压缩后上传。", file_format="zip")
        return self.path


@dataclass(slots=True)
class Budget:
    """What one opened file may still unpack, over all its archives and members."""

    left: int = MAX_UNCOMPRESSED_BYTES


def unpack_stream(path: Path, *, name: str, kind: str, scratch: Scratch, budget: Budget) -> Path:
    """The content of a gzip or zstd file at rest. Raises UnreadableFile: cut short, damaged, a bomb."""
    try:
        with closing(_stream(path, kind)) as source:
            return _copied(source, packed=path.stat().st_size, name=name, kind=kind, scratch=scratch, budget=budget)
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowInvalid) as error:
        raise _damaged(name, kind) from error
    except OSError as error:
        if error.errno:
            raise
        raise _damaged(name, kind) from error


def _stream(path: Path, kind: str) -> gzip.GzipFile | pa.CompressedInputStream:
    return gzip.GzipFile(path, "rb") if kind == "gzip" else pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")


def inner_name(name: str) -> str:
    """The name of what a .gz or .zst file holds: data.csv.gz → data.csv."""
    return re.sub(r"\.(?:gz|gzip|zst|zstd)$", "", name, flags=re.IGNORECASE)


def unpack_members(path: Path, *, name: str, scratch: Scratch, budget: Budget) -> Iterator[Member]:
    """Every file of a zip in order. Raises UnreadableFile when the archive as a whole is damaged or too large."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise _damaged(name, "zip") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not _LITTER.search(info.filename)]
        if len(infos) > MAX_MEMBERS:
            raise UnreadableFile(name, f"压缩包内有 {len(infos)} 个文件，超过 {MAX_MEMBERS} 个的上限，请分包上传。", file_format="zip")
        for info in infos:
            shown = _member_name(info)
            try:
                yield Member(shown, _unpacked(archive, info, shown, scratch, budget))
            except ReaderError as error:
                yield Member(shown, None, error)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, scratch: Scratch, budget: Budget) -> Path:
    if _leaves_folder(info.filename) or _leaves_folder(shown):
        raise UnreadableFile(shown, "压缩包内的路径指向包外，存在安全风险，已拒绝；请重新压缩后上传。", file_format="zip")
    if info.flag_bits & 0x1:
        raise UnreadableFile(shown, "已加密，请去掉密码后重新压缩上传。", file_format="zip")
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        raise UnreadableFile(shown, "是一个链接而不是文件，已拒绝；请压缩文件本身。", file_format="zip")
    try:
        with archive.open(info) as source:
            return _copied(source, packed=info.compress_size, name=shown, kind="zip", scratch=scratch, budget=budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise _damaged(shown, "zip") from error


def _copied(source: Source, *, packed: int, name: str, kind: str, scratch: Scratch, budget: Budget) -> Path:
    target, size = scratch.new_path(), 0
    with target.open("wb") as sink:
        while chunk := source.read(MIB):
            size += len(chunk)
            budget.left -= len(chunk)
            if budget.left < 0:
                what = f"解压后超过 {MAX_UNCOMPRESSED_BYTES // MIB // 1024} GB 的上限，请拆分后上传。"
                raise UnreadableFile(name, what, file_format=kind)
            if size > RATIO_FROM_BYTES and size > packed * MAX_RATIO:
                what = f"压缩比超过 {MAX_RATIO} 倍，疑似压缩炸弹，已停止解压；如确为正常数据，请解压后上传。"
                raise UnreadableFile(name, what, file_format=kind)
            sink.write(chunk)
    return target


def _damaged(name: str, kind: str) -> UnreadableFile:
    return UnreadableFile(name, f"{kind} 压缩文件不完整或已损坏，可能没有传完，请重新压缩或上传。", file_format=kind)


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name as its maker wrote it: zip tools of Windows in China write GBK without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _leaves_folder(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return name.startswith(("/", "\\")) or ".." in parts or bool(re.match(r"[A-Za-z]:", name)) or "\x00" in name
