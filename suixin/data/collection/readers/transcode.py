"""Text of any encoding as UTF-8 without a byte that cannot be decoded, and what a pass over all its bytes shows.

A file that is UTF-8 already is read where it lies. Any other is written once to scratch space as UTF-8; a byte
that does not decode becomes `cells.MARK` and two hex digits, so that its row can be refused and the rest kept.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path

from suixin.data.collection.readers.cells import MARK
from suixin.data.collection.readers.errors import UnreadableFile
from suixin.data.collection.readers.limits import MIB
from suixin.data.collection.readers.scratch import Scratch
from suixin.kit.encodings import UndecodableText, detect, open_utf8

_TITLES = {
    "ascii": "UTF-8", "utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "gb18030": "GBK/GB18030", "big5hkscs": "Big5",
    "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252", "iso-8859-1": "Latin-1",
}  # fmt: skip
_MARKING = "suixin-mark"
_LONG_LINE = MIB // 2


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
    has_quotes: bool
    has_long_lines: bool


def as_utf8(path: Path, *, name: str, scratch: Scratch) -> Text:
    """The file's text as UTF-8. Raises UnreadableFile for an empty file and for one that is not text."""
    if path.stat().st_size == 0:
        raise UnreadableFile(name, "文件是空的（0 字节），请核对后重新上传。")
    if not _looks_like_text(path):
        raise UnreadableFile(name, "内容是二进制数据，不是文本表格；请核对文件是否选错、扩展名是否写错。")
    has_faults = False
    try:
        encoding = detect(path)
    except UndecodableText as error:
        encoding, has_faults = str(error.fields["encoding"]), True
    title = _TITLES.get(encoding, encoding)
    start = 3 if encoding == "utf-8-sig" else 0
    if has_faults or encoding not in ("ascii", "utf-8", "utf-8-sig"):
        path, start = _write_utf8(path, encoding, scratch), 0
    return _looked_over(path, start, title, has_faults)


def _write_utf8(path: Path, encoding: str, scratch: Scratch) -> Path:
    target = scratch.new_path(".txt")
    with open_utf8(path, encoding, errors=_MARKING) as source, target.open("wb") as sink:
        while chunk := source.read(4 * MIB):
            sink.write(chunk)
    return target


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
    zeros = sample.count(0)
    even = sample[::2].count(0)
    return zeros > control * 0.9 and (even < zeros * 0.03 or even > zeros * 0.97) and zeros > len(sample) * 0.05


def _looked_over(path: Path, start: int, title: str, has_faults: bool) -> Text:
    has_quotes = has_long_lines = False
    end = 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_LONG_LINE):
            end += len(chunk)
            has_quotes = has_quotes or b'"' in chunk
            has_long_lines = has_long_lines or (len(chunk) == _LONG_LINE and b"\n" not in chunk and b"\r" not in chunk)
    return Text(path, min(start, end), end, title, has_faults, has_quotes, has_long_lines)
