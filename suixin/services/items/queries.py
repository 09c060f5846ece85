"""Reads of items: what an item says now, which version is in force at an instant, what differs from above or from before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import orjson
from django.db.models import Q, QuerySet

from suixin.kit import clock, sm
from suixin.services.items import checking, proving, rules
from suixin.services.items.checking import Fault
from suixin.services.items.elements import ELEMENTS, Content
from suixin.services.items.errors import IncompleteItem, UnknownItem
from suixin.services.items.models import Item, ItemState, ItemVersion, TierChoice
from suixin.services.items.rules import Tier
from suixin.services.items.stated import text_of
from suixin.services.items.tables import TABLES
from suixin.services.items.worded import shown

TOLD = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One element in which two contents differ, as people read it."""

    key: str
    title: str
    before: str
    after: str


def item_by(code: str) -> Item:
    """The item of that code. Raises UnknownItem."""
    found = Item.objects.select_related("organisation", "parent").filter(code=code).first()
    if found is None:
        raise UnknownItem(f"没有编码为“{code[:40]}”的事项；请核对编码，或从办事指南里搜索。")
    return found


def inherited_of(item: Item) -> Content:
    """What the tier above says: its published content in force, or its draft while it has none."""
    above = item.parent
    if above is None:
        return {}
    version = above.versions.at(clock.now()).first()
    return dict(version.content) if version is not None else effective_of(above)


def effective_of(item: Item) -> Content:
    """What the item says as it is drafted now, inherited elements included."""
    return rules.effective([inherited_of(item), item.content])


def faults_of(item: Item, above: Content | None = None) -> list[Fault]:
    """Everything that forbids the item to be published as it is drafted now; `above` as in `settling.count`."""
    whole = effective_of(item) if above is None else rules.effective([above, item.content])
    found = checking.faults_of(whole, tier=Tier(item.tier))
    if sentence := rules.fault_of_code(item.code):
        found.insert(0, Fault("code", sentence))
    type_ = text_of(whole, "task_type")
    if type_ and (codes := rules.taken_apart(item.code)) and codes.type != type_:
        found.append(Fault("task_type", f"“事项类型”为 {type_}，与基本编码第 3、4 位“{codes.type}”不一致；请改正其中之一"))
    if item.parent is not None and item.parent.state in (ItemState.DRAFT, ItemState.WITHDRAWN):
        word = item.parent.get_tier_display()
        found.append(Fault("catalog_code", f"上级{word}“{item.parent.title}”{item.parent.get_state_display()}；请先发布它"))
    return found


def version_at(item: Item, instant: datetime) -> ItemVersion | None:
    """The version in force at that instant; None when there was none."""
    return item.versions.at(instant).first()


def version_on(item: Item, day: date) -> ItemVersion | None:
    """The version in force at the end of that day (China), or now when the day is today."""
    now = clock.now()
    end = datetime.combine(day, time.max, clock.CHINA)
    return version_at(item, min(end, now) if day <= clock.today() else end)


def guides() -> QuerySet[ItemVersion]:
    """The versions in force now of items that have a guide: handling items, and implementation lists without any."""
    found = ItemVersion.objects.at(clock.now()).select_related("item__organisation")
    return found.filter(has_guide("item__")).order_by("item__code")


def has_guide(prefix: str = "") -> Q:
    """The condition that an item has a guide of its own: nothing published stands below it."""
    below = Item.objects.filter(tier=TierChoice.HANDLING, version__gt=0).values("parent")
    return ~Q(**{f"{prefix}tier": TierChoice.BASIC}) & ~Q(**{f"{prefix}pk__in": below})


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[Difference]:
    """What one content says otherwise than the other, in the order of the elements."""
    order = (*ELEMENTS, *TABLES)
    found = []
    for key in sorted({*before, *after}, key=lambda one: order.index(one) if one in order else len(order)):
        was, shall = before.get(key), after.get(key)
        if was != shall:
            title = TABLES[key].title if key in TABLES else ELEMENTS[key].title if key in ELEMENTS else key
            found.append(Difference(key, title, shown(key, was), shown(key, shall)))
    return found


def own_differences(item: Item) -> Sequence[Difference]:
    """What the item says otherwise than the tier above; what it only adds is not one."""
    above = inherited_of(item)
    both = [key for key in item.content if key in above]
    return differences({key: above[key] for key in both}, {key: item.content[key] for key in both})


def blocking_faults(item: Item) -> list[Fault]:
    """`faults_of` and, when there are none, what modules above find (`proving`): they rely on complete contents."""
    return faults_of(item) or proving.faults_of(item, effective_of(item))


def require_complete(item: Item) -> None:
    """Nothing, when the guide may be published. Raises IncompleteItem, which tells every fault."""
    faults = blocking_faults(item)
    if faults:
        told = "；".join(one.sentence for one in faults[:TOLD])
        more = f"；还有 {len(faults) - TOLD} 处" if len(faults) > TOLD else ""
        raise IncompleteItem(f"事项“{item}”还不能发布：{told}{more}。", elements=[one.element for one in faults])


def digest_of(content: Mapping[str, object]) -> str:
    """SM3 over the canonical bytes of a content."""
    return sm.sm3_hex(orjson.dumps(dict(content), option=orjson.OPT_SORT_KEYS))
