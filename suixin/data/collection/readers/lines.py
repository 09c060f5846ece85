"""Delimited text cut into records and cells by hand: slow, exact, and never confused.

Used for the head, middle and tail that the sniffer looks at, and for whole files that pyarrow cannot read
(a quote that never closes, a cell above its block). Same meaning as pyarrow.csv: a quote counts only at the
start of a cell, "" inside quotes is one quote, CR, LF and CRLF end a record outside quotes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from suixin.data.collection.readers.cells import Cell
from suixin.data.collection.readers.limits import MAX_CELL_BYTES, MAX_QUOTED_LINES


class Window(io.RawIOBase):
    """Bytes [start, end) of a file as a stream; a file cut short meanwhile ends early.

    With `ends_line` a line end is added when the last line has none: pyarrow misreads the last cell otherwise.
    """

    def __init__(self, path: Path, start: int, end: int, *, ends_line: bool = False) -> None:
        self._file = path.open("rb", buffering=0)
        self._at, self._end = start, end
        self._file.seek(start)
        self._must_end = ends_line

    def readable(self) -> bool:
        """True: it is for reading."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # narrower than the stub's Buffer
        """Fill the buffer from the window; 0 at its end."""
        view = memoryview(buffer)[: max(0, self._end - self._at)]
        count = self._file.readinto(view) if len(view) else 0
        if not count:
            return self._final_line_end(buffer)
        self._at += count
        self._must_end = self._must_end and (self._at < self._end or view[count - 1] not in (10, 13))
        return count

    def _final_line_end(self, buffer: "bytearray | memoryview") -> int:
        if not self._must_end or not len(buffer):
            return 0
        self._must_end = False
        buffer[:1] = b"\n"
        return 1

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Record:
    """One logical line: `raw` without its line end, `size` with it; `fault` (zh) when it cannot be cut into cells."""

    raw: bytes
    size: int
    fault: str = ""


@lru_cache(maxsize=8)
def _patterns(delimiter: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    d = re.escape(delimiter).encode()
    rest = rb"[^" + d + rb"\r\n]*+"
    quoted = rb'"(?:[^"]++|"")*+"' + rest
    plain = rb'(?!")' + rest
    cell = rb"(?:" + quoted + rb"|" + plain + rb")"
    record = re.compile(cell + rb"(?:" + d + cell + rb")*+(?=\r|\n|\Z)")
    cells = re.compile(rb'(?:\A|' + d + rb')(?:"((?:[^"]++|"")*+)"(' + rest + rb")|(" + rest + rb"))")
    return record, cells


def split_cells(raw: bytes, delimiter: str) -> list[Cell]:
    """The cells of one record; null for an empty cell without quotes, "" for one with."""
    if b'"' not in raw:
        return [cell or None for cell in raw.decode("utf-8", "replace").split(delimiter)]
    result: list[Cell] = []
    for match in _patterns(delimiter)[1].finditer(raw):
        quoted, tail, plain = match.groups()
        text = plain if quoted is None else quoted.replace(b'""', b'"') + tail
        result.append(text.decode("utf-8", "replace") or (None if quoted is None else ""))
    return result


def read_records(stream: io.RawIOBase, delimiter: str) -> Iterator[Record]:
    """Every non-empty record in order; a record with a fault holds only its first physical line."""
    source = _Lines(stream)
    record = _patterns(delimiter)[0]
    while (line := source.next_line()) is not None:
        if b'"' not in line:
            yield from _split_plain(line)
            continue
        yield from _quoted_records(line, source, record)


class _Lines:
    """Physical lines (cut at LF only, line end kept), with push-back; none longer than a cell may be."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = io.BufferedReader(stream, 1 << 20)
        self._back: list[bytes] = []

    def next_line(self) -> bytes | None:
        """The next line, or None at the end."""
        if self._back:
            return self._back.pop()
        return self._stream.readline(MAX_CELL_BYTES) or None

    def give_back(self, lines: list[bytes]) -> None:
        """Have these lines come again, in this order."""
        self._back.extend(reversed(lines))


def _split_plain(line: bytes) -> Iterator[Record]:
    """Records of a line without quotes: more than one only where a lone CR ends them."""
    if len(line) >= MAX_CELL_BYTES:
        yield Record(line.rstrip(b"\r\n"), len(line), "一行超过 16 MB")
        return
    body = line.rstrip(b"\r\n")
    if b"\r" not in body:
        yield Record(body, len(line))
        return
    *before, last = line.split(b"\r") if not line.endswith(b"\r\n") else [*line[:-2].split(b"\r")]
    for part in before:
        yield Record(part, len(part) + 1)
    yield Record(last.rstrip(b"\n"), len(line) - sum(len(part) + 1 for part in before))


def _quoted_records(line: bytes, source: _Lines, record: re.Pattern[bytes]) -> Iterator[Record]:
    lines, text, start = [line], line, 0
    while start < len(text):
        match = record.match(text, start)
        if match:
            end = match.end()
            after = end + (2 if text[end : end + 2] == b"\r\n" else 1 if end < len(text) else 0)
            yield Record(text[start:end], after - start)
            start = after
            continue
        # a quote is open: take lines until one holds the quote that may close it
        more = _until_quote(source, lines, len(text) - start)
        if more is None:
            first, rest = _first_line(text[start:])
            yield Record(first.rstrip(b"\r\n"), len(first), "引号没有闭合")
            pieces = rest.splitlines(keepends=True) if len(lines) > 1 else ([rest] if rest else [])
            source.give_back(pieces)
            return
        text, start = text[start:] + more, 0


def _until_quote(source: _Lines, lines: list[bytes], size: int) -> bytes | None:
    taken: list[bytes] = []
    while len(lines) + len(taken) < MAX_QUOTED_LINES and size <= MAX_CELL_BYTES:
        line = source.next_line()
        if line is None:
            break
        taken.append(line)
        size += len(line)
        if b'"' in line:
            lines.extend(taken)
            return b"".join(taken)
    source.give_back(taken)
    return None


def _first_line(text: bytes) -> tuple[bytes, bytes]:
    match = re.search(rb"\r\n|\n|\r", text)
    return (text[: match.end()], text[match.end() :]) if match else (text, b"")
