"""A version of a table as its readers need it: which files, how many rows, which ranges; never a scan.

A snapshot is immutable and cached; `snapshot(table)` costs one `stat` when nothing was committed.
Files it names stay readable for the time that `vacuum` spares them (6 h).
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN
from suixin.data.lake import delta, parquet, storage
from suixin.data.lake.errors import translated
from suixin.data.lake.parquet import Range, RowGroup

_KEPT = 512
_cache: OrderedDict[tuple[Path, str, int], "Snapshot"] = OrderedDict()
_latest: dict[tuple[Path, str], int] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file at rest. `ranges`: (min, max) per column; of long texts the bounds are widened prefixes."""

    path: str
    rows: int
    size: int
    ranges: Mapping[str, Range] = field(hash=False)
    nulls: Mapping[str, int] = field(hash=False)

    @property
    def groups(self) -> tuple[RowGroup, ...]:
        """Row groups with exact min/max per column, from the cached footer."""
        return parquet.row_groups(self.path)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version: `rows` is exact; `files` stand in order of arrival (of their lowest row number).

    Within a file the rows of a keyed table lie in key order; key ranges of files may overlap until compaction.
    """

    table: str
    version: int
    files: tuple[DataFile, ...]
    rows: int
    schema: pa.Schema = field(hash=False)

    @property
    def paths(self) -> list[str]:
        """Absolute paths of the data files, for DuckDB's `read_parquet`."""
        return [file.path for file in self.files]

    @property
    def next_row_id(self) -> int:
        """The first row number that no row of this version has."""
        return (
            max((int(str(file.ranges[ROW_COLUMN][1])) for file in self.files if ROW_COLUMN in file.ranges), default=0)
            + 1
        )

    def files_of_batch(self, batch_id: int) -> list[DataFile]:
        """Files that may hold rows of the batch."""
        return [file for file in self.files if _may_hold(file, BATCH_COLUMN, batch_id)]


def snapshot_of(table: str, held: DeltaTable) -> Snapshot:
    """The snapshot of a table that is open already."""
    return snapshot(table, held.version(), held=held)


def snapshot(table: str, version: int | None = None, *, held: DeltaTable | None = None) -> Snapshot:
    """The table at a version (None: the newest). Raises UnknownTable."""
    place = (storage.root(), table)
    if version is None:
        version = delta.latest_version(table, _latest.get(place, 0) if delta.exists(table) else 0)
        _latest[place] = version
    with _lock:
        found = _cache.get((*place, version))
        if found is not None:
            _cache.move_to_end((*place, version))
            return found
    with translated(f"读取数据表“{table}”"):
        made = _load(table, held if held is not None else delta.open_table(table, version))
    with _lock:
        _cache[*place, version] = made
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return made


def forget_snapshots() -> None:
    """Empty the cache, as after the lake's folder was replaced."""
    with _lock:
        _cache.clear()
        _latest.clear()


def _load(table: str, held: DeltaTable) -> Snapshot:
    schema = pa.schema(held.schema().to_arrow())  # type: ignore[arg-type]  # speaks Arrow's C interface
    folder = storage.table_folder(table)
    rows = pa.table(held.get_add_actions(flatten=True)).to_pylist()
    files = [_data_file(folder, row, schema) for row in rows]
    files.sort(key=lambda file: file.path)
    files.sort(key=lambda file: int(str(file.ranges[ROW_COLUMN][0])) if ROW_COLUMN in file.ranges else 0)
    return Snapshot(table, held.version(), tuple(files), sum(file.rows for file in files), schema)


def _data_file(folder: Path, row: Mapping[str, object], schema: pa.Schema) -> DataFile:
    ranges: dict[str, Range] = {}
    for name in schema.names:
        low, high = row.get(f"min.{name}"), row.get(f"max.{name}")
        if low is not None and high is not None:
            ranges[name] = (low, high)  # type: ignore[assignment]  # delta-rs types bounds as the column's own
    nulls = {
        name: int(str(row[f"null_count.{name}"])) for name in schema.names if row.get(f"null_count.{name}") is not None
    }
    return DataFile(
        str(folder / str(row["path"])),
        int(str(row["num_records"])),
        int(str(row["size_bytes"])),
        ranges,
        nulls,
    )


def _may_hold(file: DataFile, column: str, value: int) -> bool:
    bounds = file.ranges.get(column)
    return bounds is None or int(str(bounds[0])) <= value <= int(str(bounds[1]))
