"""Changes of a log as a chunk: of each key its last state, kept or gone, in one Parquet file of text beside the column `__op`.

Flat     changes go to a file as they come; which is the last of its key is asked of DuckDB, which spills
Emptied  what came before the last emptying of the table (TRUNCATE) is dropped, and all earlier rows of the feed go
Asked    a row told in part only is asked for by its key; one that is not there any more is left to the log, which will say so
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from suixin.data.collection.chunks import ChunkFile
from suixin.data.collection.operations import EMPTIED, OP
from suixin.data.collection.sources.base import Place
from suixin.data.collection.sources.logs import Cells, Change, Committed, Op, Watched, at, key_positions
from suixin.data.lake import engine, storage

if TYPE_CHECKING:
    from suixin.data.collection.sources.databases import DatabaseConnector

_NUMBER = "__n"
_ROWS, _ASKED = 20_000, 200


@dataclass(slots=True)
class Looked:
    """What one look at a log brought. `place` None: nothing was whole; `file` None: nothing of this table; `told` goes to the chunk."""

    place: Place | None = None
    file: ChunkFile | None = None
    told: dict[str, object] = field(default_factory=dict)


def is_before(one: Place, other: Place) -> bool:
    """Whether the first place lies before the second."""
    return at(one) < at(other)


def looked(events: Iterator[Change | Committed], connector: "DatabaseConnector", watched: Watched, *, folder: Path) -> Looked:
    """The changes of whole transactions; what follows the last `Committed` is left for the next look."""
    raw = _Raw(folder / "raw.parquet", watched.columns)
    found, whole, emptied, pending_emptied = Looked(), 0, -1, -1
    try:
        for event in events:
            if isinstance(event, Committed):
                found.place, whole, emptied = event.place, raw.rows, pending_emptied
            elif event.op is Op.EMPTIED:
                pending_emptied = raw.rows
            else:
                raw.add(event)
    finally:
        raw.close()
    if not whole and emptied < 0:
        return found
    found.file = _netted(raw.path, watched, connector, folder / "net.parquet", rows=(max(0, emptied), whole))
    found.told = {"gone": found.file.gone, **({EMPTIED: True} if emptied >= 0 else {})}
    return found


def nothing(columns: tuple[str, ...], folder: Path, *, place: Place) -> ChunkFile:
    """A chunk without a row, whose place says what else it does."""
    file = NetFile(folder / "nothing.parquet", columns)
    file.close()
    file.place = place
    return file


class NetFile(ChunkFile):
    """A chunk of rows and operations; `gone` counts those that are no more."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        super().__init__(path)
        self.gone = 0
        # a chunk without rows has its own bytes all the same: one whose original was destroyed must not bar the next
        own: dict[bytes | str, bytes | str] = {"suixin.chunk": uuid4().hex}
        self._schema = pa.schema([pa.field(name, pa.string()) for name in (*columns, OP)], metadata=own)
        self._net = pq.ParquetWriter(path, self._schema, compression="zstd", compression_level=1)

    def write(self, rows: pa.Table) -> None:
        """Further rows."""
        self._net.write_table(rows.select(self._schema.names).cast(self._schema))
        self.rows += rows.num_rows
        self.gone += rows.filter(pc.equal(rows.column(OP), pa.scalar(Op.GONE.value))).num_rows

    def close(self) -> None:
        """Everything is in the file."""
        self._net.close()


class _Raw:
    """Changes as they come, numbered."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path, self.rows = path, 0
        self._schema = pa.schema([pa.field(name, pa.string()) for name in (*columns, OP)] + [pa.field(_NUMBER, pa.int64())])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", compression_level=1)
        self._waiting: list[tuple[object, ...]] = []

    def add(self, change: Change) -> None:
        self._waiting.append((*change.cells, change.op.value, self.rows))
        self.rows += 1
        if len(self._waiting) >= _ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            columns = [pa.array(values, kind.type) for values, kind in zip(zip(*self._waiting, strict=True), self._schema, strict=True)]
            self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._waiting.clear()


def _netted(path: Path, watched: Watched, connector: "DatabaseConnector", target: Path, *, rows: tuple[int, int]) -> NetFile:
    """The last state of each key among changes from the first number to before the second."""
    names = [storage.quoted(name) for name in (*watched.columns, OP)]
    key = ", ".join(storage.quoted(name) for name in watched.key)
    sql = (
        f"SELECT {', '.join(names)} FROM read_parquet($1) WHERE {_NUMBER} >= $2 AND {_NUMBER} < $3 "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {_NUMBER} DESC) = 1 ORDER BY {key}"
    )
    file = NetFile(target, watched.columns)
    try:
        with storage.scratch() as scratch, engine.connection(scratch) as con:
            for batch in engine.stream(con, sql, [str(path), *rows]):
                file.write(_completed(pa.Table.from_batches([batch]), watched, connector))
    finally:
        file.close()
    return file


def _completed(rows: pa.Table, watched: Watched, connector: "DatabaseConnector") -> pa.Table:
    """The rows, those told in part put in the place of what the source says of them now."""
    is_partial = pc.equal(rows.column(OP), pa.scalar(Op.PARTIAL.value))
    partial = rows.filter(is_partial)
    if not partial.num_rows:
        return rows
    places = key_positions(watched)
    keys = [tuple(row[watched.columns[place]] for place in places) for row in partial.to_pylist()]
    asked: list[Cells] = []
    for start in range(0, len(keys), _ASKED):
        asked += connector.rows_of(watched, keys[start : start + _ASKED])
    schema = rows.schema
    now = pa.Table.from_pylist([dict(zip((*watched.columns, OP), (*cells, Op.KEPT.value), strict=True)) for cells in asked], schema)
    return pa.concat_tables([rows.filter(pc.invert(is_partial)), now])
