"""Writes of the index: put and drop in the transaction of the object's own change, rebuild by kind.

Lock     the kind's stamp is written first, so that changes of one kind follow one another until they commit: its numbers
         grow in the order of commits, and a reader that saw one has seen all that it stands for
"""

import uuid
from collections.abc import Callable, Iterable

from django.db import connection, transaction
from django.db.models import F

from suixin.ground.search import registry
from suixin.ground.search.engines import engine
from suixin.ground.search.models import Document, Stamp
from suixin.ground.search.registry import Entry, normal_value
from suixin.ground.search.text import normal
from suixin.ground.search.tokens import ANALYSIS, MAX_ITEMS, tokens_of

PORTION, AT_ONCE = 500, 2_000
_WRITTEN = (
    "change", "mark", "title", "url", "lineage", "department", "facets", "is_public", "size", "items", "abstract", "near",
)


@transaction.atomic
def put(entry: Entry) -> None:
    """The object is found as this entry from now on; part of the action that changed it, which authorised that."""
    put_all([entry])


@transaction.atomic
def put_all(entries: Iterable[Entry]) -> None:
    """As `put`, for several objects of one kind or more."""
    by_kind: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, {})[entry.key] = entry
    for kind in sorted(by_kind):  # in one order, so that two who put several kinds do not wait for each other
        _write(list(by_kind[kind].values()), _stamp(kind))


@transaction.atomic
def drop(kind: str, key: str) -> None:
    """The object is found no more; nothing happens when it was not there."""
    stamp = _stamp(kind)
    if Document.objects.filter(kind=kind, key=key).delete()[0]:
        Stamp.objects.filter(pk=stamp.pk).update(floor=stamp.number)


@transaction.atomic
def renew(kind: str) -> None:
    """What processes keep of the kind's objects is read again with the next question: something shown beside them has changed."""
    stamp = _stamp(kind)
    Stamp.objects.filter(pk=stamp.pk).update(floor=stamp.number)


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
            stamp = _stamp(kind)
            _write(list(of.entries(portion)), stamp)
        progress(start + len(portion), len(keys))
    with transaction.atomic():
        stamp = _stamp(kind, analysis=ANALYSIS)
        now = set(of.keys())
        gone = [pk for pk, key in Document.objects.filter(kind=kind).values_list("pk", "key") if key not in now]
        for start in range(0, len(gone), PORTION):
            Document.objects.filter(pk__in=gone[start : start + PORTION]).delete()
        if gone:
            Stamp.objects.filter(pk=stamp.pk).update(floor=stamp.number)
    engine().settle()
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
        "postgresql": "SELECT count(*) FROM search_document WHERE id NOT IN (SELECT document_id FROM search_terms)",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sentence)
        return not cursor.fetchone()[0]


def _write(entries: list[Entry], stamp: Stamp) -> None:
    if not entries:
        return
    tokens = [tokens_of(one.title, one.items, one.abstract, department=one.department) for one in entries]
    documents = [
        Document(
            kind=entry.kind, key=entry.key, change=stamp.number, mark=stamp.value, title=entry.title[:300], url=entry.url,
            lineage=entry.lineage, department=entry.department[:200],
            items="|" + "|".join(dict.fromkeys(normal(item) for item in entry.items[:MAX_ITEMS])) + "|",
            abstract=entry.abstract, near=f" {' '.join(found.title_near)} | {' '.join(found.item_near)} ",
            facets="\n" + "".join(f"{name}={normal_value(value)}\n" for name, values in entry.facets.items() for value in values),
            is_public=entry.is_public, size=len(found.title) + len(found.other),
        )
        for entry, found in zip(entries, tokens, strict=True)
    ]
    Document.objects.bulk_create(documents, update_conflicts=True, unique_fields=["kind", "key"], update_fields=_WRITTEN)
    engine().write({document.pk: found for document, found in zip(documents, tokens, strict=True)})


def _stamp(kind: str, **more: str) -> Stamp:
    """The kind's next stamp; locks the kind until the transaction ends."""
    changed = Stamp.objects.filter(kind=kind).update(value=uuid.uuid4().hex, number=F("number") + 1, **more)
    if not changed:
        Stamp.objects.get_or_create(kind=kind)
        Stamp.objects.filter(kind=kind).update(value=uuid.uuid4().hex, number=F("number") + 1, **more)
    return Stamp.objects.get(kind=kind)
