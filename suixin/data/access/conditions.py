"""Filters, groups and output columns as SQL over shown values; every value is bound."""

from collections.abc import Callable, Sequence

from suixin.data.access.plans import Column
from suixin.data.access.query import Aggregate, Filter, Function, Operator
from suixin.data.access.sqltext import identifier, time_text
from suixin.data.catalog.contract import ItemType

_COMPARISONS = {
    Operator.EXACT: "=", Operator.DIFFERS: "<>", Operator.LESS: "<=", Operator.GREATER: ">=",
    Operator.STRICTLY_LESS: "<", Operator.STRICTLY_GREATER: ">",
}


Shown = Callable[[Column], str]  # SQL of a column's shown value
Sought = Callable[[Filter], tuple[str, list[object]]]  # SQL of what is compared, and with what


def output_sql(expression: str, kind: ItemType) -> str:
    """SQL of a shown value as it is answered: instants as ISO text, the rest as it is."""
    return time_text(expression) if kind is ItemType.DATETIME else expression


def filter_sql(filters: Sequence[Filter], sought: Sought) -> tuple[str, list[object]]:
    """(conditions to be appended, each with AND before it, parameters) of all filters."""
    parts: list[str] = []
    parameters: list[object] = []
    for one in filters:
        name, values = sought(one)
        parts.append(f" AND {_one(one, name)}")
        parameters += values
    return "".join(parts), parameters


def _one(one: Filter, name: str) -> str:
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


def aggregate_sql(source: str, groups: Sequence[Column], aggregates: Sequence[Aggregate], *, shown: Shown) -> str:
    """The relation of groups over a source: the group columns, then the aggregates under their names."""
    named = ", ".join(f"{shown(column)} AS {identifier(column.field)}" for column in groups)
    counted = "".join(f", {_aggregate(one, shown(one.column))} AS {identifier(one.name)}" for one in aggregates)
    return f"SELECT {named}{counted} {source} GROUP BY {', '.join(str(n + 1) for n in range(len(groups)))}"


def _aggregate(one: Aggregate, name: str) -> str:
    match one.function:
        case Function.COUNT:
            return f"count({name})"
        case Function.SUM if one.column.type is ItemType.INTEGER:
            return f"CAST(sum({name}) AS DECIMAL(38, 0))"
        case Function.MIN | Function.MAX if one.column.type is ItemType.DATETIME:
            return time_text(f"{one.function.value}({name})")
        case _:
            return f"{one.function.value}({name})"
