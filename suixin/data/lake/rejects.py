"""Rows that were not accepted, with their number, original text and every reason; one Parquet file per batch.

The file's foot tells how many rows each reason concerns (`reject_counts`).
Of a table with sealed items texts and reasons, which repeat cells as they came, are sealed too.
The file is written beside its final name and appears by rename just before the commit; what belongs to
no landed batch is removed by `repair`.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # arrays of any element type

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from suixin.data.lake import sealing, storage
from suixin.data.lake.errors import translated
from suixin.data.lake.reject_blocks import RejectBlock, RejectedRow, block_of
from suixin.data.lake.reject_counts import KEY, ReasonCount, ReasonCounts, counts_in
from suixin.kit import sealed_cells

PLACE = "__rejects"  # stands for the field where rejected texts are sealed
_FIELDS: dict[str, pa.DataType] = {"row": pa.int64(), "text": pa.string(), "reasons": pa.string()}
_SCHEMA = pa.schema(_FIELDS)
_SEALED_FIELDS: dict[str, pa.DataType] = {"row": pa.int64(), "text": pa.binary(), "reasons": pa.binary()}
_SEALED_SCHEMA = pa.schema(_SEALED_FIELDS)
_GROUP_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class KeptReject:
    """A rejected row as it was kept; each reason is {item, rule, value, sentence}."""

    row: int
    text: str
    reasons: tuple[dict[str, object], ...]


class RejectsWriter:
    """Collects rejected rows at flat memory. `publish` gives the file its name, `abandon` removes it."""

    def __init__(self, table: str, *, batch_id: int, draft: Path, is_sealed: bool = False) -> None:
        self.rows = 0
        self._is_sealed = is_sealed
        self._table, self._batch_id, self._draft = table, batch_id, draft
        self._pending: list[RejectBlock] = []
        self._writer: pq.ParquetWriter | None = None
        self._counts = ReasonCounts()

    def write(self, rejects: RejectBlock | Sequence[RejectedRow]) -> None:
        """Add rows. Raises DiskFull."""
        block = rejects if isinstance(rejects, RejectBlock) else block_of(rejects)
        if len(block):
            self._counts.see(block)
            self._pending.append(block)
            self.rows += len(block)
        if sum(map(len, self._pending)) >= _GROUP_ROWS:
            self._flush()

    def publish(self) -> Path | None:
        """The file at its lasting place; None when no row was rejected."""
        if self.rows == 0:
            return None
        with translated("写入拒收记录"):
            self._flush()
            if self._writer is not None:
                self._writer.add_key_value_metadata({KEY: self._counts.as_text()})
                self._writer.close()
            storage.seal_file(self._draft)
            target = rejects_file(self._table, self._batch_id)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._draft.replace(target)
            storage.sync_folder(target.parent)
        return target

    def abandon(self) -> None:
        """Drop the draft."""
        if self._writer is not None and self._writer.is_open:
            with suppress(OSError):
                self._writer.close()
        self._draft.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._pending:
            return
        blocks, self._pending = self._pending, []
        parts = [[getattr(one, name) for one in blocks] for name in ("rows", "texts", "reasons")]
        whole = [pa.concat_arrays(part) if len(part) > 1 else part[0] for part in parts]  # a large block is not copied
        for start in range(0, len(whole[0]), _GROUP_ROWS):
            rows, *texts = (column.slice(start, _GROUP_ROWS) for column in whole)
            self._write(rows, [column.cast(pa.string()) for column in texts])

    def _write(self, rows: "pa.Array[Any]", texts: "list[pa.Array[Any]]") -> None:
        """One group of rows."""
        schema = _SCHEMA
        if self._is_sealed:
            schema, texts = _SEALED_SCHEMA, [sealing.seal_texts(self._table, PLACE, column) for column in texts]
        with translated("写入拒收记录"):
            if self._writer is None:
                self._draft.parent.mkdir(parents=True, exist_ok=True)
                told = True if schema is _SCHEMA else ["row"]
                self._writer = pq.ParquetWriter(
                    self._draft, schema, compression="zstd", compression_level=1, write_statistics=told
                )
            self._writer.write_table(pa.table([rows, *texts], schema=schema))


def write_rejects(table: str, batch_id: int, rejects: Sequence[RejectedRow]) -> Path | None:
    """All rejected rows of a batch at once; None when there are none."""
    writer = RejectsWriter(table, batch_id=batch_id, draft=storage.rejects_folder(table) / f".{batch_id}.draft")
    try:
        writer.write(rejects)
        return writer.publish()
    except BaseException:
        writer.abandon()
        raise


def read_rejects(table: str, batch_id: int, *, offset: int = 0, limit: int = 1000) -> list[KeptReject]:
    """Rejected rows of a batch in order of arrival, at most `limit` from `offset`; empty when none was rejected."""
    path = rejects_file(table, batch_id)
    if not path.exists():
        return []
    found: list[KeptReject] = []
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            rows = file.metadata.row_group(number).num_rows
            if offset < rows and len(found) < limit:
                chunk = _opened(table, file.read_row_group(number).slice(offset, limit - len(found)))
                found += _kept(chunk)
            offset = max(0, offset - rows)
    return found


def rejected_numbers(table: str, batch_id: int) -> list[int]:
    """Numbers of all rejected rows of a batch, in order of arrival; their cells are not read."""
    path = rejects_file(table, batch_id)
    if not path.exists():
        return []
    return [int(row) for row in pq.read_table(path, columns=["row"]).column("row").to_pylist() if row is not None]


def reasons_of(table: str, batch_id: int) -> list[ReasonCount]:
    """How many rejected rows of a batch each reason concerns, the most frequent first; no row is read for it."""
    path = rejects_file(table, batch_id)
    if not path.exists():
        return []
    told = counts_in(pq.read_metadata(path).metadata)
    return _counted(table, pq.read_table(path)).all() if told is None else told


def reseal_rejects(table: str, path: Path) -> bool:
    """Whether the file of a table with sealed items was rewritten: it was in the clear, or under an older key."""
    rows = pq.read_table(path)
    heads = pc.unique(pc.binary_slice(rows.column("text").cast(pa.binary()), 0, 3)).to_pylist()
    if pa.types.is_binary(rows.schema.field("text").type) and heads == [sealed_cells.head_of(sealing.current_version())]:
        return False
    opened = _opened(table, rows).combine_chunks()
    sealed = [sealing.seal_texts(table, PLACE, opened.column(name).combine_chunks()) for name in ("text", "reasons")]
    told = _counted(table, opened)
    _rewrite(path, pa.table([opened.column("row"), *sealed], schema=_SEALED_SCHEMA), told, "重新加密拒收记录")
    return True


def count_rejects(table: str, path: Path, is_meant: Callable[[KeptReject], bool]) -> int:
    """How many rows of the file are meant."""
    return sum(is_meant(one) for one in _kept(_opened(table, pq.read_table(path))))


def drop_rejects(table: str, path: Path, is_meant: Callable[[KeptReject], bool]) -> None:
    """The file without the rows that are meant; no file when none is left. Raises DiskFull."""
    rows = pq.read_table(path)
    stays = pa.array([not is_meant(one) for one in _kept(_opened(table, rows))], pa.bool_())
    left = rows.filter(stays)
    if left.num_rows == 0:
        path.unlink(missing_ok=True)
        storage.sync_folder(path.parent)
    elif left.num_rows < rows.num_rows:
        _rewrite(path, left, _counted(table, left), "销毁拒收记录")


def _kept(rows: pa.Table) -> list[KeptReject]:
    return [KeptReject(one["row"], one["text"], tuple(orjson.loads(one["reasons"]))) for one in rows.to_pylist()]


def _counted(table: str, rows: pa.Table) -> ReasonCounts:
    counts = ReasonCounts()
    counts.see(block_of(_kept(_opened(table, rows))))
    return counts


def _rewrite(path: Path, rows: pa.Table, counts: ReasonCounts, what: str) -> None:
    draft = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.draft")
    told: bool | list[str] = ["row"] if pa.types.is_binary(rows.schema.field("text").type) else True
    rows = rows.replace_schema_metadata({KEY: counts.as_text()})
    with translated(what):
        try:
            pq.write_table(rows, draft, row_group_size=_GROUP_ROWS, compression="zstd", compression_level=1, write_statistics=told)
            storage.seal_file(draft)
            draft.replace(path)
            storage.sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)


def _opened(table: str, rows: pa.Table) -> pa.Table:
    if not pa.types.is_binary(rows.schema.field("text").type):
        return rows
    place = sealing.place_of(table, PLACE).decode()
    texts = [
        pa.chunked_array([sealing.open_texts(place, chunk) for chunk in rows.column(name).chunks], pa.string())
        for name in ("text", "reasons")
    ]
    return pa.table([rows.column("row"), *texts], schema=_SCHEMA)


def rejects_file(table: str, batch_id: int) -> Path:
    """Where the rejected rows of a batch lie, whether or not there are any."""
    return storage.rejects_folder(table) / f"{batch_id}.parquet"
