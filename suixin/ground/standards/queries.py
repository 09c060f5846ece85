"""Look-ups in the standards: by code, by header, by values. The files are read at the first one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from suixin.ground.standards.loading import read_code_sets, read_elements
from suixin.ground.standards.values import CodeSet, DataElement, header_without_unit, normal_header
from suixin.kit.errors import NotFound

EXPECTED_SHARE = 0.6  # of values, when the header says which code set it is
UNEXPECTED_SHARE = 0.95  # when only the values speak
UNEXPECTED_DISTINCT = 3
LONG_CODE = 6  # a code this long speaks for itself; shorter numbers mean anything
_HERE = Path(__file__).parent
_CITIES = _HERE.parents[1] / "cities"


@dataclass(frozen=True, slots=True)
class _Standards:
    code_sets: Mapping[str, CodeSet]
    elements: tuple[DataElement, ...]
    by_header: Mapping[str, DataElement]
    sets_of_value: Mapping[str, tuple[str, ...]]


def code_sets() -> tuple[CodeSet, ...]:
    """All code sets, national ones first."""
    return tuple(_standards().code_sets.values())


def code_set(code: str) -> CodeSet:
    """The code set of that code. Raises NotFound."""
    try:
        return _standards().code_sets[code]
    except KeyError:
        raise NotFound(f"没有代码集“{code}”;请在标准目录 codes 中补上,或改用已有的代码集。", code=code) from None


def elements() -> tuple[DataElement, ...]:
    """All data elements."""
    return _standards().elements


def element_for(header: str) -> DataElement | None:
    """The data element whose field, name or alias the header is (units in brackets, case and blanks apart)."""
    by_header = _standards().by_header
    return by_header.get(normal_header(header)) or by_header.get(header_without_unit(header))


def match_code_set(header: str, values: Iterable[object]) -> tuple[CodeSet, float] | None:
    """The code set that a column's values belong to, with the share of values in it.

    The set that the header's data element names needs a share of 0.6. Without such a header the values must
    speak for themselves: names or codes of six and more characters, 95 in 100, at least three different ones
    (or the whole of a smaller set); the smallest such set counts.
    """
    texts = [text for value in values if value is not None and (text := str(value).strip())]
    if not texts:
        return None
    element = element_for(header)
    if element is not None and element.code_set:
        expected = code_set(element.code_set)
        share = sum(text in expected for text in texts) / len(texts)
        return (expected, share) if share >= EXPECTED_SHARE else None
    return _match_by_values(Counter(texts))


def _match_by_values(counts: Counter[str]) -> tuple[CodeSet, float] | None:
    standards = _standards()
    rows: Counter[str] = Counter()
    distinct: Counter[str] = Counter()
    for text, count in counts.items():
        if text.isascii() and (len(text) < LONG_CODE or not text.isalnum()):
            continue
        for code in standards.sets_of_value.get(text, ()):
            rows[code] += count
            distinct[code] += 1
    total = counts.total()
    fitting = [
        standards.code_sets[code] for code, count in rows.items()
        if count >= total * UNEXPECTED_SHARE
        and distinct[code] >= min(UNEXPECTED_DISTINCT, len(standards.code_sets[code].entries))
    ]
    if not fitting:
        return None
    smallest = min(fitting, key=lambda found: (len(found.entries), found.code))
    return smallest, rows[smallest.code] / total


def _standards() -> _Standards:
    return _load(str(settings.SUIXIN.city))


@lru_cache(maxsize=4)
def _load(city: str) -> _Standards:
    sets = read_code_sets((_HERE / "codes", _CITIES / city / "codes"))
    found = tuple(read_elements((_HERE / "elements", _CITIES / city / "elements")))
    by_header: dict[str, DataElement] = {}
    for names in (lambda e: (e.name,), lambda e: (e.field,), lambda e: e.aliases):  # a name goes before any alias
        for element in found:
            for name in names(element):
                by_header.setdefault(normal_header(name), element)
    sets_of_value: defaultdict[str, list[str]] = defaultdict(list)
    for one in sets.values():
        for value in {*one.entries, *one.entries.values(), *one.aliases}:
            sets_of_value[value].append(one.code)
    return _Standards(sets, found, by_header, {value: tuple(codes) for value, codes in sets_of_value.items()})
