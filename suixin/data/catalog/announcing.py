"""The change feed of entries: what was published, changed, withdrawn or superseded, in an order that nobody can miss.

Order    an event takes the number of the generation that its action moved on. That row stays locked until the action
         commits, so numbers become visible in their order: who has read up to n has seen all that will ever be up to n
Promise  only what is or was in force is told; a proposal taken back is nobody's business
"""

from collections.abc import Sequence

from suixin.data.catalog import generations
from suixin.data.catalog.models import EntryEvent, EventKind, Resource, ResourceVersion
from suixin.kit import clock

MAX_PAGE = 1_000
_SAYS = (EventKind.PUBLISHED, EventKind.CHANGED)


def published(resource: Resource, version: ResourceVersion) -> None:
    """Tell that the entry is in force; part of the action, after `generations.advance`."""
    _note(resource, EventKind.PUBLISHED, version)


def changed(resource: Resource, version: ResourceVersion) -> None:
    """Tell that the entry says otherwise; nothing when that version was told already. Part of the action, as above."""
    if not EntryEvent.objects.filter(resource=resource, version=version.number, kind__in=_SAYS).exists():
        _note(resource, EventKind.CHANGED, version)


def withdrawn(resource: Resource, successor: Resource | None) -> None:
    """Tell that the entry is in force no more, and what stands for it. Part of the action, as above."""
    newest = resource.versions.first()
    _note(resource, EventKind.SUPERSEDED if successor else EventKind.WITHDRAWN, newest, successor=successor.table if successor else "")


def events_after(number: int, *, size: int) -> Sequence[EntryEvent]:
    """The next events after that number, oldest first; one query."""
    found = EntryEvent.objects.filter(number__gt=number).select_related("resource__provider").order_by("number")
    return list(found[: min(size, MAX_PAGE)])


def newest_events(size: int) -> Sequence[EntryEvent]:
    """The newest events, the newest first; one query."""
    return list(EntryEvent.objects.select_related("resource__provider").order_by("-number")[: min(size, MAX_PAGE)])


def _note(resource: Resource, kind: EventKind, version: ResourceVersion | None, *, successor: str = "") -> None:
    EntryEvent.objects.create(
        number=generations.current(), resource=resource, kind=kind, version=version.number if version else resource.version,
        digest=version.digest if version else "", successor=successor, at=clock.now(),
    )
