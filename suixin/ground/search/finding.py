"""Finding: exact first, loosely when that gives little; the best scored again; counted by facet; cut into pages.

Exact    every need of the question met, in any way that is no mistake (word, synonym, pinyin, initials, prefix)
Loose    when fewer than `FEW` are found: documents with some of the loosened tokens that cover enough of every part
Order    by what their titles meet of the question, rare words over common ones, short documents first; of these the best
         `AGAIN` are scored again by their texts. Alike on both databases, to the last hit
Memory   the hits of a question are kept with the shelf whose rows they are: pages and facets of one question are
         answered from it; so are whole answers (`told`)
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from suixin.ground.search import loosening
from suixin.ground.search.asking import Need, Question, question
from suixin.ground.search.engines import Scope, Token, engine, tokens_in
from suixin.ground.search.registry import normal_value
from suixin.ground.search.scoring import ENOUGH, LEAST, Fields, Scorer, rarity
from suixin.ground.search.shelves import Mask, Place, Rows, Shelf, shelf_of
from suixin.ground.search.text import pairs

FEW, AGAIN, LOOSE = 8, 40, 60
IN_TITLE = 2.0
COUNTED = 100_000
Facets = Mapping[str, Sequence[str]]
_Kept = TypeVar("_Kept")
# the fields of `Shown`, title and abstract in lower case, near forms of the title and of the rest; a plain tuple, because of
# tens of thousands of anything else the collector of garbage would look at each
_Read = tuple[str, str, str, str, str, str, str, str, bytes, bytes]


class Shown(NamedTuple):
    """What is shown of a document; `items` stand between upright strokes."""

    key: str
    title: str
    url: str
    department: str
    items: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page: documents in order, how many there are in all, and for each facet its values with their counts."""

    documents: Sequence[Shown]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    question: Question
    shelf: Shelf

    def beside(self, read: Callable[[list[str]], Mapping[str, _Kept]]) -> dict[str, _Kept]:
        """What `read` gives for the keys of the page's documents, kept as long as each document stands.

        For columns of the owner whose every change puts the document too, in the same transaction; one reader a kind.
        """
        return self.shelf.shown.of([one.key for one in self.documents], read)


def told(scope: Scope, asked: Hashable, tell: Callable[[Shelf], bytes], *, shelf: Shelf | None = None) -> bytes:
    """What `tell` makes of the shelf it is given (`search`), kept with it until any document of the kind changes.

    For what comes of documents and of what is kept beside them (`Found.beside`) alone; `asked` is all that it depends on,
    the stamps of other shelves among it.
    """
    shelf = shelf or shelf_of(scope.kind)
    answer = known(scope, asked, shelf)
    if answer is None:
        answer = tell(shelf)
        shelf.said.remember((scope, asked), answer)
    return answer


def known(scope: Scope, asked: Hashable, shelf: Shelf) -> bytes | None:
    """What was told of the shelf when the same was asked; None when it was not, or long ago."""
    return shelf.said.recall((scope, asked))


def search(
    scope: Scope, text: str, *, chosen: Facets | None = None, start: int = 0, size: int = 20, shelf: Shelf | None = None
) -> Found:
    """The documents that answer `text`, best first, under the chosen facets (values of one facet: any of them).

    A facet's counts are under the question and the other facets' choices. Everything in the scope for an empty question.
    """
    asked, shelf = question(text), shelf or shelf_of(scope.kind)
    rows, counted = _narrowed(shelf, _hits(shelf, scope, asked), chosen or {})
    page = shelf.ids[rows[start : start + size]].tolist()
    read = shelf.texts.of(page, _documents)
    return Found([Shown(*read[one][:6]) for one in page if one in read], len(rows), counted, asked, shelf)


def keys(scope: Scope, text: str, *, limit: int = 5_000) -> list[str]:
    """Keys of the documents that answer `text`, best first: a condition for queries of the module that owns them."""
    shelf = shelf_of(scope.kind)
    found: list[str] = shelf.keys[_hits(shelf, scope, question(text))[:limit]].tolist()
    return found


def _documents(ids: list[int]) -> dict[int, _Read]:
    """What is shown and scored of each. Not by the model: making its sentence costs more than reading forty rows."""
    sentence = f"SELECT id, near, {', '.join(Shown._fields)} FROM search_document WHERE id IN ({', '.join(['%s'] * len(ids))})"  # noqa: S608 our words
    with connection.cursor() as cursor:
        cursor.execute(sentence, ids)
        return {pk: _read(near, *shown) for pk, near, *shown in cursor.fetchall()}


def _read(near: str, key: str, title: str, url: str, department: str, items: str, abstract: str) -> _Read:
    of_title, _, of_items = near.encode().partition(b"|")
    return key, title, url, department, items, abstract, _lower(title), _lower(abstract), of_title, of_items


def _lower(text: str) -> str:
    lower = text.lower()
    return text if lower == text else lower  # one in memory, not two


def _hits(shelf: Shelf, scope: Scope, asked: Question) -> Rows:
    """Rows of the shelf, best first."""
    known = shelf.hits.recall((scope, asked.text))
    if known is None:
        known = _find(shelf, scope, asked)
        shelf.hits.remember((scope, asked.text), known)
    return known


def _find(shelf: Shelf, scope: Scope, asked: Question) -> Rows:
    needs, seen = [need for part in asked.parts for need in part.needs], shelf.seen(scope)
    if not needs:
        return _rows(seen) if not asked.text else _rows(np.zeros(0, np.bool_))
    if not seen.any():
        return _rows(seen)
    weighed = _weighed(asked)
    places = shelf.places([*(token for need in needs for token in tokens_in(need.match)), *map(Token, weighed)])
    standing = [[shelf.mask(way.match, places) for way in need.ways] for need in needs]
    met = [masks[0] if len(masks) == 1 else np.logical_or.reduce(masks) for masks in standing]
    exact = np.logical_and.reduce([seen, *met])
    known = _Counting(shelf, {token: len(places[Token(token)].every) for token in weighed})
    loose, more = loosening.Loose((), {}), np.empty(0, np.int32)
    if np.count_nonzero(exact) < FEW:
        loose = loosening.loosened(asked, known, total=shelf.total)
        more = _likeliest(shelf, loose.tokens, seen & ~exact)
    scorer = Scorer(asked, known(weighed), total=shelf.total, respelled=loose.respelled)
    weights = [rarity(int(np.count_nonzero(mask)), shelf.total) for mask in met]
    best = _promising(shelf, exact, list(zip(needs, weights, standing, strict=True)), places)
    return np.concatenate([_ordered(shelf, best, scorer), _worthy(shelf, more, scorer)])


class _Counting:
    """In how many documents tokens stand, remembered with the shelf."""

    def __init__(self, shelf: Shelf, known: Mapping[str, int]) -> None:
        self._known = shelf.counts
        self._known.update(known)

    def __call__(self, tokens: Sequence[str]) -> Mapping[str, int]:
        found = {token: self._known.get(token, -1) for token in tokens}
        if new := [token for token, count in found.items() if count < 0]:
            counted = dict.fromkeys(new, 0) | engine().counts(new)
            found |= counted
            if len(self._known) > COUNTED:
                self._known.clear()
            self._known.update(counted)
        return {token: count for token, count in found.items() if count}


def _weighed(asked: Question) -> list[str]:
    made = [pair for part in asked.parts for run in part.chinese for pair in pairs(run)]
    for part in asked.parts:
        made += [run for run in part.chinese if len(run) == 1]
        made += [token for need in part.needs if need.text in part.letters for way in need.ways for token in (way.tokens or (way.phrase,))]
    return [token for token in made if token.isalnum()]


def _promising(
    shelf: Shelf, exact: Mask, needs: Sequence[tuple[Need, float, Sequence[Mask]]], places: Mapping[Token, Place]
) -> Rows:
    """The rows in the order in which they promise to answer, as far as the index can tell; short documents first among equals.

    `needs` with their weights, and where each of their ways stands.
    """
    if np.count_nonzero(exact) <= AGAIN:
        return _rows(exact)
    rows = shelf.by_length.compress(exact.take(shelf.by_length))
    promise = np.zeros(len(rows), np.float32)
    for need, weight, masks in needs:
        credit = np.zeros(len(rows), np.float32)
        for way, mask in zip(need.ways, masks, strict=True):
            stands = mask.take(rows)
            if stands.any():  # what stands in a title stands in the document, so that it counts twice: IN_TITLE
                times = stands.view(np.uint8) + shelf.mask(way.match, places, of_title=True).take(rows).view(np.uint8)
                np.maximum(credit, way.factor * times.astype(np.float32), out=credit)
        promise += weight * credit
    order: Rows = rows[np.argsort(_steps(promise), kind="stable")]
    return order


def _steps(promise: NDArray[np.float32]) -> NDArray[np.uint16]:
    """How far each lies under the best, in 65,535 steps: sorted in a tenth of the time of the numbers themselves."""
    best = promise.max()
    steps: NDArray[np.uint16] = np.rint((best - promise) * (65_535 / best if best else 0.0)).astype(np.uint16)
    return steps


def _likeliest(shelf: Shelf, tokens: Sequence[str], allowed: Mask) -> Rows:
    """The rows with most of the tokens, by how rare they are."""
    sums = np.zeros(shelf.total, np.float32)
    for place in shelf.places(map(Token, tokens)).values():
        weight = rarity(len(place.every), shelf.total)
        sums[place.every] += weight
        sums[place.title] += weight * (IN_TITLE - 1)
    rows = _rows(allowed & (sums > 0))
    if len(rows) > LOOSE:
        rows = rows[sums[rows] >= np.partition(sums[rows], -LOOSE)[-LOOSE]]
    order: Rows = rows[np.lexsort((shelf.lengths[rows], -sums[rows]))]
    return order[:LOOSE]


def _rows(mask: Mask) -> Rows:
    return np.flatnonzero(mask).astype(np.int32)


def _ordered(shelf: Shelf, rows: Rows, scorer: Scorer) -> Rows:
    """The best of them by score, the others as they come."""
    scored = _scored(shelf, rows[:AGAIN], scorer)
    best = [row for _, _, row in sorted(scored, key=lambda one: (-one[0], one[2]))]
    return np.concatenate([np.array(best, np.int32), rows[AGAIN:]])


def _worthy(shelf: Shelf, rows: Rows, scorer: Scorer) -> Rows:
    every = sorted(_scored(shelf, rows, scorer), key=lambda one: (-one[0] * one[1], one[2]))
    worthy = [row for _, cover, row in every if cover >= ENOUGH] or [row for _, cover, row in every if cover >= LEAST][:FEW]
    return np.array(worthy, np.int32)


def _scored(shelf: Shelf, rows: Rows, scorer: Scorer) -> list[tuple[float, float, int]]:
    """Score, cover and row of each document that is still there."""
    by_id = dict(zip(shelf.ids[rows].tolist(), rows.tolist(), strict=True))
    read = shelf.texts.of(list(by_id), _documents)
    if not read:
        return []
    _, _, _, departments, items, _, *lower = zip(*read.values(), strict=True)
    titles, abstracts, *near = lower
    scores = scorer.scores(Fields(titles, departments, items, abstracts, *near))
    return [(score.value, score.cover, by_id[pk]) for pk, score in zip(read, scores, strict=True)]


def _narrowed(shelf: Shelf, rows: Rows, chosen: Facets) -> tuple[Rows, dict[str, dict[str, int]]]:
    """Rows under the choices, and counts of each facet under all choices but its own."""
    wanted = {
        name: shelf.having([f"{name}={normal_value(value)}" for value in values])[rows] for name, values in chosen.items() if values
    }
    if not wanted:
        return rows, shelf.counted(rows)
    kept = rows[np.logical_and.reduce(list(wanted.values()))]
    counted = shelf.counted(kept)
    for name in wanted:
        others = [mask for other, mask in wanted.items() if other != name]
        counted[name] = shelf.counted(rows[np.logical_and.reduce(others)] if others else rows).get(name, {})
    return kept, counted
