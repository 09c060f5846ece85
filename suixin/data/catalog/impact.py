"""Impact: what would break, or behave otherwise, if an entry said something else; one query on `Dependence`.

Breaks   it stops working, or must stop: what it names is gone or of another type, or may not be public any more
Affects  it goes on, but shows, accepts or computes otherwise
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any  # contents are JSON

from suixin.data.catalog import canon, versions
from suixin.data.catalog.contract import Level
from suixin.data.catalog.models import Change, ChangeKind, Dependence, Resource, Use
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Organisation

NOTICE = Kind("catalog.impact", "目录变更影响到您单位")
_TOLD_ROLES = ("clerk", "head_of_sharing")


class Alteration(StrEnum):
    """What happens to an item, or to the entry as a whole."""

    REMOVED = "删除"
    RETYPED = "改类型"
    SHORTENED = "缩短"
    RAISED = "提高分级"
    RECODED = "改代码集"
    REKEYED = "改主键"
    WITHDRAWN = "撤销目录"
    WITHHELD = "改为不予共享"
    CLOSED = "改为不予开放"


@dataclass(frozen=True, slots=True)
class Altered:
    """One alteration of an item (`field` "" for the entry as a whole); `is_public_still`: level L1 afterwards."""

    field: str
    name: str
    what: Alteration
    is_public_still: bool = True


@dataclass(frozen=True, slots=True)
class Impact:
    """One dependant under one alteration."""

    dependence: Dependence
    altered: Altered
    breaks: bool

    @property
    def sentence(self) -> str:
        """The impact in words."""
        what = f"信息项“{self.altered.name}”{self.altered.what}" if self.altered.field else str(self.altered.what)
        return f"{what}，{self.dependence.title}（{self.dependence.get_use_display()}）{'将失效' if self.breaks else '会受影响'}"


def impact_of(resource: Resource, alterations: Iterable[Altered]) -> list[Impact]:
    """Who would break or be affected, those that break first; one query."""
    by_field: dict[str, list[Altered]] = {}
    for one in alterations:
        by_field.setdefault(one.field, []).append(one)
    if not by_field:
        return []
    rows = Dependence.objects.filter(resource=resource).select_related("responsible")
    if "" not in by_field:
        rows = rows.filter(field__in=[*by_field, ""])
    found = [
        Impact(row, altered, outcome)
        for row in rows for altered in _touching(row, by_field) if (outcome := breaks(row, altered)) is not None
    ]
    return sorted(found, key=lambda one: not one.breaks)


def breaks(use: Dependence, altered: Altered) -> bool | None:
    """True: it breaks; False: it is affected; None: nothing happens to it."""
    match altered.what:
        case Alteration.WITHDRAWN | Alteration.REMOVED:
            return True
        case Alteration.RETYPED:
            return use.use != Use.SHOWN
        case Alteration.SHORTENED:
            return False if use.use in (Use.FED, Use.CHECKED) else None
        case Alteration.RECODED | Alteration.REKEYED:
            return None if use.use == Use.SHOWN else False
        case Alteration.RAISED:
            return True if use.is_public and not altered.is_public_still else (False if use.use == Use.SHOWN else None)
        case Alteration.WITHHELD:
            return True if use.by_kind == "access.grant" and not use.is_public else None
        case Alteration.CLOSED:
            return True if use.is_public else None


def alterations(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Altered]:
    """What the difference of two contents does to items and entry; what breaks nobody (names, descriptions) is left out."""
    found = []
    names = {one["field"]: one["name"] for one in (*after["items"], *before["items"])}
    levels = {one["field"]: one["level"] for one in after["items"]}
    old, new = ({one["field"]: one for one in content["items"]} for content in (before, after))
    for one in versions.differences(before, after):
        what = _alteration(one, old.get(one.item, {}), new.get(one.item, {}))
        if what is None and not one.item:
            what = _of_entry(one.name, before, after)
        if what is not None:
            is_public = max(levels.get(one.item, 1), after["floor"]) == Level.L1
            found.append(Altered(one.item, names.get(one.item, ""), what, is_public))
    return found


def impact_of_change(change: Change) -> list[Impact]:
    """Who would break or be affected by a change or withdrawal of an entry."""
    if change.kind == ChangeKind.WITHDRAWAL:
        return impact_of(change.resource, [Altered("", change.resource.title, Alteration.WITHDRAWN)])
    return impact_of(change.resource, alterations(canon.content_of(change.resource), change.content))


def tell(change: Change, impacts: Iterable[Impact]) -> int:
    """How many are newly told: the clerks and heads of sharing of each organisation that answers for a dependant."""
    by_place: dict[Organisation, list[str]] = {}
    for one in impacts:
        if one.dependence.responsible is not None:
            by_place.setdefault(one.dependence.responsible, []).append(one.sentence)
    told = 0
    for place, sentences in by_place.items():
        more = f"\n……共 {len(sentences)} 处" if len(sentences) > 20 else ""
        told += notify.send(
            [Recipient.post(place, role) for role in _TOLD_ROLES], kind=NOTICE.name,
            title=f"{change.get_kind_display()}：{change.resource.title}，影响到您单位的 {len(sentences)} 处使用",
            body="\n".join(sentences[:20]) + more, href=f"/console/changes/{change.uuid}/",
            key=f"{change.uuid}:{place.pk}:{change.submitted_at.isoformat() if change.submitted_at else ''}",
        )
    return told


def _touching(row: Dependence, by_field: Mapping[str, list[Altered]]) -> list[Altered]:
    """Alterations that touch the dependant: of its item, of the entry as a whole; of any item when it uses the whole entry."""
    if row.field:
        return [*by_field.get(row.field, ()), *by_field.get("", ())]
    return [one for found in by_field.values() for one in found]


def _alteration(one: versions.Difference, before: Mapping[str, Any], after: Mapping[str, Any]) -> Alteration | None:
    if not one.item:
        return None
    if not one.name:
        return Alteration.REMOVED if before else None
    match one.name:
        case "type":
            return Alteration.RETYPED
        case "length" | "scale":
            was, shall = before[one.name], after[one.name]
            return Alteration.SHORTENED if shall is not None and (was is None or shall < was) else None
        case "level":
            return Alteration.RAISED if after["level"] > before["level"] else None
        case "mask" | "is_sealed":
            return Alteration.RAISED
        case "code_set":
            return Alteration.RECODED
        case "is_key":
            return Alteration.REKEYED
        case "nullable":
            return Alteration.SHORTENED if before["nullable"] else None
    return None


def _of_entry(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Alteration | None:
    match name:
        case "share_type":
            return Alteration.WITHHELD if after["share_type"] == "withheld" else None
        case "open_type":
            return Alteration.CLOSED if after["open_type"] == "withheld" else None
        case "floor":
            return Alteration.RAISED if after["floor"] > before["floor"] else None
    return None
