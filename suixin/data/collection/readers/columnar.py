"""Typed formats: Parquet streamed by row group in its own types, SQLite table by table as text."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from suixin.data.collection.readers.cells import as_text
from suixin.data.collection.readers.errors import ReaderError, UnreadableFile
from suixin.data.collection.readers.limits import BATCH_ROWS, MAX_COLUMNS
from suixin.data.collection.readers.scratch import text_schema
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.kit.names import unique

_NOT_OURS = ("sqlite_", "gpkg_", "rtree_")


def open_parquet(path: Path, *, name: str) -> SourceTable:
    """The table of a Parquet file. Types stay as they are stored, nested ones too."""
    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    if len(schema) > MAX_COLUMNS or not len(schema):
        raise UnreadableFile(name, f"有 {len(schema)} 列，应在 1 到 {MAX_COLUMNS} 列之间。", file_format="parquet")
    columns = tuple(unique(schema.names))

    def batches() -> Iterator[SourceBatch]:
        first = 1
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                plain = pa.RecordBatch.from_arrays(batch.columns, names=list(columns))
                yield SourceBatch(plain, first)
                first += plain.num_rows

    return SourceTable(name=name, columns=columns, batches=batches, format="parquet", notes=(f"Parquet 文件，{rows} 行。",), rows=rows)


def open_sqlite(path: Path, *, name: str, label: str) -> tuple[list[SourceTable], list[tuple[str, ReaderError]]]:
    """Every table of an SQLite file; one without columns is refused by name."""
    with closing(_connect(path)) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
        names = [str(row[0]) for row in found if not str(row[0]).startswith(_NOT_OURS)]
        columns = {table: unique(_columns(connection, table)) for table in names}
    tables: list[SourceTable] = []
    refused: list[tuple[str, ReaderError]] = []
    for table in names:
        if not 0 < len(columns[table]) <= MAX_COLUMNS:
            refused.append((table, UnreadableFile(table, f"表有 {len(columns[table])} 列，无法采集。", file_format="sqlite")))
            continue
        tables.append(_sqlite_table(path, table, tuple(columns[table]), label if len(names) == 1 else table))
    if not names:
        refused.append((label, UnreadableFile(name, "数据库里没有表。", file_format="sqlite")))
    return tables, refused


def _sqlite_table(path: Path, table: str, columns: tuple[str, ...], shown: str) -> SourceTable:
    schema = text_schema(columns)

    def batches() -> Iterator[SourceBatch]:
        first = 1
        with closing(_connect(path)) as connection:
            cursor = connection.execute(f"SELECT * FROM {_quoted(table)}")
            while rows := cursor.fetchmany(BATCH_ROWS // 4):
                arrays = [pa.array([_cell(value) for value in column], pa.string()) for column in zip(*rows, strict=True)]
                yield SourceBatch(pa.RecordBatch.from_arrays(arrays, schema=schema), first)
                first += len(rows)

    return SourceTable(name=shown, columns=columns, batches=batches, format="sqlite", notes=(f"SQLite 数据库的表 {table}。",))


def _cell(value: object) -> str | None:
    return value if isinstance(value, str) else as_text(value)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda raw: as_text(raw) or ""
    return connection


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")]


def _quoted(name: str) -> str:
    """The identifier quoted; SQLite takes no bound identifiers."""
    return '"' + name.replace('"', '""') + '"'
