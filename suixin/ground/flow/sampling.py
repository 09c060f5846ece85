"""Values that stand for all: enough of each field that conditions over constants behave on them as on every value.

Where a condition compares a field with constants only, it changes its mind only at those constants; so the constants,
one value between each two, one beyond both ends and none at all decide every question about it. Such conditions are
`is_exact`; over others (arithmetic, patterns, a field against a field) a sample still is a true example of what can happen.
Ordinary  samples that an author must have thought of: every field given, texts as named somewhere, no number below zero
          (or below the least that is named)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, product

from suixin.kit.expressions import Expression, nodes

MAX_SAMPLES = 5_000
MAX_QUESTIONS = 400_000  # samples times conditions: what is asked of them takes a second or two
_OTHER = "其他值"
_STEP = {"I": Decimal(1), "Y": Decimal("0.01")}


@dataclass(frozen=True, slots=True)
class Sample:
    """One assignment of the fields."""

    data: Mapping[str, object]
    is_ordinary: bool

    @property
    def words(self) -> str:
        """As people read it: area 为 300、kind 没有值."""
        return "、".join(f"{name} {'没有值' if value is None else f'为 {_shown(value)}'}" for name, value in self.data.items())


@dataclass(frozen=True, slots=True)
class Samples:
    """Assignments of all fields of some conditions; `is_exact`: they stand for every assignment."""

    listed: tuple[Sample, ...]
    is_exact: bool


def samples(conditions: Iterable[Expression], fields: Mapping[str, str]) -> Samples:
    """Assignments of the fields that the conditions name; those with a value for everything come first."""
    constants: dict[str, set[object]] = {}
    is_exact, asked = True, 0
    for condition in conditions:
        asked += 1
        for name in condition.fields:
            constants.setdefault(name, set())
        is_exact &= _collect(condition.root, constants)
    choices = {name: _choices(fields[name], found) for name, found in sorted(constants.items())}
    size = 1
    for found in choices.values():
        size *= len(found)
    if size > MAX_SAMPLES or size * asked > MAX_QUESTIONS:
        return Samples((), is_exact=False)
    listed = [
        Sample(dict(zip(choices, [value for value, _ in row], strict=True)), all(ordinary for _, ordinary in row))
        for row in product(*choices.values())
    ]
    return Samples(tuple(sorted(listed, key=lambda one: not one.is_ordinary)), is_exact=is_exact)


def _collect(node: nodes.Node, constants: dict[str, set[object]]) -> bool:
    """Whether the condition only compares fields with constants, which are added to those of the fields."""
    match node:
        case nodes.Junction():
            return not [part for part in node.parts if not _collect(part, constants)]  # each is looked at
        case nodes.Not():
            return _collect(node.part, constants)
        case nodes.IsNull():
            return _is_term(node.part, constants, None)
        case nodes.Comparison():
            left, right = node.left, node.right
            if isinstance(left, nodes.Constant):
                left, right = right, left
            value = right.value if isinstance(right, nodes.Constant) else None
            return _is_term(left, constants, value) and isinstance(right, nodes.Constant)
        case _:
            return _is_term(node, constants, None)


def _is_term(node: nodes.Node, constants: dict[str, set[object]], value: object) -> bool:
    """Whether the node is a field, a constant, or the first of some that is known; their fields meet `value`."""
    match node:
        case nodes.Field():
            if value is not None:
                constants[node.name].add(value)
            return True
        case nodes.Constant():
            return True
        case nodes.Call(function=nodes.Function.COALESCE):
            return not [one for one in node.arguments if not _is_term(one, constants, value)]
        case nodes.Junction() | nodes.Not() | nodes.Comparison():  # a condition inside a condition
            _collect(node, constants)
            return False
        case _:
            for part in _parts(node):
                _is_term(part, constants, None)
            return False


def _parts(node: nodes.Node) -> Sequence[nodes.Node]:
    match node:
        case nodes.Arithmetic():
            return (node.left, node.right)
        case nodes.Call():
            return node.arguments
        case nodes.Like():
            return (node.part,)
        case _:
            return ()


def _choices(letter: str, constants: set[object]) -> list[tuple[object, bool]]:
    """Values of one field, each with whether it is ordinary."""
    if letter == "L":
        return [(True, True), (False, True), (None, False)]
    if letter in "CMG":
        texts = sorted(str(one) for one in constants)
        return [*((one, True) for one in texts), (_unlike(texts), False), (None, False)]
    if letter == "D":
        return [*((one, True) for one in _moments(constants, timedelta(days=1))), (None, False)]
    if letter == "T":
        return [*((one, True) for one in _moments(constants, timedelta(seconds=1))), (None, False)]
    return [*_numbers(letter, constants), (None, False)]


def _numbers(letter: str, constants: set[object]) -> list[tuple[object, bool]]:
    named = sorted({Decimal(str(one)) for one in constants}) or [Decimal(0)]
    step = _STEP.get(letter)
    between = [low + step if step else (low + high) / 2 for low, high in pairwise(named) if step is None or low + step < high]
    found = sorted({named[0] - 1, *named, *between, named[-1] + 1})
    if letter == "I":
        found = sorted({whole for one in found for whole in (one.to_integral_value("ROUND_FLOOR"), one.to_integral_value("ROUND_CEILING"))})
    least = min(Decimal(0), named[0])
    return [(one, one >= least) for one in found]


def _moments(constants: set[object], step: timedelta) -> list[date]:
    named = sorted(one for one in constants if isinstance(one, date))
    return sorted({moment for one in named for moment in (one - step, one, one + step)}) if named else [date(2026, 1, 1)]


def _unlike(texts: Sequence[str]) -> str:
    other = _OTHER
    while other in texts:
        other += "乙"
    return other


def _shown(value: object) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value.normalize():f}"
        case datetime():
            return value.isoformat(" ")
        case _:
            return str(value)
