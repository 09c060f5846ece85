"""How well a document answers a question: the same arithmetic on both databases, over the best that the index gave.

Unit     two neighbouring characters of the question, or one run of letters; it weighs its inverse document frequency
Credit   of a unit: field (title 4, item that is exactly it 2.6, item or department 2, abstract 1) times how it stands there (the
         word 1, only its two characters 0.8, a synonym 0.85, its sound 0.6 ...)
Score    weighted mean of credits per part, and how much of the title the question is
Cover    weighted share of the question that is met, fields aside: a loose hit needs `ENOUGH` of every part,
         or where nothing has that, `LEAST`
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from suixin.ground.search import loosening, sound
from suixin.ground.search.asking import Need, Part, Question, Way, pieces_of
from suixin.ground.search.text import is_chinese, pairs

TITLE, EXACT_ITEM, ITEM, ABSTRACT = 4.0, 2.6, 2.0, 1.0
SCATTERED, HEARD, TURNED, PARTLY = 0.8, 0.6, 0.5, 0.5
ACROSS, UNKNOWN, SINGLE = 0.35, 0.35, 0.4
ENOUGH, LEAST = 0.42, 0.2


class Fields(NamedTuple):
    """What scoring reads of several documents, field by field, in lower case. The near forms are parted, of the title, of items
    and department; as bytes they take half the memory.
    """

    title: Sequence[str]
    department: Sequence[str]
    items: Sequence[str]
    abstract: Sequence[str]
    title_near: Sequence[bytes]
    item_near: Sequence[bytes]


class _Looked(NamedTuple):
    """A way as it is looked for in a text; made once a question."""

    factor: float
    phrase: str
    item: str
    words: tuple[str, ...]
    tokens: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the question: its weight, the ways of its need, and for characters their pair and how it may sound."""

    weight: float
    ways: tuple[_Looked, ...]
    pair: str = ""
    heard: tuple[bytes, ...] = ()
    turned: str = ""
    gapped: bytes = b""


class Score(NamedTuple):
    """`cover` is the least cover of any part."""

    value: float
    cover: float


class Scorer:
    """Scores documents against one question."""

    def __init__(self, asked: Question, counts: Mapping[str, int], *, total: int, respelled: Mapping[str, tuple[Way, ...]]) -> None:
        self._parts = [self._units(part, counts, max(total, 1), respelled) for part in asked.parts]
        self._asked = asked.text.replace(" ", "")

    def scores(self, fields: Fields) -> list[Score]:
        """The score of each document: unit by unit over all of them, which costs a third of document by document."""
        count = len(fields.title)
        values, covers = [0.0] * count, [1.0] * count
        for units in self._parts:
            weights, earned, covered = 0.0, [0.0] * count, [0.0] * count
            for unit in units:
                gained, shares = _credits(unit, fields)
                weight = unit.weight
                weights += weight
                earned = [one + weight * more for one, more in zip(earned, gained, strict=True)]
                covered = [one + weight * more for one, more in zip(covered, shares, strict=True)]
            if weights:
                values = [value + one / weights for value, one in zip(values, earned, strict=True)]
            covers = [min(cover, one / weights if weights else 0.0) for cover, one in zip(covers, covered, strict=True)]
        parts, asked, length = max(len(self._parts), 1), self._asked, len(self._asked)
        return [
            Score(value / parts + (_closeness(asked, length, title) if title != asked else 2.0), cover)
            for value, cover, title in zip(values, covers, fields.title, strict=True)
        ]

    def _units(
        self, part: Part, counts: Mapping[str, int], total: int, respelled: Mapping[str, tuple[Way, ...]]
    ) -> list[Unit]:
        made: list[Unit] = []
        for need in part.needs:
            if not is_chinese(need.text):
                ways = (*need.ways, *respelled.get(need.text, ()))
                made.append(Unit(rarity(_least(ways, counts), total), _looked(ways)))
            elif len(need.text) == 1 and len(part.chinese) > 0 and need.text in part.chinese:
                made.append(Unit(rarity(counts.get(need.text, 0), total) * (SINGLE if len(part.needs) > 1 else 1.0), _looked(need.ways)))
        for run in part.chinese:
            made += _pairs(run, _needs_by_place(run, part.needs), counts, total)
        return made


def _closeness(asked: str, length: int, title: str) -> float:
    """How much of the title the question is."""
    share = length / (len(title) or 1)
    share = 0.4 * share if share < 1.0 else 0.4
    return 0.6 + share if asked in title else share * 0.5


def _pairs(run: str, owners: list[Need | None], counts: Mapping[str, int], total: int) -> Iterable[Unit]:
    joints = sound.joints(run) if len(run) > 1 else ()
    for place, pair in enumerate(pairs(run)):
        own = owners[place] if owners[place] is owners[place + 1] else None
        weight = rarity(counts[pair], total) if counts.get(pair) else UNKNOWN * math.log(1 + total)
        ways = own.ways if own else ()
        if own is None:
            weight *= ACROSS
            ways = tuple(way for near in (owners[place], owners[place + 1]) if near and len(near.text) == 1 for way in near.ways)
        turned, gapped = loosening.near_of(pair[0], pair[1])
        yield Unit(weight, _looked(ways), pair, tuple(f" {token} ".encode() for token in joints[place]), turned, f" {gapped} ".encode())


def _looked(ways: Iterable[Way]) -> tuple[_Looked, ...]:
    """The ways, the best first."""
    made = [
        _Looked(
            way.factor, way.phrase, f"|{way.phrase}|", tuple(pieces_of(way.phrase)), tuple(f" {token}".encode() for token in way.tokens)
        )
        for way in ways
    ]
    return tuple(sorted(made, key=lambda one: -one.factor))


def _needs_by_place(run: str, needs: Iterable[Need]) -> list[Need | None]:
    """For each character of the run the need that it belongs to."""
    owners: list[Need | None] = [None] * len(run)
    start = 0
    for need in needs:
        found = run.find(need.text, start)
        if found == start:
            owners[start : start + len(need.text)] = [need] * len(need.text)
            start += len(need.text)
    return owners


def _credits(unit: Unit, fields: Fields) -> tuple[list[float], list[float]]:
    """(field and fit, fit alone) of the best way in which the unit stands in each of the documents."""
    best, fit = [0.0] * len(fields.title), [0.0] * len(fields.title)
    left: Sequence[int] = range(len(best))
    for place, way in enumerate(unit.ways):
        most, factor = TITLE * way.factor, way.factor
        if place:
            left = [at for at in left if best[at] < most or fit[at] < factor]  # no worse way can be better
            if not left:
                break
        if way.phrase:
            _standing(way, fields, left, best, fit)
        else:
            for at, field, share in _heard_in(way.tokens, fields, left):
                best[at] = max(best[at], field * factor * share)
                fit[at] = max(fit[at], factor * share)
    if unit.pair:
        _pair_standing(unit, fields, best, fit)
    return best, fit


def _standing(way: _Looked, fields: Fields, rows: Iterable[int], best: list[float], fit: list[float]) -> None:
    """Raise what the rows have to the best field in which the way stands; a phrase stands whole or not."""
    titles, departments, items, abstracts, _, _ = fields
    phrase, item, words, factor = way.phrase, way.item, way.words, way.factor
    title, exact, named, told = TITLE * factor, EXACT_ITEM * factor, ITEM * factor, ABSTRACT * factor
    for at in rows:
        if phrase in titles[at]:
            value = title
        elif phrase in items[at]:
            value = exact if item in items[at] else named
        elif phrase in departments[at]:
            value = named
        elif phrase in abstracts[at]:
            value = told
        else:
            if len(words) > 1:
                _scatter(way, fields, at, best, fit)
            continue
        if best[at] < value:
            best[at] = value
        if fit[at] < factor:
            fit[at] = factor


def _scatter(way: _Looked, fields: Fields, at: int, best: list[float], fit: list[float]) -> None:
    """As `_standing`, of the way's words in different places of one document."""
    for field, text in ((TITLE, fields.title[at]), (ITEM, fields.items[at])):
        if all(word in text for word in way.words):
            best[at] = max(best[at], field * way.factor * SCATTERED)
            fit[at] = max(fit[at], way.factor * SCATTERED)
            return


def _heard_in(tokens: tuple[bytes, ...], fields: Fields, rows: Iterable[int]) -> Iterator[tuple[int, float, float]]:
    """As `_standing`, of sounds and initials."""
    for at in rows:
        title, items = fields.title_near[at], fields.item_near[at]
        of_title = [token in title for token in tokens]
        if all(of_title):
            yield at, TITLE, 1.0
            continue
        of_items = [token in items for token in tokens]
        if all(of_items):
            yield at, ITEM, 1.0
            continue
        share = sum(one or other for one, other in zip(of_title, of_items, strict=True)) / len(tokens)
        if share >= PARTLY:
            yield at, TITLE if sum(of_title) * 2 > len(tokens) else ITEM, share * SCATTERED


def _pair_standing(unit: Unit, fields: Fields, best: list[float], fit: list[float]) -> None:
    """Raise what the documents have where the two characters alone, or one like them, do better than the unit's ways."""
    titles, departments, items, abstracts, *_ = fields
    pair = unit.pair
    for at, known in enumerate(fit):
        if known >= 1.0:
            continue
        if pair in titles[at]:
            credit, share = TITLE * SCATTERED, SCATTERED
        elif pair in items[at] or pair in departments[at]:
            credit, share = _near(unit, fields, at, ITEM * SCATTERED, SCATTERED)
        elif pair in abstracts[at]:
            credit, share = _near(unit, fields, at, ABSTRACT * SCATTERED, SCATTERED)
        else:
            credit, share = _near(unit, fields, at, 0.0, 0.0)
        if best[at] < credit:
            best[at] = credit
        if known < share:
            fit[at] = share


def _near(unit: Unit, fields: Fields, at: int, best: float, fit: float) -> tuple[float, float]:
    """(credit, fit) where the sound of the two characters, or one like them, does better than what there is outside the title."""
    first, others, gapped, near = unit.heard[0], unit.heard[1:], unit.gapped, fields.title_near[at]
    if first in near or (others and _is_any(others, near)):
        return TITLE * HEARD, fit if fit > HEARD else HEARD
    if gapped in near or unit.turned in fields.title[at]:
        best, fit = TITLE * TURNED, fit if fit > TURNED else TURNED
    if best < ITEM * HEARD or fit < HEARD:
        near = fields.item_near[at]
        if first in near or (others and _is_any(others, near)):
            return max(best, ITEM * HEARD), max(fit, HEARD)
        if best < ITEM * TURNED and (gapped in near or unit.turned in fields.items[at]):
            return ITEM * TURNED, max(fit, TURNED)
    return best, fit


def _is_any(sought: tuple[bytes, ...], text: bytes) -> bool:
    for one in sought:  # noqa: SIM110 a generator would take longer than the search
        if one in text:
            return True
    return False


def rarity(count: int, total: int) -> float:
    """How much a token says that stands in `count` of all documents."""
    return math.log(1 + total / max(count, 1))


def _least(ways: Iterable[Way], counts: Mapping[str, int]) -> int:
    known = [counts[token] for way in ways for token in (way.tokens or (way.phrase,)) if counts.get(token)]
    return min(known, default=1)
