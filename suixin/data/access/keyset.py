"""Order and position: ORDER BY, and the condition that a row comes after a given one.

Order  total and deterministic: the columns asked for, then the key (or nothing), then `__id`; nulls last
"""

from collections.abc import Sequence
from dataclasses import dataclass

from suixin.data.catalog.contract import ItemType

Condition = tuple[str, list[object]]


@dataclass(frozen=True, slots=True)
class Term:
    """One column of an order; `expression` is the SQL of its shown value."""

    field: str
    type: ItemType
    expression: str
    is_descending: bool = False

    @property
    def sql(self) -> str:
        """The term inside ORDER BY."""
        return f"{self.expression} {'DESC' if self.is_descending else 'ASC'} NULLS LAST"


def order_by(terms: Sequence[Term]) -> str:
    """The ORDER BY clause; nothing without terms, where there is one row."""
    return "ORDER BY " + ", ".join(term.sql for term in terms) if terms else ""


def after(terms: Sequence[Term], values: Sequence[object]) -> Condition:
    """The condition that a row comes after the one with `values`, any nulls, any directions."""
    alternatives: list[str] = []
    parameters: list[object] = []
    for place in range(len(terms)):
        beyond = _beyond(terms[place], values[place])
        if beyond is None:
            continue
        prefix, bound = equal(terms[:place], values[:place])
        alternatives.append(" AND ".join([*([prefix] if prefix else []), beyond[0]]))
        parameters += [*bound, *beyond[1]]
    return ("(" + " OR ".join(f"({text})" for text in alternatives) + ")" if alternatives else "false"), parameters


def equal(terms: Sequence[Term], values: Sequence[object]) -> Condition:
    """The condition that the terms hold exactly `values`."""
    parts: list[str] = []
    parameters: list[object] = []
    for term, value in zip(terms, values, strict=True):
        if value is None:
            parts.append(f"{term.expression} IS NULL")
        else:
            parts.append(f"{term.expression} = ?")
            parameters.append(value)
    return " AND ".join(parts), parameters


def _beyond(term: Term, value: object) -> Condition | None:
    if value is None:
        return None  # nulls are last: nothing comes after, ties are decided by the next term
    comparison = f"{term.expression} {'<' if term.is_descending else '>'} ?"
    return f"({comparison} OR {term.expression} IS NULL)", [value]
