"""Parquet files as the lake writes them, and what their footers tell.

Row groups of 64 k rows, zstd level 1, files of at most 2 M rows; a column gets a dictionary where the
first 64 k rows repeat enough, indexed items get a bloom filter, statistics go into every footer and,
summed up, into the Delta log. Of sealed items (bytes) nothing is told but that they are there.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN
from suixin.data.lake import storage

GROUP_ROWS = 65_536
FILE_ROWS = 2_000_000 // GROUP_ROWS * GROUP_ROWS
_SAMPLE_REPEATS = 0.5
_LONGEST_STATISTIC = 64
_EXACT_DIGITS = 15

Scalar: TypeAlias = bool | int | float | str | date | datetime | Decimal
Range: TypeAlias = tuple[Scalar, Scalar]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """One row group: number within its file, first row within its file, rows, and min/max per column that has them."""

    number: int
    first_row: int
    rows: int
    ranges: Mapping[str, Range]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A closed data file with the statistics text that goes into the Delta log."""

    path: Path
    rows: int
    size: int
    stats: str


class FileSeries:
    """Writes row groups into files `<folder>/<prefix><n>.parquet`, beginning a new one when one is full."""

    def __init__(
        self, folder: Path, schema: pa.Schema, *, indexed: Sequence[str] = (), prefix: str = "", is_draft: bool = False
    ) -> None:
        self.folder, self.schema, self.files = folder, schema, list[WrittenFile]()
        self._indexed, self._prefix, self._is_draft = indexed, prefix, is_draft
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._path = folder
        self._rows = 0
        self._dictionary: list[str] | None = None

    def write(self, table: pa.Table) -> None:
        """Add rows as row groups; give multiples of GROUP_ROWS except at the end."""
        if table.num_rows == 0:
            return
        if self._writer is None:
            self._writer = self._opened(table)
        self._writer.write_table(table, row_group_size=GROUP_ROWS)
        self._rows += table.num_rows
        if self._rows >= FILE_ROWS:
            self._end_file()

    def add(self, table: pa.Table) -> None:
        """Add rows in pieces of any size; `close` writes what is left."""
        self._pending.append(table)
        self._pending_rows += table.num_rows
        if self._pending_rows >= GROUP_ROWS:
            self._flush(self._pending_rows // GROUP_ROWS * GROUP_ROWS)

    def close(self) -> None:
        """Finish the open file: complete, on disk, read-only."""
        if self._pending_rows:
            self._flush(self._pending_rows)
        self._end_file()

    def _end_file(self) -> None:
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        writer.close()
        storage.seal_file(self._path)
        self.files.append(described(self._path))
        self._rows = 0

    def _flush(self, rows: int) -> None:
        joined = pa.concat_tables(self._pending)
        rest = joined.slice(rows)
        self._pending, self._pending_rows = ([rest] if rest.num_rows else []), rest.num_rows
        self.write(joined.slice(0, rows))

    def abandon(self) -> None:
        """Drop everything that was written; never fails."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
            self._writer = None
        for path in (*(file.path for file in self.files), self._path):
            if path.is_file():
                path.unlink(missing_ok=True)
        self.files.clear()

    def _opened(self, first: pa.Table) -> pq.ParquetWriter:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._is_draft:
            return self._draft()
        if self._dictionary is None:
            self._dictionary = repetitive(first)
        self._path = self.folder / f"{self._prefix}{len(self.files)}.parquet"
        plain = {ROW_COLUMN: "DELTA_BINARY_PACKED"} if ROW_COLUMN not in self._dictionary else {}
        blooms = {
            name: {"ndv": GROUP_ROWS, "fpp": 0.01} for name in self._indexed if _may_bloom(self.schema.field(name).type)
        }
        return pq.ParquetWriter(
            self._path,
            self.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=self._dictionary,  # type: ignore[arg-type]  # the stub knows no list of columns
            column_encoding={k: v for k, v in plain.items() if k in self.schema.names} or None,
            write_statistics=_told(self.schema),
            bloom_filter_options=blooms or None,
            store_schema=False,
        )

    def _draft(self) -> pq.ParquetWriter:
        """A file that is read once and goes: quick to write, ranges of row groups all the same."""
        self._path = self.folder / f"{self._prefix}{len(self.files)}.parquet"
        return pq.ParquetWriter(
            self._path, self.schema, compression="lz4", use_dictionary=False, write_statistics=_told(self.schema), store_schema=False
        )


def repetitive(table: pa.Table) -> list[str]:
    """Columns of which a dictionary would be worth its cost, judged by the first rows."""
    sample = table.slice(0, GROUP_ROWS)
    worth = max(1, int(sample.num_rows * _SAMPLE_REPEATS))
    return [
        name
        for name in sample.column_names
        if name != ROW_COLUMN
        and not pa.types.is_binary(sample.schema.field(name).type)
        and not pa.types.is_boolean(sample.schema.field(name).type)
        and pc.count_distinct(sample.column(name)).as_py() < worth
    ]


def _told(schema: pa.Schema) -> bool | list[str]:
    """Columns of which statistics are written: all, but for sealed ones."""
    told = [field.name for field in schema if not pa.types.is_binary(field.type)]
    return True if len(told) == len(schema) else told


def _may_bloom(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind))


def described(path: Path) -> WrittenFile:
    """The file at rest with its statistics, from its footer alone."""
    footer = pq.read_metadata(path)
    return WrittenFile(path, footer.num_rows, path.stat().st_size, _stats_text(footer))


@lru_cache(maxsize=4096)
def row_groups(path: str) -> tuple[RowGroup, ...]:
    """Row groups of a data file; cached, since files at rest never change."""
    footer = pq.read_metadata(path)
    first, groups = 0, []
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        groups.append(RowGroup(number, first, group.num_rows, dict(_ranges(group))))
        first += group.num_rows
    return tuple(groups)


def _ranges(group: pq.RowGroupMetaData) -> Iterator[tuple[str, Range]]:
    for number in range(group.num_columns):
        column = group.column(number)
        statistics = column.statistics
        if statistics is not None and statistics.has_min_max:
            yield column.path_in_schema, (_bound(statistics.min), _bound(statistics.max))


def _stats_text(footer: pq.FileMetaData) -> str:
    """Statistics of a whole file in Delta's JSON; a column whose bounds JSON cannot hold exactly has none."""
    low: dict[str, object] = {}
    high: dict[str, object] = {}
    nulls: dict[str, int] = {}
    for number in range(footer.num_columns if footer.num_row_groups else 0):
        columns = [footer.row_group(group).column(number) for group in range(footer.num_row_groups)]
        statistics = [column.statistics for column in columns if column.statistics is not None]
        if len(statistics) < len(columns):
            continue
        name = columns[0].path_in_schema
        nulls[name] = sum(one.null_count or 0 for one in statistics)
        bounded = [one for one in statistics if one.num_values]
        if bounded and all(one.has_min_max for one in bounded):
            # the stub gives bounds as optional: has_min_max says that they are there
            least, most = min(_bound(one.min) for one in bounded), max(_bound(one.max) for one in bounded)
            if (lower := _json_low(least)) is not None and (upper := _json_high(most)) is not None:
                low[name], high[name] = lower, upper
    told = {"numRecords": footer.num_rows, "minValues": low, "maxValues": high, "nullCount": nulls}
    return json.dumps(told, ensure_ascii=False)


def _bound(value: Any) -> Any:  # noqa: ANN401 Any: one column's type, which only its footer knows
    return value


def _json_low(value: Scalar) -> object:
    if isinstance(value, str):
        return value[:_LONGEST_STATISTIC]
    return _instant(value) if isinstance(value, datetime) else _plain(value)


def _json_high(value: Scalar) -> object:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_STATISTIC else value[:_LONGEST_STATISTIC] + "\U0010ffff"
    return _instant(value + timedelta(microseconds=999)) if isinstance(value, datetime) else _plain(value)


def _plain(value: Scalar) -> object:
    if isinstance(value, Decimal):
        number = float(value) if value.as_tuple().exponent else int(value)
        return number if len(value.as_tuple().digits) <= _EXACT_DIGITS else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool):
        return None
    return value.isoformat() if isinstance(value, date) else value


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_system_columns(table: pa.Table, schema: pa.Schema, *, first_id: int, batch_id: int) -> pa.Table:
    """The rows in the table's column order and types, numbered from `first_id` and marked with their batch."""
    columns = [
        table.column(name).cast(schema.field(name).type)
        for name in schema.names
        if name not in (ROW_COLUMN, BATCH_COLUMN)
    ]
    ids = pa.arange(first_id, first_id + table.num_rows)  # type: ignore[attr-defined]  # newer than the stub
    marks = pa.repeat(pa.scalar(batch_id, pa.int64()), table.num_rows)
    return pa.table([*columns, ids, marks], schema=schema)
