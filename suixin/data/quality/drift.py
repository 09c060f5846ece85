"""How one version of a table differs from the one before, column by column, as sentences. Pure.

Measures  share of nulls; number of different values; total variation distance of shares (half the sum of their absolute
          differences, 0 the same, 1 nothing in common) over commonest values and over patterns; the median against the spread
          of the middle half
Source    the thresholds are our choice
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NULLS_STEP = 0.05
SHARES_STEP = 0.2
DISTINCT_FACTOR = 2.0
LEAST_ROWS = 50  # below that, chance alone moves shares

Profile = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference of one column: `what` is column, nulls, distinct, values, patterns or median."""

    field: str
    what: str
    sentence: str


def drift_of(before: Sequence[Profile], now: Sequence[Profile], *, rows_before: int, rows_now: int) -> list[Drift]:
    """What changed enough to look at; empty for versions of few rows."""
    if min(rows_before, rows_now) < LEAST_ROWS:
        return []
    known = {str(one["field"]): one for one in before}
    found: list[Drift] = []
    for column in now:
        old = known.get(str(column["field"]))
        if old is not None:
            found += _of_column(old, column, rows_before=rows_before, rows_now=rows_now)
    return found


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Total variation distance of two sets of shares; what is in neither counts as a value of its own."""
    keys = one.keys() | other.keys()
    rest = abs(sum(one.values()) - sum(other.values()))
    return (sum(abs(one.get(key, 0.0) - other.get(key, 0.0)) for key in keys) + rest) / 2


def _of_column(old: Profile, new: Profile, *, rows_before: int, rows_now: int) -> list[Drift]:
    field, found = str(new["field"]), []
    was, now = _number(old, "nulls") / rows_before, _number(new, "nulls") / rows_now
    if abs(now - was) >= NULLS_STEP:
        found.append(Drift(field, "nulls", f"空值率由 {was:.1%} 变为 {now:.1%}"))
    different, before = _number(new, "distinct") / rows_now, _number(old, "distinct") / rows_before
    if min(different, before) > 0 and max(different / before, before / different) >= DISTINCT_FACTOR and _many(old, new):
        found.append(Drift(field, "distinct", f"不同值个数由 {_number(old, 'distinct'):,.0f} 变为 {_number(new, 'distinct'):,.0f}"))
    for name, told in (("values", "常见值的构成"), ("patterns", "取值形态的构成")):
        one, other = _shares(old, name, rows_before), _shares(new, name, rows_now)
        if one and other and (moved := distance(one, other)) >= SHARES_STEP:
            found.append(Drift(field, name, f"{told}变化 {moved:.0%}"))
    return found + _median(field, old, new)


def _median(field: str, old: Profile, new: Profile) -> list[Drift]:
    one, other = old.get("quantiles"), new.get("quantiles")
    if not (isinstance(one, list) and isinstance(other, list)) or None in (*one, *other) or len(one) != len(other):
        return []
    low, middle, high = one[1], one[2], one[3]
    moved = abs(other[2] - middle)
    return [Drift(field, "median", f"中位数由 {middle:g} 变为 {other[2]:g}")] if moved > max(high - low, 0) and moved > 0 else []


def _many(old: Profile, new: Profile) -> bool:
    """Whether the number of different values says something: a handful of codes is the same handful in ever more rows."""
    return abs(_number(new, "distinct") - _number(old, "distinct")) > 0.5 * max(_number(old, "distinct"), 1)


def _shares(column: Profile, name: str, rows: int) -> dict[str, float]:
    listed = column.get(name)
    base = _number(column, "sampled") if name == "patterns" else rows
    if not isinstance(listed, list) or not base:
        return {}
    return {str(value): float(count) / base for value, count in listed}


def _number(column: Profile, name: str) -> float:
    found = column.get(name, 0)
    return float(found) if isinstance(found, int | float) else 0.0
