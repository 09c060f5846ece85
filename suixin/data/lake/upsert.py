"""Replacing rows by key: which files must be written anew, and without which rows.

Only a file whose range of the first key column meets the batch's is looked into, and only one that
holds a key of the batch is rewritten. The rest of the table is not touched.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from suixin.data.catalog.contract import ROW_COLUMN, Contract, WriteMode
from suixin.data.lake import engine, parquet, rewriting, storage
from suixin.data.lake.delta import Change
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.data.lake.writer import Staged


def change_of(contract: Contract, staged: Staged, base: Snapshot) -> tuple[Change, int]:
    """What committing the batch on `base` adds and removes, and how many rows it replaces."""
    if contract.write_mode is not WriteMode.UPSERT or not contract.key or not base.files or not staged.files:
        return Change(staged.files), 0
    gone = _replaced_rows(contract, staged, base)
    if not gone:
        return Change(staged.files), 0
    survivors = rewriting.without(contract, gone, batch_id=staged.batch_id)
    return Change((*staged.files, *survivors), tuple(Path(path) for path in gone)), sum(len(ids) for ids in gone.values())


def _replaced_rows(contract: Contract, staged: Staged, base: Snapshot) -> dict[str, rewriting.Ids]:
    """Numbers of the rows that hold a key of the batch, by file."""
    near = [file for file in base.files if _overlaps(file, staged, contract.stored_key[0])]
    if not near:
        return {}
    same = " AND ".join(f"f.{storage.quoted(name)} = s.{storage.quoted(name)}" for name in contract.stored_key)
    number = storage.quoted(ROW_COLUMN)
    held = rewriting.numbered_sql(f"{', '.join(map(storage.quoted, contract.stored_key))}, {number}", len(near), first=2)
    sql = f"SELECT f.f, f.{number} FROM ({held}) AS f SEMI JOIN read_parquet($1) AS s ON {same}"
    gone: dict[str, list[rewriting.Ids]] = {}
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        for batch in engine.stream(con, sql, [engine.names([one.path for one in staged.files]), *(file.path for file in near)]):
            rewriting.note_ids(gone, [file.path for file in near], files=batch.column(0), ids=batch.column(1))
    return {path: np.concatenate(ids) for path, ids in gone.items()}


def _overlaps(file: DataFile, staged: Staged, field: str) -> bool:
    """Whether the key ranges may meet; a range that is not known meets every other."""
    mine = [group.ranges.get(field) for group in file.groups]
    others = [group.ranges.get(field) for one in staged.files for group in parquet.row_groups(str(one.path))]
    low, high = bounds(mine), bounds(others)
    if low is None or high is None:
        return True
    return bool(low[0] <= high[1] and high[0] <= low[1])  # type: ignore[operator]  # one column, one type


def bounds(ranges: Sequence[parquet.Range | None]) -> parquet.Range | None:
    """The range of them all; None when one is not known."""
    known = [one for one in ranges if one is not None]
    if len(known) < len(ranges) or not known:
        return None
    low, high = min(one[0] for one in known), max(one[1] for one in known)
    return low, high
