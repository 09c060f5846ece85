"""Rows of text put to rest in scratch space as Arrow, so that each pass over them is cheap and flat in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from suixin.data.collection.readers.cells import Cell
from suixin.data.collection.readers.limits import BATCH_BYTES, BATCH_ROWS, MAX_BROKEN_TEXT, MAX_CELL_BYTES
from suixin.data.collection.readers.scratch import Scratch, text_schema
from suixin.data.quality.source import BrokenRow, SourceBatch

_PART_ROWS = BATCH_ROWS // 8


@dataclass
class Spool:
    """Takes rows in order, gives them back in batches. Row numbers count from 1, broken rows included."""

    columns: tuple[str, ...]
    scratch: Scratch
    rows: int = 0
    _path: Path | None = None
    _held: list[Sequence[Cell]] = field(default_factory=list)
    _bytes: int = 0
    _broken: list[BrokenRow] = field(default_factory=list)
    _writer: pa.ipc.RecordBatchFileWriter | None = None

    def add(self, row: Sequence[Cell]) -> None:
        """One more row, exactly as wide as the columns."""
        self.rows += 1
        size = sum(len(cell) for cell in row if cell)
        if size > MAX_CELL_BYTES // 4 and any(cell and len(cell.encode()) > MAX_CELL_BYTES for cell in row):
            self.rows -= 1
            self.add_broken("|".join(cell or "" for cell in row), "单元格超过 16 MB")
            return
        self._held.append(row)
        self._bytes += size
        if len(self._held) >= _PART_ROWS or self._bytes >= BATCH_BYTES // 2:
            self._flush()

    def add_broken(self, text: str, reason: str) -> None:
        """A row that has no place in the columns; it counts."""
        self.rows += 1
        self._broken.append(BrokenRow(self.rows, text[:MAX_BROKEN_TEXT], reason))

    def finish(self) -> None:
        """Everything is on disk; call once before `batches`."""
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def selected(self, kept: Sequence[int]) -> Callable[[], Iterator[SourceBatch]]:
        """Passes over some of the columns only, by position."""
        if len(kept) == len(self.columns):
            return self.batches

        def batches() -> Iterator[SourceBatch]:
            for batch in self.batches():
                yield replace(batch, data=batch.data.select(list(kept)))

        return batches

    def batches(self) -> Iterator[SourceBatch]:
        """A new pass over all rows."""
        gaps = {row.row for row in self._broken}
        pending = list(self._broken)
        number = 1
        for part in self._parts():
            first = number
            numbers: list[int] = []
            while len(numbers) < part.num_rows:
                if number not in gaps:
                    numbers.append(number)
                number += 1
            here = tuple(row for row in pending if row.row < number)
            pending = [row for row in pending if row.row >= number]
            rows = pa.array(numbers, pa.int64()) if here else None
            yield SourceBatch(part, numbers[0] if numbers else first, rows, here)
        if pending:
            empty = pa.RecordBatch.from_pylist([], text_schema(self.columns))
            yield SourceBatch(empty, number, None, tuple(pending))

    def _parts(self) -> Iterator[pa.RecordBatch]:
        if self._path is None:
            return
        with pa.memory_map(str(self._path)) as source:
            reader = pa.ipc.open_file(source)
            for index in range(reader.num_record_batches):
                yield reader.get_batch(index)

    def _flush(self) -> None:
        if not self._held:
            return
        schema = text_schema(self.columns)
        if self._writer is None:
            self._path = self.scratch.new_path(".arrow")
            self._writer = pa.ipc.new_file(str(self._path), schema)
        columns = zip(*self._held, strict=True)
        arrays = [pa.array([_whole(cell) for cell in column], pa.string()) for column in columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
        self._held, self._bytes = [], 0


def _whole(cell: Cell) -> Cell:
    """The cell without lone surrogates, which have no place in UTF-8."""
    if cell is None or cell.isascii():
        return cell
    return cell.encode("utf-8", "replace").decode() if any("\ud800" <= c <= "\udfff" for c in cell) else cell
