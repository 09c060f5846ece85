"""A delivery that is the whole state, compared with the table by key: only what changed is written, told and receipted.

Compare  span by span of the first key column, both sides joined by key, every item compared exactly (sealed ones by their
         blind indexes); memory holds one span
Write    rows that came or changed into new files; files that hold a row which changed or went again without it; one commit
Tell     change data (insert, update_preimage, update_postimage, delete); leaves of the receipt over what came or changed
Keep     a row whose key was delivered and rejected is still there at the source, so it stays as it was last accepted; while
         the key of a rejected row cannot be read nothing is deleted at all. What a correction brought may stand for a row under
         another key: it stays while any row is rejected
Guard    no accepted row at all is never a deletion of all; more deletions than agreed are TooManyDeletions
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN, Contract
from suixin.data.lake import engine, parquet, receipts, removal, rewriting, storage
from suixin.data.lake.canonical import LeafSeries, Leaves
from suixin.data.lake.delta import Change
from suixin.data.lake.errors import EmptyWhole, TooManyDeletions
from suixin.data.lake.parquet import FileSeries, WrittenFile
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.data.lake.upsert import bounds
from suixin.data.lake.writer import Staged, Whole, indexed_fields, new_folder

CHANGES = "_change_data"
KIND = "_change_type"
SPAN_GROUPS = 8  # row groups of what was delivered that are compared at once, about half a million rows


@dataclass(frozen=True, slots=True)
class Compared:
    """What the whole state changes: files, leaves of its receipt, and how many rows; `kept` were rejected and stay as they were."""

    change: Change
    leaves: Leaves
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    kept: int

    @property
    def counts(self) -> dict[str, int]:
        """As the batch and its receipt tell them."""
        return {name: getattr(self, name) for name in ("inserted", "updated", "deleted", "unchanged", "kept")}

    @property
    def replaced(self) -> int:
        """Rows of before that this state replaces, so that accepted - replaced is what the table grew by."""
        return self.updated + self.deleted + self.unchanged


def compare(contract: Contract, staged: Staged, base: Snapshot) -> Compared:
    """What committing the state on `base` changes. Raises TooManyDeletions, EmptyWhole."""
    assert staged.whole is not None  # noqa: S101 for the type checker: asked for whole states only
    if base.rows and not staged.rows:
        raise EmptyWhole(
            f"整表更新没有一行可接收的数据,而“{contract.title}”现有 {base.rows:,} 行;空的读取不当作全部删除,没有改动。请核对来源。"
        )
    if not base.files and staged.leaves is not None:
        return Compared(Change(staged.files), staged.leaves, staged.rows, 0, 0, 0, 0)
    found = _Differences(contract, staged, max(0, base.next_row_id - staged.first_id))
    try:
        found.look(base)
        _require_few(contract, staged.whole, base.rows, found.deleted)
        added, told = found.finish()
        survivors = rewriting.without(contract, found.gone(), batch_id=staged.batch_id) if found.ids else []
    except BaseException:
        found.abandon()
        raise
    change = Change((*added, *survivors), tuple(Path(path) for path in found.ids), told=told)
    unchanged = staged.rows - found.inserted - found.updated
    return Compared(change, found.leaves.finish(), found.inserted, found.updated, found.deleted, unchanged, found.kept)


def abandon(change: Change, *, but: Path) -> None:
    """Remove the files of a change that was not committed, all but those in the folder `but`."""
    for folder in {file.path.parent for file in (*change.added, *change.told)} - {but}:
        shutil.rmtree(folder, ignore_errors=True)


def _require_few(contract: Contract, whole: Whole, rows: int, deleted: int) -> None:
    if deleted * 100 > rows * whole.most_percent and deleted > whole.most_rows:
        raise TooManyDeletions(
            f"整表更新会删除“{contract.title}”现有 {rows:,} 行中的 {deleted:,} 行({100 * deleted / rows:.1f} %),"
            f"超过允许的 {whole.most_percent} %。没有改动,请核对来源是否给全了数据,再由人决定。",
            table=contract.table, rows=rows, deleted=deleted,
        )


@dataclass(slots=True)
class _Differences:
    """Differing rows, written as they are found. `ids`: numbers of rows of before that change or go, by file."""

    contract: Contract
    staged: Staged
    shift: int
    ids: dict[str, list[rewriting.Ids]] = field(default_factory=dict)
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    kept: int = 0
    leaves: LeafSeries = field(init=False)
    _new: FileSeries = field(init=False)
    _told: FileSeries = field(init=False)
    _corrected: list[int] = field(init=False)

    def __post_init__(self) -> None:
        contract, number = self.contract, self.staged.batch_id
        self.leaves = receipts.series_of(contract, number)
        self._new = FileSeries(new_folder(contract.table, f"b{number}"), contract.schema, indexed=indexed_fields(contract))
        self._told = FileSeries(new_folder(contract.table, f"{CHANGES}/b{number}"), contract.schema.append(pa.field(KIND, pa.string())))

    def look(self, base: Snapshot) -> None:
        """Compare everything."""
        self._corrected = removal.corrections_of(self.contract.table)
        with storage.scratch() as scratch, engine.connection(scratch) as con:
            if self.staged.kept_keys is not None:
                con.register("kept_keys", self.staged.kept_keys)
            for low, high in _spans(self.contract, self.staged.files):
                near = [file for file in base.files if _meets(file, self.contract.stored_key[0], low, high)]
                self._compare(con, near, low, high)

    def gone(self) -> dict[str, rewriting.Ids]:
        """The numbers of `ids`, joined."""
        return {path: np.concatenate(found) for path, found in self.ids.items()}

    def finish(self) -> tuple[list[WrittenFile], list[WrittenFile]]:
        """The files of new rows and of change data, at rest."""
        for series in (self._new, self._told):
            series.close()
            if series.files:
                storage.sync_folder(series.folder)
                storage.sync_folder(series.folder.parent)
        return self._new.files, self._told.files

    def abandon(self) -> None:
        """Remove what was written."""
        for series in (self._new, self._told):
            series.abandon()
            shutil.rmtree(series.folder, ignore_errors=True)

    def _compare(self, con: duckdb.DuckDBPyConnection, near: Sequence[DataFile], low: object, high: object) -> None:
        bounds_ = [one for one in (low, high) if one is not None]
        sql = _difference_sql(self.contract, len(near), has_low=low is not None, has_high=high is not None)
        con.execute(sql, [engine.names([file.path for file in self.staged.files]), *(file.path for file in near), *bounds_])
        self.kept += self._keep(con)
        self._take_new(con)
        self._take_old(con, near)

    def _keep(self, con: duckdb.DuckDBPyConnection) -> int:
        """Rows of before that are not delivered, and not deleted either."""
        if not self.staged.rejected and not self.staged.unreadable and self.staged.kept_keys is None:
            return 0
        sql = f"DELETE FROM d WHERE s IS NULL AND ({self._kept_sql()})"
        row = con.execute(sql, [] if self.staged.unreadable else [self._corrected]).fetchone()
        return int(row[0]) if row else 0

    def _kept_sql(self) -> str:
        if self.staged.unreadable:
            return "TRUE"
        by_key = ""
        if self.staged.kept_keys is not None:
            same = " AND ".join(f"k.{storage.quoted(name)} = d.b.{storage.quoted(name)}" for name in self.contract.stored_key)
            by_key = f" OR EXISTS (SELECT 1 FROM kept_keys AS k WHERE {same})"
        return f"list_contains($1::BIGINT[], d.b.{storage.quoted(BATCH_COLUMN)}){by_key}"

    def _take_new(self, con: duckdb.DuckDBPyConnection) -> None:
        names = self.contract.schema.names
        plus = {ROW_COLUMN: f" + {int(self.shift)}"}
        chosen = ", ".join(f"s.{storage.quoted(name)}{plus.get(name, '')}" for name in names)
        order = ", ".join(f"s.{storage.quoted(name)}" for name in self.contract.stored_key)
        sql = f"SELECT {chosen}, CASE WHEN b IS NULL THEN 'insert' ELSE 'update_postimage' END FROM d WHERE s IS NOT NULL ORDER BY {order}"
        for batch in engine.stream(con, sql):
            told = _as(batch, self._told.schema)
            rows = told.drop_columns([KIND])
            came = _count(told, "insert")
            self.inserted, self.updated = self.inserted + came, self.updated + told.num_rows - came
            self.leaves.add(rows)
            self._new.add(rows)
            self._told.add(told)

    def _take_old(self, con: duckdb.DuckDBPyConnection, near: Sequence[DataFile]) -> None:
        chosen = ", ".join(f"b.{storage.quoted(name)}" for name in self.contract.schema.names)
        order = ", ".join(f"b.{storage.quoted(name)}" for name in self.contract.stored_key)
        kind = "CASE WHEN s IS NULL THEN 'delete' ELSE 'update_preimage' END"
        sql = f"SELECT {chosen}, {kind}, b.f FROM d WHERE b IS NOT NULL ORDER BY {order}"
        for batch in engine.stream(con, sql):
            told = _as(pa.RecordBatch.from_arrays(batch.columns[:-1], names=batch.schema.names[:-1]), self._told.schema)
            self.deleted += _count(told, "delete")
            self._told.add(told)
            ids = batch.column(batch.schema.get_field_index(ROW_COLUMN))
            rewriting.note_ids(self.ids, [file.path for file in near], files=batch.column(batch.num_columns - 1), ids=ids)


def _difference_sql(contract: Contract, files: int, *, has_low: bool, has_high: bool) -> str:
    """Rows of the span that differ, as table d: s as delivered, b as it is, in file number b.f; NULL where there is none.

    Parameters: files delivered, each file that is there, the span's bounds.
    """
    key = storage.quoted(contract.stored_key[0])
    signs = [*([">="] if has_low else []), *(["<"] if has_high else [])]
    within = " AND ".join(f"{key} {sign} ${number}" for number, sign in enumerate(signs, files + 2)) or "TRUE"
    columns = ", ".join(storage.quoted(name) for name in contract.schema.names)
    nothing = f"SELECT {columns}, 0 AS f FROM read_parquet($1) WHERE FALSE"
    before = rewriting.numbered_sql(columns, files, first=2, condition=within) or nothing
    same = " AND ".join(f"s.{storage.quoted(name)} = b.{storage.quoted(name)}" for name in contract.stored_key)
    items = [storage.quoted(item.sought_field) for item in contract.items]
    differs = " OR ".join(f"s.{name} IS DISTINCT FROM b.{name}" for name in items)
    number = storage.quoted(ROW_COLUMN)
    return (
        f"CREATE OR REPLACE TEMP TABLE d AS "
        f"WITH s AS (SELECT {columns} FROM read_parquet($1) WHERE {within}), b AS ({before}) "
        f"SELECT CASE WHEN s.{number} IS NOT NULL THEN s END AS s, CASE WHEN b.{number} IS NOT NULL THEN b END AS b "
        f"FROM s FULL OUTER JOIN b ON {same} WHERE s.{number} IS NULL OR b.{number} IS NULL OR {differs}"
    )


def _spans(contract: Contract, files: Sequence[WrittenFile]) -> Iterator[tuple[object, object]]:
    """Bounds of the first key column, from (inclusive) and to (exclusive), that together cover every value; None is open."""
    ranges = [group.ranges.get(contract.stored_key[0]) for file in files for group in parquet.row_groups(str(file.path))]
    lows = [one[0] for one in ranges if one is not None] if None not in ranges else []
    starts = sorted(set(lows[SPAN_GROUPS::SPAN_GROUPS]))
    yield from zip([None, *starts], [*starts, None], strict=True)


def _meets(file: DataFile, field: str, low: object, high: object) -> bool:
    held = bounds([group.ranges.get(field) for group in file.groups])
    if held is None:
        return True
    return (high is None or held[0] < high) and (low is None or held[1] >= low)  # type: ignore[operator]  # one column, one type


def _as(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays(batch.columns, names=schema.names).cast(schema)


def _count(told: pa.Table, kind: str) -> int:
    return told.column(KIND).to_pylist().count(kind)
