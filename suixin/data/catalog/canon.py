"""An entry as one canonical value: the same entry gives the same bytes, so that its digest proves what was in force.

Shape    plain JSON: metadata by name, `categories`, `items` in their order (each with every attribute), `rules`
Promise  `applied(resource, content)` and then `content_of(resource)` gives the content again
"""

from collections.abc import Mapping, Sequence
from typing import Any  # contents are JSON

import orjson

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, Rule, WriteMode
from suixin.data.catalog.drafts import STATED
from suixin.data.catalog.models import Item, Resource
from suixin.kit import sm

Content = dict[str, Any]
PLAIN = (
    *STATED, "title", "format_category", "format_type", "share_method", "theme", "data_class", "source_note", "keywords",
    "related_codes", "extension", "floor", "has_lookup", "is_simulated", "rules",
)
# attributes that came after versions were kept: left out while empty, so that an entry nobody changed keeps its digest
LATER = frozenset({"share_method", "own_codes"})
ITEM_NAMES = tuple(ItemSpec.__dataclass_fields__)


def content_of(resource: Resource) -> Content:
    """The entry as it stands, with its items and classification; three queries."""
    found: Content = {name: getattr(resource, name) for name in PLAIN}
    found["code"], found["provider"] = resource.code, resource.provider.uscc
    found["source_department"] = resource.source_department.uscc if resource.source_department else ""
    found["categories"] = [[one.category, one.code] for one in resource.classifications.all()] or [[resource.category, resource.code]]
    found["items"] = [item_content(item.spec) for item in resource.items.all()]
    return found


def item_content(spec: ItemSpec) -> Content:
    """One item as plain JSON."""
    return {name: value for name, value in Item.columns_of(spec).items() if value or name not in LATER}


def digest_of(content: Mapping[str, object]) -> str:
    """SM3 over the canonical bytes."""
    return sm.sm3_hex(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def specs_of(content: Mapping[str, Any]) -> tuple[ItemSpec, ...]:
    """The items of a content as values. Any: it is JSON."""
    return tuple(
        ItemSpec(**{
            **one, "type": ItemType(one["type"]), "level": Level(one["level"]), "source_names": tuple(one["source_names"]),
        }) for one in content["items"]
    )


def contract_of(content: Mapping[str, Any], resource: Resource) -> Contract:
    """What the content promises of the table, the write mode following from the key."""
    items = specs_of(content)
    mode = WriteMode.UPSERT if any(item.is_key for item in items) else WriteMode.APPEND
    rules = tuple(Rule(**one) for one in content["rules"])
    return Contract(resource.code, resource.table, content["title"], items, rules, mode, resource.version, Level(content["floor"]))


def same_columns(before: Sequence[ItemSpec], after: Sequence[ItemSpec]) -> bool:
    """Whether a table made for the one takes rows of the other: the same fields, each of the same stored type, the same key."""
    return _columns(before) == _columns(after)


def _columns(items: Sequence[ItemSpec]) -> dict[str, tuple[str, bool]]:
    return {item.field: (str(item.stored_type), item.is_key) for item in items}
