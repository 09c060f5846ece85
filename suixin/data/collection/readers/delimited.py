"""CSV, TSV, TXT as a table: streamed through pyarrow at flat memory, by hand where pyarrow gives up.

Rows      every record below the header counts, broken ones included; lines that are blank, or hold nothing but
          delimiters, are no rows. Empty cell without quotes = null, with quotes = ""
Broken    too many or too few cells, bytes that do not decode, a quote that never closes, more than 16 MB
Switch    a symptom (ragged record across lines, record above the block) → `lines.read_records` from the start,
          skipping what was delivered; the table remembers it for the next pass
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from suixin.data.collection.readers.cells import MARK, Cell, is_blank
from suixin.data.collection.readers.errors import UnreadableFile
from suixin.data.collection.readers.limits import (
    BATCH_BYTES,
    BATCH_ROWS,
    MAX_BROKEN_TEXT,
    MAX_CELL_BYTES,
    MAX_COLUMNS,
    MIB,
)
from suixin.data.collection.readers.lines import Record, Window, read_records, split_cells
from suixin.data.collection.readers.scratch import Scratch, text_schema
from suixin.data.collection.readers.sniff import Shape, find_shape
from suixin.data.collection.readers.transcode import Text, as_utf8
from suixin.data.quality.source import BrokenRow, SourceBatch, SourceTable

_BLOCK = 4 * MIB
_LONG_BLOCK = 32 * MIB
_NAMES = {"\t": "制表符", ",": "逗号", ";": "分号", "|": "竖线"}


def open_delimited(path: Path, *, name: str, scratch: Scratch, extension: str = "csv") -> SourceTable:
    """The one table of a delimited text file. Raises UnreadableFile: empty, binary, too many columns."""
    text = as_utf8(path, name=name, scratch=scratch)
    shape = find_shape(text, is_tab_hinted=extension == "tsv")
    if shape.width > MAX_COLUMNS:
        raise UnreadableFile(name, f"有 {shape.width} 列，超过 {MAX_COLUMNS} 列的上限，请拆分后上传。", file_format="CSV")
    kept = tuple(i for i in range(shape.width) if not _is_empty_column(shape, i))
    if not kept:
        raise UnreadableFile(name, "文件里没有内容（只有空行或分隔符），请核对后重新上传。", file_format="CSV")
    file_format = "tsv" if shape.delimiter == "\t" else "csv"
    reading = _Reading(text, shape, kept)
    return SourceTable(
        name=name, columns=reading.columns, batches=reading.batches, format=file_format,
        notes=tuple(_notes(text, shape, kept)), title=shape.layout.title,
    )  # fmt: skip


def _is_empty_column(shape: Shape, index: int) -> bool:
    return index in shape.layout.blank and all(is_blank(row[index]) for row in shape.sample)


def _notes(text: Text, shape: Shape, kept: tuple[int, ...]) -> Iterator[str]:
    layout = shape.layout
    yield f"编码：{text.encoding}。" + (f"分隔符：{_NAMES[shape.delimiter]}。" if shape.delimiter in _NAMES else "")
    if text.has_faults:
        yield f"个别字节无法按 {text.encoding} 解码，所在行单独列出。"
    if layout.first:
        yield f"跳过表头上方 {layout.first} 行。"
    if layout.data - layout.first > 1:
        yield f"表头占 {layout.data - layout.first} 行，上下级以“_”连接。"
    if not layout.has_header:
        yield "没有表头，列名按位置取“列1、列2……”。"
    if len(kept) < shape.width:
        yield f"去掉 {shape.width - len(kept)} 个没有表头也没有数据的列。"
    yield from (f"表尾注释：{note[:200]}" for note in shape.footnotes)


@dataclass
class _Reading:
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
                    yield batch
                return
            except _GaveUp:
                self.is_by_hand = True
        yield from _hand_pass(self, skip=given)

    def tidy(self, data: pa.RecordBatch, rows: "_Numbers", broken: list[BrokenRow]) -> SourceBatch:
        """What is delivered: blank rows left out, undecodable and unheaded ones moved to the broken."""
        drop = _all_null(data)
        bad = self._unfit(data)
        for index in np.flatnonzero(bad) if bad is not None else ():
            cells = [data.column(i)[int(index)].as_py() for i in range(data.num_columns)]
            text = self.shape.delimiter.join(cell or "" for cell in cells)
            reason = "有无法解码的字节" if MARK in text else "没有表头的列里有值" if self._has_stray(cells) else "单元格超过 16 MB"
            broken.append(BrokenRow(rows.at(int(index)), _shown(text), reason))
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

    def _has_stray(self, cells: list[Cell]) -> bool:
        return any(cells[i] for i in range(self.shape.width) if i not in self.kept)

    def _unfit(self, data: pa.RecordBatch) -> np.ndarray | None:
        """Rows with an undecodable byte, a value in a dropped column, or an over-long cell; None when there are none."""
        masks: list[pa.Array] = []
        for index, column in enumerate(data.columns):
            if index not in self.kept and column.null_count < len(column):
                masks.append(pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(column), ""), False))
            if self.text.has_faults:
                masks.append(pc.fill_null(pc.match_substring(column, MARK), False))
            if self.text.has_long_lines:
                masks.append(pc.fill_null(pc.greater(pc.binary_length(column), MAX_CELL_BYTES), False))
        if not masks:
            return None
        found: np.ndarray = np.zeros(data.num_rows, dtype=bool)
        for mask in masks:
            found |= mask.to_numpy(zero_copy_only=False)
        return found if found.any() else None


class _GaveUp(Exception):  # noqa: N818 - a signal between two functions, never seen outside
    """pyarrow cannot be trusted with this text."""


@dataclass
class _Numbers:
    """Row numbers of a run of good rows with gaps where broken ones lie."""

    first: int
    gaps: list[int] = field(default_factory=list)

    def dense(self, count: int) -> pa.Array:
        """The number of every row."""
        if not self.gaps:
            return pa.array(np.arange(self.first, self.first + count, dtype=np.int64))
        everything = np.arange(self.first, self.first + count + len(self.gaps), dtype=np.int64)
        return pa.array(everything[~np.isin(everything, self.gaps)][:count])

    def array(self, count: int) -> pa.Array | None:
        """The number of every row when there are gaps, else None."""
        return self.dense(count) if self.gaps else None

    def at(self, index: int) -> int:
        """The number of one row."""
        number = self.first + index
        for gap in self.gaps:
            if gap > number:
                break
            number += 1
        return number


def _all_null(data: pa.RecordBatch) -> np.ndarray | None:
    """Rows in which every cell is null; None when there are none."""
    columns = sorted(data.columns, key=lambda column: column.null_count)
    if not columns or columns[0].null_count == 0:
        return None
    found: np.ndarray | None = None
    for column in columns:
        nulls = column.is_null().to_numpy(zero_copy_only=False)
        found = nulls if found is None else found & nulls
        if not found.any():
            return None
    return found


def _shown(text: str) -> str:
    return text.replace(MARK, "\\x")[:MAX_BROKEN_TEXT]


def _arrow_pass(reading: _Reading) -> Iterator[tuple[SourceBatch, int]]:
    """Batches with the number of the last row each accounts for. Raises _GaveUp on any doubt."""
    text, shape = reading.text, reading.shape
    ragged: deque[tuple[int, str, int]] = deque()
    doubts: list[str] = []

    def on_ragged(row: csv.InvalidRow) -> str:
        if row.number is None or "\n" in row.text or "\r" in row.text:
            doubts.append(row.text[:100])
        else:
            ragged.append((row.number, row.text, row.actual_columns))
        return "skip"

    with Window(text.path, shape.start, shape.end) as window:
        reader = _reader(window, text, shape, on_ragged)
        last = 0
        for data in _gathered(reader, doubts):
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
            yield reading.tidy(data, _Numbers(first, gaps), broken), last


def _ragged(count: int, width: int) -> str:
    return f"应有 {width} 列，实有 {count} 列"


def _reader(window: Window, text: Text, shape: Shape, on_ragged: Callable[[csv.InvalidRow], str]) -> Iterator[pa.RecordBatch]:
    names = [f"c{i}" for i in range(shape.width)]
    try:
        reader = csv.open_csv(
            pa.PythonFile(window, mode="r"),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=_LONG_BLOCK if text.has_long_lines else _BLOCK, column_names=names
            ),
            parse_options=csv.ParseOptions(
                delimiter=shape.delimiter, quote_char='"' if text.has_quotes else False,
                newlines_in_values=text.has_quotes, invalid_row_handler=on_ragged,
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


def _gathered(reader: Iterator[pa.RecordBatch], doubts: list[str]) -> Iterator[pa.RecordBatch]:
    """Batches of about BATCH_ROWS; the last one may be empty so that broken rows at the end find a place."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    schema: pa.Schema | None = None
    for batch in reader:
        if doubts:
            raise _GaveUp(doubts[0])
        schema = batch.schema
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield pa.concat_batches(held) if len(held) > 1 else held[0]
            held, rows, size = [], 0, 0
    if held:
        yield pa.concat_batches(held)
    if doubts:
        raise _GaveUp(doubts[0])
    if schema is not None:
        yield schema.empty_table().to_batches()[0] if schema.empty_table().to_batches() else pa.RecordBatch.from_pylist([], schema)


def _hand_pass(reading: _Reading, *, skip: int) -> Iterator[SourceBatch]:
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
                yield reading.tidy(_as_batch(rows, shape.width), _Numbers(first, gaps), broken)
                rows, gaps, broken, first, size = [], [], [], number + 1, 0
        if rows or broken:
            yield reading.tidy(_as_batch(rows, shape.width), _Numbers(first, gaps), broken)


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
