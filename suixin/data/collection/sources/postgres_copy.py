"""Rows of PostgreSQL by COPY: the server writes CSV and Arrow reads it, no cell passes through Python.

For     readings that bind no value, of columns of which COPY and the cursor tell the same (`is_fit`); the cursor gives all others
Cells   the very texts that `cells.as_text` makes; the server sends one message a row, and as many are read as were sent
Time    the limit is for the wait for each piece, as with a cursor: the whole lasts as long as we take to keep what came
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from threading import Timer
from typing import IO, Any, cast  # values of a row, as the driver gives them

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from pyarrow import csv
from sqlalchemy import Connection, Select, Table, types
from sqlalchemy.exc import DBAPIError

from suixin.data.collection.errors import SourceFault
from suixin.data.collection.sources.base import Reading
from suixin.data.collection.sources.selecting import column_of, names_of

ROWS = 65_536
_BYTES = 32 << 20  # of a piece, whatever the number of its rows
_STEP = 256  # lines held apart: the driver's views of them cost more, the more there are
_LIKE = (types.String, types.Integer, types.Numeric, types.Date, types.DateTime)
_WRITTEN = (types.Boolean, types.Float)  # otherwise than by the cursor: put right afterwards, and no order goes by them


def is_fit(connection: Connection, table: Table, reading: Reading) -> bool:
    """Whether COPY gives the reading, and gives it as the cursor would."""
    if reading.after is not None or reading.not_before is not None or any(reading.range_) or reading.limit:
        return False
    if _driver(connection).info.encoding != "utf-8":
        return False
    held = [column_of(table, name).type for name in reading.columns]
    ordered = [column_of(table, name).type for name in reading.order]
    return all(_is_like(kind) or isinstance(kind, _WRITTEN) for kind in held) and all(_is_like(kind) for kind in ordered)


def rows_of(
    connection: Connection, table: Table, statement: "Select[*tuple[Any, ...]]", *, reading: Reading, seconds: int
) -> Iterator[pa.RecordBatch]:
    """Columns `selecting.names_of`, piece by piece. Raises DBAPIError, SourceFault."""
    names = names_of(reading)
    kinds = {name: kind for name in names if isinstance(kind := column_of(table, name).type, _WRITTEN)}
    driver, rows = _driver(connection), min(ROWS, reading.piece_rows)
    written = statement.compile(dialect=connection.dialect).string.replace("%%", "%")  # it binds nothing, so nobody else undoubles them
    query = sql.SQL("COPY ({}) TO STDOUT WITH (FORMAT csv)").format(sql.SQL(written))  # SQLAlchemy quoted it
    try:
        with driver.cursor() as cursor, ExitStack() as opened:
            cursor.execute("SET LOCAL statement_timeout = 0")
            with _limited(driver, seconds):
                coming = iter(opened.enter_context(cursor.copy(query)))
            while (piece := _next(coming, driver, rows=rows, seconds=seconds))[1]:
                yield _batch(*piece, names, kinds)
    except psycopg.Error as error:
        if driver.closed:  # nothing is left to be rolled back
            connection.invalidate()
        raise DBAPIError("COPY", None, error) from error


def _is_like(kind: types.TypeEngine[Any]) -> bool:
    return isinstance(kind, _LIKE) and not isinstance(kind, types.Float) and not getattr(kind, "timezone", False)


def _driver(connection: Connection) -> "psycopg.Connection[Any]":
    driver: Any = connection.connection.dbapi_connection  # SQLAlchemy knows no driver's class
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 for the type checker: the dialect's own
    return driver


def _next(coming: Iterator[Any], driver: "psycopg.Connection[Any]", *, rows: int, seconds: int) -> tuple[bytearray, int]:
    """The lines of the next piece and how many they are; none at the end."""
    block, count = bytearray(), 0
    with _limited(driver, seconds):
        while count < rows and len(block) < _BYTES:
            lines = list(islice(coming, min(_STEP, rows - count)))
            if not lines:
                break
            block += b"".join(lines)
            count += len(lines)
    return block, count


@contextmanager
def _limited(driver: "psycopg.Connection[Any]", seconds: int) -> Iterator[None]:
    """The statement is cancelled when the block takes longer."""

    def cut_off() -> None:
        with suppress(psycopg.Error):
            driver.cancel()

    timer = Timer(seconds, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _batch(lines: bytearray, count: int, names: Sequence[str], kinds: Mapping[str, types.TypeEngine[Any]]) -> pa.RecordBatch:
    heads = [f"c{number}" for number in range(len(names))]
    lines[:0] = ",".join(heads).encode() + b"\n"  # else a mark at the very start of a text would be taken for that of a file
    try:
        table = csv.read_csv(
            cast("IO[bytes]", pa.BufferReader(pa.py_buffer(lines))),  # the stub knows no files of Arrow
            read_options=csv.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(heads, pa.string()), strings_can_be_null=True, null_values=[""],
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceFault("来源库给出的行读不成表;已入库的部分保留,请联系平台运维查看日志。") from error
    if table.num_rows != count:
        raise SourceFault(f"来源库给出 {count:,} 行,读出 {table.num_rows:,} 行,没有接收;请联系平台运维。")
    columns = [_texts(column, kinds.get(name)) for name, column in zip(names, table.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=list(names))


def _texts(column: "pa.ChunkedArray[Any]", kind: types.TypeEngine[Any] | None) -> "pa.Array[Any]":
    """The cells, booleans and floats in the writing of `cells.as_text`."""
    whole: pa.Array[Any] = pa.concat_arrays(column.chunks)
    match kind:
        case types.Boolean():
            words: pa.Array[Any] = pc.if_else(pc.equal(whole, pa.scalar("t")), pa.scalar("true"), pa.scalar("false"))
            return words
        case types.Float():
            return pa.array([None if cell is None else repr(float(cell)) for cell in whole.to_pylist()], pa.string())
        case _:
            return whole
