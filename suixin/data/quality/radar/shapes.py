"""What values of an item look like, and whether they say whose they are: pure judgements over a sample of values.

Telling  values that identify (numbers of persons, firms, cases; names of firms, addresses): only these are compared.
         Not telling: few different ones, codes of a code set, dates, counts, serial numbers 1..N, names of persons
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FEW, MANY, SMALL_SHARE = 30, 200, 0.2
LEAST_DIGITS = 6
DENSE = 0.5
COMMON, PATTERNS, PATTERN_SHARE = 0.8, 3, 0.05
_RUN = re.compile(r"[0-9]+|[A-Za-z]+|[\u3400-\u9fff]+|.", re.DOTALL)
_DATE = re.compile(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])?([0-9]{6})?|(19|20)[0-9]{2}[年/.].*")
_DECIMAL = re.compile(r"[+]?[0-9]*\.[0-9]+%?|[0-9.]+%")


@dataclass(frozen=True, slots=True)
class Shape:
    """A sample of values described: lengths, the commonest patterns with their shares, least and most digits of numbers."""

    shortest: int = 0
    longest: int = 0
    patterns: tuple[tuple[str, float], ...] = ()
    digits: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of an item's values: a uniform sample of the different ones, how many there are, in how many rows."""

    values: Sequence[str]
    distinct: int
    rows: int
    is_coded: bool = False
    extremes: tuple[float, float] | None = field(default=None)


def pattern_of(value: str) -> str:
    """Runs of digits N, letters A, Chinese Z with their lengths; a dense run of other signs as it is: `A2N8`, `Z3`."""
    parts = []
    for run in _RUN.findall(value[:64]):
        kind = "N" if run[0].isdecimal() else "A" if run[0].isascii() and run[0].isalpha() else "Z" if run[0] >= "\u3400" else run
        parts.append(kind if kind not in "NAZ" else f"{kind}{len(run)}")
    return "".join(parts)


def shape_of(sample: Sample, *, is_secret: bool = False) -> Shape:
    """The shape of a sample; of secret items only lengths are told."""
    lengths = [len(value) for value in sample.values]
    counted: Counter[str] = Counter() if is_secret else Counter(map(pattern_of, sample.values))
    common = tuple(
        (pattern, round(times / len(lengths), 2)) for pattern, times in counted.most_common(PATTERNS)
        if times / len(lengths) >= PATTERN_SHARE
    )
    digits = None
    if sample.extremes is not None and not is_secret:
        digits = _digits(sample.extremes[0]), _digits(sample.extremes[1])
    return Shape(min(lengths, default=0), max(lengths, default=0), common, digits)


def is_enough(distinct: int, rows: int) -> bool:
    """Whether so many different values in so many rows can identify: many, or nearly as many as rows."""
    return distinct >= FEW and (distinct >= MANY or distinct >= SMALL_SHARE * rows)


def tells(sample: Sample) -> bool:
    """Whether the values are of a kind that identifies something, so that equal values mean the same thing."""
    values = sample.values
    if not values or sample.is_coded:
        return False
    if _mostly(values, lambda one: len(one) <= 4 and one[0] >= "\u3400"):
        return False
    if _mostly(values, lambda one: bool(_DATE.fullmatch(one) or _DECIMAL.fullmatch(one))):
        return False
    return not _mostly(values, lambda one: len(one) < LEAST_DIGITS and one.isdecimal()) and not is_serial(values, sample.distinct)


def is_serial(values: Sequence[str], distinct: int) -> bool:
    """Whether they are numbers from a small one on that fill their range, as numbers do that only count."""
    numbers = [int(one) for one in values if one.isdecimal() and one.isascii() and len(one) <= 18]
    if len(numbers) < max(2, COMMON * len(values)) or min(numbers) >= 10**LEAST_DIGITS:
        return False
    span = max(numbers) - min(numbers) + 1
    return distinct >= DENSE * span * (len(numbers) - 1) / (len(numbers) + 1)


def _mostly(values: Sequence[str], holds: Callable[[str], bool]) -> bool:
    return sum(holds(one) for one in values if one) >= COMMON * len(values)


def _digits(number: float) -> int:
    """Digits before the point, with the sign; 0 for what lies between -1 and 1."""
    size = len(str(int(abs(number)))) if abs(number) >= 1 else 0
    return -size if number < 0 else size
