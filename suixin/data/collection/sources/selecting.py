"""The one query of a reading: columns, order, where it starts, all bound values; identifiers quoted by the dialect.

    ORDER BY cursor, key...      rows of one cursor value are told apart by the key
    after                        (cursor, key...) > place, spelt out with AND and OR, which every database understands
    not_before                   cursor >= value: an overlap that is read again
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any  # values of a row, as the driver gives them

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select, type_coerce
from sqlalchemy import func as sql
from sqlalchemy.types import NullType

from suixin.data.collection.errors import TableGone, WrongSource
from suixin.data.collection.sources import places
from suixin.data.collection.sources.base import Reading

Condition = ColumnElement[bool]


def reading_of(table: Table, reading: Reading) -> Select[*tuple[Any, ...]]:
    """The rows of the reading, in its order: columns `names_of`."""
    columns = [column_of(table, name) for name in names_of(reading)]
    ordered = [column_of(table, name) for name in reading.order]
    # as the driver gives them: what SQLAlchemy would make of a value is nothing that an archive should hold
    raw = [type_coerce(column, NullType()).label(f"c{number}") for number, column in enumerate(columns)]
    statement = select(*raw).where(*conditions(table, reading)).order_by(*ordered)
    return statement.limit(reading.limit) if reading.limit else statement


def names_of(reading: Reading) -> tuple[str, ...]:
    """What is selected: the columns that are taken, then those of the order that are not among them."""
    return tuple(dict.fromkeys((*reading.columns, *reading.order)))


def counting_of(table: Table, reading: Reading) -> Select[int]:
    """How many rows the reading has."""
    return select(sql.count()).select_from(table).where(*conditions(table, reading))


def without_cursor(table: Table, reading: Reading) -> Select[int]:
    """How many rows no reading by this cursor will ever give."""
    return select(sql.count()).select_from(table).where(column_of(table, reading.cursor).is_(None))


def conditions(table: Table, reading: Reading) -> list[Condition]:
    """What rows must fulfil."""
    found: list[Condition] = []
    ordered = [column_of(table, name) for name in reading.order]
    if reading.cursor:
        cursor = column_of(table, reading.cursor)
        found.append(cursor.is_not(None))
        first, last = reading.range_
        found += [cursor >= _typed(cursor, first, reading.cursor)] if first else []
        found += [cursor < _typed(cursor, last, reading.cursor)] if last else []
        if reading.after is None and reading.not_before is not None:
            found.append(cursor >= places.value_of(reading.not_before))
    if reading.after is not None:
        found.append(beyond(ordered, places.values_of(reading.after)))
    return found


def beyond(columns: Sequence[ColumnElement[object]], values: Sequence[object]) -> Condition:
    """(columns) > (values), so that an index on the first column can be used."""
    steps = [
        and_(*(column == value for column, value in zip(columns[:depth], values[:depth], strict=True)), columns[depth] > values[depth])
        for depth in range(len(columns))
    ]
    return and_(columns[0] >= values[0], or_(*steps))


def column_of(table: Table, name: str) -> ColumnElement[object]:
    """The table's column. Raises TableGone."""
    found = table.columns.get(name)
    if found is None:
        raise TableGone(f"来源表“{table.name}”里没有列“{name}”;请与来源单位核对,或重新设置这个采集任务的列。")
    return found


def _typed(column: ColumnElement[object], text: str, name: str) -> object:
    """The typed bound of a range, as its column has it. Raises WrongSource."""
    try:
        kind: type = column.type.python_type
    except NotImplementedError:
        kind = str
    try:
        return _read(kind, text.strip())
    except (ValueError, InvalidOperation) as error:
        raise WrongSource(
            f"补采范围“{text[:40]}”读不成列“{name}”的值;日期写作 2026-01-31,时间写作 2026-01-31 08:00,编号写数字。"
        ) from error


def _read(kind: type, text: str) -> object:
    if issubclass(kind, datetime):
        return datetime.fromisoformat(text)
    if issubclass(kind, date):
        return date.fromisoformat(text)
    if issubclass(kind, int):
        return int(text)
    if issubclass(kind, (float, Decimal)):
        return Decimal(text)
    return text
