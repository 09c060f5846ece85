"""What a process keeps in memory of every document of a kind: who may see it, its facets, its length, as columns.

Exact    a shelf is of one stamp. The stamp is read for every question; when it moved, the documents written since are read
         and put in, all of them when some went away or when the stamp that is known is none of theirs any more
Private  inside a transaction, what is read may never be committed: a shelf is then made for that question alone
Memory   some 400 bytes a document, and a kind at most POSTING_BYTES of postings, TEXTS texts and twice
         ANSWER_BYTES of late answers (the least used go)
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar  # Any: rows of the database

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from suixin.ground.search.engines import Joined, Match, Scope, Token, engine
from suixin.ground.search.memory import Memory
from suixin.ground.search.models import Document, Stamp
from suixin.kit.recent import Recent

POSTING_BYTES = 32 << 20
ANSWER_BYTES = 32 << 20  # of rows found, and as much of answers as they were told
OWN_BYTES = 500  # of an answer: what was asked, and its place
TEXTS = 20_000  # documents; some 2 kB each
FREQUENT = 1 / 16  # of all documents: such a token keeps its mask too
_T = TypeVar("_T", bound=np.generic)
Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Place:
    """Rows of the shelf where a token stands, and those where it stands in the title; as masks too where they are many."""

    every: Rows
    title: Rows
    every_mask: Mask | None = None
    title_mask: Mask | None = None

    def add_to(self, mask: Mask, *, of_title: bool) -> None:
        """Let the mask hold the rows too."""
        rows, whole = (self.title, self.title_mask) if of_title else (self.every, self.every_mask)
        if whole is None:
            mask[rows] = True
        else:
            np.logical_or(mask, whole, out=mask)

    @property
    def size(self) -> int:
        """Bytes in memory."""
        masks = [len(mask) for mask in (self.every_mask, self.title_mask) if mask is not None]
        return int(self.every.nbytes + self.title.nbytes) + sum(masks) + 200


@dataclass
class Shelf:
    """The documents of one kind under one stamp, by ascending id. `facets` holds numbers of `values`, 0 where there is none.

    `hits` and `said`, rows and answers of late questions, are of this very shelf: another one of the same stamp may have other rows.
    """

    kind: str
    stamp: str
    number: int
    values: dict[str, int]
    ids: NDArray[np.int64]
    keys: NDArray[np.object_]
    is_public: Mask
    lineages: NDArray[np.object_]
    lengths: NDArray[np.float32]
    facets: NDArray[np.intp]
    counts: dict[str, int] = field(default_factory=dict)
    _postings: OrderedDict[Token, Place] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.hits: Recent[tuple[Scope, str], Rows] = Recent(ANSWER_BYTES, _weight_of_rows)
        self.said: Recent[tuple[Scope, Hashable], bytes] = Recent(ANSWER_BYTES, _weight_of_bytes)
        self.texts: Memory[int, Any] = Memory(TEXTS, self.ids.tolist())  # Any: what is kept of a document is its reader's
        self.shown: Memory[str, Any] = Memory(TEXTS, self.keys.tolist())  # as above

    @property
    def total(self) -> int:
        """How many documents there are."""
        return len(self.ids)

    def seen(self, scope: Scope) -> Mask:
        """Which documents the scope sees."""
        seen: Mask = self.is_public.copy() if scope.is_public else np.ones(self.total, np.bool_)
        if scope.lineage:
            known = {lineage: lineage.startswith(scope.lineage) for lineage in set(self.lineages)}
            seen &= np.fromiter((known[one] for one in self.lineages), np.bool_, self.total)
        return seen

    def having(self, lines: Iterable[str]) -> Mask:
        """Which documents have any of these facet values, each `name=value`."""
        numbers = [number for line in lines if (number := self.values.get(line))]
        found: Mask = np.zeros(self.total, np.bool_)
        if numbers:
            found[np.isin(self.facets, numbers).any(axis=1)] = True
        return found

    def counted(self, rows: Rows) -> dict[str, dict[str, int]]:
        """For each facet its values among these documents, the commonest first."""
        counts = np.bincount(self.facets.take(rows, axis=0).ravel(), minlength=len(self.values))
        counts[0] = 0
        best = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        made: dict[str, dict[str, int]] = {}
        for number, count in zip(best.tolist(), counts[best].tolist(), strict=True):
            name, value = self._named[number]
            made.setdefault(name, {})[value] = count
        return made

    @cached_property
    def _named(self) -> list[tuple[str, str]]:
        """Name and value of each facet value, by its number."""
        parted = (line.partition("=") for line in self.values)
        return [(name, value) for name, _, value in parted]

    @cached_property
    def by_length(self) -> Rows:
        """All rows, short documents first."""
        order: Rows = np.argsort(self.lengths, kind="stable").astype(np.int32)
        return order

    def places(self, tokens: Iterable[Token]) -> Mapping[Token, Place]:
        """Where each of the tokens stands; what is not in memory is asked of the index in one statement."""
        wanted = list(dict.fromkeys(tokens))
        with self._lock:
            held = {token: self._postings[token] for token in wanted if token in self._postings}
            if self._bytes > POSTING_BYTES // 2:  # before that it does not matter which was used last
                for token in held:
                    self._postings.move_to_end(token)
        missing = [token for token in wanted if token not in held]
        found = {
            token: self._place(self._rows(posting.every), self._rows(posting.title))
            for token, posting in (engine().postings(missing) if missing else {}).items()
        }
        with self._lock:
            for token, place in found.items():
                if token not in self._postings:
                    self._bytes += place.size
                self._postings[token] = place
            while self._bytes > POSTING_BYTES and len(self._postings) > 1:
                self._bytes -= self._postings.popitem(last=False)[1].size
        return held | found

    def mask(self, match: Match, places: Mapping[Token, Place], *, of_title: bool = False) -> Mask:
        """Which documents match; `places` holds the tokens of the match."""
        if isinstance(match, Token) or match.how == "any":
            made = np.zeros(self.total, np.bool_)
            self._add(match, places, made, of_title=of_title)
            return made
        if not _may_stand(match, places):
            return np.zeros(self.total, np.bool_)
        made = self.mask(match.parts[0], places, of_title=of_title)
        for part in match.parts[1:]:
            made &= self.mask(part, places, of_title=of_title)
        return made

    def _add(self, match: Match, places: Mapping[Token, Place], made: Mask, *, of_title: bool) -> None:
        """Let the mask hold what matches too."""
        if isinstance(match, Token):
            places[match].add_to(made, of_title=of_title)
        elif match.how == "any":
            for part in match.parts:
                self._add(part, places, made, of_title=of_title)
        elif _may_stand(match, places):
            made |= self.mask(match, places, of_title=of_title)

    def _place(self, every: Rows, title: Rows) -> Place:
        return Place(every, title, self._mask_of(every), self._mask_of(title))

    def _mask_of(self, rows: Rows) -> Mask | None:
        if len(rows) <= self.total * FREQUENT:
            return None
        mask = np.zeros(self.total, np.bool_)
        mask[rows] = True
        return mask

    def _rows(self, ids: NDArray[np.int64]) -> Rows:
        """The rows of these ids; those of other kinds are left out."""
        if not self.total or not len(ids):
            return np.empty(0, np.int32)
        first, table = self.numbered
        inside = ids[(ids >= first) & (ids < first + len(table))] - first
        rows: Rows = table[inside]
        return rows[rows >= 0]

    @cached_property
    def numbered(self) -> tuple[int, Rows]:
        """The first id, and from there on for each id its row, -1 where it is of another kind: ids are dense, four bytes each."""
        first = int(self.ids[0])
        table = np.full(int(self.ids[-1]) - first + 1, -1, np.int32)
        table[self.ids - first] = np.arange(self.total, dtype=np.int32)
        return first, table


def _weight_of_rows(rows: Rows) -> int:
    return rows.nbytes + OWN_BYTES


def _weight_of_bytes(answer: bytes) -> int:
    return len(answer) + OWN_BYTES


def _may_stand(match: Joined, places: Mapping[Token, Place]) -> bool:
    """Whether each of its tokens stands somewhere."""
    return all(len(places[part].every) for part in match.parts if isinstance(part, Token))


_shelves: dict[str, Shelf] = {}
_loading = Lock()


def shelf_of(kind: str) -> Shelf:
    """The documents of the kind as they stand now."""
    return shelves_of(kind)[0]


def shelves_of(*kinds: str) -> list[Shelf]:
    """The documents of each of the kinds as they stand now; their stamps are asked in one statement."""
    if connection.in_atomic_block:
        return [_read(kind, Stamp.objects.filter(kind=kind).first(), None) for kind in kinds]
    values = _values(kinds)
    return [_current(kind, values.get(kind, "")) for kind in kinds]


def _current(kind: str, value: str) -> Shelf:
    held = _shelves.get(kind)
    if held is not None and held.stamp == value:
        return held
    with _loading:
        stamp = Stamp.objects.filter(kind=kind).first()
        held = _shelves.get(kind)
        if held is None or held.stamp != (stamp.value if stamp else ""):
            held = _shelves[kind] = _read(kind, stamp, held)
    return held


def _values(kinds: Sequence[str]) -> dict[str, str]:
    """The stamps as they are now, of those that have one; asked with every question, so not by the model."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT kind, value FROM search_stamp WHERE kind IN ({', '.join(['%s'] * len(kinds))})", list(kinds))  # noqa: S608 only %s
        return dict(cursor.fetchall())


_READ = ("id", "key", "change", "mark", "is_public", "lineage", "size", "facets")


def _read(kind: str, stamp: Stamp | None, held: Shelf | None) -> Shelf:
    if stamp is None:
        return _shelf(kind, Stamp(kind=kind), None, [])
    rows = Document.objects.filter(kind=kind).order_by("id")
    if held is not None and held.stamp and stamp.floor <= held.number < stamp.number:
        since = list(rows.filter(change__gte=held.number).values_list(*_READ))
        if any(change == held.number and mark == held.stamp for _, _, change, mark, *_ in since):
            return _shelf(kind, stamp, held, since)
    return _shelf(kind, stamp, None, list(rows.values_list(*_READ)))


def _shelf(kind: str, stamp: Stamp, held: Shelf | None, rows: Sequence[tuple[Any, ...]]) -> Shelf:  # Any: rows of the database
    values = dict(held.values) if held else {"": 0}
    numbered = [[values.setdefault(line, len(values)) for line in row[7].split("\n") if line] for row in rows]
    facets = np.zeros((len(rows), max(map(len, numbered), default=0)), np.intp)
    for at, numbers in enumerate(numbered):
        facets[at, : len(numbers)] = numbers
    ids, keys, _, _, public, lineages, sizes, _ = zip(*rows, strict=True) if rows else [()] * 8
    made = Shelf(
        kind, stamp.value, stamp.number, values, np.array(ids, np.int64), np.array(keys, np.object_), np.array(public, np.bool_),
        np.array(lineages, np.object_), np.array(sizes, np.float32), facets,
    )
    return _joined(held, made) if held else made


def _joined(held: Shelf, fresh: Shelf) -> Shelf:
    """What was held with the fresh rows in their places."""
    width = max(held.facets.shape[1], fresh.facets.shape[1])
    kept = ~np.isin(held.ids, fresh.ids)
    ids = np.concatenate([held.ids[kept], fresh.ids])
    order = np.argsort(ids, kind="stable")

    def both(old: NDArray[_T], new: NDArray[_T]) -> NDArray[_T]:
        joined: NDArray[_T] = np.concatenate([old[kept], new])[order]
        return joined

    made = Shelf(
        fresh.kind, fresh.stamp, fresh.number, fresh.values, ids[order], both(held.keys, fresh.keys),
        both(held.is_public, fresh.is_public), both(held.lineages, fresh.lineages), both(held.lengths, fresh.lengths),
        both(_wide(held.facets, width), _wide(fresh.facets, width)),
    )
    made.texts.inherit(held.texts, without=fresh.ids.tolist())
    made.shown.inherit(held.shown, without=fresh.keys.tolist())
    return made


def _wide(facets: NDArray[np.intp], width: int) -> NDArray[np.intp]:
    return np.pad(facets, ((0, 0), (0, width - facets.shape[1])))

