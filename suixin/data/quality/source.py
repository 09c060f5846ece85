"""What quality can judge: a table as its reader delivers it, every cell still as it came.

A reader (data/collection/readers) makes one `SourceTable` per table found in a file. Cells of text
formats are strings exactly as written (missing = null); typed formats (Parquet, SQLite, JSON
numbers) may deliver native Arrow types.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that has no place in the table's columns: ragged, undecodable, over the cell limit.

    `row` counts data rows of the table from 1 (broken ones included); `text` is the original.
    """

    row: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """Consecutive rows. `first_row` is the number of the first one; `rows` gives every number when
    broken rows lie between them, else None (then row i is first_row + i)."""

    data: pa.RecordBatch
    first_row: int
    rows: "pa.Array[Any] | None" = None  # Any: int64 scalars; the stubs want a parameter that the class does not take
    broken: tuple[BrokenRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table inside a file.

    `name`      sheet, member or table name; the file's stem when it holds one table
    `columns`   headers, cleaned, unique, never blank, in order
    `batches`   starts a new pass over all rows; flat memory; may be called any number of times
    `format`    csv, tsv, xlsx, xls, json, ndjson, geojson, parquet, sqlite
    `notes`     sentences (zh) on what the reader had to do: encoding, skipped title lines, merged header
    `title`     title found above the header, if any
    `resource_code` of the entry whose template the file is, if it is one
    `rows`      about how many there are, where that is known without reading them all; 0 where it is not
    `constants` values known from the file name or title that hold for every row, e.g. {"数据日期": "2019-02-01"}
    """

    name: str
    columns: tuple[str, ...]
    batches: Callable[[], Iterator[SourceBatch]]
    format: str
    notes: tuple[str, ...] = ()
    title: str = ""
    resource_code: str = ""
    constants: dict[str, str] = field(default_factory=dict)
    rows: int = 0
