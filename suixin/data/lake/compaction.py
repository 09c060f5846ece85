"""Few files in key order instead of many; the rows stay the same, and the change feed shows nothing."""

from pathlib import Path

from suixin.data.catalog.contract import ROW_COLUMN, Contract
from suixin.data.lake import delta, engine, parquet, storage
from suixin.data.lake.errors import CommitConflict, translated
from suixin.data.lake.lease import hold_table
from suixin.data.lake.snapshots import DataFile, snapshot_of
from suixin.data.lake.writer import new_folder, write_query

MOST_FILES = 8
_SMALL_ROWS = parquet.FILE_ROWS // 2


def compact_table(contract: Contract, *, at_least: int = MOST_FILES + 1) -> int | None:
    """The version in which at least `at_least` small files became few, sorted by key; None when there was no need."""
    table = contract.table
    with hold_table(table), translated(f"整理数据表“{table}”"):
        base = delta.open_table(table)
        small = [file for file in snapshot_of(table, base).files if file.rows < _SMALL_ROWS]
        if len(small) < max(at_least, 2):
            return None
        folder = new_folder(table, f"c{base.version()}")
        files = write_query(contract, _sql(contract), [_paths(small)], folder=folder, prefix="")
        try:
            storage.sync_folder(folder)
            change = delta.Change(files, [Path(file.path) for file in small], is_rearrangement=True)
            return delta.commit(base, table, change, facts={"compacted": len(small)})
        except CommitConflict:
            storage.remove(folder)
            return None


def _sql(contract: Contract) -> str:
    columns = ", ".join(storage.quoted(name) for name in contract.schema.names)
    order = ", ".join(storage.quoted(name) for name in (*contract.stored_key, ROW_COLUMN))
    return f"SELECT {columns} FROM read_parquet($1) ORDER BY {order}"


def _paths(files: list[DataFile]) -> list[str]:
    return engine.names([file.path for file in files])
