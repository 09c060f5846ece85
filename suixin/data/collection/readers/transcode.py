"""Text of any encoding as UTF-8 without a byte that cannot be decoded, and what a pass over all its bytes shows.

A file that is UTF-8 already is read where it lies. Any other is written once to scratch space as UTF-8; a byte
that does not decode becomes `cells.MARK` and two hex digits, so that its row can be refused and the rest kept.
"""

import codecs
import struct
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from suixin.data.collection.readers.cells import MARK
from suixin.data.collection.readers.errors import UnreadableFile
from suixin.data.collection.readers.limits import MIB
from suixin.data.collection.readers.scratch import Scratch
from suixin.data.collection.readers.strays import whole_lines, with_strays_mended
from suixin.kit.encodings import UndecodableText, detect, open_utf8

_TITLES = {
    "ascii": "UTF-8", "utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "gb18030": "GBK/GB18030", "big5hkscs": "Big5",
    "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252", "iso-8859-1": "Latin-1",
}  # fmt: skip
_MARKING = "suixin-mark"
_LONG_LINE = MIB // 2
_CHUNK = 4 * MIB

def _mark_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(f"{MARK}{byte:02x}" for byte in bad), error.end


codecs.register_error(_MARKING, _mark_bytes)


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 text at rest: bytes [start, end) of `path`, and what is in it anywhere."""

    path: Path
    start: int
    end: int
    encoding: str
    has_faults: bool
    quotes: int
    has_long_lines: bool


def as_utf8(path: Path, *, name: str, scratch: Scratch) -> Text:
    """The file's text as UTF-8. Raises UnreadableFile for an empty file and for one that is not text."""
    if path.stat().st_size == 0:
        raise UnreadableFile(name, "文件是空的（0 字节），请核对后重新上传。")
    if not _looks_like_text(path):
        raise UnreadableFile(name, "内容是二进制数据，不是文本表格；请核对文件是否选错、扩展名是否写错。")
    start = 3 if _first_bytes(path).startswith(codecs.BOM_UTF8) else 0
    seen = _look_over(path, start)
    if seen.is_utf8 and not seen.has_zeros:
        title = _TITLES["utf-8-sig" if start else "utf-8"]
        return Text(path, start, seen.size, title, False, seen.quotes, seen.has_long_lines)
    encoding, has_faults = _other_encoding(path)
    target, strays = _write_utf8(path, encoding, scratch)
    seen = _look_over(target, 0)
    title = _TITLES.get(encoding, encoding) + (f"（其中 {strays} 行是 UTF-8，已按 UTF-8 读）" if strays else "")
    return Text(target, 0, seen.size, title, has_faults, seen.quotes, seen.has_long_lines)


def _other_encoding(path: Path) -> tuple[str, bool]:
    """The encoding of a text that is not plain UTF-8, and whether some bytes are none of it."""
    try:
        return detect(path), False
    except UndecodableText as error:
        return str(error.fields["encoding"]), True


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _write_utf8(path: Path, encoding: str, scratch: Scratch) -> tuple[Path, int]:
    """The text in scratch space, and how many of its lines were UTF-8 among lines of GB18030."""
    target, strays = scratch.new_path(".txt"), 0
    with target.open("wb") as sink:
        if encoding == "gb18030":
            for lines in whole_lines(path):
                mended, found = with_strays_mended(lines)
                strays += found
                sink.write(mended.decode(encoding, _MARKING).encode())
            return target, strays
        with open_utf8(path, encoding, errors=_MARKING) as source:
            while chunk := source.read(_CHUNK):
                sink.write(chunk)
    return target, strays


def _looks_like_text(path: Path) -> bool:
    """False when control characters are common in the head or the middle, UTF-16 and UTF-32 aside."""
    with path.open("rb") as file:
        head = file.read(MIB // 4)
        file.seek(path.stat().st_size // 2)
        middle = file.read(MIB // 4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return True
    sample = head + middle
    control = len(sample) - len(sample.translate(None, bytes(set(range(32)) - {8, 9, 10, 11, 12, 13, 26, 27})))
    if control <= max(2, len(sample) // 500):
        return True
    return any(_reads_as_text(head[: len(head) // 2 * 2].decode(name, "replace")) for name in ("utf-16-le", "utf-16-be"))


def _reads_as_text(text: str) -> bool:
    """True when nearly all characters are ASCII, Chinese or their punctuation, and lines end: UTF-16 without a mark."""
    usual = sum(" " <= c <= "~" or c in "\t\r\n" or "\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in text)
    return ("\n" in text or "\r" in text) and usual > len(text) * 0.97


@dataclass(slots=True)
class _Seen:
    size: int = 0
    is_utf8: bool = True
    has_zeros: bool = False
    quotes: int = 0
    has_long_lines: bool = False


def _look_over(path: Path, start: int) -> _Seen:
    """One pass over every byte, at the speed of reading."""
    seen, cut = _Seen(start), b""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while chunk := file.read(_CHUNK):
            seen.size += len(chunk)
            seen.has_zeros = seen.has_zeros or b"\0" in chunk
            seen.quotes += chunk.count(b'"')
            seen.has_long_lines = seen.has_long_lines or _has_long_line(chunk)
            if seen.is_utf8:
                whole, cut = _whole_characters(cut + chunk)
                seen.is_utf8 = _is_utf8(whole)
    seen.is_utf8 = seen.is_utf8 and _is_utf8(cut)
    return seen


def _has_long_line(chunk: bytes) -> bool:
    ends = (chunk.find(b"\n", at, at + _LONG_LINE) for at in range(0, len(chunk) - _LONG_LINE + 1, _LONG_LINE))
    return any(end < 0 for end in ends) and b"\r" not in chunk


def _whole_characters(chunk: bytes) -> tuple[bytes, bytes]:
    """The chunk up to its last whole UTF-8 character, and the bytes behind it."""
    for back in range(1, min(4, len(chunk)) + 1):
        byte = chunk[-back]
        if byte & 0xC0 != 0x80:
            return (chunk[:-back], chunk[-back:]) if byte >= 0xC0 else (chunk, b"")
    return chunk, b""


def _is_utf8(chunk: bytes) -> bool:
    """Arrow's validation, several times faster than decoding."""
    if chunk.isascii():
        return True
    offsets = pa.py_buffer(struct.pack("<2i", 0, len(chunk)))
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(chunk)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
