"""How well a document answers a question: the same arithmetic on both databases, over the best that the index gave.

Unit     two neighbouring characters of the question, or one run of letters; it weighs its inverse document frequency
Credit   of a unit: field (title 4, item that is exactly it 2.6, item or department 2, abstract 1) times how it stands there (the
         word 1, only its two characters 0.8, a synonym 0.85, its sound 0.6 ...)
Score    weighted mean of credits per part, and how much of the title the question is
Cover    weighted share of the question that is met, fields aside: a loose hit needs `ENOUGH` of every part,
         or where nothing has that, `LEAST`
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from suixin.ground.search import loosening, sound
from suixin.ground.search.asking import Need, Part, Question, Way, pieces_of
from suixin.ground.search.text import is_chinese, pairs

TITLE, EXACT_ITEM, ITEM, ABSTRACT = 4.0, 2.6, 2.0, 1.0
SCATTERED, HEARD, TURNED, PARTLY = 0.8, 0.6, 0.5, 0.5
ACROSS, UNKNOWN, SINGLE = 0.35, 0.35, 0.4
ENOUGH, LEAST = 0.42, 0.2


@dataclass(frozen=True, slots=True)
class Text:
    """What scoring reads of a document. `near` is parted: of the title, of items and department."""

    title: str
    department: str
    items: str
    abstract: str
    title_near: str
    item_near: str


class _Looked(NamedTuple):
    """A way as it is looked for in a text; made once a question."""

    factor: float
    phrase: str
    item: str
    words: tuple[str, ...]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the question: its weight, the ways of its need, and for characters their pair and how it may sound."""

    weight: float
    ways: tuple[_Looked, ...]
    pair: str = ""
    heard: tuple[str, ...] = ()
    turned: str = ""
    gapped: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """`cover` is the least cover of any part."""

    value: float
    cover: float


class Scorer:
    """Scores documents against one question."""

    def __init__(self, asked: Question, counts: Mapping[str, int], *, total: int, respelled: Mapping[str, tuple[Way, ...]]) -> None:
        self._parts = [self._units(part, counts, max(total, 1), respelled) for part in asked.parts]
        self._asked = asked.text.replace(" ", "")

    def score(self, text: Text) -> Score:
        """The score of one document."""
        value, cover = 0.0, 1.0
        for units in self._parts:
            weights = earned = covered = 0.0
            for unit in units:
                credit, share = _credit(unit, text)
                weights += unit.weight
                earned += unit.weight * credit
                covered += unit.weight * share
            value += earned / weights if weights else 0.0
            cover = min(cover, covered / weights if weights else 0.0)
        return Score(value / max(len(self._parts), 1) + self._closeness(text.title), cover)

    def _closeness(self, title: str) -> float:
        if title == self._asked:
            return 2.0
        inside = self._asked in title
        return (0.6 if inside else 0.0) + 0.4 * min(1.0, len(self._asked) / max(len(title), 1)) * (1.0 if inside else 0.5)

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
        yield Unit(weight, _looked(ways), pair, tuple(f" {token} " for token in joints[place]), turned, f" {gapped} ")


def _looked(ways: Iterable[Way]) -> tuple[_Looked, ...]:
    """The ways, the best first."""
    made = [
        _Looked(way.factor, way.phrase, f"|{way.phrase}|", tuple(pieces_of(way.phrase)), tuple(f" {token}" for token in way.tokens))
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


def _credit(unit: Unit, text: Text) -> tuple[float, float]:
    """(field and fit, fit alone) of the best way in which the unit stands in the document."""
    best, fit = 0.0, 0.0
    for way in unit.ways:
        if TITLE * way.factor <= best and way.factor <= fit:
            break  # no worse way can be better
        field, share = _field(way, text) if way.phrase else _heard_in(way.tokens, text)
        if field:
            best, fit = max(best, field * way.factor * share), max(fit, way.factor * share)
    if unit.pair and fit < 1.0:
        field, share = _pair_credit(unit, text)
        best, fit = max(best, field), max(fit, share)
    return best, fit


def _field(way: _Looked, text: Text) -> tuple[float, float]:
    """(the best field in which the way stands, how much of it stands there); a phrase stands whole or not."""
    phrase = way.phrase
    if phrase in text.title:
        return TITLE, 1.0
    if phrase in text.items:
        return (EXACT_ITEM if way.item in text.items else ITEM), 1.0
    if phrase in text.department:
        return ITEM, 1.0
    if phrase in text.abstract:
        return ABSTRACT, 1.0
    if len(way.words) > 1:
        for field, own in ((TITLE, text.title), (ITEM, text.items)):
            if all(word in own for word in way.words):
                return field, SCATTERED
    return 0.0, 0.0


def _heard_in(tokens: tuple[str, ...], text: Text) -> tuple[float, float]:
    of_title = [token in text.title_near for token in tokens]
    if all(of_title):
        return TITLE, 1.0
    of_items = [token in text.item_near for token in tokens]
    if all(of_items):
        return ITEM, 1.0
    share = sum(one or other for one, other in zip(of_title, of_items, strict=True)) / len(tokens)
    return (TITLE if sum(of_title) * 2 > len(tokens) else ITEM, share * SCATTERED) if share >= PARTLY else (0.0, 0.0)


def _pair_credit(unit: Unit, text: Text) -> tuple[float, float]:
    """As `_credit`, of the two characters alone, their sound, or one like them."""
    pair = unit.pair
    if pair in text.title:
        return TITLE * SCATTERED, SCATTERED
    best, fit = 0.0, 0.0
    if pair in text.items or pair in text.department:
        best, fit = ITEM * SCATTERED, SCATTERED
    elif pair in text.abstract:
        best, fit = ABSTRACT * SCATTERED, SCATTERED
    for field, near, own in ((TITLE, text.title_near, text.title), (ITEM, text.item_near, text.items)):
        if field * HEARD <= best and fit >= HEARD:
            break
        for token in unit.heard:
            if token in near:
                best, fit = max(best, field * HEARD), max(fit, HEARD)
                break
        else:
            if field * TURNED > best and (unit.gapped in near or unit.turned in own):
                best, fit = field * TURNED, max(fit, TURNED)
    return best, fit


def rarity(count: int, total: int) -> float:
    """How much a token says that stands in `count` of all documents."""
    return math.log(1 + total / max(count, 1))


def _least(ways: Iterable[Way], counts: Mapping[str, int]) -> int:
    known = [counts[token] for way in ways for token in (way.tokens or (way.phrase,)) if counts.get(token)]
    return min(known, default=1)
