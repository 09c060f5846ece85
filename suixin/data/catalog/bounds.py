"""The range of each item, as far as the contract's rules say it plainly: `capital >= 0`, `day < DATE '2030-01-01'`, joined by AND.

What rules say in any other way is left to them; nobody is promised a range that is narrower than they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from suixin.data.catalog.contract import Contract, RuleKind
from suixin.kit import expressions
from suixin.kit.expressions import Expression, ExpressionError, nodes

Bound = int | float | Decimal | date | datetime
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most of an item; `is_above`, `is_below`: the bound itself is not allowed."""

    least: Bound | None = None
    most: Bound | None = None
    is_above: bool = False
    is_below: bool = False


NONE = Bounds()


def parsed_rules(contract: Contract) -> list[tuple[str, Expression]]:
    """Code and expression of every rule that can be read."""
    letters, aliases, found = contract.letters, contract.aliases, []
    for rule in contract.rules:
        if rule.kind != RuleKind.ROW or rule.is_marking:
            continue
        try:
            found.append((rule.code, expressions.parse(rule.expression, fields=letters, aliases=aliases)))
        except ExpressionError:
            continue
    return found


def bounds_of(contract: Contract) -> Mapping[str, Bounds]:
    """The bounds by field; fields without any are not there."""
    found: dict[str, Bounds] = {}
    for _, expression in parsed_rules(contract):
        for field, operator, value in _comparisons(expression.root):
            found[field] = _narrower(found.get(field, NONE), operator, value)
    return found


def text_of(bound: Bound) -> str:
    """A bound for people and documents."""
    return f"{bound:f}" if isinstance(bound, Decimal) else str(bound)


def _comparisons(node: nodes.Node) -> Iterator[tuple[str, str, Bound]]:
    match node:
        case nodes.Junction(is_and=True, parts=parts):
            for part in parts:
                yield from _comparisons(part)
        case nodes.Comparison(operator=operator, left=nodes.Field(name=field), right=nodes.Constant(value=value)):
            if operator in _TURNED and _is_bound(value):
                yield field, operator, value  # type: ignore[misc]  # _is_bound looked
        case nodes.Comparison(operator=operator, left=nodes.Constant(value=value), right=nodes.Field(name=field)):
            if operator in _TURNED and _is_bound(value):
                yield field, _TURNED[operator], value  # type: ignore[misc]  # as above


def _is_bound(value: object) -> bool:
    return isinstance(value, int | float | Decimal | date) and not isinstance(value, bool)


def _narrower(held: Bounds, operator: str, value: Bound) -> Bounds:
    is_least, is_open = operator.startswith(">"), not operator.endswith("=")
    known = held.least if is_least else held.most
    try:
        wins = known is None or (value > known if is_least else value < known)  # type: ignore[operator]  # alike: of one item
    except TypeError:
        return held
    if not wins and not (value == known and is_open):
        return held
    return replace(held, least=value, is_above=is_open) if is_least else replace(held, most=value, is_below=is_open)
