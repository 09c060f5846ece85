"""What must not be told any more, taken out of a table's past: items sealed since, and bounds of files whose rows ended.

Files    data files that only older versions name, and change data, are removed at once: readers of those versions, at most six hours
         old, get an error once instead of what must not be read any more
Log      least and greatest values of sealed items leave the statistics of every commit; checkpoints repeat them, so
         they are removed and made anew. Counts, names of files and facts of batches stay
Again    does nothing when there is nothing to take out
"""

import os
from collections.abc import Callable, Collection
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from suixin.data.catalog.contract import Contract
from suixin.data.lake import delta, storage
from suixin.data.lake.snapshots import forget_snapshots, snapshot


def forget_cleared(contract: Contract) -> None:
    """Nothing of the contract's sealed items in the clear is left in files or log. Hold the table."""
    fields = {item.field for item in contract.sealed}
    folder = storage.table_folder(contract.table)
    for path in _only_in_the_past(contract.table):
        if _is_clear(path, fields):  # asked of the file: of some items (true or false, long numbers) the log tells no bounds
            path.unlink(missing_ok=True)
    if _scrub_log(contract.table, lambda _, field: field in fields):
        forget_snapshots()
        DeltaTable(folder).create_checkpoint()


def keep_bounds(table: str, held: Collection[str], *, always: Collection[str]) -> bool:
    """Whether bounds left the log: of files that are not among `held` only those of the columns `always` stay.

    Checkpoints are gone then, and to be made anew. Hold the table.
    """
    return _scrub_log(table, lambda path, field: path not in held and field not in always)


def _scrub_log(table: str, must_go: Callable[[str, str], bool]) -> bool:
    """Whether any commit told a bound that must go, asked by file and column; none does any more, and checkpoints are gone."""
    folder = storage.table_folder(table) / "_delta_log"
    told = [path for path in sorted(folder.glob("*.json")) if any(_going(action, must_go) for action in _actions(path))]
    if told:
        for path in folder.glob("*checkpoint*"):
            path.unlink(missing_ok=True)
        for path in told:
            _scrub(path, must_go)
    return bool(told)


def _only_in_the_past(table: str) -> list[Path]:
    folder, held = storage.table_folder(table), {Path(path) for path in snapshot(table).paths}
    named = {folder / name for entry in delta.log_entries(table) for name in (*entry.added, *entry.told)}
    return sorted(path for path in named - held if path.exists())


def _is_clear(path: Path, fields: set[str]) -> bool:
    schema = pq.read_schema(path)
    return any(field.name in fields and not pa.types.is_binary(field.type) for field in schema)


def _actions(path: Path) -> list[dict[str, dict[str, object]]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _going(action: dict[str, dict[str, object]], must_go: Callable[[str, str], bool]) -> set[str]:
    """Columns of an added file whose bounds must go."""
    added = action.get("add", {})
    told = orjson.loads(str(added["stats"])) if added.get("stats") else {}
    names = {*told.get("minValues", {}), *told.get("maxValues", {})}
    return {name for name in names if must_go(str(added["path"]), name)}


def _scrub(path: Path, must_go: Callable[[str, str], bool]) -> None:
    lines = []
    for action in _actions(path):
        if going := _going(action, must_go):
            told = orjson.loads(str(action["add"]["stats"]))
            for name in ("minValues", "maxValues"):
                told[name] = {field: value for field, value in told.get(name, {}).items() if field not in going}
            action["add"]["stats"] = orjson.dumps(told).decode()
        lines.append(orjson.dumps(action))
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(b"\n".join(lines) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    storage.sync_folder(path.parent)
