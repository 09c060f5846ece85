"""Passes over a delimited text: streamed through pyarrow at flat memory, by hand where pyarrow gives up.

Switch    a symptom (ragged record over several lines, record above the block) → `lines.read_records` from the start,
          skipping what was delivered; the table remembers it for the next pass
Numbers   a row that is left out because all of it is blank keeps its number; broken rows have numbers too
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from suixin.data.collection.readers.cells import MARK, Cell, is_blank
from suixin.data.collection.readers.limits import BATCH_BYTES, BATCH_ROWS, MAX_BROKEN_TEXT, MAX_CELL_BYTES, MIB
from suixin.data.collection.readers.lines import Record, Window, read_records, split_cells
from suixin.data.collection.readers.numbering import Numbers, blank_rows
from suixin.data.collection.readers.scratch import text_schema
from suixin.data.collection.readers.sniff import Shape
from suixin.data.collection.readers.transcode import Text
from suixin.data.quality.source import BrokenRow, SourceBatch

RaggedHandler = Callable[[csv.InvalidRow], Literal["skip", "error"]]
_BLOCK = 2 * MIB
_LONG_BLOCK = 32 * MIB


@dataclass
class Reading:
    """The passes over one delimited text; remembers whether it must be read by hand."""

    text: Text
    shape: Shape
    kept: tuple[int, ...]
    is_by_hand: bool = False
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = tuple(self.shape.layout.names[i] for i in self.kept)

    def batches(self) -> Iterator[SourceBatch]:
        """A new pass over all rows."""
        if self.shape.start >= self.shape.end:
            return
        given = 0
        if not self.is_by_hand:
            try:
                for batch, last in _arrow_pass(self):
                    given = last
                    if batch.data.num_rows or batch.broken:
                        yield batch
            except _GaveUp:
                self.is_by_hand = True
            else:
                return
        yield from _hand_pass(self, skip=given)

    def tidy(self, data: pa.RecordBatch, rows: Numbers, broken: list[BrokenRow]) -> SourceBatch:
        """What is delivered: blank rows left out, undecodable and unheaded ones moved to the broken."""
        drop = blank_rows(data)
        bad = self._unfit(data)
        for index in np.flatnonzero(bad) if bad is not None else ():
            cells = [data.column(i)[int(index)].as_py() for i in range(data.num_columns)]
            text = self.shape.delimiter.join(cell or "" for cell in cells)
            broken.append(BrokenRow(rows.at(int(index)), _shown(text), self._reason(text, cells)))
        gone = drop if bad is None else bad if drop is None else drop | bad
        if len(self.kept) < data.num_columns:
            data = data.select(list(self.kept))
        data = pa.RecordBatch.from_arrays(data.columns, schema=text_schema(self.columns))
        numbers = rows.array(data.num_rows)
        if gone is not None:
            keep = pa.array(~gone)
            numbers = (numbers if numbers is not None else rows.dense(data.num_rows)).filter(keep)
            data = data.filter(keep)
        broken.sort(key=lambda row: row.row)
        return SourceBatch(data, rows.at(0), numbers, tuple(broken))

    def _reason(self, text: str, cells: list[Cell]) -> str:
        if MARK in text:
            return "有无法解码的字节"
        has_stray = any(cells[i] for i in range(self.shape.width) if i not in self.kept)
        return "没有表头的列里有值" if has_stray else "单元格超过 16 MB"

    def _unfit(self, data: pa.RecordBatch) -> NDArray[np.bool_] | None:
        """Rows with an undecodable byte, a value in a dropped column or an over-long cell; None without any."""
        found: NDArray[np.bool_] = np.zeros(data.num_rows, dtype=bool)
        for index, column in enumerate(data.columns):
            if index not in self.kept and column.null_count < len(column):
                found |= _each(column, lambda cell: not is_blank(cell))
            if self.text.has_faults:
                found |= _marked(column)
            if self.text.has_long_lines:
                found |= _each(column, _is_too_long)
        return found if found.any() else None


class _GaveUp(Exception):
    """pyarrow cannot be trusted with this text."""


def _marked(column: "pa.Array[Any]") -> NDArray[np.bool_]:
    """Cells that hold a byte that did not decode; looked at one by one only where there are any."""
    if not pc.any(pc.match_substring(column, MARK)).as_py():
        return np.zeros(len(column), dtype=bool)
    return _each(column, lambda cell: cell is not None and MARK in cell)


def _is_too_long(cell: Cell) -> bool:
    return cell is not None and len(cell) * 4 > MAX_CELL_BYTES and len(cell.encode()) > MAX_CELL_BYTES


def _each(column: "pa.Array[Any]", test: Callable[[Cell], bool]) -> NDArray[np.bool_]:
    return np.fromiter((test(cell) for cell in column.to_pylist()), dtype=bool, count=len(column))


def _shown(text: str) -> str:
    return text.replace(MARK, "\\x")[:MAX_BROKEN_TEXT]


def _arrow_pass(reading: Reading) -> Iterator[tuple[SourceBatch, int]]:
    """Batches with the number of the last row each accounts for. Raises _GaveUp on any doubt."""
    text, shape = reading.text, reading.shape
    ragged: deque[tuple[int, str, int]] = deque()
    doubts: list[str] = []

    def on_ragged(row: csv.InvalidRow) -> Literal["skip", "error"]:
        if row.number is None or "\n" in row.text or "\r" in row.text:
            doubts.append(row.text[:100])
        else:
            ragged.append((row.number, row.text, row.actual_columns))
        return "skip"

    with Window(text.path, shape.start, shape.end, ends_line=True) as window:
        reader = _reader(window, text, shape, on_ragged)
        last = 0
        for data in _gathered(reader, doubts, text):
            first, gaps = last + 1, []
            broken: list[BrokenRow] = []
            last = last + data.num_rows
            while ragged and (ragged[0][0] <= last or not data.num_rows):
                number, line, count = ragged.popleft()
                last += 1
                gaps.append(number)
                broken.append(BrokenRow(number, _shown(line), _ragged(count, shape.width)))
            if doubts:
                raise _GaveUp(doubts[0])
            yield reading.tidy(data, Numbers(first, gaps), broken), last


def _ragged(count: int, width: int) -> str:
    return f"应有 {width} 列，实有 {count} 列"


def _reader(window: Window, text: Text, shape: Shape, on_ragged: RaggedHandler) -> Iterator[pa.RecordBatch]:
    names = [f"c{i}" for i in range(shape.width)]
    try:
        reader = csv.open_csv(
            cast("IO[bytes]", window),  # any object with read() will do; the stubs want the typing class
            read_options=csv.ReadOptions(
                use_threads=False, block_size=_LONG_BLOCK if text.has_long_lines else _BLOCK, column_names=names
            ),
            parse_options=csv.ParseOptions(
                delimiter=shape.delimiter, quote_char='"' if text.quotes else False,
                newlines_in_values=text.quotes > 0, invalid_row_handler=on_ragged,
            ),
            convert_options=csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""],
                quoted_strings_can_be_null=False, check_utf8=False,
            ),
        )  # fmt: skip
        while True:
            try:
                yield reader.read_next_batch()
            except StopIteration:
                return
    except pa.ArrowInvalid as error:
        raise _GaveUp(str(error)) from error


def _gathered(reader: Iterator[pa.RecordBatch], doubts: list[str], text: Text) -> Iterator[pa.RecordBatch]:
    """Batches of about BATCH_ROWS; the last one is empty so that broken rows at the end find a place."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        if doubts:
            raise _GaveUp(doubts[0])
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield _one(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    if not held:
        return
    last = _one(held)
    if text.quotes and _may_be_open(last, text):
        raise _GaveUp("a quote is open at the end of the file")
    yield last
    yield last.slice(last.num_rows)


def _may_be_open(last: pa.RecordBatch, text: Text) -> bool:
    """Whether the last row may have been closed by the end of the file only: pyarrow does not say."""
    cells = [column[-1].as_py() for column in last.columns] if last.num_rows else []
    with Window(text.path, max(text.start, text.end - MIB), text.end) as window:
        tail = window.read().rstrip(b"\r\n")
    line = tail[max(tail.rfind(b"\n"), tail.rfind(b"\r")) + 1 :]
    if text.quotes % 2 == 0:
        return bool(cells and cells[-1]) and str(cells[-1]).endswith(("\n", "\r"))
    return line.count(b'"') % 2 == 1 or any(cell and ("\n" in cell or "\r" in cell) for cell in cells)


def _one(held: list[pa.RecordBatch]) -> pa.RecordBatch:
    filled = [batch for batch in held if batch.num_rows] or held[:1]
    return filled[0] if len(filled) == 1 else pa.Table.from_batches(filled).combine_chunks().to_batches()[0]


def _hand_pass(reading: Reading, *, skip: int) -> Iterator[SourceBatch]:
    """Batches of the rows after number `skip`, cut by hand."""
    shape = reading.shape
    with Window(reading.text.path, shape.start, shape.end) as window:
        records = (record for record in read_records(window, shape.delimiter) if record.raw)
        number = sum(1 for _ in islice(records, skip))
        rows: list[list[Cell]] = []
        gaps: list[int] = []
        broken: list[BrokenRow] = []
        first, size = number + 1, 0
        for record in records:
            number += 1
            size += record.size
            cells, fault = _cut(record, shape)
            if fault:
                gaps.append(number)
                broken.append(BrokenRow(number, _shown(record.raw.decode("utf-8", "replace")), fault))
            else:
                rows.append(cells)
            if len(rows) >= BATCH_ROWS // 4 or size >= BATCH_BYTES or len(broken) >= BATCH_ROWS:
                yield reading.tidy(_as_batch(rows, shape.width), Numbers(first, gaps), broken)
                rows, gaps, broken, first, size = [], [], [], number + 1, 0
        if rows or broken:
            yield reading.tidy(_as_batch(rows, shape.width), Numbers(first, gaps), broken)


def _cut(record: Record, shape: Shape) -> tuple[list[Cell], str]:
    if record.fault:
        return [], record.fault
    if len(record.raw) > MAX_CELL_BYTES:
        return [], "一行超过 16 MB"
    cells = split_cells(record.raw, shape.delimiter)
    return cells, "" if len(cells) == shape.width else _ragged(len(cells), shape.width)


def _as_batch(rows: list[list[Cell]], width: int) -> pa.RecordBatch:
    names = tuple(f"c{i}" for i in range(width))
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pa.RecordBatch.from_arrays([pa.array(list(c), pa.string()) for c in columns], schema=text_schema(names))
