"""How themes are found: an entry each in the index of guides' neighbours, put there in the transaction of every publication."""

from collections.abc import Iterator, Sequence

from suixin.ground.search import actions as search
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry, Kind
from suixin.services.themes import queries
from suixin.services.themes.models import Theme, ThemeState

KIND = "theme"
PUBLIC = Scope(KIND)


def follow(theme: Theme) -> None:
    """The index after a publication, pause or resumption."""
    search.put(entry_of(theme))


def entry_of(theme: Theme) -> Entry:
    """What a theme is found by: its name, how people say it, its items, departments, materials."""
    whole = queries.published(queries.newest_version(theme))
    told, offers = whole.theme, list(whole.offers.values())
    return Entry(
        KIND, theme.slug, theme.title, url=f"/themes/{theme.slug}/", lineage=theme.lead.lineage, department=theme.lead.name,
        items=[*told.keywords, *(one.title for one in offers), *dict.fromkeys(one.department for one in offers), "一件事"],
        abstract=told.summary, facets={"life": told.life_event, "stage": told.firm_stage, "state": [theme.state]}, is_public=True,
    )


def _keys() -> list[str]:
    return list(Theme.objects.exclude(state=ThemeState.DRAFT).values_list("slug", flat=True))


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    return (entry_of(one) for one in Theme.objects.select_related("lead").filter(slug__in=keys).exclude(state=ThemeState.DRAFT))


THEMES = Kind(KIND, "一件事", _keys, _entries)
