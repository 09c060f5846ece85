"""Where a table begins: title lines, one to six header rows, then data. Same rules for text and sheets.

A header row is as full as the rows below it and reads differently from them: words above numbers.
Header rows above one another are joined as 上级_下级; blank headings become 列1, 列2 ... by position.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from suixin.data.collection.readers.cells import Cell, Row, filled, is_blank, is_nothing, is_value
from suixin.kit.names import unique

LOOK_ROWS = 40
MAX_TITLE = 300
MAX_HEADER_ROWS = 6
_MOSTLY = 0.6
_BELOW = 60
_CAPTION = re.compile(
    r"[（(]?(?:计量|数据)?单位[:：]|(?:填报|编制|制表)(?:单位|部门|机关|人|日期|时间)?[:：]|(?:表号|统计日期|统计时间|数据时间|报告期)[:：]"
)
_BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range of a sheet; all bounds inclusive, counted in rows as read."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are: `first` header row and `data` row (indexes), names by position, title text."""

    first: int
    data: int
    names: tuple[str, ...]
    blank: frozenset[int]
    title: str

    @property
    def has_header(self) -> bool:
        """True when a header row was found."""
        return self.data > self.first


def find_layout(rows: Sequence[Row], *, width: int, merges: Sequence[Merge] = ()) -> Layout:
    """Title, header and first data row of a table whose head is `rows`; `width` its usual number of cells."""
    first = _first_full(rows, width) if merges else _with_gaps_above(rows, _first_full(rows, width), width)
    depth = _depth(rows, first, width, merges)
    title = " ".join(" ".join((cell or "").split()) for row in rows[:first] for cell in row if not is_blank(cell))
    headings = _joined(rows[first : first + depth], width, first, merges)
    blank = frozenset(i for i, heading in enumerate(headings) if not heading)
    names = tuple(unique(headings))
    return Layout(first=first, data=first + depth, names=names, blank=blank, title=title.strip("* ")[:MAX_TITLE])


def clean_heading(text: str | None) -> str:
    """A heading on one line, without padding, quotes left over or byte order mark."""
    words = " ".join((text or "").replace("\ufeff", "").replace("\u3000", " ").replace("\x00", "").split())
    return _BETWEEN_HAN.sub("", words)


def _first_full(rows: Sequence[Row], width: int) -> int:
    full = [filled(row) for row in rows if len(row) >= width and filled(row)] or [filled(row) for row in rows]
    usual = median(full) if full else 0
    needed = 1 if width <= 1 else max(2, math.ceil(usual / 2))
    for index, row in enumerate(rows[:LOOK_ROWS]):
        is_pair = width == 2 and len(row) >= 2 and not is_blank(row[1])
        if (filled(row) >= needed or is_pair) and not (filled(row) < width and any(map(_is_caption, row))):
            return index
    return next((i for i, row in enumerate(rows) if filled(row)), 0)


def _with_gaps_above(rows: Sequence[Row], first: int, width: int) -> int:
    """Rows of few headings above a row that begins with a gap are its header too: 区县, 粮食, (gap), 油料 over (gap), 产量, 单产, 产量."""
    if first >= len(rows) or not rows[first] or not is_blank(rows[first][0]):
        return first
    for top in range(first - 1, max(-1, first - MAX_HEADER_ROWS), -1):
        row = rows[top]
        if filled(row) < 2 or len(row) > width or any(is_value(cell) or _is_caption(cell) for cell in row):
            return first
        if not is_blank(row[0]):
            under = rows[top : first + 1]
            has_all = all(any(column < len(r) and not is_blank(r[column]) for r in under) for column in range(max(map(len, under))))
            return top if has_all else first
    return first


def _is_caption(cell: Cell) -> bool:
    return bool(_CAPTION.match((cell or "").strip()))


def _depth(rows: Sequence[Row], first: int, width: int, merges: Sequence[Merge]) -> int:
    if first >= len(rows):
        return 0
    depth = min(_merged_depth(first, merges), len(rows) - first)
    if not _reads_as_header(rows[first], rows[first + depth : first + depth + _BELOW], width):
        return 0
    while depth > 1 and _is_data(rows[first + depth - 1]):
        depth -= 1
    while depth < 3 and first + depth < len(rows) - 1 and _is_second_header(rows, first, depth, width):
        depth += 1
    return depth


def _is_data(row: Row) -> bool:
    return _share_of_values([cell for cell in row if not is_blank(cell)]) > _MOSTLY and not _are_years(row)


def _merged_depth(first: int, merges: Sequence[Merge]) -> int:
    last = first
    while True:
        reach = max((m.bottom for m in merges if first <= m.top <= last), default=last)
        reach = min(reach, first + MAX_HEADER_ROWS - 1)
        if reach <= last:
            break
        last = reach
    # a header cell that spans columns has its parts in the row below
    if any(m.top == m.bottom == last and m.right > m.left for m in merges):
        last += 1
    return min(last - first + 1, MAX_HEADER_ROWS)


def _reads_as_header(row: Row, below: Sequence[Row], width: int) -> bool:
    if _are_years(row):
        return True
    if width > 2 and filled(row) < 2 and filled(row) < max(map(filled, below), default=0):
        return False
    score = 0.0
    for column in range(min(width, len(row))):
        cell = row[column]
        if is_blank(cell):
            continue
        beneath = [r[column] for r in below if column < len(r) and not is_nothing(r[column])]
        if is_value(cell):
            score -= 1.5
        elif beneath and _share_of_values(beneath) > _MOSTLY:
            score += 1
        else:
            score += -0.5 if cell in beneath[:50] and len(beneath) > 1 else 0.1
    return score > 0


def _share_of_values(cells: Sequence[str | None]) -> float:
    return sum(is_value(cell) for cell in cells) / len(cells) if cells else 0.0


def _are_years(row: Row) -> bool:
    """2000, 2001, 2002 across a row are headings although they are numbers."""
    values = [(cell or "").strip().rstrip("年") for cell in row if is_value(cell)]
    if len(values) < 2 or not all(re.fullmatch(r"(?:19|20)\d\d", value) for value in values):
        return False
    steps = [int(b) - int(a) for a, b in pairwise(values)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


def _is_second_header(rows: Sequence[Row], first: int, depth: int, width: int) -> bool:
    row, below = rows[first + depth], rows[first + depth + 1 : first + depth + _BELOW]
    if any(is_value(cell) for cell in row) or not filled(row) or not below:
        return False
    above = rows[first : first + depth]
    over_numbers = numbers = into_gaps = 0
    for column in range(width):
        beneath = [r[column] for r in below if column < len(r) and not is_nothing(r[column])]
        if not beneath or _share_of_values(beneath) <= _MOSTLY:
            continue
        numbers += 1
        if column < len(row) and not is_nothing(row[column]):
            over_numbers += 1
            into_gaps += all(column >= len(r) or is_blank(r[column]) for r in above)
    return into_gaps > 0 or over_numbers >= max(2, math.ceil(numbers / 2)) or _hangs_below(row, above, below)


def _hangs_below(row: Row, above: Sequence[Row], below: Sequence[Row]) -> bool:
    """Whether the row has nothing where rows of data begin, and parts under the gaps of the headings above it."""
    begins_blank = is_blank(row[0] if row else None) and any(r and not is_blank(r[0]) for r in above)
    if not begins_blank or any(is_blank(r[0]) for r in below if filled(r)):
        return False
    gaps = [column for column in range(1, len(row)) if all(column >= len(r) or is_blank(r[column]) for r in above)]
    return any(not is_blank(row[column]) for column in gaps)


def _joined(header: Sequence[Row], width: int, first: int, merges: Sequence[Merge]) -> list[str]:
    grid = [[clean_heading(row[i]) if i < len(row) else "" for i in range(width)] for row in header]
    for merge in merges:
        top = merge.top - first
        if 0 <= top < len(grid):
            for row in range(top, min(merge.bottom - first, len(grid) - 1) + 1):
                for column in range(merge.left, min(merge.right, width - 1) + 1):
                    grid[row][column] = grid[top][merge.left] if merge.left < width else ""
    if not merges:
        _spread(grid)
    return ["_".join(part for part in dict.fromkeys(r[i] for r in grid) if part) for i in range(width)]


def _spread(grid: list[list[str]]) -> None:
    """Carry an upper heading to the right over gaps that a lower row fills."""
    for lower, upper in pairwise(reversed(grid)):  # from below, so that a heading reaches over all that its parts span
        for column in range(1, len(upper)):
            if not upper[column] and lower[column] and lower[column - 1]:
                upper[column] = upper[column - 1]
