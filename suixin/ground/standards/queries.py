"""Look-ups in the standards: by code, by header, by values. What ships is read at the first one, what the city keeps goes before it.

Version  `GB/T 2261.1` is the version in force today (follows), `GB/T 2261.1@2003` that very one (pinned)
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from suixin.ground.standards import held
from suixin.ground.standards.held import AT
from suixin.ground.standards.loading import read_code_sets, read_elements
from suixin.ground.standards.values import CodeSet, DataElement, header_without_unit, normal_header
from suixin.kit.errors import NotFound

EXPECTED_SHARE = 0.6  # of values, when the header says which code set it is
UNEXPECTED_SHARE = 0.95  # when only the values speak
UNEXPECTED_DISTINCT = 3
MANY = 20_000  # a larger set is not what a column of unknown values is compared with
LONG_CODE = 6  # a code this long speaks for itself; shorter numbers mean anything
_HERE = Path(__file__).parent
_CITIES = _HERE.parents[1] / "cities"


@dataclass(frozen=True, eq=False)
class _Standards:
    code_sets: Mapping[str, CodeSet]
    elements: tuple[DataElement, ...]
    by_header: Mapping[str, DataElement]


def code_sets() -> tuple[CodeSet, ...]:
    """All code sets, national ones first."""
    return tuple(_standards().code_sets.values())


def code_set(code: str) -> CodeSet:
    """The code set of that code, in force or, after `@`, in that version. Raises NotFound."""
    known = _standards()
    if code in known.code_sets:
        return known.code_sets[code]
    name, _, label = code.rpartition(AT)
    if (found := held.view().labelled.get((name, label))) is not None:
        return found
    ships = shipped_sets().get(name)
    if ships is not None and ships.version == label:
        return ships
    if name in known.code_sets:
        raise NotFound(f"代码集“{name}”没有“{label}”这一版;请在工作台“标准”里查看有哪些版本。", code=code)
    raise NotFound(f"没有代码集“{code}”;请在工作台“标准”里补上,或改用已有的代码集。", code=code)


def is_known(reference: str) -> bool:
    """Whether `code_set` finds it."""
    try:
        return bool(code_set(reference).code)
    except NotFound:
        return False


def own_set(code: str) -> CodeSet | None:
    """The code set of that code which a department keeps for itself, in force; None when there is none."""
    return held.view().own.get(code)


def sets_mapped_to(target: str) -> list[CodeSet]:
    """Departments' own sets with a mapping in force to that set, by code."""
    target, found = target if target in _standards().code_sets else target.split(AT)[0], held.view()
    return sorted((found.own[own] for own, to in found.translations if to == target and own in found.own), key=lambda one: one.code)


def mapped_sets() -> list[CodeSet]:
    """Departments' own sets with a mapping in force to any set, by code."""
    found = held.view()
    return [found.own[own] for own in sorted({own for own, _ in found.translations}) if own in found.own]


def shipped_sets() -> Mapping[str, CodeSet]:
    """Code sets that ship with the program or the city's folder, whatever the city keeps beside them."""
    return _shipped(str(settings.SUIXIN.city)).code_sets


def shipped_elements() -> tuple[DataElement, ...]:
    """Data elements that ship, likewise."""
    return _shipped(str(settings.SUIXIN.city)).elements


def translation(own: str, target: str) -> held.Translation | None:
    """The mapping in force from a department's set to a standard one; after `@` in `own` the one of that number."""
    code, target = own, target.split(AT)[0] if target not in _standards().code_sets else target
    found = held.view()
    if (one := found.translations.get((code, target))) is not None:
        return one
    name, _, number = own.rpartition(AT)
    return found.numbered.get((name, target, int(number))) if number.isdecimal() else None


def prepare(references: Iterable[str]) -> None:
    """Ask anew what is in force, and load these code sets, so that threads without a connection may use them."""
    held.refresh()
    for one in references:
        len(code_set(one).entries)


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
    of_value = _sets_of_value(standards)
    rows: Counter[str] = Counter()
    distinct: Counter[str] = Counter()
    for text, count in counts.items():
        if text.isascii() and (len(text) < LONG_CODE or not text.isalnum()):
            continue
        for code in of_value.get(text, ()):
            rows[code] += count
            distinct[code] += 1
    total = counts.total()
    fitting = [
        standards.code_sets[code] for code, count in rows.items()
        if count >= total * UNEXPECTED_SHARE
        and distinct[code] >= min(UNEXPECTED_DISTINCT, standards.code_sets[code].total)
    ]
    if not fitting:
        return None
    smallest = min(fitting, key=lambda found: (found.total, found.code))
    return smallest, rows[smallest.code] / total


def _standards() -> _Standards:
    found = held.view()
    shipped = _shipped(str(settings.SUIXIN.city))
    return _merged(shipped, found) if found.sets or found.elements else shipped


@lru_cache(maxsize=4)
def _shipped(city: str) -> _Standards:
    sets = read_code_sets((_HERE / "codes", _CITIES / city / "codes"))
    return _indexed(sets, read_elements((_HERE / "elements", _CITIES / city / "elements")))


@lru_cache(maxsize=4)
def _merged(shipped: _Standards, found: held.View) -> _Standards:
    """What ships, with what the city keeps in its place or after it."""
    fields = {one.field for one in shipped.elements}
    added = [one for field, one in found.elements.items() if field not in fields]
    return _indexed({**shipped.code_sets, **found.sets}, [*(found.elements.get(one.field, one) for one in shipped.elements), *added])


def _indexed(sets: Mapping[str, CodeSet], found: Sequence[DataElement]) -> _Standards:
    by_header: dict[str, DataElement] = {}
    for names in (lambda e: (e.name,), lambda e: (e.field,), lambda e: e.aliases):  # a name goes before any alias
        for element in found:
            for name in names(element):
                by_header.setdefault(normal_header(name), element)
    return _Standards(sets, tuple(found), by_header)


@lru_cache(maxsize=4)
def _sets_of_value(standards: _Standards) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in standards.code_sets.values():
        if one.total <= MANY:
            for value in {*one.entries, *one.entries.values(), *one.aliases}:
                found[value].append(one.code)
    return {value: tuple(codes) for value, codes in found.items()}
