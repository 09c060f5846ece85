"""What a reader asks of rows: filters, order, columns, groups, page; parsed from parameters, or refused by name.

Dialect   reference/interfaces.md section 4: `col__exact=`, `__differs`, `__contains` (any case), `__notcontains`,
          `__in`, `__notin` (commas; "a,b" in quotes is one value), `__less` (≤), `__greater` (≥),
          `__strictly_less`, `__strictly_greater`, `__isnull`, `__isnotnull`, `__sort=asc|desc`,
          `__groupby`, `__count`, `__avg`, `__min`, `__max`, `__sum`; `columns=a,b`, `page_size=`, `after=`
Also      `groupby=col&agg=count` as a short form of `col__groupby&col__count`
Meaning   a column stands for its shown (masked) value; null matches only isnull; Chinese names are aliases
Errors    UnknownParameter, UnknownColumn, ColumnOutsideGrant, WrongValue
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from suixin.data.access.errors import UnknownParameter, WrongValue
from suixin.data.access.plans import Column, Plan
from suixin.data.access.values import NUMERIC, TEXTUAL, describe, parse
from suixin.data.catalog.contract import ItemType

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 1000
MAX_FILTERS = 50
MAX_LIST_VALUES = 1000
MAX_VALUE_CHARACTERS = 4000


class Operator(StrEnum):
    """Comparisons of one column."""

    EXACT = "exact"
    DIFFERS = "differs"
    CONTAINS = "contains"
    NOT_CONTAINS = "notcontains"
    IN = "in"
    NOT_IN = "notin"
    LESS = "less"
    GREATER = "greater"
    STRICTLY_LESS = "strictly_less"
    STRICTLY_GREATER = "strictly_greater"
    IS_NULL = "isnull"
    IS_NOT_NULL = "isnotnull"


class Function(StrEnum):
    """Aggregates over the rows of a group."""

    COUNT = "count"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"


_OPERATORS = frozenset(operator.value for operator in Operator)
_FUNCTIONS = frozenset(function.value for function in Function)
_VALUELESS = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})
_LISTS = frozenset({Operator.IN, Operator.NOT_IN})
_TEXT_ONLY = frozenset({Operator.CONTAINS, Operator.NOT_CONTAINS})
_SOUGHT = frozenset({Operator.EXACT, Operator.IN, *_VALUELESS})
_ORDERED = frozenset({Operator.LESS, Operator.GREATER, Operator.STRICTLY_LESS, Operator.STRICTLY_GREATER})


@dataclass(frozen=True, slots=True)
class Filter:
    """One comparison; `values` are typed as the shown column."""

    column: Column
    operator: Operator
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """One column of the order; nulls come last either way."""

    column: Column
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate, answered under `name`."""

    column: Column
    function: Function

    @property
    def name(self) -> str:
        """`field__function`."""
        return f"{self.column.field}__{self.function.value}"


@dataclass(frozen=True, slots=True)
class RowsQuery:
    """A page of rows, or of groups when `group_by` is given. Empty `columns` means all of the plan."""

    columns: tuple[Column, ...] = ()
    filters: tuple[Filter, ...] = ()
    sorts: tuple[Sort, ...] = ()
    group_by: tuple[Column, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    page_size: int = DEFAULT_PAGE_SIZE
    after: str = ""
    least: int = 0  # groups of fewer rows are not shown; 0: all are

    @property
    def is_grouped(self) -> bool:
        """Whether the answer is groups, or one total, instead of rows."""
        return bool(self.group_by or self.aggregates)


@dataclass(slots=True)
class _Draft:
    """Parts collected while parameters are read."""

    columns: list[Column] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    sorts: list[Sort] = field(default_factory=list)
    groups: list[Column] = field(default_factory=list)
    aggregates: list[Aggregate] = field(default_factory=list)
    short_aggregates: list[Function] = field(default_factory=list)
    page_size: int = DEFAULT_PAGE_SIZE
    after: str = ""


def parse_query(parameters: Iterable[tuple[str, str]], plan: Plan, *, least: int = 0) -> RowsQuery:
    """The query that the parameters say, over the columns of `plan`. Raises by name what it does not know.

    With `least` it asks for statistics: aggregates, with or without groups, none of fewer than `least` rows.
    """
    draft = _Draft()
    for name, value in parameters:
        if len(value) > MAX_VALUE_CHARACTERS:
            sentence = f"参数「{name[:60]}」过长，最多 {MAX_VALUE_CHARACTERS} 个字符；请缩短。"
            raise WrongValue(sentence, parameter=name[:60])
        _read(draft, name, value, plan)
    return replace(_finish(draft, is_statistic=least > 0), least=least)


def _read(draft: _Draft, name: str, value: str, plan: Plan) -> None:
    match name:
        case "page_size":
            draft.page_size = _page_size(value)
        case "after":
            draft.after = value
        case "columns":
            draft.columns.extend(plan.column(part.strip()) for part in _split(name, value))
        case "groupby":
            draft.groups.extend(plan.column(part.strip()) for part in _split(name, value))
        case "agg":
            draft.short_aggregates.extend(_function(part.strip()) for part in _split(name, value))
        case _:
            _read_operator(draft, name, value, plan)


def _read_operator(draft: _Draft, name: str, value: str, plan: Plan) -> None:
    column_name, mark, verb = name.rpartition("__")
    if not mark or not column_name:
        raise UnknownParameter(
            f"不认识的参数「{name[:60]}」；列条件写成 列名__运算符=值，例如 {plan.fields[0]}__exact=…。",
            parameter=name[:60],
        )
    if verb in _OPERATORS:
        draft.filters.append(_filter(plan.column(column_name), Operator(verb), name, value))
    elif verb == "sort":
        draft.sorts.append(_sort(plan.column(column_name), name, value))
    elif verb == "groupby":
        draft.groups.append(plan.column(column_name))
    elif verb in _FUNCTIONS:
        draft.aggregates.append(_aggregate(plan.column(column_name), Function(verb)))
    else:
        raise UnknownParameter(
            f"不认识的运算符「{verb[:40]}」（参数「{name[:60]}」）；"
            f"可用 {'、'.join(Operator)}、sort、groupby、{'、'.join(Function)}。",
            parameter=name[:60],
        )


def _filter(column: Column, operator: Operator, parameter: str, value: str) -> Filter:
    if column.item.is_sealed:
        _refuse_unless_sought(column, operator, parameter)
    if operator in _VALUELESS:
        return Filter(column, operator)
    if operator in _TEXT_ONLY and column.type not in TEXTUAL:
        raise WrongValue(
            f"参数「{parameter}」不可用：列「{column.name}」是{describe(column.item)}，{operator} 只用于文本列。",
            parameter=parameter,
        )
    if operator in _ORDERED and column.type is ItemType.BOOLEAN:
        raise WrongValue(f"参数「{parameter}」不可用：列「{column.name}」是布尔，不能比大小。", parameter=parameter)
    texts = _split(parameter, value) if operator in _LISTS else [value]
    typed = tuple(parse(text, column.type, parameter=parameter, column=column.name) for text in texts)
    return Filter(column, operator, typed)


def _refuse_unless_sought(column: Column, operator: Operator, parameter: str) -> None:
    if column.mask and operator not in _VALUELESS:
        raise WrongValue(
            f"参数「{parameter}」不可用：列「{column.name}」加密存储，且对您脱敏显示，不能作条件，"
            "只能用 isnull、isnotnull；需要按值查找时请申请该列的明文授权，或用网关按主键查询。",
            parameter=parameter,
        )
    if operator not in _SOUGHT:
        raise WrongValue(
            f"参数「{parameter}」不可用：列「{column.name}」加密存储，只能用 exact（等于）、in（等于其中之一）、isnull、isnotnull。",
            parameter=parameter,
        )


def _refuse_sealed(column: Column, parameter: str, what: str) -> None:
    if column.item.is_sealed:
        raise WrongValue(
            f"参数「{parameter}」不可用：列「{column.name}」加密存储，不能{what}；可以用 exact、in 作条件，"
            "或按未加密的列排序、分组，汇总只能 count。",
            parameter=parameter,
        )


def _sort(column: Column, parameter: str, value: str) -> Sort:
    _refuse_sealed(column, parameter, "排序")
    if value not in ("asc", "desc"):
        sentence = f"参数「{parameter}」的值「{value[:40]}」不合格；请写 asc（升序）或 desc（降序）。"
        raise WrongValue(sentence, parameter=parameter)
    return Sort(column, value == "desc")


def _function(text: str) -> Function:
    if text not in _FUNCTIONS:
        raise WrongValue(f"参数「agg」的值「{text[:40]}」不合格；可用 {'、'.join(Function)}。", parameter="agg")
    return Function(text)


def _aggregate(column: Column, function: Function) -> Aggregate:
    if function is not Function.COUNT:
        _refuse_sealed(column, f"{column.field}__{function}", "汇总")
    if function in (Function.AVG, Function.SUM) and column.type not in NUMERIC:
        raise WrongValue(
            f"参数「{column.field}__{function}」不可用：列「{column.name}」不是数值，只能 count、min、max。",
            parameter=f"{column.field}__{function}",
        )
    return Aggregate(column, function)


def _page_size(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 4 or not 1 <= int(value) <= MAX_PAGE_SIZE:
        sentence = f"参数「page_size」的值「{value[:20]}」不合格；请写 1 到 {MAX_PAGE_SIZE} 的整数。"
        raise WrongValue(sentence, parameter="page_size")
    return int(value)


def _split(parameter: str, value: str) -> Sequence[str]:
    if "\n" in value or "\r" in value or "\0" in value:
        raise WrongValue(f"参数「{parameter}」不能含换行；请去掉。", parameter=parameter)
    parts = next(csv.reader([value]), [])
    if not parts or len(parts) > MAX_LIST_VALUES:
        raise WrongValue(f"参数「{parameter}」须有 1 到 {MAX_LIST_VALUES} 个值，用逗号分开。", parameter=parameter)
    return parts


def _finish(draft: _Draft, *, is_statistic: bool) -> RowsQuery:
    if len(draft.filters) > MAX_FILTERS:
        raise UnknownParameter(f"条件过多，最多 {MAX_FILTERS} 个；请合并条件。")
    groups = tuple(dict.fromkeys(draft.groups))
    for column in groups:
        _refuse_sealed(column, f"{column.field}__groupby", "分组")
    short = [_aggregate(column, function) for column in groups for function in draft.short_aggregates]
    aggregates = tuple(dict.fromkeys([*draft.aggregates, *short]))
    if is_statistic:
        _check_statistic(draft, has_groups=bool(groups), has_aggregates=bool(aggregates))
    elif (aggregates or draft.short_aggregates) and not groups:
        raise UnknownParameter("汇总须有分组；请加上 列名__groupby。")
    if groups and draft.columns:
        raise UnknownParameter("分组查询不能再给 columns；结果只有分组列和汇总列。")
    if groups and any(sort.column not in groups for sort in draft.sorts):
        raise UnknownParameter("分组查询只能按分组列排序。")
    return RowsQuery(
        columns=tuple(dict.fromkeys(draft.columns)), filters=tuple(draft.filters), sorts=_first_of_each(draft.sorts),
        group_by=groups, aggregates=aggregates, page_size=draft.page_size, after=draft.after,
    )


def _check_statistic(draft: _Draft, *, has_groups: bool, has_aggregates: bool) -> None:
    if not has_aggregates:
        raise UnknownParameter(f"统计查询须有汇总；请加上 列名__函数，函数可用 {'、'.join(Function)}。")
    if draft.columns:
        raise UnknownParameter("统计查询不能给 columns；结果只有分组列和汇总列。", parameter="columns")
    if draft.short_aggregates and not has_groups:
        raise UnknownParameter("agg 是对分组列的汇总；没有分组时请写 列名__函数。", parameter="agg")
    if draft.sorts and not has_groups:
        raise UnknownParameter("没有分组的统计只有一行，不能排序；请去掉 __sort。")


def _first_of_each(sorts: Iterable[Sort]) -> tuple[Sort, ...]:
    return tuple({sort.column.field: sort for sort in reversed(list(sorts))}.values())[::-1]
