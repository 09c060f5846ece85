"""Finding: exact first, loosely when that gives little; the best scored again; counted by facet; cut into pages.

Exact    every need of the question met, in any way that is no mistake (word, synonym, pinyin, initials, prefix)
Loose    when fewer than `FEW` are found: documents with some of the loosened tokens that cover enough of every part
Order    by what their titles meet of the question, rare words over common ones, short documents first; of these the best
         `AGAIN` are scored again by their texts. Alike on both databases, to the last hit
Memory   the hits of a question are kept with the shelf whose rows they are: pages and facets of one question are
         answered from it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import connection

from suixin.ground.search import loosening
from suixin.ground.search.asking import Need, Question, question
from suixin.ground.search.engines import Scope, Token, engine, tokens_in
from suixin.ground.search.registry import normal_value
from suixin.ground.search.scoring import ENOUGH, LEAST, Scorer, Text, rarity
from suixin.ground.search.shelves import Mask, Place, Rows, Shelf, shelf_of
from suixin.ground.search.text import pairs

FEW, AGAIN, LOOSE = 8, 40, 60
IN_TITLE = 2.0
COUNTED = 100_000
Facets = Mapping[str, Sequence[str]]


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


def search(scope: Scope, text: str, *, chosen: Facets | None = None, start: int = 0, size: int = 20) -> Found:
    """The documents that answer `text`, best first, under the chosen facets (values of one facet: any of them).

    A facet's counts are under the question and the other facets' choices. Everything in the scope for an empty question.
    """
    asked, shelf = question(text), shelf_of(scope.kind)
    hits, documents = _hits(shelf, scope, asked)
    rows, counted = _narrowed(shelf, hits, chosen or {})
    page = shelf.ids[rows[start : start + size]].tolist()
    documents |= {pk: shown for pk, (shown, _) in shelf.texts([one for one in page if one not in documents], _documents).items()}
    return Found([documents[one] for one in page if one in documents], len(rows), counted, asked)


def keys(scope: Scope, text: str, *, limit: int = 5_000) -> list[str]:
    """Keys of the documents that answer `text`, best first: a condition for queries of the module that owns them."""
    shelf = shelf_of(scope.kind)
    found: list[str] = shelf.keys[_hits(shelf, scope, question(text))[0][:limit]].tolist()
    return found


def _documents(ids: list[int]) -> list[tuple[int, tuple[Shown, str]]]:
    """Id, what is shown and the near forms of each. Not by the model: making its sentence costs more than reading forty rows."""
    sentence = f"SELECT id, near, {', '.join(Shown._fields)} FROM search_document WHERE id IN ({', '.join(['%s'] * len(ids))})"  # noqa: S608 our words
    with connection.cursor() as cursor:
        cursor.execute(sentence, ids)
        return [(pk, (Shown(*shown), near)) for pk, near, *shown in cursor.fetchall()]


def _hits(shelf: Shelf, scope: Scope, asked: Question) -> tuple[Rows, dict[int, Shown]]:
    """Rows of the shelf, best first, and what was read of documents on the way, by id."""
    known = shelf.recall(scope, asked.text)
    if known is not None:
        return known, {}
    read: dict[int, Shown] = {}
    rows = _find(shelf, scope, asked, read)
    shelf.remember(scope, asked.text, rows)
    return rows, read


def _find(shelf: Shelf, scope: Scope, asked: Question, read: dict[int, Shown]) -> Rows:
    needs, seen = [need for part in asked.parts for need in part.needs], shelf.seen(scope)
    if not needs:
        return _rows(seen) if not asked.text else _rows(np.zeros(0, np.bool_))
    weighed = _weighed(asked)
    places = shelf.places([*(token for need in needs for token in tokens_in(need.match)), *map(Token, weighed)])
    met = [shelf.mask(need.match, places) for need in needs]
    exact = np.logical_and.reduce([seen, *met])
    known = _Counting(shelf, {token: len(places[Token(token)].every) for token in weighed})
    loose, more = loosening.Loose((), {}), np.empty(0, np.int32)
    if np.count_nonzero(exact) < FEW:
        loose = loosening.loosened(asked, known, total=shelf.total)
        more = _likeliest(shelf, loose.tokens, seen & ~exact)
    scorer = Scorer(asked, known(weighed), total=shelf.total, respelled=loose.respelled)
    weights = [rarity(int(np.count_nonzero(mask)), shelf.total) for mask in met]
    best = _promising(shelf, _rows(exact), list(zip(needs, weights, strict=True)), places)
    return np.concatenate([_ordered(shelf, best, scorer, read), _worthy(shelf, more, scorer, read)])


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


def _promising(shelf: Shelf, rows: Rows, needs: Sequence[tuple[Need, float]], places: Mapping[Token, Place]) -> Rows:
    """The rows in the order in which they promise to answer, as far as the index can tell."""
    if len(rows) <= AGAIN:
        return rows
    promise = np.zeros(len(rows), np.float32)
    for need, weight in needs:
        credit = np.zeros(len(rows), np.float32)
        for way in need.ways:
            stands = shelf.mask(way.match, places)[rows]
            in_title = shelf.mask(way.match, places, of_title=True)[rows]
            np.maximum(credit, way.factor * np.where(in_title, IN_TITLE, stands), out=credit)
        promise += weight * credit
    order: Rows = rows[np.lexsort((shelf.lengths[rows], -promise))]
    return order


def _likeliest(shelf: Shelf, tokens: Sequence[str], allowed: Mask) -> Rows:
    """The rows with most of the tokens, by how rare they are."""
    sums = np.zeros(shelf.total, np.float32)
    for place in shelf.places(map(Token, tokens)).values():
        weight = rarity(len(place.every), shelf.total)
        sums[place.every] += weight
        sums[place.title] += weight * (IN_TITLE - 1)
    rows = _rows(allowed & (sums > 0))
    order: Rows = rows[np.lexsort((shelf.lengths[rows], -sums[rows]))]
    return order[:LOOSE]


def _rows(mask: Mask) -> Rows:
    return np.flatnonzero(mask).astype(np.int32)


def _ordered(shelf: Shelf, rows: Rows, scorer: Scorer, read: dict[int, Shown]) -> Rows:
    """The best of them by score, the others as they come."""
    scored = _scored(shelf, rows[:AGAIN], scorer, read)
    best = [row for _, _, row in sorted(scored, key=lambda one: (-one[0], one[2]))]
    return np.concatenate([np.array(best, np.int32), rows[AGAIN:]])


def _worthy(shelf: Shelf, rows: Rows, scorer: Scorer, read: dict[int, Shown]) -> Rows:
    every = sorted(_scored(shelf, rows, scorer, read), key=lambda one: (-one[0] * one[1], one[2]))
    worthy = [row for _, cover, row in every if cover >= ENOUGH] or [row for _, cover, row in every if cover >= LEAST][:FEW]
    return np.array(worthy, np.int32)


def _scored(shelf: Shelf, rows: Rows, scorer: Scorer, read: dict[int, Shown]) -> list[tuple[float, float, int]]:
    """Score, cover and row of each document that is still there."""
    by_id = dict(zip(shelf.ids[rows].tolist(), rows.tolist(), strict=True))
    made = []
    for pk, (shown, near) in shelf.texts(list(by_id), _documents).items():
        read[pk] = shown
        of_title, _, of_items = near.partition("|")
        score = scorer.score(Text(shown.title.lower(), shown.department, shown.items, shown.abstract.lower(), of_title, of_items))
        made.append((score.value, score.cover, by_id[pk]))
    return made


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
