"""A package checked, and opened by who it is for; streaming, so that any size passes at flat memory.

verify_package   whoever carries it: every byte is what the sender sealed; nothing is opened
open_package     the receiver: files in a folder that is there whole or not at all, with the signed manifest beside them
read_package     the same, piece by piece, to whoever takes them
Errors           PackageBroken (names the piece), PackageNotOurs, PackageRefused, PackageDiskFull
"""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from suixin.ground.link import package_form as form
from suixin.ground.link.errors import PackageBroken, PackageDiskFull, PackageNotOurs, PackageRefused
from suixin.ground.link.package_form import Entry, Header, Manifest
from suixin.ground.link.packing import settle_folder, trailer_text
from suixin.kit import crash
from suixin.kit.sm import KEY_BYTES, BadKey, BrokenSeal, new_sm3, sm2_decrypt, sm2_verify, sm4_open

Public = Callable[[str, str], bytes]  # the public signing key (65 bytes) of (sender, key id); raises for none
Private = Callable[[str], bytes]  # the private encryption key (32 bytes) of a key id; raises for none


@dataclass(frozen=True, slots=True)
class Signed:
    """A manifest with the signature that goes with it."""

    manifest: Manifest
    content: bytes
    key_id: str
    signature: str


def read_header(path: Path) -> Header:
    """What the package says in the clear; nothing is proven yet. Raises PackageBroken."""
    with path.open("rb") as file:
        return _Reading(file).header


def verify_package(path: Path, *, signing_key: Public) -> Header:
    """The header, once every byte is known to be as the sender sealed it. Raises PackageBroken, PackageNotOurs."""
    with path.open("rb") as file:
        reading = _Reading(file)
        for number in range(reading.header.pieces + 1):
            reading.frame(_told(number), form.MOST_MANIFEST + form.SEAL_BYTES)
        reading.finish(signing_key)
        return reading.header


@contextmanager
def read_package(path: Path, *, private_key: Private, signing_key: Public, receiver: str = "") -> Iterator["Package"]:
    """The package, its manifest already proven. Raises PackageBroken, PackageNotOurs."""
    with path.open("rb") as file:
        yield Package(_Reading(file), private_key=private_key, signing_key=signing_key, receiver=receiver)


def open_package(path: Path, folder: Path, *, private_key: Private, signing_key: Public, receiver: str = "") -> Signed:
    """The files in `folder`, whole or not at all, with `manifest.json` and `manifest.sign`. Raises what the others do."""
    if folder.exists():
        raise PackageRefused(f"文件夹 {folder} 已经有了;请给出一个新的文件夹。")
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.part")
    try:
        part.mkdir(parents=True, mode=0o700)
        with read_package(path, private_key=private_key, signing_key=signing_key, receiver=receiver) as package:
            for entry, pieces in package.files():
                _keep(part / entry.name, pieces)
            package.finish()
        signed = package.signed
        _keep(part / "manifest.json", iter([signed.content]))
        told = form.canonical({"key_id": signed.key_id, "sender": signed.manifest.about.sender, "signature": signed.signature})
        _keep(part / "manifest.sign", iter([told + b"\n"]))
        settle_folder(part)
        part.rename(folder)
        settle_folder(folder.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise PackageDiskFull("磁盘空间不足,数据包没有打开,什么也没有留下;请清理磁盘后再试。") from error
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return signed


class Package:
    """A package that is read from its beginning to its end: `files()`, then `finish()`."""

    def __init__(self, reading: "_Reading", *, private_key: Private, signing_key: Public, receiver: str) -> None:
        self._reading, self._signing_key, self.header = reading, signing_key, reading.header
        if receiver and self.header.receiver != receiver:
            raise PackageNotOurs(f"这个数据包是给“{self.header.receiver}”的,不是给“{receiver}”的;请交给接收方。")
        self._key = _unwrapped(self.header, private_key)
        self.signed = _proven(self.header, self._opened(0), signing_key)
        self.manifest = self.signed.manifest

    def files(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """Each file with its bytes, which must be taken before the next file. Raises PackageBroken."""
        number = 1
        for entry in self.manifest.files:
            yield entry, self._pieces(entry, number)
            number += entry.pieces

    def finish(self) -> None:
        """Nothing, when the end is as the sender sealed it. Raises PackageBroken, PackageNotOurs."""
        self._reading.finish(self._signing_key)

    def _pieces(self, entry: Entry, first: int) -> Iterator[bytes]:
        digest, left = new_sm3(), entry.size
        for number in range(first, first + entry.pieces):
            piece = self._opened(number)
            if len(piece) != min(left, form.PIECE_BYTES):
                raise PackageBroken(f"数据包{_told(number)}的长度与清单不符(文件“{entry.name}”);请发送方核对。")
            digest.update(piece)
            left -= len(piece)
            yield piece
        if digest.hexdigest() != entry.sm3:
            raise PackageBroken(f"文件“{entry.name}”的内容与清单的 SM3 不符;请发送方重新打包。")

    def _opened(self, number: int) -> bytes:
        most = (form.PIECE_BYTES if number else form.MOST_MANIFEST) + form.SEAL_BYTES
        sealed = self._reading.frame(_told(number), most)
        try:
            return sm4_open(self._key, sealed, form.bound(self._reading.header_sm3, number))
        except BrokenSeal as error:
            raise PackageBroken(f"数据包{_told(number)}损坏或被改动过;请从断点之前重新下载,或请发送方重发。") from error


class _Reading:
    """Frames of a file, digested as they pass."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, new_sm3()
        if self._take(len(form.MAGIC), "开头") != form.MAGIC:
            raise PackageBroken("这不是数据包,或开头被改动过;请核对文件。")
        content = self.frame("头", form.MOST_HEADER)
        self.header, digest = form.header_of(content), new_sm3()
        digest.update(content)
        self.header_sm3 = digest.digest()

    def frame(self, told: str, most: int) -> bytes:
        """The next frame. Raises PackageBroken."""
        size = int.from_bytes(self._take(form.FRAME_BYTES, told), "big")
        if size > most:
            raise PackageBroken(f"数据包{told}的长度不对:损坏或被改动过;请重新取得。")
        return self._take(size, told)

    def finish(self, signing_key: Public) -> None:
        """The trailer's digest and signature hold, and nothing follows."""
        found = self._digest.hexdigest()
        try:
            told = orjson.loads(self.frame("末尾", form.MOST_TRAILER))
            key_id, signature, sealed = str(told["key_id"]), bytes.fromhex(told["signature"]), str(told["sm3"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise PackageBroken("数据包末尾的签名读不懂:损坏或被改动过;请重新取得。") from error
        if sealed != found:
            raise PackageBroken("数据包的内容与末尾的 SM3 不符:传输中损坏或被改动过;请重新取得。")
        if not sm2_verify(signing_key(self.header.sender, key_id), trailer_text(sealed), signature):
            raise PackageNotOurs(f"数据包末尾的签名不是“{self.header.sender}”的;请核对发送方的公钥。")
        if self._file.read(1):
            raise PackageBroken("数据包之后还有多余的内容:被改动过;请重新取得。")

    def _take(self, size: int, told: str) -> bytes:
        content = self._file.read(size)
        if len(content) < size:
            raise PackageBroken(f"数据包不完整,到{told}就断了;请接着下载或重新取得。")
        self._digest.update(content)
        return content


def _unwrapped(header: Header, private_key: Private) -> bytes:
    try:
        key = sm2_decrypt(private_key(header.key_id), bytes.fromhex(header.wrapped))
    except (BrokenSeal, BadKey, ValueError) as error:
        raise PackageNotOurs(f"这把私钥打不开数据包:它是给“{header.receiver}”的密钥 {header.key_id} 的;请换用那把私钥。") from error
    if len(key) != KEY_BYTES:
        raise PackageBroken("数据包的密钥长度不对;请发送方核对。")
    return key


def _proven(header: Header, inner: bytes, signing_key: Public) -> Signed:
    try:
        told = orjson.loads(inner)
        content, key_id, signature = str(told["manifest"]).encode(), str(told["key_id"]), str(told["signature"])
        value = bytes.fromhex(signature)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise PackageBroken("数据包的清单不合格式;请发送方核对。") from error
    manifest = form.manifest_of(content)
    about = manifest.about
    same = ("id", "sender", "receiver", "kind", "number", "created")
    if any(getattr(about, name) != getattr(header, name) for name in same) or manifest.pieces != header.pieces:
        raise PackageBroken("数据包的头与清单不一致:被改动过;请向发送方重新取得。")
    if not sm2_verify(signing_key(header.sender, key_id), content, value):
        raise PackageNotOurs(f"清单的签名不是“{header.sender}”的;请核对发送方的公钥。")
    return Signed(manifest, content, key_id, signature)


def _keep(path: Path, pieces: Iterator[bytes]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 a descriptor
        for piece in pieces:
            file.write(piece)
            crash.point("package_opened")
        file.flush()
        os.fsync(file.fileno())


def _told(number: int) -> str:
    return f"第 {number} 块" if number else "清单"
