"""Replacing rows by key: which files must be written anew, and without which rows.

Only a file whose range of the first key column meets the batch's is looked into, and only one that
holds a key of the batch is rewritten. The rest of the table is not touched.
"""

from collections.abc import Sequence
from pathlib import Path

from suixin.data.catalog.contract import Contract, WriteMode
from suixin.data.lake import engine, parquet, storage
from suixin.data.lake.delta import Change
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.data.lake.writer import Staged, new_folder, write_query


def change_of(contract: Contract, staged: Staged, base: Snapshot) -> tuple[Change, int]:
    """What committing the batch on `base` adds and removes, and how many rows it replaces."""
    if contract.write_mode is not WriteMode.UPSERT or not contract.key or not base.files or not staged.files:
        return Change(staged.files), 0
    touched = _files_with_keys_of(contract, staged, base)
    if not touched:
        return Change(staged.files), 0
    survivors = _survivors(contract, staged, touched)
    replaced = sum(file.rows for file in touched) - sum(file.rows for file in survivors)
    return Change((*staged.files, *survivors), tuple(Path(file.path) for file in touched)), replaced


def _files_with_keys_of(contract: Contract, staged: Staged, base: Snapshot) -> list[DataFile]:
    near = [file for file in base.files if _overlaps(file, staged, contract.stored_key[0])]
    if not near:
        return []
    sql = (
        f"SELECT DISTINCT f.filename FROM read_parquet($1, filename=true) AS f "
        f"SEMI JOIN read_parquet($2) AS s ON {_same_key(contract)}"
    )
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        found = con.execute(sql, [engine.names([file.path for file in near]), _paths(staged)]).fetchall()
    hit = {str(name) for (name,) in found}
    return [file for file in near if file.path in hit]


def _survivors(contract: Contract, staged: Staged, touched: Sequence[DataFile]) -> list[parquet.WrittenFile]:
    columns = ", ".join(f"f.{storage.quoted(name)}" for name in contract.schema.names)
    order = ", ".join(f"f.{storage.quoted(name)}" for name in contract.stored_key)
    sql = (
        f"SELECT {columns} FROM read_parquet($1) AS f "
        f"ANTI JOIN read_parquet($2) AS s ON {_same_key(contract)} ORDER BY {order}"
    )
    folder = new_folder(contract.table, f"u{staged.batch_id}")
    files = write_query(
        contract, sql, [engine.names([file.path for file in touched]), _paths(staged)], folder=folder, prefix=""
    )
    if files:
        storage.sync_folder(folder)
    return files


def _same_key(contract: Contract) -> str:
    return " AND ".join(f"f.{storage.quoted(name)} = s.{storage.quoted(name)}" for name in contract.stored_key)


def _paths(staged: Staged) -> list[str]:
    return engine.names([file.path for file in staged.files])


def _overlaps(file: DataFile, staged: Staged, field: str) -> bool:
    """Whether the key ranges may meet; a range that is not known meets every other."""
    mine = [group.ranges.get(field) for group in file.groups]
    others = [group.ranges.get(field) for one in staged.files for group in parquet.row_groups(str(one.path))]
    low, high = _bounds(mine), _bounds(others)
    if low is None or high is None:
        return True
    return bool(low[0] <= high[1] and high[0] <= low[1])  # type: ignore[operator]  # one column, one type


def _bounds(ranges: Sequence[parquet.Range | None]) -> parquet.Range | None:
    known = [one for one in ranges if one is not None]
    if len(known) < len(ranges) or not known:
        return None
    low, high = min(one[0] for one in known), max(one[1] for one in known)
    return low, high
