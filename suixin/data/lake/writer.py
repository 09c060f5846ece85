"""Accepted rows of one batch, written and hashed as they come, each in a thread of its own, at flat memory.

A `BatchWriter` writes straight into files of the table's folder that no version names yet, so that a
commit moves nothing. It watches whether rows arrive in key order; when those of a keyed table did
not, `finish` sorts them once with DuckDB. What is not committed is removed by `abandon` or, after a
crash, by `repair`.
"""

import queue
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from suixin.data.catalog.contract import ROW_COLUMN, Contract
from suixin.data.lake import engine, receipts, sealing, storage
from suixin.data.lake.canonical import LeafSeries, Leaves
from suixin.data.lake.errors import LakeError, translated
from suixin.data.lake.parquet import GROUP_ROWS, FileSeries, WrittenFile, with_system_columns

_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Whole:
    """That a delivery is the whole state, and how much it may delete: that many percent of the rows that are there, or `rows`."""

    most_percent: int = 20
    most_rows: int = 0


@dataclass(frozen=True, slots=True)
class Staged:
    """Files at rest that wait for a commit. `is_sorted`: rows lie in key order (always so for keyed tables).

    `rejected` rows lie in the file `rejects`, when there are any; `leaves` are the digests of the rows in their order.
    Of a `whole` state: `kept_keys` are those of its rejected rows, of which `unreadable` have none that can be read; its files
    are drafts without leaves where there are rows to compare with. `gone`: files of keys whose rows the commit leaves out
    (`removal`); they are the caller's.
    """

    table: str
    batch_id: int
    first_id: int
    folder: Path
    files: tuple[WrittenFile, ...]
    rows: int
    is_sorted: bool
    rejected: int = 0
    rejects: Path | None = None
    leaves: Leaves | None = None
    whole: "Whole | None" = None
    kept_keys: pa.Table | None = None
    unreadable: int = 0
    gone: tuple[Path, ...] = ()

    def abandon(self, *, keep_rejects: bool = False) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.rejects is not None and not keep_rejects:
            self.rejects.unlink(missing_ok=True)


class BatchWriter:
    """Takes typed items, gives files. Use as a context manager: leaving without `finish` removes everything."""

    def __init__(self, contract: Contract, *, batch_id: int, first_id: int, is_draft: bool = False) -> None:
        self._contract, self._batch_id, self._first_id = contract, batch_id, first_id
        self._schema, self._is_draft = contract.schema, is_draft
        self._folder = new_folder(contract.table, f"b{batch_id}")
        self._series = FileSeries(self._folder, self._schema, indexed=indexed_fields(contract), is_draft=is_draft)
        self._order = KeyOrder(contract.stored_key)
        self._pending: list[pa.Table] = []
        self._pending_rows = self._rows = 0
        self._leaves = receipts.series_of(contract, batch_id)
        self._threads = [_Behind("lake-writer", self._series.write)]
        if not is_draft:
            self._threads.append(_Behind("lake-receipt", self._hash))
        self._is_joined = self._is_done = False

    def write(self, data: pa.Table | pa.RecordBatch) -> None:
        """Add rows that hold exactly the contract's items, in the clear; sealed ones are enciphered here. Raises DiskFull."""
        table = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data
        if table.num_rows == 0:
            return
        if self._contract.sealed:
            table = sealing.sealed_table(self._contract, table)
        self._order.see(table)
        full = with_system_columns(table, self._schema, first_id=self._first_id + self._rows, batch_id=self._batch_id)
        self._rows += full.num_rows
        self._pending.append(full)
        self._pending_rows += full.num_rows
        if self._pending_rows >= GROUP_ROWS:
            self._hand_over(self._pending_rows // GROUP_ROWS * GROUP_ROWS)

    def finish(self) -> Staged:
        """All rows in closed, read-only files, in key order when the table has a key."""
        with translated("写入数据文件"):
            self._hand_over(self._pending_rows)
            for thread in self._threads:
                thread.join()
            self._is_joined = True
            files = self._files()
            if files:
                storage.sync_folder(self._folder)
                storage.sync_folder(self._folder.parent)
        self._is_done = True
        return Staged(
            self._contract.table,
            self._batch_id,
            self._first_id,
            self._folder,
            tuple(files),
            self._rows,
            self._order.is_sorted or bool(self._contract.key),
            leaves=None if self._is_draft else self._leaves.finish(),
        )

    def abandon(self) -> None:
        """Remove all that was written; harmless after a `finish` that succeeded."""
        if not self._is_done:
            self._is_done = True
            if not self._is_joined:
                for thread in self._threads:
                    thread.stop()
            self._series.abandon()
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def _hand_over(self, rows: int) -> None:
        if rows == 0:
            return
        joined = pa.concat_tables(self._pending)
        rest = joined.slice(rows)
        self._pending, self._pending_rows = ([rest] if rest.num_rows else []), rest.num_rows
        with translated("写入数据文件"):
            for thread in self._threads:
                thread.put(joined.slice(0, rows))

    def _hash(self, rows: pa.Table) -> None:
        if self._order.is_sorted or not self._contract.key:  # else they lie otherwise in the end: hashed while they are sorted
            self._leaves.add(rows)

    def _files(self) -> list[WrittenFile]:
        self._series.close()
        if self._order.is_sorted or not self._contract.key or not self._series.files:
            return self._series.files
        arrived = [file.path for file in self._series.files]
        self._leaves = receipts.series_of(self._contract, self._batch_id)
        leaves = None if self._is_draft else self._leaves
        files = sort_files(self._contract, arrived, self._folder, prefix="s", leaves=leaves)
        for path in arrived:
            path.unlink()
        return files


def sort_files(
    contract: Contract, paths: list[Path], folder: Path, *, prefix: str, leaves: LeafSeries | None = None
) -> list[WrittenFile]:
    """New files in `folder` that hold the rows of `paths` in key order; memory stays limited, DuckDB spills."""
    keys = ", ".join(storage.quoted(field) for field in (*contract.stored_key, ROW_COLUMN))
    columns = ", ".join(storage.quoted(name) for name in contract.schema.names)
    sql = f"SELECT {columns} FROM read_parquet($1) ORDER BY {keys}"
    return write_query(contract, sql, [engine.names(paths)], folder=folder, prefix=prefix, leaves=leaves)


def write_query(
    contract: Contract, sql: str, params: list[object], *, folder: Path, prefix: str, leaves: LeafSeries | None = None
) -> list[WrittenFile]:
    """New files in `folder` that hold the result of a query over the table's columns, in its order; `leaves` see it too."""
    series = FileSeries(folder, contract.schema, indexed=indexed_fields(contract), prefix=prefix)
    try:
        with storage.scratch() as scratch, engine.connection(scratch) as con:
            for batch in engine.stream(con, sql, params):
                rows = pa.Table.from_batches([batch]).cast(contract.schema)
                if leaves is not None:
                    leaves.add(rows)
                series.add(rows)
        series.close()
    except BaseException:
        series.abandon()
        raise
    return series.files


def renumbered(contract: Contract, staged: Staged, first_id: int) -> Staged:
    """The same rows numbered from `first_id`, in new files; for when other rows took the numbers meanwhile."""
    shift = first_id - staged.first_id
    folder = new_folder(contract.table, f"b{staged.batch_id}")
    series = FileSeries(folder, contract.schema, indexed=indexed_fields(contract))
    try:
        for file in staged.files:
            with pq.ParquetFile(file.path) as source:
                for batch in source.iter_batches(GROUP_ROWS):
                    table = pa.Table.from_batches([batch]).cast(contract.schema)
                    place = table.schema.get_field_index(ROW_COLUMN)
                    ids = pc.add(table.column(ROW_COLUMN), shift)
                    series.write(table.set_column(place, contract.schema.field(ROW_COLUMN), ids))
        series.close()
    except BaseException:
        series.abandon()
        raise
    storage.sync_folder(folder)
    staged.abandon(keep_rejects=True)
    return replace(staged, first_id=first_id, folder=folder, files=tuple(series.files))


def new_folder(table: str, name: str) -> Path:
    """A folder for data files under the table's, not yet made, that no other attempt uses."""
    return storage.table_folder(table) / f"{name}-{secrets.token_hex(4)}"


def indexed_fields(contract: Contract) -> list[str]:
    """Items whose values are sought by equality; keys are not among them, their order and the key index serve that."""
    return [item.sought_field for item in contract.items if item.is_indexed]


class KeyOrder:
    """Whether rows seen so far came in ascending key order (binary order of text, nulls break it)."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self.is_sorted = True
        self._key = key
        self._last: pa.Table | None = None

    def see(self, table: pa.Table) -> None:
        """Take note of further rows."""
        if not self._key or not self.is_sorted:
            return
        keys = table.select(list(self._key))
        if self._last is not None:
            keys = pa.concat_tables([self._last, keys])
        keys = keys.combine_chunks()
        self._last = keys.slice(keys.num_rows - 1)
        self.is_sorted = _ascends(keys)


def _ascends(keys: pa.Table) -> bool:
    rows = keys.num_rows - 1
    if rows < 1:
        return True
    ordered = None
    for column in reversed(keys.columns):
        before, after = column.slice(0, rows), column.slice(1)
        if ordered is None:
            ordered = pc.less_equal(before, after)
        else:
            ordered = pc.or_(pc.less(before, after), pc.and_(pc.equal(before, after), ordered))
    return ordered is not None and ordered.null_count == 0 and pc.all(ordered).as_py() is True


class _Behind:
    """A thread that takes rows in their order; after a failure it only drains, and the next `put` raises."""

    def __init__(self, name: str, take: Callable[[pa.Table], None]) -> None:
        self._queue: queue.Queue[pa.Table | None] = queue.Queue(_AHEAD)
        self._take = take
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, table: pa.Table) -> None:
        self._raise_if_failed()
        self._queue.put(table)

    def join(self) -> None:
        self.stop()
        self._raise_if_failed()

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _raise_if_failed(self) -> None:
        if isinstance(self._error, OSError | LakeError | MemoryError):
            raise self._error
        if self._error is not None:
            raise LakeError(f"写入数据文件失败：{self._error}。数据未改变。") from self._error

    def _run(self) -> None:
        while (table := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._take(table)
                except BaseException as error:  # noqa: BLE001 handed to the thread that writes
                    self._error = error
