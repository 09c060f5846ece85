"""The form of a package (ADR 0025): what stands where, which names are taken, what the manifest says. Pure.

File     MAGIC, frame(header), frame(seal of manifest), frame(seal of piece 1) ..., frame(trailer); a frame is its length (4 bytes,
         big-endian) and its bytes
Header   in the clear, canonical JSON: who sends what kind of package to whom, which number it has, the wrapped key, how many pieces
Manifest sealed: {"manifest": {...}, "key_id", "signature"}, signed by the sender; names every file with size, SM3 and rows
Pieces   each file cut anew into PIECE_BYTES; SM4-GCM, authenticated with SM3(header) and the piece's number, so none moves
Trailer  {"sm3", "key_id", "signature"} over all bytes before it: whoever carries the package can check it without opening it
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any  # members of JSON objects

import orjson

from suixin.ground.link.errors import PackageBroken, PackageRefused

FORMAT = "suixin-package/1"
MAGIC = b"SXPKG\r\n\x01"
PIECE_BYTES = 1 << 20
SEAL_BYTES = 28  # nonce and tag
FRAME_BYTES = 4
MOST_HEADER, MOST_MANIFEST, MOST_TRAILER = 1 << 16, 16 << 20, 1 << 12
MOST_FILES = 10_000
RESERVED = frozenset({"manifest.json", "manifest.sign"})
_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:]{1,120}")
_SM3 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a package. `rows` None: not counted in rows."""

    name: str
    size: int
    sm3: str
    rows: int | None = None

    @property
    def pieces(self) -> int:
        """How many pieces the file is cut into."""
        return -(-self.size // PIECE_BYTES)


@dataclass(frozen=True, slots=True)
class About:
    """What a package is: `kind` a word of whoever sends it, `number` its place in what sender and receiver exchange."""

    sender: str
    receiver: str
    kind: str
    number: int
    id: str
    created: str
    purpose: str = ""
    grant: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)  # further facts of that kind


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself and of each file."""

    about: About
    files: tuple[Entry, ...]

    @property
    def pieces(self) -> int:
        """Pieces of all files."""
        return sum(entry.pieces for entry in self.files)

    def as_json(self) -> bytes:
        """The canonical bytes that the sender signs."""
        return canonical({"format": FORMAT, **asdict(self.about), "files": [asdict(entry) for entry in self.files]})


@dataclass(frozen=True, slots=True)
class Header:
    """What everybody may know of a package. `wrapped`: the SM4 key enciphered for the receiver's key `key_id`."""

    id: str
    sender: str
    receiver: str
    kind: str
    number: int
    created: str
    key_id: str
    wrapped: str
    pieces: int

    def as_json(self) -> bytes:
        """Its canonical bytes."""
        return canonical({"format": FORMAT, "piece_bytes": PIECE_BYTES, **asdict(self)})


def canonical(value: object) -> bytes:
    """JSON with sorted members and no blanks."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def bound(header_sm3: bytes, number: int) -> bytes:
    """What piece `number` is authenticated with; the manifest is piece 0."""
    return header_sm3 + number.to_bytes(8, "big")


def check_name(name: str, taken: set[str]) -> None:
    """Nothing when a file may be called that. Raises PackageRefused."""
    if not _NAME.fullmatch(name) or name.startswith(".") or name.strip() != name or len(name.encode()) > 240:
        raise PackageRefused(f"文件名“{name[:60]}”不能放进数据包;请用不带路径、不以点开头、240 字节以内的名称。")
    if name in RESERVED or name in taken:
        raise PackageRefused(f"文件名“{name[:60]}”重复,或是数据包自用的名称;请换一个。")
    taken.add(name)


def header_of(content: bytes) -> Header:
    """The header of its bytes. Raises PackageBroken."""
    try:
        told = orjson.loads(content)
        is_ours = told.pop("format") == FORMAT and told.pop("piece_bytes") == PIECE_BYTES
        header = Header(**told)
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise PackageBroken("数据包的头读不懂:被改动过,或是更新版本的格式;请向发送方重新取得。") from error
    numbers = (header.number, header.pieces)
    texts = (header.id, header.sender, header.receiver, header.kind, header.created, header.key_id, header.wrapped)
    is_good = all(type(one) is int and one >= 0 for one in numbers) and all(isinstance(one, str) for one in texts)
    if not is_ours or not is_good or header.as_json() != content:
        raise PackageBroken("数据包的头读不懂:被改动过,或是更新版本的格式;请向发送方重新取得。")
    return header


def manifest_of(content: bytes) -> Manifest:
    """The manifest of its bytes. Raises PackageBroken."""
    try:
        told = orjson.loads(content)
        files = tuple(Entry(**one) for one in told.pop("files"))
        is_ours = told.pop("format") == FORMAT
        manifest = Manifest(_about(told), files)
        taken: set[str] = set()
        for entry in files:
            check_name(entry.name, taken)
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, PackageRefused) as error:
        raise PackageBroken("数据包的清单不合格式;请发送方核对。") from error
    is_counted = all(type(one.rows) in (int, type(None)) and type(one.size) is int and one.size >= 0 for one in files)
    is_whole = is_counted and all(_SM3.fullmatch(one.sm3) for one in files)
    if not is_ours or not is_whole or manifest.as_json() != content:
        raise PackageBroken("数据包的清单不合格式;请发送方核对。")
    return manifest


def _about(told: Mapping[str, Any]) -> About:
    about = About(**told)
    texts = (about.sender, about.receiver, about.kind, about.id, about.created, about.purpose, about.grant)
    if not all(isinstance(one, str) for one in texts) or type(about.number) is not int or not isinstance(about.told, dict):
        raise TypeError
    return about
