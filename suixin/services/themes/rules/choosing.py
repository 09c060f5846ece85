"""Which parts a situation calls for, and all situations that there are; pure.

Promise  questions of a theme have finitely many answers, so that every branch can be walked and proven
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from suixin.kit import expressions
from suixin.services.themes.declaration import Answers, Condition, Theme

MAX_BRANCHES = 4_096


def chosen(theme: Theme, answers: Answers) -> tuple[str, ...]:
    """The parts that the situation calls for, in their order. What an unanswered question decides is left out.

    Raises ExpressionError for a condition that cannot be read; a published theme has none.
    """
    return tuple(one.id for one in theme.parts if _holds(theme, one.when, answers) is True)


def unsettled(theme: Theme, answers: Answers) -> tuple[str, ...]:
    """The parts of which it cannot be told yet whether the situation calls for them."""
    return tuple(one.id for one in theme.parts if _holds(theme, one.when, answers) is None)


def failing(theme: Theme, answers: Answers) -> list[Condition]:
    """The conditions of the theme that certainly do not hold."""
    return [one for one in theme.conditions if _holds(theme, one.when, answers) is False]


def size(theme: Theme) -> int:
    """How many situations there are."""
    return prod(len(one.values) for one in theme.asks)


def branches(theme: Theme) -> Iterator[dict[str, object]]:
    """Every situation: each combination of answers, in the order of the questions."""
    names = [one.name for one in theme.asks]
    return (dict(zip(names, values, strict=True)) for values in product(*(one.values for one in theme.asks)))


def subgraph(theme: Theme, parts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each of these parts, those of them that must be settled before it."""
    return {name: tuple(one for one in theme.part(name).before if one in parts) for name in parts}


def _holds(theme: Theme, when: str, answers: Answers) -> bool | None:
    return True if not when else expressions.parse(when, fields=theme.letters).evaluate(answers)
