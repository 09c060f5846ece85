"""How entries of other platforms are found: in the index beside ours, under their platform, put there with the letter that told them."""

from collections.abc import Iterator, Sequence

from suixin.data.sharing.cascade.models import RemoteEntry, RemoteState
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry, Kind

KIND = "remote_entry"
PUBLIC = Scope(KIND)
PLATFORM = "platform"  # the facet


def entry_of(entry: RemoteEntry) -> Entry:
    """What an entry is found by: title, items, codes, provider, its platform; whoever sees our catalogue finds it."""
    content = entry.content
    items = content.get("items", ())
    return Entry(
        KIND, str(entry.pk), entry.title, url=f"/catalogue/platforms/{entry.pk}", department=f"{entry.provider} {entry.link}",
        items=[*(str(one["name"]) for one in items), entry.code, str(entry.link), *(str(one["field"]) for one in items)],
        abstract=str(content.get("abstract", "")), facets={PLATFORM: [entry.link.code]},
        is_public=entry.state == RemoteState.PUBLISHED,
    )


def _keys() -> list[str]:
    return [str(pk) for pk in RemoteEntry.objects.order_by("pk").values_list("pk", flat=True)]


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    return (entry_of(one) for one in RemoteEntry.objects.select_related("link__peer").filter(pk__in=[int(key) for key in keys]))


REMOTE_ENTRIES = Kind(KIND, "对端目录", _keys, _entries)
