"""Replacing and removing rows by key: which files must be written anew, and without which rows.

Only a file whose range of the first key column meets the batch's is looked into, and only one that
holds a key of the batch, or one that goes (`Staged.gone`), is rewritten. The rest of the table is not touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suixin.data.catalog.contract import ROW_COLUMN, Contract, WriteMode
from suixin.data.lake import engine, parquet, rewriting, storage
from suixin.data.lake.delta import Change
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.data.lake.writer import Staged


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an upsert changes: files, rows of before that its rows replace, rows that go and have no other in their place."""

    change: Change
    replaced: int = 0
    deleted: int = 0


def change_of(contract: Contract, staged: Staged, base: Snapshot) -> Upserted:
    """What committing the batch on `base` adds, replaces and takes away."""
    if contract.write_mode is not WriteMode.UPSERT or not contract.key or not base.files:
        return Upserted(Change(staged.files))
    replaced = _rows_with_keys(contract, engine.names([file.path for file in staged.files]), base)
    without = _joined(replaced, _rows_with_keys(contract, engine.names(staged.gone), base))
    if not without:
        return Upserted(Change(staged.files))
    survivors = rewriting.without(contract, without, batch_id=staged.batch_id)
    count, total = (sum(len(ids) for ids in rows.values()) for rows in (replaced, without))
    return Upserted(Change((*staged.files, *survivors), tuple(Path(path) for path in without)), count, total - count)


def _joined(some: Mapping[str, rewriting.Ids], more: Mapping[str, rewriting.Ids]) -> dict[str, rewriting.Ids]:
    none = np.empty(0, np.int64)
    return {path: np.union1d(some.get(path, none), more.get(path, none)) for path in dict.fromkeys((*some, *more))}


def _rows_with_keys(contract: Contract, keys: list[str], base: Snapshot) -> dict[str, rewriting.Ids]:
    """Numbers of the rows that hold a key of those files, by file of the table."""
    near = [file for file in base.files if keys and _overlaps(file, keys, contract.stored_key[0])]
    if not near:
        return {}
    same = " AND ".join(f"f.{storage.quoted(name)} = s.{storage.quoted(name)}" for name in contract.stored_key)
    number = storage.quoted(ROW_COLUMN)
    held = rewriting.numbered_sql(f"{', '.join(map(storage.quoted, contract.stored_key))}, {number}", len(near), first=2)
    sql = f"SELECT f.f, f.{number} FROM ({held}) AS f SEMI JOIN read_parquet($1) AS s ON {same}"
    gone: dict[str, list[rewriting.Ids]] = {}
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        for batch in engine.stream(con, sql, [keys, *(file.path for file in near)]):
            rewriting.note_ids(gone, [file.path for file in near], files=batch.column(0), ids=batch.column(1))
    return {path: np.concatenate(ids) for path, ids in gone.items()}


def _overlaps(file: DataFile, keys: Sequence[str], field: str) -> bool:
    """Whether the key ranges may meet; a range that is not known meets every other."""
    mine = [group.ranges.get(field) for group in file.groups]
    others = [group.ranges.get(field) for path in keys for group in parquet.row_groups(path)]
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
