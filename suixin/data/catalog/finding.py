"""How entries are found: what the index knows of each, put there in the transaction of every change of the entry.

Public ones are those in force; what is proposed or withdrawn is found by staff only (`Scope(is_public=False)`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from suixin.data.catalog import formats
from suixin.data.catalog.models import Item, Resource, ResourceState
from suixin.ground.search import actions as search
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry, Kind

KIND = "resource"
PUBLIC, STAFF = Scope(KIND), Scope(KIND, is_public=False)
FACETS = ("provider", "theme", "level", "share", "open", "cycle", "format")


_waiting: ContextVar[list[str] | None] = ContextVar("entries to be indexed", default=None)


def index(resource: Resource) -> None:
    """The entry found as it stands now; part of the action that changed it."""
    waiting = _waiting.get()
    if waiting is None:
        search.put(entry_of(resource))
    else:
        waiting.append(resource.table)


@contextmanager
def together() -> Iterator[None]:
    """Entries changed inside are indexed at its end, all at once: for many of them in one transaction, which is the caller's."""
    waiting: list[str] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    search.put_all(_entries(waiting))


def entry_of(resource: Resource) -> Entry:
    """What an entry is found by: title, items, keywords, codes, provider, abstract; facets hold codes, not names."""
    return _entry(resource, [(item.name, item.field) for item in resource.items.all()])


def _entry(resource: Resource, named: Sequence[tuple[str, str]]) -> Entry:
    names = [name for pair in named for name in pair]
    return Entry(
        KIND, resource.table, resource.title, url=f"/catalogue/{resource.table}", lineage=resource.provider.lineage,
        department=f"{resource.provider.name} {resource.provider.short_name}".strip(),
        items=[*names[::2], *resource.keywords, resource.theme, resource.code, resource.table, *names[1::2]], abstract=resource.abstract,
        facets={
            "provider": [resource.provider.slug], "theme": [resource.theme] if resource.theme else [], "level": [str(resource.level)],
            "share": [resource.share_type], "open": [resource.open_type], "cycle": [resource.update_cycle],
            "format": formats.types_of(formats.parse(resource.format_category, resource.format_type)),
        },
        is_public=resource.state == ResourceState.PUBLISHED,
    )


def _keys() -> list[str]:
    return list(Resource.objects.order_by("pk").values_list("table", flat=True))


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    found = list(Resource.objects.filter(table__in=keys).select_related("provider"))
    named: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    items = Item.objects.filter(resource__in=[resource.pk for resource in found]).order_by("resource", "position")
    for resource, name, field in items.values_list("resource_id", "name", "field"):  # hundreds of thousands: no objects
        named[resource].append((name, field))
    return (_entry(resource, named[resource.pk]) for resource in found)


RESOURCES = Kind(KIND, "资源目录", _keys, _entries)
