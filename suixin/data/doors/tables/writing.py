"""Rows into a receiver's table, in bulk; those that it refuses are told apart one by one, counted by reason, and remembered.

PostgreSQL   COPY, for changes through a table of the transaction and INSERT ... ON CONFLICT
Others       INSERT of many rows, for changes with the dialect's own upsert
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any  # arrays and values of any type

import orjson
import pyarrow as pa
from sqlalchemy import Connection, Insert, Table, and_, delete, insert, or_
from sqlalchemy.dialects.mysql import insert as mysql_insert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from suixin.data.doors.tables.receivers import REFUSED, Receiver
from suixin.kit import clock

_SMALLEST = 1
_DELETED_AT_ONCE = 500
_REASONS = (
    ("23505", 1062, "与接收表已有的唯一值重复"), ("23502", 1048, "接收表的这一列不许为空"), ("22001", 1406, "值比接收表的列长"),
    ("22003", 1264, "数值超出接收表列的范围"), ("23503", 1452, "接收表的外键找不到对应的行"), ("23514", 4025, "不符合接收表的检查条件"),
)
Row = tuple[object, ...]


@dataclass
class Writer:
    """Writes under one connection in its transaction. `fields` in the order of rows, `key` fields of theirs."""

    receiver: Receiver
    exchange: str
    table: Table
    mapping: Mapping[str, str]
    fields: Sequence[str]
    key: Sequence[str]
    written: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The receiver's columns in the order of rows."""
        return [self.mapping[name] for name in self.fields]

    def write(self, connection: Connection, rows: pa.Table, *, first: int, is_change: bool) -> None:
        """All rows written or refused. `first`: the number of the first of them, by which rows without key are told apart."""
        values = self._values(rows)
        if is_change:
            self._forget_refused(connection, values)
        self._put(connection, values, first, is_change=is_change)

    def delete(self, connection: Connection, rows: pa.Table) -> int:
        """How many of the keys were there and are gone; refused rows of them are forgotten."""
        places = [self.fields.index(name) for name in self.key]
        keys = [tuple(row[place] for place in places) for row in self._values(rows)]
        columns = [self.table.c[self.mapping[name]] for name in self.key]
        gone = 0
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            some = keys[start : start + _DELETED_AT_ONCE]
            condition = columns[0].in_([key[0] for key in some]) if len(columns) == 1 else or_(
                *(and_(*(column == value for column, value in zip(columns, key, strict=True))) for key in some)
            )
            gone += connection.execute(delete(self.table).where(condition)).rowcount
        self._forget(connection, [_fingerprint(key) for key in keys])
        return gone

    def _put(self, connection: Connection, values: Sequence[Row], first: int, *, is_change: bool) -> None:
        """In bulk; where that fails by halves, down to the rows that are refused."""
        if not values:
            return
        saved = connection.begin_nested()
        try:
            self._bulk(is_change)(connection, values)
            saved.commit()
            self.written += len(values)
        except (IntegrityError, DataError) as error:
            saved.rollback()
            if len(values) <= _SMALLEST:
                self._refuse(connection, values[0], first, error)
                if is_change and self.key:
                    self._remove(connection, values[0])
                return
            half = len(values) // 2
            self._put(connection, values[:half], first, is_change=is_change)
            self._put(connection, values[half:], first + half, is_change=is_change)

    def _bulk(self, is_change: bool) -> Callable[[Connection, Sequence[Row]], None]:
        if self.receiver.kind == "postgresql":
            return partial(self._by_copy, is_change=is_change)
        return self._upsert if is_change else self._insert

    def _by_copy(self, connection: Connection, values: Sequence[Row], *, is_change: bool) -> None:
        from suixin.data.doors.tables import postgres  # its driver is an extra

        place = (self.receiver.schema, self.table.name)
        target = postgres.Target(place, self.columns, [self.mapping[name] for name in self.key])
        (postgres.merge if is_change else postgres.copy)(connection, target, values)

    def _insert(self, connection: Connection, values: Sequence[Row]) -> None:
        connection.execute(insert(self.table), [dict(zip(self.columns, row, strict=True)) for row in values])

    def _upsert(self, connection: Connection, values: Sequence[Row]) -> None:
        connection.execute(self._upsert_statement(), [dict(zip(self.columns, row, strict=True)) for row in values])

    def _upsert_statement(self) -> Insert:
        keys = [self.mapping[name] for name in self.key]
        if self.receiver.kind == "mysql":
            made = mysql_insert(self.table)
            return made.on_duplicate_key_update({name: made.inserted[name] for name in self.columns})
        lite = (sqlite_insert if self.receiver.kind == "sqlite" else postgres_insert)(self.table)
        return lite.on_conflict_do_update(index_elements=keys, set_={name: lite.excluded[name] for name in self.columns})

    def _refuse(self, connection: Connection, row: Row, number: int, error: DBAPIError) -> None:
        reason = reason_of(error)
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        self.refused += 1
        places = [self.fields.index(name) for name in self.key]
        print_ = _fingerprint(tuple(row[place] for place in places) if places else (number,))
        table = self.receiver.own(REFUSED)
        connection.execute(delete(table).where(table.c.exchange == self.exchange, table.c.row_print == print_))
        connection.execute(insert(table).values(exchange=self.exchange, row_print=print_, reason=reason))

    def _remove(self, connection: Connection, row: Row) -> None:
        """What was there under the key of a row that is refused now: it is not true any more."""
        same = [self.table.c[self.mapping[name]] == row[self.fields.index(name)] for name in self.key]
        connection.execute(delete(self.table).where(*same))

    def _forget_refused(self, connection: Connection, values: Sequence[Row]) -> None:
        places = [self.fields.index(name) for name in self.key]
        if places:
            self._forget(connection, [_fingerprint(tuple(row[place] for place in places)) for row in values])

    def _forget(self, connection: Connection, prints: Sequence[str]) -> None:
        table = self.receiver.own(REFUSED)
        for start in range(0, len(prints), _DELETED_AT_ONCE):
            some = prints[start : start + _DELETED_AT_ONCE]
            connection.execute(delete(table).where(table.c.exchange == self.exchange, table.c.row_print.in_(some)))

    def _values(self, rows: pa.Table) -> list[Row]:
        columns = [_native(rows.column(name), self.receiver.kind) for name in self.fields]
        return list(zip(*columns, strict=True))


def reason_of(error: DBAPIError) -> str:
    """Why the receiver refused a row: a sentence without the row's values."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    number = error.orig.args[0] if error.orig is not None and error.orig.args else ""
    for code, mysql_number, sentence in _REASONS:
        if state == code or number == mysql_number:
            column = getattr(getattr(error.orig, "diag", None), "column_name", None)
            return f"{sentence}(列 {column})" if column else sentence
    text = str(number)
    if "UNIQUE" in text:
        return _REASONS[0][2]
    if "NOT NULL" in text:
        return _REASONS[1][2]
    if "CHECK" in text:
        return _REASONS[5][2]
    return f"接收库不接受这一行(错误 {state or number})"[:190] if state or isinstance(number, int) else "接收库不接受这一行"


def _fingerprint(key: Row) -> str:
    return hashlib.new("sm3", orjson.dumps([str(one) for one in key])).hexdigest()


def _native(column: "pa.ChunkedArray[Any]", kind: str) -> list[Any]:
    """Values as the receiver's driver takes them."""
    values = column.to_pylist()
    if pa.types.is_timestamp(column.type):
        zoned = [None if one is None else one.astimezone(clock.CHINA) for one in values]
        return zoned if kind == "postgresql" else [None if one is None else _naive(one) for one in zoned]
    if kind == "sqlite" and pa.types.is_decimal(column.type):
        return [None if one is None else format(Decimal(one), "f") for one in values]
    return values


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
