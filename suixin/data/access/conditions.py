"""Filters, groups and output columns as SQL over the shown relation; every value is bound."""

from collections.abc import Sequence
from typing import Protocol

from suixin.data.access.plans import Column
from suixin.data.access.query import Aggregate, Filter, Function, Operator
from suixin.data.access.sqltext import identifier, time_text
from suixin.data.catalog.contract import ItemType

_COMPARISONS = {
    Operator.EXACT: "=", Operator.DIFFERS: "<>", Operator.LESS: "<=", Operator.GREATER: ">=",
    Operator.STRICTLY_LESS: "<", Operator.STRICTLY_GREATER: ">",
}


class Shown(Protocol):
    """A column of the shown relation: its name and type."""

    @property
    def field(self) -> str: ...

    @property
    def type(self) -> ItemType: ...


def output_sql(column: Shown) -> str:
    """SQL of the column as it is answered: instants as ISO text, the rest as it is."""
    name = identifier(column.field)
    return time_text(name) if column.type is ItemType.DATETIME else name


def filter_sql(filters: Sequence[Filter]) -> tuple[str, list[object]]:
    """(condition, parameters) of all filters together; an empty condition when there are none."""
    parts: list[str] = []
    parameters: list[object] = []
    for one in filters:
        parts.append(_one(one))
        parameters += one.values
    return " AND ".join(parts), parameters


def _one(one: Filter) -> str:
    name = identifier(one.column.field)
    match one.operator:
        case Operator.IS_NULL:
            return f"{name} IS NULL"
        case Operator.IS_NOT_NULL:
            return f"{name} IS NOT NULL"
        case Operator.IN:
            return f"{name} IN ({', '.join('?' * len(one.values))})"
        case Operator.NOT_IN:
            return f"{name} NOT IN ({', '.join('?' * len(one.values))})"
        case Operator.CONTAINS:
            return _contains(name, one)
        case Operator.NOT_CONTAINS:
            return f"NOT {_contains(name, one)}"
        case _:
            return f"{name} {_COMPARISONS[one.operator]} ?"


def _contains(name: str, one: Filter) -> str:
    text = str(one.values[0])
    has_case = text.lower() != text or text.upper() != text
    return f"contains(lower({name}), lower(?))" if has_case else f"contains({name}, ?)"


def aggregate_sql(relation: str, groups: Sequence[Column], aggregates: Sequence[Aggregate]) -> str:
    """The relation of groups: the group columns, then the aggregates under their names."""
    names = ", ".join(identifier(column.field) for column in groups)
    counted = "".join(f", {_aggregate(one)} AS {identifier(one.name)}" for one in aggregates)
    return f"SELECT {names}{counted} FROM ({relation}) AS grouped GROUP BY {names}"


def _aggregate(one: Aggregate) -> str:
    name = identifier(one.column.field)
    match one.function:
        case Function.COUNT:
            return f"count({name})"
        case Function.SUM if one.column.type is ItemType.INTEGER:
            return f"CAST(sum({name}) AS DECIMAL(38, 0))"
        case Function.MIN | Function.MAX if one.column.type is ItemType.DATETIME:
            return time_text(f"{one.function.value}({name})")
        case _:
            return f"{one.function.value}({name})"
