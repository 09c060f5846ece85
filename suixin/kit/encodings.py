"""Which encoding a text file is in, decided over every byte of it, and the same file read as UTF-8.

Order     BOM; UTF-16 by its pattern of zero bytes; strict UTF-8; then GB18030, Big5 and Latin-1 compared by
          how plausible their characters are; charset-normalizer where these do not tell
Promise   `detect` reads the whole file in chunks with flat memory: a file that is UTF-8 but for one byte at
          its end is not called UTF-8. `open_utf8` never holds more than a chunk
Speed     ASCII and UTF-8 are judged by C code of the standard library only
Errors    UndecodableText
"""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from suixin.kit.errors import SuixinError
from suixin.kit.plausibility import score_gb18030_and_big5, score_latin

CHUNK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 18  # of bytes beside those above 0x7F, handed to the scoring
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)


class UndecodableText(SuixinError):
    """A file does not decode in the encoding it was said to be in."""

    code = "text-422"
    http_status = 422


def detect(path: Path, *, is_strict: bool = True) -> str:
    """Python's name of the encoding of the file's text.

    One of ascii, utf-8, utf-8-sig, utf-16, utf-16-le, utf-16-be, utf-32, gb18030, big5hkscs, cp1252, iso-8859-1,
    or, rarely, what charset-normalizer says. An empty file is ascii.
    Raises  UndecodableText - a file plainly in one encoding holds bytes that are none of it; `fields` name the
            encoding and the offset. With is_strict=False that encoding is the answer (read it with errors="replace").
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    expected = _marked(head) or _utf16_without_mark(head)
    if not expected:
        verdict = _utf8_verdict(path)
        if verdict:
            return verdict
        expected = _legacy(_sample(path))
    offset = _first_fault(path, expected)
    if expected == "cp1252" and offset is not None:
        return "iso-8859-1"
    if offset is not None and is_strict:
        raise _undecodable(path.name, expected, offset)
    return expected


def open_utf8(path: Path, encoding: str, *, errors: str = "strict") -> io.BufferedReader:
    """The file's text as a binary stream of UTF-8 without BOM.

    Raises UndecodableText while reading, at a bad byte; with errors="replace" it reads as U+FFFD instead.
    """
    if encoding == "ascii" or (encoding == "utf-8" and errors == "strict"):
        return path.open("rb")
    return io.BufferedReader(_Transcoder(path, encoding, errors), CHUNK_BYTES)


class _Transcoder(io.RawIOBase):
    """A raw stream that decodes one encoding and gives UTF-8."""

    def __init__(self, path: Path, encoding: str, errors: str) -> None:
        self._file = path.open("rb", buffering=0)
        self._name, self._encoding = path.name, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._pending = memoryview(b"")
        self._read_bytes = 0
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # the stubs ask for a wider buffer type than io ever hands in
        while not self._pending and not self._is_done:
            self._pending = memoryview(self._next_piece())
        count = min(len(buffer), len(self._pending))
        buffer[:count] = self._pending[:count]
        self._pending = self._pending[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def _next_piece(self) -> bytes:
        chunk = self._file.read(CHUNK_BYTES)
        self._is_done = not chunk
        try:
            piece = self._decoder.decode(chunk, final=self._is_done).encode("utf-8")
        except UnicodeDecodeError as error:
            raise _undecodable(self._name, self._encoding, self._read_bytes + error.start) from error
        self._read_bytes += len(chunk)
        return piece


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _undecodable(name: str, encoding: str, offset: int) -> UndecodableText:
    return UndecodableText(
        f"文件 {name} 看来是 {encoding} 编码,但第 {offset} 字节附近不能按此解码;"
        "请用原软件打开检查该处,另存为 UTF-8 后重传。",
        encoding=encoding, offset=offset,
    )


def _first_fault(path: Path, encoding: str) -> int | None:
    """Offset near the first byte that does not decode strictly; None when all do."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
            done += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return done + error.start
    except UnicodeError:  # the UTF-16 and UTF-32 decoders raise the bare class for a missing mark
        return done
    return None


def _marked(head: bytes) -> str:
    """The encoding that a byte order mark names; "" without one."""
    return next((name for mark, name in _BOMS if head.startswith(mark)), "")


def _utf8_verdict(path: Path) -> str:
    """ascii, utf-8, or "" when some byte is neither."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_ascii = True
    try:
        for chunk in _chunks(path):
            if is_ascii and chunk.isascii():
                continue
            is_ascii = False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ""
    return "ascii" if is_ascii else "utf-8"


def _utf16_without_mark(head: bytes) -> str:
    """utf-16-le or utf-16-be when zero bytes lie (nearly) only in one half of the pairs; "" otherwise."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 4 or b"\0" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if odd > pairs * 0.05 and even <= odd * 0.02:
        return "utf-16-le"
    if even > pairs * 0.05 and odd <= even * 0.02:
        return "utf-16-be"
    return ""


def _legacy(sample: bytes) -> str:
    """The plausible one for bytes that are not wholly UTF-8."""
    if _is_nearly_utf8(sample):
        return "utf-8"
    gb18030, big5 = score_gb18030_and_big5(sample)
    latin = score_latin(sample)
    score, name = max((gb18030, "gb18030"), (big5, "big5hkscs"), (latin, "latin"))
    if score <= 0 and (best := from_bytes(sample[:65536]).best()) is not None:
        return best.encoding
    if name != "latin":
        return name
    has_c1 = any(0x80 <= byte <= 0x9F for byte in sample)
    return "cp1252" if has_c1 else "iso-8859-1"


def _is_nearly_utf8(sample: bytes) -> bool:
    """Whether the text is UTF-8 for sure, though some of its bytes or lines are not.

    Either at most one in a hundred characters beyond ASCII is a fault, or most lines are whole UTF-8 with Chinese
    in them, which no line of GBK, Big5 or Latin-1 is by chance: then lines of another encoding got into the file.
    """
    beyond = [character for character in sample.decode("utf-8", "replace") if character >= "\x80"]
    if len(beyond) < 20:
        return False
    lines = sample.split(b"\n")
    return beyond.count("\ufffd") <= len(beyond) // 100 or 2 * sum(map(_is_chinese_utf8, lines)) > len(lines)


def _is_chinese_utf8(line: bytes) -> bool:
    try:
        return any("\u2e80" <= character <= "\u9fff" for character in line.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _sample(path: Path) -> bytes:
    """Lines that hold bytes above 0x7F, from all over the file, whole so that no character is cut."""
    picked: list[bytes] = []
    size = 0
    for chunk in _chunks(path):
        if chunk.isascii():
            continue
        budget = SAMPLE_BYTES // 8
        for line in chunk.split(b"\n")[1 if picked else 0 : -1] or [chunk[:65536]]:
            if not line.isascii():
                picked.append(line[:4096])
                budget -= len(line)
                size += len(line)
            if budget <= 0:
                break
        if size >= SAMPLE_BYTES:
            break
    return b"\n".join(picked)
