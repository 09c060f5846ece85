"""Writes of the index: put and drop in the transaction of the object's own change, rebuild by kind.

Lock     the kind's stamp is written first, so that changes of one kind follow one another until they commit
"""

import uuid
from collections.abc import Callable

from django.db import connection, transaction

from suixin.ground.search import registry
from suixin.ground.search.engines import engine
from suixin.ground.search.models import Document, Stamp
from suixin.ground.search.registry import Entry, normal_value
from suixin.ground.search.text import normal
from suixin.ground.search.tokens import ANALYSIS, MAX_ITEMS, near_tokens, tokens_of

PORTION, AT_ONCE = 500, 2_000


@transaction.atomic
def put(entry: Entry) -> None:
    """The object is found as this entry from now on; part of the action that changed it, which authorised that."""
    _stamp(entry.kind)
    _write(entry)


@transaction.atomic
def drop(kind: str, key: str) -> None:
    """The object is found no more; nothing happens when it was not there."""
    _stamp(kind)
    Document.objects.filter(kind=kind, key=key).delete()


def rebuild(kind: str, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Every object of the kind indexed anew, in portions; objects that are no more leave. How many there are.

    May be stopped and run again at any time; searching and changing go on meanwhile: each portion is read and written
    under the lock that `put` takes too. Raises UnknownKind.
    """
    of = registry.kind_by(kind)
    keys = list(of.keys())
    for start in range(0, len(keys), PORTION):
        portion = keys[start : start + PORTION]
        with transaction.atomic():
            _stamp(kind)
            for entry in of.entries(portion):
                _write(entry)
        progress(start + len(portion), len(keys))
    with transaction.atomic():
        _stamp(kind, analysis=ANALYSIS)
        now = set(of.keys())
        gone = [pk for pk, key in Document.objects.filter(kind=kind).values_list("pk", "key") if key not in now]
        for start in range(0, len(gone), PORTION):
            Document.objects.filter(pk__in=gone[start : start + PORTION]).delete()
    return len(keys)


def rebuild_stale(*, beyond: Callable[[registry.Kind], None]) -> list[str]:
    """Titles of the kinds that were indexed anew: never built, built by another analysis, or restored without their index.

    Kinds with more than `AT_ONCE` objects are handed to `beyond` instead, for background work.
    """
    stamped = dict(Stamp.objects.values_list("kind", "analysis"))
    lost = not _is_whole()
    stale = [kind for kind in registry.kinds() if lost or stamped.get(kind.name) != ANALYSIS]
    few = [kind for kind in stale if len(kind.keys()) <= AT_ONCE]
    for kind in few:
        rebuild(kind.name)
    for kind in stale:
        if kind not in few:
            beyond(kind)
    return [kind.title for kind in few if len(kind.keys())]


def _is_whole() -> bool:
    """Whether every document stands in the inverted index."""
    sentence = {
        "sqlite": "SELECT count(*) FROM search_document WHERE id NOT IN (SELECT rowid FROM search_index)",
        "postgresql": "SELECT count(*) FROM search_document WHERE terms IS NULL",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sentence)
        return not cursor.fetchone()[0]


def _write(entry: Entry) -> None:
    tokens = tokens_of(entry.title, entry.items, entry.abstract, department=entry.department)
    of_title = near_tokens(entry.title, is_title=True)
    of_items = tokens.near.split()[len(dict.fromkeys(of_title)):]
    document, _ = Document.objects.update_or_create(kind=entry.kind, key=entry.key, defaults={
        "title": entry.title[:300], "url": entry.url, "lineage": entry.lineage, "department": entry.department[:200],
        "items": "|" + "|".join(dict.fromkeys(normal(item) for item in entry.items[:MAX_ITEMS])) + "|",
        "abstract": entry.abstract, "near": f" {' '.join(of_title)} | {' '.join(of_items)} ",
        "facets": "\n" + "".join(f"{name}={normal_value(value)}\n" for name, values in entry.facets.items() for value in values),
        "is_public": entry.is_public,
    })
    engine().write(document.pk, tokens)


def _stamp(kind: str, **more: str) -> None:
    """Another stamp; locks the kind until the transaction ends."""
    Stamp.objects.update_or_create(kind=kind, defaults={"value": uuid.uuid4().hex, **more})
