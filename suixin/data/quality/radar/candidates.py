"""Pairs of entries worth a comparison, found by index and never by trying all: shared ranks of values, shared rare names.

Ranks    the POSTED least ranks of each telling item lie in a table by rank; one that more than COMMON items share says nothing
Names    of each entry the rarest names that say something; one that more than COMMON entries have says nothing
Whose    only entries of different providers are paired
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any  # numpy's shapes

import numpy as np
from django.db import connection
from django.db.models import Count

from suixin.data.catalog.models import Resource
from suixin.data.quality.models import ItemSketch, SketchRank
from suixin.data.quality.radar.rules import GENERIC

COMMON = 40
RAREST = 8  # names of an entry by which others are sought
SHARED_RANKS, SHARED_NAMES = 2, 3
_FETCHED = 50_000
Pair = tuple[int, int]


def among_all(providers: Mapping[int, int]) -> list[Pair]:
    """Pairs of all entries; `providers` by entry."""
    return sorted({*_by_ranks(providers), *_by_names(_names(), providers)})


def of_one(resource: Resource, keys: Iterable[str]) -> list[int]:
    """Entries of other providers worth a comparison with one whose items have these names; two queries by index."""
    ranks = SketchRank.objects.filter(sketch__resource=resource).values("rank")
    others = SketchRank.objects.filter(rank__in=ranks).exclude(sketch__resource__provider=resource.provider_id)
    shared = others.values_list("sketch__resource", "sketch").annotate(times=Count("pk")).filter(times__gte=SHARED_RANKS)
    found = Counter(shared.values_list("sketch__resource", flat=True))
    return sorted({*found, *by_name(resource.provider_id, keys)})


def by_name(provider: int, keys: Iterable[str], *, least: int = SHARED_NAMES) -> list[int]:
    """Entries of other providers that have at least so many of these names, those of most first."""
    wanted = [key for key in dict.fromkeys(keys) if key and key not in GENERIC]
    same = ItemSketch.objects.filter(name_key__in=wanted).exclude(resource__provider=provider)
    least = min(least, max(1, len(wanted)))
    counted = same.order_by().values("resource").annotate(times=Count("name_key", distinct=True)).filter(times__gte=least)
    return list(counted.order_by("-times").values_list("resource", flat=True)[:COMMON])


def _by_ranks(providers: Mapping[int, int]) -> Iterator[Pair]:
    """Entries of which two items share ranks; sorted arrays instead of a table of all pairs."""
    ranks, sketches = _posted()
    entry_of = dict(ItemSketch.objects.filter(is_telling=True).values_list("pk", "resource"))
    if not len(ranks):
        return
    starts = np.flatnonzero(np.r_[True, ranks[1:] != ranks[:-1]])
    sizes = np.diff(np.r_[starts, len(ranks)])
    counted: Counter[Pair] = Counter()
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        if size > COMMON:
            continue
        held = sorted(sketches[start : start + size].tolist())
        counted.update((one, other) for at, one in enumerate(held) for other in held[at + 1 :])
    for (one, other), times in counted.items():
        left, right = entry_of.get(one, 0), entry_of.get(other, 0)
        if times < SHARED_RANKS or left not in providers or right not in providers or providers[left] == providers[right]:
            continue
        yield (left, right) if left < right else (right, left)


def _posted() -> "tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]":
    """Every posted rank with its sketch, in order of rank."""
    parts = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rank, sketch_id FROM quality_sketchrank")
        while rows := cursor.fetchmany(_FETCHED):
            parts.append(np.array(rows, dtype=np.int64))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    both = np.concatenate(parts)
    order = np.argsort(both[:, 0], kind="stable")
    return both[order, 0], both[order, 1]


def _names() -> dict[int, list[str]]:
    """Names that say something, by entry."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for entry, key in ItemSketch.objects.values_list("resource", "name_key").iterator(_FETCHED):
        if key and key not in GENERIC:
            found[entry].append(key)
    return found


def _by_names(names: Mapping[int, Sequence[str]], providers: Mapping[int, int]) -> Iterator[Pair]:
    entries_of: defaultdict[str, list[int]] = defaultdict(list)
    for entry, keys in names.items():
        for key in dict.fromkeys(keys):
            entries_of[key].append(entry)
    for entry, keys in names.items():
        if entry not in providers:
            continue
        rare = sorted((key for key in dict.fromkeys(keys) if 1 < len(entries_of[key]) <= COMMON), key=lambda key: len(entries_of[key]))
        shared = Counter(other for key in rare[:RAREST] for other in entries_of[key] if other > entry)
        for other, times in shared.items():
            if times >= SHARED_NAMES and other in providers and providers[entry] != providers[other]:
                yield entry, other
