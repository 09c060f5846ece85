"""What a delimited text is made of: delimiter, number of cells, header, where data begin and end.

Looks at whole records from the head, the middle and the tail of the file. Nothing is decided by the head alone
but the header itself.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from suixin.data.collection.readers.cells import Cell, filled, is_blank
from suixin.data.collection.readers.headers import Layout, find_layout
from suixin.data.collection.readers.limits import MAX_CELL_BYTES, MIB
from suixin.data.collection.readers.lines import Window, read_records, split_cells
from suixin.data.collection.readers.transcode import Text

DELIMITERS = "\t,;|"
_NO_DELIMITER = "\x1f"
_HEAD_RECORDS = 200
_FAR_RECORDS = 100
_SAMPLE_BYTES = MIB // 8
_TAIL_NOTES = 60
_NOTE_WORDS = re.compile(
    r"^[（(\s*]*(?:数据来源|资料来源|来源|备注|附注|注释|说明|注\s*\d*\s*[:：、.]|填表人|填报人|制表|审核|单位负责人|source\b|notes?\b|footnotes?\b|\(c\)|©)",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?:制表|填表|填报|审核|复核|审批|批准|单位负责|统计负责|财务负责|负责人|联系|电话|报出|日期)[^：:]{0,6}[：:]")
_RULE = re.compile(r"[*\-=_#~\s]{4,}")


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read the text: bytes [start, end) hold data rows of `width` cells under `layout.names`."""

    delimiter: str
    width: int
    layout: Layout
    start: int
    end: int
    sample: tuple[tuple[Cell, ...], ...]
    footnotes: tuple[str, ...]
    surplus: tuple[str, ...] = ()
    """Headings to the right of the last cell that any row has."""


@dataclass(frozen=True, slots=True)
class _Piece:
    cells: list[Cell]
    end: int


def find_shape(text: Text, *, is_tab_hinted: bool = False) -> Shape:
    """The shape of the text as a table. A text of one column has width 1 and a comma nobody uses as delimiter."""
    best: tuple[float, str, list[_Piece], list[list[Cell]]] = (0.0, _NO_DELIMITER, [], [])
    for delimiter in _present(text):
        head = _pieces(text, delimiter)
        rows = [piece.cells for piece in head] + _far_rows(text, delimiter)
        score = _score(rows) * (1.5 if is_tab_hinted and delimiter == "\t" else 1)
        if score > best[0]:
            best = (score, delimiter, head, rows)
    score, delimiter, head, rows = best
    if score <= 0:
        head = _pieces(text, delimiter)
        rows = [piece.cells for piece in head] + _far_rows(text, delimiter)
    return _shape(text, delimiter, head, rows)


def _shape(text: Text, delimiter: str, head: list[_Piece], rows: list[list[Cell]]) -> Shape:
    width = _width(rows)
    head_rows = [piece.cells for piece in head]
    layout = find_layout(head_rows, width=width)
    header = head_rows[layout.first : layout.data]
    longest = max((len(row) for row in header), default=width)
    if longest > width and any(len(row) == longest for row in rows[layout.data :]):
        width = longest
        layout = find_layout(head_rows, width=width)
    surplus = tuple(cell.strip() for row in header for cell in row[width:] if cell and not is_blank(cell))
    start = head[layout.data - 1].end if layout.data else text.start
    end, footnotes = _cut_tail(text, delimiter, width, start)
    sample = tuple(tuple(row) for row in rows[layout.data :] if len(row) == width)
    return Shape(delimiter, width, layout, start, end, sample, footnotes, surplus)


def _present(text: Text) -> str:
    """The delimiters that occur in the head or the tail at all."""
    seen = b""
    for at in {text.start, max(text.start, text.end - _SAMPLE_BYTES)}:
        with Window(text.path, at, min(text.end, at + _SAMPLE_BYTES)) as window:
            seen += window.read()
    return "".join(delimiter for delimiter in DELIMITERS if delimiter.encode() in seen)


def _pieces(text: Text, delimiter: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = text.start
    with Window(text.path, text.start, min(text.end, text.start + 2 * MAX_CELL_BYTES)) as window:
        for record in read_records(window, delimiter):
            at += record.size
            cells: list[Cell] = [record.fault] if record.fault else split_cells(record.raw, delimiter)
            pieces.append(_Piece(cells, at))
            if len(pieces) >= _HEAD_RECORDS or (at - text.start > 4 * MIB and len(pieces) > 20):
                break
    return pieces


def _far_rows(text: Text, delimiter: str) -> list[list[Cell]]:
    """Records from the middle and before the end; the first and last of each piece may be cut and are left out."""
    rows: list[list[Cell]] = []
    for at in (text.start + (text.end - text.start) // 2, text.end - _SAMPLE_BYTES):
        if at <= text.start + _SAMPLE_BYTES:
            continue
        with Window(text.path, at, min(text.end, at + _SAMPLE_BYTES)) as window:
            records = [record for record in read_records(window, delimiter) if not record.fault]
        rows += [split_cells(record.raw, delimiter) for record in records[1:-1][:_FAR_RECORDS]]
    return rows


def _score(rows: Sequence[Sequence[Cell]]) -> float:
    """How well the rows agree on a number of cells above one; 0 when they do not."""
    counts = Counter(len(row) for row in rows if filled(row))
    total = sum(counts.values())
    wide = [(count, width) for width, count in counts.items() if width > 1]
    if not wide:
        return 0.0
    count, width = max(wide)
    share = count / total
    if share < 0.4 and not (share >= 0.2 and width >= 4):
        return 0.0
    return share * share * math.log(width + 1)


def _width(rows: Sequence[Sequence[Cell]]) -> int:
    counts = Counter(len(row) for row in rows if filled(row))
    if not counts:
        return max((len(row) for row in rows), default=1)
    wide = Counter({width: count for width, count in counts.items() if width > 1})
    best = max((count, width) for width, count in (wide or counts).items())
    return best[1]


def _cut_tail(text: Text, delimiter: str, width: int, start: int) -> tuple[int, tuple[str, ...]]:
    """Where data end, and the notes below them: source lines, remarks, rules of stars."""
    at = max(start, text.end - _SAMPLE_BYTES)
    if width < 2 or at >= text.end:
        return text.end, ()
    pieces: list[tuple[int, list[Cell], bytes]] = []
    with Window(text.path, at, text.end) as window:
        for record in read_records(window, delimiter):
            pieces.append((at, split_cells(record.raw, delimiter) if not record.fault else [record.fault], record.raw))
            at += record.size
    first = note_start([cells for _, cells, _ in pieces], width)
    if first is None:
        return text.end, ()
    notes = [" ".join(cell.strip() for cell in cells if cell and cell.strip()) for _, cells, _ in pieces[first:]]
    return pieces[first][0], tuple(note for note in notes if note and not _RULE.fullmatch(note))


def note_start(rows: Sequence[Sequence[Cell]], width: int) -> int | None:
    """Index of the first row of the notes below a table, or None. Data rows never follow it.

    A note fills one cell, or two where the first ends in a colon; the notes begin with a word such as
    数据来源, with a rule of stars, or below an empty line.
    """
    first = len(rows)
    while first > 0 and len(rows) - first < _TAIL_NOTES and _may_be_note(rows[first - 1], width):
        first -= 1
    for index in range(first, len(rows)):
        text = next((cell for cell in rows[index] if not is_blank(cell)), None)
        begins = text and (_NOTE_WORDS.match(text.strip()) or _RULE.fullmatch(text.strip()))
        below_gap = index > 0 and not filled(rows[index - 1]) and text and _reads_as_prose(text)
        if begins or below_gap:
            return _above_gap(rows, index)
    return None


def _above_gap(rows: Sequence[Sequence[Cell]], index: int) -> int:
    while index > 0 and not filled(rows[index - 1]):
        index -= 1
    return index


def _may_be_note(row: Sequence[Cell], width: int) -> bool:
    count = filled(row)
    if count == 0 or (count == 1 and width >= 2):
        return True
    if 2 <= count <= width // 2 and all(is_blank(cell) or _SIGNED.match(str(cell).strip()) for cell in row):
        return True
    return count == 2 and width > 3 and len(row) < width and not is_blank(row[0]) and str(row[0]).rstrip().endswith((":", "："))


def _reads_as_prose(text: str) -> bool:
    return len(text.strip()) >= 6 and not re.fullmatch(r"[\d\W_]+", text.strip())
