"""Rows taken out of a table: out of the newest version, out of what is left of older ones, out of the log's bounds.

Newest    files that hold such rows are written anew without them, in one commit that changes nothing else; readers of the
          change feed see no change, so that what must end is not told once more. The commit remembers counts by batch
Older     data files and change data that hold such rows are removed at once; versions that named them can no longer be
          read, as after `vacuum`
Log       least and greatest values of all files that are not in the newest version leave the commits; checkpoints, which
          repeat them, are made anew. Names of files, counts, facts of batches and `__id`, `__batch` stay
Again     every step does what is left of it; killed anywhere, the next run comes to the same end
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
from deltalake import DeltaTable

from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN, Contract
from suixin.data.lake import delta, engine, parquet, storage
from suixin.data.lake.errors import translated
from suixin.data.lake.index_build import build_index, current_version, index_file
from suixin.data.lake.lease import hold_table, renew
from suixin.data.lake.parquet import WrittenFile
from suixin.data.lake.purging.selecting import Selection, condition
from suixin.data.lake.repair import repair_table
from suixin.data.lake.scrubbing import keep_bounds
from suixin.data.lake.snapshots import Snapshot, forget_snapshots, snapshot
from suixin.data.lake.writer import new_folder, write_query
from suixin.kit import crash

FACT = "purged"
CHANGES = "_change_data"
Tell = Callable[["Found"], None]


@dataclass(frozen=True, slots=True)
class Found:
    """Where such rows are now: files of the newest version, files of older ones and change data; different rows by batch."""

    current: tuple[Path, ...] = ()
    past: tuple[Path, ...] = ()
    rows: Mapping[int, int] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.current, *self.past)


def find_rows(contract: Contract, selection: Selection) -> Found:
    """Such rows, wherever the table's folder still holds them."""
    if not delta.exists(contract.table):
        return Found()
    held = snapshot(contract.table)
    current = _holding(contract, selection, [Path(path) for path in held.paths])
    past = _holding(contract, selection, _past_files(contract.table, held))
    return Found(tuple(current), tuple(past), _by_batch(contract, selection, [*current, *past]))


def purge_rows(contract: Contract, selection: Selection, *, destruction: str, tell: Tell) -> None:
    """No such row is left in the table's folder. `tell` hears what was found before anything is done. Raises TableBusy, DiskFull."""
    table = contract.table
    if not delta.exists(table):
        return
    with translated(f"销毁数据表“{table}”的行"):
        repair_table(table)  # what a killed writer left is named by nobody, and may hold such rows
        with hold_table(table):
            found = find_rows(contract, selection)
            tell(found)
            crash.point("purge_found")
            _rewrite(contract, selection, found, destruction)
            crash.point("purge_committed")
            for path in _holding(contract, selection, _past_files(table, snapshot(table))):
                path.unlink(missing_ok=True)
                _drop_empty(path.parent, table)
            crash.point("purge_past_removed")
            _forget_bounds(table)
        _rebuild_index(contract)


def purged_rows(table: str, destruction: str) -> Counter[int]:
    """Rows by batch that commits of that destruction took out of the newest version."""
    counted: Counter[int] = Counter()
    for entry in delta.log_entries(table) if delta.exists(table) else ():
        told = entry.facts.get(FACT)
        if isinstance(told, dict) and told.get("destruction") == destruction:
            counted.update({int(batch): int(rows) for batch, rows in told["batches"].items()})
    return counted


def _rewrite(contract: Contract, selection: Selection, found: Found, destruction: str) -> None:
    if not found.current:
        return
    base = delta.open_table(contract.table)
    folder = new_folder(contract.table, f"p{base.version()}")
    files: list[WrittenFile] = []
    try:
        for number, path in enumerate(found.current):
            renew(contract.table)
            files += _survivors(contract, selection, path, folder, prefix=f"{number}-")
        if files:
            storage.sync_folder(folder)
            storage.sync_folder(folder.parent)
        crash.point("purge_written")
        gone = _by_batch(contract, selection, found.current)
        facts = {FACT: {"destruction": destruction, "batches": {str(batch): rows for batch, rows in gone.items()}}}
        delta.commit(base, contract.table, delta.Change(files, found.current, is_rearrangement=True), facts=facts)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _survivors(contract: Contract, selection: Selection, path: Path, folder: Path, *, prefix: str) -> list[WrittenFile]:
    columns = ", ".join(storage.quoted(name) for name in contract.schema.names)
    order = ", ".join(storage.quoted(name) for name in (*contract.stored_key, ROW_COLUMN))
    where, params = condition(contract, selection, pq.read_schema(path))
    sql = f"SELECT {columns} FROM read_parquet(?) WHERE ({where}) IS NOT TRUE ORDER BY {order}"
    return write_query(contract, sql, [[str(path)], *params], folder=folder, prefix=prefix)


def _holding(contract: Contract, selection: Selection, paths: Iterable[Path]) -> list[Path]:
    """Those of the files that hold such rows."""
    found = []
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        for path in paths:
            where, params = condition(contract, selection, pq.read_schema(path))
            if where != "false" and con.execute(
                f"SELECT 1 FROM read_parquet(?) WHERE {where} LIMIT 1", [[str(path)], *params]
            ).fetchone():
                found.append(path)
    return found


def _by_batch(contract: Contract, selection: Selection, paths: Iterable[Path]) -> dict[int, int]:
    """Different rows in the files, by the batch that brought them; change data repeats rows and counts none of its own."""
    parts, params = [], list[object]()
    for path in paths:
        if CHANGES not in path.parts:
            where, given = condition(contract, selection, pq.read_schema(path))
            parts.append(f"SELECT {BATCH_COLUMN} AS b, {ROW_COLUMN} AS r FROM read_parquet(?) WHERE {where}")
            params += [[str(path)], *given]
    if not parts:
        return {}
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        sql = f"SELECT b, count(DISTINCT r) FROM ({' UNION ALL '.join(parts)}) GROUP BY b ORDER BY b"
        return {int(batch): int(rows) for batch, rows in con.execute(sql, params).fetchall()}


def _past_files(table: str, held: Snapshot) -> list[Path]:
    """Data files that the newest version does not name, and change data."""
    folder, current = storage.table_folder(table), {Path(path) for path in held.paths}
    return sorted(
        path for path in folder.rglob("*.parquet")
        if path not in current and "_delta_log" not in path.relative_to(folder).parts
    )


def _forget_bounds(table: str) -> None:
    """No bound of a file that is not in the newest version is told any more."""
    folder = storage.table_folder(table)
    forget_snapshots()
    held = {Path(path).relative_to(folder).as_posix() for path in snapshot(table).paths}
    if keep_bounds(table, held, always={ROW_COLUMN, BATCH_COLUMN}):
        forget_snapshots()
        parquet.row_groups.cache_clear()
        DeltaTable(folder).create_checkpoint()


def _rebuild_index(contract: Contract) -> None:
    """The key index made anew of the newest version; older ones, and their pages, go."""
    before = current_version(contract.table)
    if before is None:
        return
    held = snapshot(contract.table)
    if held.files:
        build_index(contract, held)
    kept = current_version(contract.table)
    for path in storage.index_folder(contract.table).glob("*.sqlite"):
        if not held.files or kept is None or path != index_file(contract.table, kept):
            path.unlink(missing_ok=True)
    if not held.files:
        (storage.index_folder(contract.table) / "current").unlink(missing_ok=True)


def _drop_empty(folder: Path, table: str) -> None:
    if folder != storage.table_folder(table) and not any(folder.iterdir()):
        folder.rmdir()
