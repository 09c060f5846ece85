"""Versions of an entry: recorded whenever what is in force changes, compared field by field, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # contents are JSON

from django.db.models import Field

from suixin.data.catalog import canon
from suixin.data.catalog.contract import Level
from suixin.data.catalog.exchange.layout import FORMATS, METHODS, TYPES
from suixin.data.catalog.extensions import profiles, shown
from suixin.data.catalog.models import Item, Resource, ResourceVersion
from suixin.ground.security.masks import MASKS
from suixin.kit import clock
from suixin.kit.actor import Actor

_WORDS = {"provider": "信息资源提供方代码", "source_department": "数源部门", "categories": "分类与代码", "code": "信息资源代码"}
# values that the columns keep as keys, by column, as people read them
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "type": TYPES, "format_category": FORMATS, "share_method": METHODS, "mask": {name: mask.title for name, mask in MASKS.items()},
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of the entry, or of one of its items (`item` is its field name), in which two versions differ.

    `name` is the attribute; "" when a whole item came or went. `before` and `after` are as people read them.
    """

    item: str
    name: str
    label: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """The difference in words."""
        if not self.name:
            return f"增加{self.label}" if self.after else f"删除{self.label}"
        return f"{self.label}：{self.before or '（空）'} → {self.after or '（空）'}"


def record(resource: Resource, *, actor: Actor, reason: str) -> ResourceVersion:
    """The state in force now as the next version, part of the caller's transaction; the same one when nothing differs."""
    content = canon.content_of(resource)
    digest = canon.digest_of(content)
    newest = resource.versions.first()
    if newest is not None and newest.digest == digest:
        return newest
    number = newest.number + 1 if newest else max(1, resource.version)
    if number != resource.version:
        resource.version = number
        resource.save(update_fields=["version"])
    return ResourceVersion.objects.create(
        resource=resource, number=number, content=content, digest=digest, published_at=clock.now(), published_by=actor.name[:120],
        reason=reason[:500],
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What one content says otherwise than the other: the entry's own fields first, then item by item."""
    found = [
        one for name in dict.fromkeys((*before, *after)) if name != "items"
        for one in _of_field(name, before.get(name), after.get(name))
    ]
    old = {one["field"]: one for one in before.get("items", ())}
    new = {one["field"]: one for one in after.get("items", ())}
    for field in dict.fromkeys((*old, *new)):
        found += _of_item(field, old.get(field), new.get(field))
    was, shall = ([one for one in order if one in old and one in new] for order in (old, new))
    if was != shall:
        found.append(Difference("", "order", "信息项的顺序", *("、".join(new[one]["name"] for one in order) for order in (was, shall))))
    return found


def _of_field(name: str, before: object, after: object) -> Iterator[Difference]:
    if before == after:
        return
    if name == "extension":
        yield from _of_extension(_mapping(before), _mapping(after))
        return
    field = None if name in _WORDS else Resource._meta.get_field(name)
    label = _WORDS.get(name) or (str(field.verbose_name) if isinstance(field, Field) else name)
    yield Difference("", name, label, _text(field, before), _text(field, after))


def _of_extension(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for profile in profiles().values():
        old, new = _mapping(before.get(profile.id)), _mapping(after.get(profile.id))
        for declared in profile.fields:
            was, shall = old.get(declared.key, ""), new.get(declared.key, "")
            if was != shall:
                yield Difference("", "extension", f"{profile.title}：{declared.title}", shown(was), shown(shall))


def _of_item(field: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[Difference]:
    if before is None or after is None:
        name = (after or before or {})["name"]
        yield Difference(field, "", f"信息项“{name}”", name if before else "", name if after else "")
        return
    for attribute in dict.fromkeys((*before, *after)):
        was, shall = before.get(attribute, ""), after.get(attribute, "")
        if was != shall:
            column = Item._meta.get_field(attribute)
            label = f"信息项“{before['name']}”的{column.verbose_name if isinstance(column, Field) else attribute}"
            yield Difference(field, attribute, label, _text(column, was), _text(column, shall))


def _text(field: object, value: object) -> str:
    """A value as people read it: choices by their words, levels as L1, lists with separators."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, Field):
        if field.name in ("level", "floor") and isinstance(value, int):
            return Level(value).title
        if field.name in _CHOICES:
            return _CHOICES[field.name].get(str(value), str(value))
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list):
        return "；".join("/".join(map(str, one)) if isinstance(one, list) else _plain(one) for one in value)
    return str(value)


def _plain(value: object) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return f"{value['code']}（{value.get('expression', '')}，{value.get('message', '')}）" if "code" in value else str(dict(value))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
