"""What rules a profile of a table hints at; each is measured on the rows before anybody sees it. Pure.

Never    a value of an item whose values may not be shown
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.quality.version_profiles import is_secret

LEAST_ROWS = 50
FEW_VALUES = 12
EACH_OFTEN = 20  # rows for each of few values, so that they look like a list
MOST_PAIRS = 10
_NUMBERS = frozenset({ItemType.INTEGER, ItemType.NUMBER, ItemType.MONEY, ItemType.DOUBLE, ItemType.FLOAT})
_SPECIAL = frozenset("()[]{}|?*+.\\^$")
Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Guess:
    """A template and parameters that the rows may keep to."""

    template: str
    parameters: Parameters

    @property
    def about(self) -> str:
        """Template and items: what the suggestion is about."""
        told = [self.parameters[key] for key in _ITEMS if key in self.parameters]
        names = [one if isinstance(one, str) else ",".join(map(str, one)) for one in told if isinstance(one, str | list)]
        return ":".join([self.template, *names])[:200]


_ITEMS = ("item", "items", "first", "last", "id", "birth", "table")  # in this order, whatever a database makes of it


def guesses(contract: Contract, columns: Sequence[Mapping[str, object]], *, rows: int) -> list[Guess]:
    """What may hold, most telling first; nothing for few rows."""
    if rows < LEAST_ROWS:
        return []
    items = {item.field: item for item in contract.items}
    found = [
        guess for told in columns if (item := items.get(str(told["field"]))) is not None and not item.is_sealed
        for guess in _of_column(item, told, rows)
    ]
    return found + list(_of_pairs(contract, columns))


def _of_column(item: ItemSpec, told: Mapping[str, object], rows: int) -> Iterator[Guess]:
    nulls, distinct = _number(told, "nulls"), _number(told, "distinct")
    filled = rows - nulls
    if nulls == 0 and item.nullable and not item.is_key:
        yield Guess("required", {"item": item.field})
    if filled < LEAST_ROWS:
        return
    if item.type in _NUMBERS and not is_secret(item) and isinstance(told.get("quantiles"), list) and _low(told) >= 0:
        yield Guess("at_least", {"item": item.field, "least": "0"})
    if item.type is ItemType.DATE:
        yield Guess("not_future", {"item": item.field})
    if item.type is ItemType.TEXT and not item.code_set:
        values = _listed(told, "values")
        if values and distinct <= FEW_VALUES and filled >= EACH_OFTEN * distinct and len(values) >= distinct and not is_secret(item):
            yield Guess("one_of", {"item": item.field, "values": "、".join(value for value, _ in values)})
        elif pattern := _pattern(_listed(told, "patterns"), _number(told, "sampled")):
            yield Guess("pattern", {"item": item.field, "pattern": pattern})


def _of_pairs(contract: Contract, columns: Sequence[Mapping[str, object]]) -> Iterator[Guess]:
    """Two days of which one never lies behind the other; an identity number beside a date of birth."""
    known = {str(told["field"]): told for told in columns}
    days = [item for item in contract.items if item.type is ItemType.DATE and item.field in known and not item.is_sealed]
    for one, other in list(combinations(days, 2))[:MOST_PAIRS]:
        low, high = (str(known[item.field].get("quantiles") or known[item.field].get("max", "")) for item in (one, other))
        first, last = (one, other) if low <= high else (other, one)
        yield Guess("in_order", {"first": first.field, "last": last.field})
    numbers = [item for item in contract.items if item.sensitive == "resident_id" and not item.is_sealed]
    births = [item for item in days if "出生" in item.name]
    if len(numbers) == len(births) == 1:
        yield Guess("id_birth", {"id": numbers[0].field, "birth": births[0].field})


def _pattern(patterns: Sequence[tuple[str, int]], sampled: int) -> str:
    """The form that nearly all texts have, as a pattern; "" when there is none or it says nothing."""
    if not patterns or patterns[0][1] < 0.98 * sampled or "汉" in patterns[0][0] or len(patterns[0][0]) >= 20:
        return ""
    parts: list[list[object]] = []
    for mark in patterns[0][0]:
        part = {"9": "[0-9]", "A": "[A-Za-z]"}.get(mark, f"\\{mark}" if mark in _SPECIAL else mark)
        if parts and parts[-1][0] == part:
            parts[-1][1] = int(str(parts[-1][1])) + 1
        else:
            parts.append([part, 1])
    return "".join(f"{part}{{{times}}}" if times != 1 else str(part) for part, times in parts)


def _low(told: Mapping[str, object]) -> float:
    """The 5 % quantile: a few wrong rows do not hide the rule."""
    quantiles = told.get("quantiles")
    return float(quantiles[0]) if isinstance(quantiles, list) and quantiles and quantiles[0] is not None else -1.0


def _listed(told: Mapping[str, object], name: str) -> list[tuple[str, int]]:
    listed = told.get(name)
    return [(str(value), int(count)) for value, count in listed] if isinstance(listed, list) else []


def _number(told: Mapping[str, object], name: str) -> int:
    return int(str(told.get(name, 0) or 0))
