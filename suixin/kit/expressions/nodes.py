"""The nodes of an expression; each knows its type, its DuckDB SQL and its Python function."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from suixin.kit.errors import BadRequest
from suixin.kit.expressions.patterns import Pattern, is_like
from suixin.kit.expressions.sharing import once
from suixin.kit.expressions.values import Kind, native, quote_name, quote_value

Record = Mapping[str, object]
Columns = Mapping[str, str]
# Any: values of all kinds pass through; the parser has checked the kinds of every pair that meets
Evaluator = Callable[[Record], Any]
TOLERANCE = 1e-9
MAX_WHOLE = 15  # digits that a double holds without loss
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}


class ExpressionError(BadRequest):
    """An expression is not of the language; the sentence says where and what to write instead."""

    code = "expression-400"


class Function(StrEnum):
    """Functions of the language."""

    LENGTH = "length"
    SUBSTR = "substr"
    UPPER = "upper"
    LOWER = "lower"
    COALESCE = "coalesce"
    YMD = "ymd"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Node:
    """Part of an expression."""

    kind: Kind

    def sql(self, columns: Columns) -> str:
        """DuckDB SQL of the node, in brackets where it could be misread; `columns` gives SQL in place of a field."""
        raise NotImplementedError

    def evaluator(self) -> Evaluator:
        """A function from a record to the node's value."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A field of the record."""

    name: str

    def sql(self, columns: Columns) -> str:
        return columns.get(self.name) or quote_name(self.name)

    def evaluator(self) -> Evaluator:
        name, kind = self.name, self.kind
        return lambda record: native(record.get(name), kind)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A value written in the expression."""

    value: str | int | Decimal | float | bool | date | datetime

    def sql(self, columns: Columns) -> str:  # noqa: ARG002  # a constant names no column
        return quote_value(self.value)

    def evaluator(self) -> Evaluator:
        value = self.value
        return lambda _record: value


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two values of comparable kinds."""

    operator: str
    left: Node
    right: Node

    def sql(self, columns: Columns) -> str:
        left, right = self.left, self.right
        if not self.is_inexact:
            return f"({left.sql(columns)} {self.operator} {right.sql(columns)})"
        a, b = as_double(left, columns), as_double(right, columns)
        if self._is_plain():
            return f"({a} {self.operator} {b})"
        finite = " AND ".join(f"isfinite({one})" for one, node in ((a, self.left), (b, self.right)) if not isinstance(node, Constant))
        return f"(CASE WHEN {finite or 'true'} THEN {self._nearly_sql(a, b)} END)"

    def _nearly_sql(self, a: str, b: str) -> str:
        near = f"(abs({a} - {b}) <= {TOLERANCE!r}::DOUBLE * greatest(abs({a}), abs({b})))"
        match self.operator:
            case "=":
                return near
            case "<>":
                return f"(NOT {near})"
            case "<=" | ">=":
                return f"({near} OR {a} {self.operator} {b})"
            case _:
                return f"(NOT {near} AND {a} {self.operator} {b})"

    def evaluator(self) -> Evaluator:
        left, right = self.left.evaluator(), self.right.evaluator()
        compare: Callable[[Any, Any], bool | None] = _OPERATORS[self.operator]
        if self.is_inexact:
            exact = _OPERATORS[self.operator]
            compare = _compare_doubles(exact) if self._is_plain() else _compare_nearly(self.operator, exact)

        def evaluate(record: Record) -> bool | None:
            a, b = left(record), right(record)
            return None if a is None or b is None else compare(a, b)

        return evaluate

    @property
    def is_inexact(self) -> bool:
        """Whether doubles are compared."""
        return bool({self.left.kind, self.right.kind} & {Kind.DOUBLE, Kind.CALCULATED})

    def _is_plain(self) -> bool:
        """Whether doubles meet only doubles or constants, so that nothing is rounded on the way."""
        return all(n.kind is Kind.DOUBLE or isinstance(n, Constant) for n in (self.left, self.right))


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """AND or OR of two or more conditions, three-valued."""

    is_and: bool
    parts: tuple[Node, ...]

    def sql(self, columns: Columns) -> str:
        return "(" + (" AND " if self.is_and else " OR ").join(part.sql(columns) for part in self.parts) + ")"

    def evaluator(self) -> Evaluator:
        parts, decisive = [part.evaluator() for part in self.parts], not self.is_and

        def evaluate(record: Record) -> bool | None:
            is_unknown = False
            for part in parts:
                value: bool | None = part(record)
                if value is decisive:
                    return decisive
                is_unknown = is_unknown or value is None
            return None if is_unknown else not decisive

        return evaluate


@dataclass(frozen=True, slots=True)
class Among(Junction):
    """One of several constants: an OR of equalities, written as IN where these are exact."""

    parts: tuple[Comparison, ...]

    def sql(self, columns: Columns) -> str:
        if any(part.is_inexact for part in self.parts):
            return Junction.sql(self, columns)
        choices = ", ".join(part.right.sql(columns) for part in self.parts)
        return f"({self.parts[0].left.sql(columns)} IN ({choices}))"


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite; unknown stays unknown."""

    part: Node

    def sql(self, columns: Columns) -> str:
        return f"(NOT {self.part.sql(columns)})"

    def evaluator(self) -> Evaluator:
        part = self.part.evaluator()

        def evaluate(record: Record) -> bool | None:
            value: bool | None = part(record)
            return None if value is None else not value

        return evaluate


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    """Whether there is no value."""

    part: Node

    def sql(self, columns: Columns) -> str:
        return f"({self.part.sql(columns)} IS NULL)"

    def evaluator(self) -> Evaluator:
        part = self.part.evaluator()
        return lambda record: part(record) is None


@dataclass(frozen=True, slots=True)
class Like(Node):
    """A text against a pattern of % (any text) and _ (any character); linear memory, no back-tracking tree."""

    part: Node
    pattern: str

    def sql(self, columns: Columns) -> str:
        return f"({self.part.sql(columns)} LIKE {quote_value(self.pattern)})"

    def evaluator(self) -> Evaluator:
        part, pattern = self.part.evaluator(), self.pattern

        def evaluate(record: Record) -> bool | None:
            value = part(record)
            return None if value is None else is_like(value, pattern)

        return evaluate


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """A whole text against a pattern (patterns.py), in linear time."""

    part: Node
    pattern: Pattern

    def sql(self, columns: Columns) -> str:
        return f"regexp_full_match({self.part.sql(columns)}, {quote_value(self.pattern.re2)})"

    def evaluator(self) -> Evaluator:
        part, matches = self.part.evaluator(), self.pattern.matches

        def evaluate(record: Record) -> bool | None:
            value = part(record)
            return None if value is None else matches(value)

        return evaluate


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Two numbers calculated in IEEE doubles; null when divided by zero."""

    operator: str
    left: Node
    right: Node

    def sql(self, columns: Columns) -> str:
        a, b = as_double(self.left, columns), as_double(self.right, columns)
        return once(columns, f"({a} {self.operator} {f'nullif({b}, 0)' if self.operator == '/' else b})")

    def evaluator(self) -> Evaluator:
        left, right, symbol = self.left.evaluator(), self.right.evaluator(), self.operator

        def evaluate(record: Record) -> float | None:
            a, b = left(record), right(record)
            return None if a is None or b is None else calculate(symbol, float(a), float(b))

        return evaluate


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function over its arguments. Positions of substr are constants from 1. YMD: a date as 20200131; WHOLE: digits as number."""

    function: Function
    arguments: tuple[Node, ...]
    start: int = 1
    count: int | None = None

    def sql(self, columns: Columns) -> str:
        return once(columns, self._written(columns))

    def _written(self, columns: Columns) -> str:
        texts = [argument.sql(columns) for argument in self.arguments]
        match self.function:
            case Function.SUBSTR:
                length = "" if self.count is None else f", {self.count}"
                return f"substr({texts[0]}, {self.start}{length})"
            case Function.UPPER:
                return f"translate({texts[0]}, '{bytes(range(97, 123)).decode()}', '{bytes(range(65, 91)).decode()}')"
            case Function.LOWER:
                return f"translate({texts[0]}, '{bytes(range(65, 91)).decode()}', '{bytes(range(97, 123)).decode()}')"
            case Function.COALESCE if self.kind in (Kind.DOUBLE, Kind.CALCULATED):
                return f"coalesce({', '.join(as_double(argument, columns) for argument in self.arguments)})"
            case Function.YMD:
                return f"replace(CAST({texts[0]} AS VARCHAR), '-', '')"
            case Function.WHOLE:
                return f"TRY_CAST(CASE WHEN regexp_full_match({texts[0]}, '[0-9]{{1,{MAX_WHOLE}}}') THEN {texts[0]} END AS BIGINT)"
            case Function.LENGTH | Function.COALESCE:
                return f"{self.function.value}({', '.join(texts)})"

    def evaluator(self) -> Evaluator:
        parts = [argument.evaluator() for argument in self.arguments]
        if self.function is Function.COALESCE:
            to_double = self.kind in (Kind.DOUBLE, Kind.CALCULATED)
            return lambda record: _first_known(parts, record, to_double=to_double)
        first, transform = parts[0], self._transform()

        def evaluate(record: Record) -> object:
            value = first(record)
            return None if value is None else transform(value)

        return evaluate

    def _transform(self) -> Callable[[Any], str | int | None]:
        stop = None if self.count is None else self.start - 1 + self.count
        match self.function:
            case Function.LENGTH:
                return len
            case Function.UPPER:
                return lambda text: text.translate(_UPPER)
            case Function.LOWER:
                return lambda text: text.translate(_LOWER)
            case Function.YMD:
                return lambda day: f"{day:%Y%m%d}".zfill(8)
            case Function.WHOLE:
                return lambda text: int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_WHOLE else None
            case _:
                return lambda text: text[self.start - 1 : stop]


def as_double(node: Node, columns: Columns) -> str:
    """SQL of a number as DOUBLE."""
    if isinstance(node, Constant):
        return quote_value(float(node.value)) if isinstance(node.value, int | Decimal | float) else node.sql(columns)
    text = node.sql(columns)
    return text if node.kind is Kind.CALCULATED else once(columns, f"CAST({text} AS DOUBLE)")


def calculate(symbol: str, a: float, b: float) -> float | None:
    """The result in doubles, not finite after overflow; None for division by zero."""
    match symbol:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case _:
            return a / b if b != 0 else None


def _first_known(parts: list[Evaluator], record: Record, *, to_double: bool) -> object:
    for part in parts:
        value = part(record)
        if value is not None:
            return float(value) if to_double else value
    return None


def _compare_doubles(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """DuckDB's order of doubles: NaN equals itself and is greater than all."""

    def key(value: float) -> tuple[bool, float]:
        return (True, 0.0) if math.isnan(value) else (False, value)

    return lambda a, b: compare(key(float(a)), key(float(b)))


def _compare_nearly(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool | None]:
    def nearly(a: float, b: float) -> bool | None:
        a, b = float(a), float(b)
        if not (math.isfinite(a) and math.isfinite(b)):
            return None
        if abs(a - b) <= TOLERANCE * max(abs(a), abs(b)):
            return symbol in ("=", "<=", ">=")
        return compare(a, b)

    return nearly
