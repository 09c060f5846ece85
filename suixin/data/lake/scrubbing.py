"""What stood in the clear before an item was sealed, taken out of a table's past.

Files    data files that only older versions name are removed at once: readers of those versions, at most six hours
         old, get an error once instead of what must not be read any more
Log      least and greatest values of sealed items leave the statistics of every commit; checkpoints repeat them, so
         they are removed and made anew. Counts, names of files and facts of batches stay
Again    does nothing when there is nothing to take out
"""

import os
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
    cleared = [path for path in sorted((folder / "_delta_log").glob("*.json")) if _told(path, fields)]
    if not cleared:
        return
    for path in (folder / "_delta_log").glob("*checkpoint*"):
        path.unlink(missing_ok=True)
    for path in cleared:
        _scrub(path, fields)
    forget_snapshots()
    DeltaTable(folder).create_checkpoint()


def _only_in_the_past(table: str) -> list[Path]:
    folder, held = storage.table_folder(table), {Path(path) for path in snapshot(table).paths}
    named = {folder / name for entry in delta.log_entries(table) for name in entry.added}
    return sorted(path for path in named - held if path.exists())


def _is_clear(path: Path, fields: set[str]) -> bool:
    schema = pq.read_schema(path)
    return any(field.name in fields and not pa.types.is_binary(field.type) for field in schema)


def _told(path: Path, fields: set[str]) -> bool:
    return any(bounds.keys() & fields for action in _actions(path) for bounds in _bounds(action))


def _actions(path: Path) -> list[dict[str, dict[str, object]]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def _bounds(action: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    stats = action.get("add", {}).get("stats")
    told = orjson.loads(str(stats)) if stats else {}
    return [told.get("minValues", {}), told.get("maxValues", {})]


def _scrub(path: Path, fields: set[str]) -> None:
    lines = []
    for action in _actions(path):
        stats = action.get("add", {}).get("stats")
        if stats:
            told = orjson.loads(str(stats))
            for name in ("minValues", "maxValues"):
                told[name] = {field: value for field, value in told.get(name, {}).items() if field not in fields}
            action["add"]["stats"] = orjson.dumps(told).decode()
        lines.append(orjson.dumps(action))
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(b"\n".join(lines) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    storage.sync_folder(path.parent)

