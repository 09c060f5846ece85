"""How guides are found: what the index knows of each, put there in the transaction of every publication.

Said     the title, how people say it (通俗说法), themes, life events, situations, materials; the department; what it is for
Facets   theme of persons, of firms, life event, firm's stage, department, type, state, whether it is done online
"""

from collections.abc import Iterator, Mapping, Sequence

from suixin.ground.search import actions as search
from suixin.ground.search.engines import Scope
from suixin.ground.search.registry import Entry, Kind
from suixin.kit import clock
from suixin.services.items import queries
from suixin.services.items.elements import FIRM_STAGES, FIRM_THEMES, LIFE_EVENTS, PERSON_THEMES, TYPES
from suixin.services.items.models import Item, ItemVersion, TierChoice
from suixin.services.items.stated import codes_of, rows_of, text_of

KIND = "guide"
PUBLIC = Scope(KIND)
FACETS = ("person", "firm", "life", "stage", "department", "type", "online", "state")
_CODED = (
    ("person", "user_topic_type", PERSON_THEMES), ("firm", "corp_topic_type", FIRM_THEMES), ("life", "life_event", LIFE_EVENTS),
    ("stage", "firm_stage", FIRM_STAGES),
)


def follow(item: Item) -> None:
    """The index after a publication of the item: its own guide, and whether the one above still has one."""
    if item.tier == TierChoice.BASIC:
        return
    codes = [item.code, *([item.parent.code] if item.parent and item.tier == TierChoice.HANDLING else [])]
    held = {entry.key: entry for entry in _entries(codes)}
    for code in codes:
        if code in held:
            search.put(held[code])
        else:
            search.drop(KIND, code)


def entry_of(version: ItemVersion) -> Entry:
    """What a guide is found by."""
    item, content = version.item, version.content
    words = [word for _, key, choices in _CODED for code in codes_of(content, key) if (word := choices.get(code))]
    said = [part.strip() for part in text_of(content, "keywords").replace("；", ";").split(";") if part.strip()]
    named = [text_of(row, "situation_name") for row in rows_of(content, "situations")]
    materials = [text_of(row, "material_name") for row in rows_of(content, "materials")]
    facets: dict[str, Sequence[str]] = {name: codes_of(content, key) for name, key, _ in _CODED}
    place = item.organisation
    return Entry(
        KIND, item.code, text_of(content, "task_name"), url=f"/guides/{item.code}", lineage=place.lineage if place else "",
        department=f"{place.name} {place.short_name}".strip() if place else "",
        items=[*said, *named, *words, TYPES.get(text_of(content, "task_type"), ""), *materials, item.code],
        abstract=text_of(content, "summary") or text_of(content, "accept_condition")[:300],
        facets=facets | {
            "department": [place.slug] if place else [], "type": [text_of(content, "task_type")], "state": [version.state],
            "online": ["1" if content.get("is_online") is True else "0"],
        },
        is_public=True,
    )


def _keys() -> list[str]:
    return list(queries.guides().values_list("item__code", flat=True))


def _entries(keys: Sequence[str]) -> Iterator[Entry]:
    """Entries of the guides among these; of one that begins later, the version that is newest."""
    found: Mapping[str, ItemVersion] = {one.item.code: one for one in queries.guides().filter(item__code__in=keys)}
    later = ItemVersion.objects.select_related("item__organisation").filter(
        queries.has_guide("item__"), item__code__in=[key for key in keys if key not in found], valid_until=None,
        valid_from__gt=clock.now(),
    )
    return (entry_of(one) for one in (*found.values(), *later))


GUIDES = Kind(KIND, "办事指南", _keys, _entries)
