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


def aggregate_sql(
    source: str, groups: Sequence[Column], aggregates: Sequence[Aggregate], *, shown: Shown, least: int = 0
) -> str:
    """The relation of groups over a source: the group columns, then the aggregates under their names.

    With `least`, groups of fewer rows are left out; when that is one group only, the next smallest goes with it, so that
    nobody subtracts what is shown from the total; and what is computed of fewer values than that is null.
    """
    named = [f"{shown(column)} AS {identifier(column.field)}" for column in groups]
    named += [f"{_aggregate(one, shown(one.column), least)} AS {identifier(one.name)}" for one in aggregates]
    grouping = f" GROUP BY {', '.join(str(n + 1) for n in range(len(groups)))}" if groups else ""
    if least <= 1:
        return f"SELECT {', '.join(named)} {source}{grouping}"
    counted = f"SELECT {', '.join(named)}, count(*) AS {_SIZE} {source}{grouping}"
    order = ", ".join([_SIZE, *(identifier(column.field) for column in groups)])
    ranked = (
        f"SELECT *, count(*) FILTER ({_SIZE} < {int(least)}) OVER () AS __small, "
        f"row_number() OVER (PARTITION BY {_SIZE} < {int(least)} ORDER BY {order}) AS __rank FROM ({counted}) AS counted"
    )
    return (
        f"SELECT * EXCLUDE ({_SIZE}, __small, __rank) FROM ({ranked}) AS ranked "
        f"WHERE {_SIZE} >= {int(least)} AND NOT (__small = 1 AND __rank = 1)"
    )


_SIZE = "__size"


def _aggregate(one: Aggregate, name: str, least: int) -> str:
    computed = _computed(one, name)
    return computed if least <= 1 else f"CASE WHEN count({name}) = 0 OR count({name}) >= {int(least)} THEN {computed} END"


def _computed(one: Aggregate, name: str) -> str:
    match one.function:
        case Function.COUNT:
            return f"count({name})"
        case Function.SUM if one.column.type is ItemType.INTEGER:
            return f"CAST(sum({name}) AS DECIMAL(38, 0))"
        case Function.MIN | Function.MAX if one.column.type is ItemType.DATETIME:
            return time_text(f"{one.function.value}({name})")
        case _:
            return f"{one.function.value}({name})"
