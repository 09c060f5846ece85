"""How entries of other platforms are found: in the index beside ours, under their platform, put there with the letter that told them."""

from collections.abc import Iterator, Sequence

from suixin.data.catalog import formats
from suixin.data.catalog.contract import Level
from suixin.data.sharing.cascade.models import RemoteEntry, RemoteState
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry, Kind

KIND = "remote_entry"
PUBLIC = Scope(KIND)
PLATFORM = "platform"  # the facet
STATED = {"theme": "theme", "share": "share_type", "open": "open_type", "cycle": "update_cycle"}  # facet: its name in a content


def entry_of(entry: RemoteEntry) -> Entry:
    """What an entry is found by: title, items, codes, provider, its platform; whoever sees our catalogue finds it."""
    content = entry.content
    items = content.get("items", ())
    return Entry(
        KIND, str(entry.pk), entry.title, url=f"/catalogue/platforms/{entry.pk}", department=f"{entry.provider} {entry.link}",
        items=[*(str(one["name"]) for one in items), entry.code, str(entry.link), *(str(one["field"]) for one in items)],
        abstract=str(content.get("abstract", "")), facets={PLATFORM: [entry.link.code], **_facets(entry)},
        is_public=entry.state == RemoteState.PUBLISHED,
    )


def level_of(entry: RemoteEntry) -> int:
    """The level of the whole: the highest of what its platform told of it and of its items, 1 when it told none."""
    content = entry.content
    told = [content.get("floor"), *(one.get("level") for one in content.get("items", ()))]
    return max((one for one in told if isinstance(one, int) and 1 <= one <= len(Level)), default=1)


def _facets(entry: RemoteEntry) -> dict[str, list[str]]:
    """What ours are narrowed by (`catalog.finding`), as far as its platform told it; the provider by the name that it has there."""
    content = entry.content
    told = {name: str(content.get(stated, ""))[:64] for name, stated in STATED.items()}
    types = formats.types_of(formats.parse(str(content.get("format_category", "")), str(content.get("format_type", ""))[:200]))
    return {
        "provider": [entry.provider], "level": [str(level_of(entry))], "format": types,
        **{name: [value] for name, value in told.items() if value},
    }


def _keys() -> list[str]:
    return [str(pk) for pk in RemoteEntry.objects.order_by("pk").values_list("pk", flat=True)]


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    return (entry_of(one) for one in RemoteEntry.objects.select_related("link__peer").filter(pk__in=[int(key) for key in keys]))


REMOTE_ENTRIES = Kind(KIND, "对端目录", _keys, _entries)
