"""Entries of other platforms in the answer of `/api/v1/catalogue`: each marked with the platform that told it."""

from collections.abc import Mapping

import orjson

from suixin.data.sharing.cascade import finding
from suixin.data.sharing.cascade.models import RemoteEntry, RemoteState
from suixin.ground.search import finding as search
from suixin.ground.search.asking import question
from suixin.ground.search.shelves import Shelf

KIND, PLATFORM, FEW = finding.KIND, finding.PLATFORM, 5


def of_platform(code: str, words: str, chosen: search.Facets, *, start: int, size: int, shelf: Shelf) -> search.Found:
    """A page of the entries of that platform that answer."""
    return search.search(finding.PUBLIC, words, chosen={**chosen, PLATFORM: [code]}, start=start, size=size, shelf=shelf)


def best_elsewhere(words: str, chosen: search.Facets, *, is_shown: bool, shelf: Shelf) -> search.Found:
    """The best few entries of all other platforms, none unless `is_shown`, and how many each platform has."""
    if not shelf.total:  # nobody told us any: nothing is looked up
        return search.Found((), 0, {}, question(words), shelf)
    return search.search(finding.PUBLIC, words, chosen=chosen, size=FEW if is_shown else 0, shelf=shelf)


def counted(ours: int, found: search.Found) -> dict[str, int]:
    """Ours under the empty value, then each other platform with how many of its entries answer."""
    return {"": ours, **found.facets.get(PLATFORM, {})}


def lines_of(keys: list[str]) -> Mapping[str, bytes]:
    """What is shown of each of the entries that is in force at its platform, as its JSON object begins."""
    held = RemoteEntry.objects.select_related("link__peer").filter(pk__in=[int(key) for key in keys])
    return {str(one.pk): orjson.dumps(_line(one))[:-1] + b"," for one in held if one.state == RemoteState.PUBLISHED}


def _line(entry: RemoteEntry) -> dict[str, str | int]:
    said = entry.content
    return {
        "table": entry.table, "title": entry.title, "resource_code": entry.code, "provider": entry.provider,
        "theme": str(said.get("theme", "")), "level": finding.level_of(entry), "share_type": str(said.get("share_type", "")),
        "open_type": str(said.get("open_type", "")), "update_cycle": str(said.get("update_cycle", "")),
        "abstract": str(said.get("abstract", "")), "url": f"/catalogue/platforms/{entry.pk}",
        "platform": entry.link.code, "platform_name": str(entry.link),
    }
