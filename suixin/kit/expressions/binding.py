"""Words of a condition that stand for the reader, replaced by what the reader is: the outcome is an ordinary condition.

`bind("division IN reader_divisions", {"reader_divisions": Within(("5109",))})` → `division LIKE '5109%'`
A text     stands wherever a text may stand
Within     stands after IN: true of codes that begin with one of the prefixes
None       the reader is no such thing: the whole condition is FALSE, so that not knowing never shows more
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from suixin.kit.expressions.nodes import ExpressionError


@dataclass(frozen=True, slots=True)
class Within:
    """Codes that begin with one of the prefixes."""

    prefixes: tuple[str, ...]


Bound = str | Within | None
NEVER = "FALSE"


def names_in(text: str, words: frozenset[str]) -> frozenset[str]:
    """Which of the words the condition names. Raises ExpressionError when it cannot be read."""
    if not any(word in text for word in words):
        return frozenset()
    return frozenset(column.name for column in _tree(text).find_all(exp.Column) if column.name in words)


def bind(text: str, values: Mapping[str, Bound]) -> str:
    """The condition with the words replaced by `values`. Raises ExpressionError."""
    if any(values[name] is None for name in names_in(text, frozenset(values))):
        return NEVER
    return _tree(text).transform(_replaced, values).sql(dialect="duckdb")


def _tree(text: str) -> exp.Condition:
    try:
        return sqlglot.parse_one(text, into=exp.Condition, read="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(f"看不懂表达式“{text[:80]}”;请检查括号、引号和运算符。") from error


def _replaced(node: exp.Expr, values: Mapping[str, Bound]) -> exp.Expr:
    if isinstance(node, exp.In) and isinstance(named := node.args.get("field"), exp.Expr) and named.name in values:
        given = values[named.name]
        if not isinstance(given, Within):
            raise ExpressionError(f"“{named.name}”是一个值;请写成 字段 = {named.name}。")
        return _within(node.this, given)
    if isinstance(node, exp.Column) and node.name in values:
        given = values[node.name]
        if not isinstance(given, str):
            raise ExpressionError(f"“{node.name}”是一组区划;请写成 字段 IN {node.name}。")
        return exp.Literal.string(given)
    return node


def _within(part: exp.Expr, given: Within) -> exp.Expr:
    if not given.prefixes:
        return exp.false()
    return exp.paren(exp.or_(*(exp.Like(this=part.copy(), expression=exp.Literal.string(f"{one}%")) for one in given.prefixes)))
