"""Finding: exact first, loosely when that gives little; the best scored again; counted by facet; cut into pages.

Exact    every need of the question met, in any way that is no mistake (word, synonym, pinyin, initials, prefix)
Loose    when fewer than `FEW` are found: documents with some of the loosened tokens that cover enough of every part
Memory   the order of hits of a question is kept per process until the kind's stamp changes: pages and facets of one
         question are answered from it
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from suixin.ground.search import loosening
from suixin.ground.search.asking import Question, question
from suixin.ground.search.engines import Engine, Hit, Scope, engine
from suixin.ground.search.models import Document, Stamp
from suixin.ground.search.registry import normal_value
from suixin.ground.search.scoring import ENOUGH, LEAST, Scorer, Text
from suixin.ground.search.text import pairs

MAX_HITS = 50_000
FEW, AGAIN, LOOSE = 8, 40, 100
KEPT = 256
Facets = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """One page: documents in order, how many there are in all, and for each facet its values with their counts."""

    documents: Sequence[Document]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    question: Question


def search(scope: Scope, text: str, *, chosen: Facets | None = None, start: int = 0, size: int = 20) -> Found:
    """The documents that answer `text`, best first, under the chosen facets (values of one facet: any of them).

    A facet's counts are under the question and the other facets' choices. Everything in the scope for an empty question.
    """
    asked = question(text)
    hits, counted = _narrowed(_hits(scope, asked), chosen or {})
    page = [hit.id for hit in hits[start : start + size]]
    rows = Document.objects.defer("near").in_bulk(page)
    return Found([rows[one] for one in page if one in rows], len(hits), counted, asked)


def keys(scope: Scope, text: str, *, limit: int = 5_000) -> list[str]:
    """Keys of the documents that answer `text`, best first: a condition for queries of the module that owns them."""
    ids = [hit.id for hit in _hits(scope, question(text))[:limit]]
    found = dict(Document.objects.filter(kind=scope.kind).values_list("pk", "key")) if len(ids) > 500 else dict(
        Document.objects.filter(pk__in=ids).values_list("pk", "key"))
    return [found[one] for one in ids if one in found]


_memory: OrderedDict[tuple[Scope, str, str], list[Hit]] = OrderedDict()
_counts: dict[str, dict[str, int]] = {}
_lock = Lock()


def _hits(scope: Scope, asked: Question) -> list[Hit]:
    stamp = Stamp.objects.filter(kind=scope.kind).values_list("value", flat=True).first() or ""
    place = (scope, asked.text, stamp)
    with _lock:
        if place in _memory:
            _memory.move_to_end(place)
            return _memory[place]
    hits = _find(scope, asked, stamp)
    with _lock:
        _memory[place] = hits
        while len(_memory) > KEPT:
            _memory.popitem(last=False)
    return hits


def _find(scope: Scope, asked: Question, stamp: str) -> list[Hit]:
    index, match = engine(), asked.match
    if match is None:
        return index.find(scope, None, limit=MAX_HITS) if not asked.text else []
    exact = index.find(scope, match, limit=MAX_HITS)
    counting = _Counting(index, stamp)
    total = counting.total(scope)
    loose = loosening.Loose(None, {})
    more: list[Hit] = []
    if len(exact) < FEW:
        loose = loosening.loosened(asked, counting, total=total)
        known = {hit.id for hit in exact}
        found = index.find(scope, loose.match, limit=LOOSE + FEW) if loose.match else []
        more = [hit for hit in found if hit.id not in known]
    scorer = Scorer(asked, counting(_weighed(asked)), total=total, respelled=loose.respelled)
    return [*_ordered(exact, scorer), *_worthy(more, scorer)]


class _Counting:
    """In how many documents tokens stand, remembered until something changes."""

    def __init__(self, index: Engine, stamp: str) -> None:
        self._index = index
        with _lock:
            if stamp not in _counts:
                _counts.clear()
            self._known = _counts.setdefault(stamp, {})

    def __call__(self, tokens: Sequence[str]) -> Mapping[str, int]:
        new = [token for token in dict.fromkeys(tokens) if token not in self._known]
        if new:
            self._known.update(dict.fromkeys(new, 0) | self._index.counts(new))
        return {token: count for token in tokens if (count := self._known[token])}

    def total(self, scope: Scope) -> int:
        if " " + scope.kind not in self._known:  # a space: no token is written so
            self._known[" " + scope.kind] = Document.objects.filter(kind=scope.kind).count()
        return self._known[" " + scope.kind]


def _weighed(asked: Question) -> list[str]:
    made = [pair for part in asked.parts for run in part.chinese for pair in pairs(run)]
    for part in asked.parts:
        made += [run for run in part.chinese if len(run) == 1]
        made += [token for need in part.needs if need.text in part.letters for way in need.ways for token in (way.tokens or (way.phrase,))]
    return made


def _ordered(hits: list[Hit], scorer: Scorer) -> list[Hit]:
    """The best of them by score, the others as the index has them."""
    scored = _scored(hits[:AGAIN], scorer)
    return [hit for _, _, hit in sorted(scored, key=lambda one: (-one[0], one[2].id))] + hits[AGAIN:]


def _worthy(hits: list[Hit], scorer: Scorer) -> list[Hit]:
    every = sorted(_scored(hits[:LOOSE], scorer), key=lambda one: (-one[0] * one[1], one[2].id))
    worthy = [hit for _, cover, hit in every if cover >= ENOUGH]
    return worthy or [hit for _, cover, hit in every if cover >= LEAST][:FEW]


def _scored(hits: Iterable[Hit], scorer: Scorer) -> list[tuple[float, float, Hit]]:
    by_id = {hit.id: hit for hit in hits}
    rows = Document.objects.filter(pk__in=list(by_id)).values_list("pk", "title", "department", "items", "abstract", "near")
    made = []
    for pk, title, department, items, abstract, near in rows:
        of_title, _, of_items = near.partition("|")
        score = scorer.score(Text(title.lower(), department, items, abstract.lower(), of_title, of_items))
        made.append((score.value, score.cover, by_id[pk]))
    return made


def _narrowed(hits: list[Hit], chosen: Facets) -> tuple[list[Hit], dict[str, dict[str, int]]]:
    """Hits under the choices, and counts of each facet under all choices but its own."""
    wanted = {name: [f"\n{name}={normal_value(value)}\n" for value in values] for name, values in chosen.items() if values}
    kept = [hit for hit in hits if not _missed(hit, wanted)] if wanted else hits
    counted = _counted(kept)
    for name in wanted:
        others = {other: lines for other, lines in wanted.items() if other != name}
        of_own = _counted([hit for hit in hits if not _missed(hit, others)])
        counted[name] = of_own.get(name, {})
    return kept, counted


def _missed(hit: Hit, wanted: Mapping[str, Sequence[str]]) -> bool:
    return not all(any(line in hit.facets for line in lines) for lines in wanted.values())


def _counted(hits: Iterable[Hit]) -> dict[str, dict[str, int]]:
    made: dict[str, dict[str, int]] = {}
    for line, count in Counter("".join(hit.facets for hit in hits).split("\n")).most_common():
        name, _, value = line.partition("=")
        if name:
            made.setdefault(name, {})[value] = count
    return made
