"""Rows in the order and types of a receipt: out of a file that somebody holds, or out of the lake.

CSV      UTF-8, headers are fields or names of items, an empty cell is null; dates and times as ISO 8601, without a zone China's
Parquet  columns by field or name; a data file of the lake itself will do, sealed items by their blind indexes
Order    of the key where there is one, whatever the order of the file; else the file's own
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any  # arrays of any element type

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN
from suixin.data.lake import canonical, engine, storage
from suixin.data.lake.canonical import SEALED, Column
from suixin.data.lake.errors import NoReceipt, UnreadableRows
from suixin.data.lake.receipt_form import columns_of, listed, part


def rows_of_file(path: Path, statement: Mapping[str, object]) -> pa.Table:
    """The rows of a file as the receipt's chunks hold them. Raises UnreadableRows."""
    columns = columns_of(statement)
    try:
        raw = _read(path)
    except (OSError, pa.ArrowException) as error:
        raise UnreadableRows(f"行文件 {path.name} 读不出来:{error}。请给出 UTF-8 的 CSV(首行为列名)或 Parquet 文件。") from error
    if BATCH_COLUMN in raw.column_names:
        number = int(part(statement, "batch")["id"])
        raw = raw.filter(pc.equal(raw.column(BATCH_COLUMN), pa.scalar(number, pa.int64())))
    held = [_column(raw, column, path.name) for column in columns]
    rows = pa.table(held, names=[column.stored_field for column in columns])
    return in_order(rows, columns, statement)


def rows_of_batch(paths: Sequence[str], batch_id: int, statement: Mapping[str, object]) -> pa.Table:
    """The rows that a batch brought, out of data files of a version. Raises NoReceipt when its files are gone."""
    columns = columns_of(statement)
    if not all(Path(path).exists() for path in paths):
        raise NoReceipt("这个版本的数据文件已清理,不能再从数据湖取出该批次的行;请用 --rows 给出该批次的行文件。")
    chosen = ", ".join(storage.quoted(column.stored_field) for column in columns)
    marked = f"SELECT {chosen} FROM read_parquet($1) WHERE {storage.quoted(BATCH_COLUMN)} = $2 ORDER BY {storage.quoted(ROW_COLUMN)}"
    schema = pa.schema([pa.field(column.stored_field, column.arrow_type) for column in columns])
    try:
        with storage.scratch() as scratch, engine.connection(scratch) as con:
            found = engine.stream(con, marked, [engine.names(list(paths)), batch_id])
            pieces = [pa.Table.from_batches([one]).cast(schema) for one in found] if paths else []
    except (duckdb.Error, pa.ArrowException) as error:
        raise NoReceipt("数据表的列在该批次之后改过(例如信息项改为加密),不能再从数据湖证明;请用 --rows 给出行文件。") from error
    return in_order(pa.concat_tables(pieces) if pieces else schema.empty_table(), columns, statement)


def in_order(rows: pa.Table, columns: Sequence[Column], statement: Mapping[str, object]) -> pa.Table:
    """The rows in the order of the key, when the receipt names one."""
    key = stored_key(columns, statement)
    if not key or not rows.num_rows:
        return rows
    return rows.take(pc.sort_indices(rows, sort_keys=[(field, "ascending") for field in key]))


def stored_key(columns: Sequence[Column], statement: Mapping[str, object]) -> list[str]:
    """The columns that order the rows."""
    wanted = listed(statement, "key")
    return [column.stored_field for column in columns if column.field in wanted]


def _read(path: Path) -> pa.Table:
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return pq.read_table(path)
    options = pc_csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
    parsing = pc_csv.ParseOptions(newlines_in_values=True)
    with pc_csv.open_csv(path, parse_options=parsing) as head:
        names = head.schema.names
    options.column_types = {name: pa.string() for name in names}
    return pc_csv.read_csv(path, parse_options=parsing, convert_options=options)


def _column(raw: pa.Table, column: Column, file: str) -> "pa.ChunkedArray[Any]":
    names = [column.stored_field] if column.kind == SEALED else [column.field, column.name]
    found = next((name for name in names if name in raw.column_names), None)
    if found is None:
        told = (
            f"加密项“{column.name}”按盲索引核对,行文件须含列 {column.stored_field}(数据湖的数据文件里有)"
            if column.kind == SEALED else f"缺少列“{column.name}”({column.field})"
        )
        raise UnreadableRows(f"行文件 {file} {told},不能核对;请补上后再核验。", field=column.field)
    values = raw.column(found)
    try:
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            read = canonical.from_texts(column, values.cast(pa.string()))
            return read if isinstance(read, pa.ChunkedArray) else pa.chunked_array([read])
        return values.cast(column.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnreadableRows(
            f"行文件 {file} 的列“{column.name}”里有不是 {column.kind} 的值:{str(error)[:200]};与回执的列不符。", field=column.field
        ) from error
