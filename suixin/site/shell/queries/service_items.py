"""What the console shows of items: the list with its filters, one item with elements, faults, differences, versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.items import publishing, queries
from suixin.services.items.checking import Fault
from suixin.services.items.elements import GROUPS
from suixin.services.items.models import Item, ItemState, ItemVersion, TierChoice
from suixin.services.items.queries import Difference
from suixin.services.items.stated import is_empty
from suixin.services.items.tables import TABLES
from suixin.services.items.worded import shown, shown_value
from suixin.site.shell.components import Cell, Column, Pages, Stat, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE, SHOWN_VERSIONS = 30, 30
TONES: Mapping[str, Tone] = {
    ItemState.DRAFT: "info", ItemState.IN_USE: "good", ItemState.PAUSED: "warn", ItemState.WITHDRAWN: "quiet",
}
GROUP_KEYS = {f"g{number}": title for number, title in enumerate(GROUPS, 1)}
Choice = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class ItemList:
    """One page of items; choices are value, label, whether chosen."""

    words: str
    table: Table
    pages: Pages
    stats: Sequence[Stat]
    tiers: Sequence[Choice]
    states: Sequence[Choice]
    is_faulty: bool
    is_mine: bool
    may_draft: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One element as the page shows it: title, text, whether it comes from above."""

    title: str
    text: str
    is_inherited: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A group of elements, or a list below the item; `key` is what its address ends with."""

    key: str
    title: str
    lines: Sequence[Line]
    rows: Sequence[tuple[str, str]]
    faults: int
    is_inherited: bool = False


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One item."""

    item: Item
    state: Cell
    facts: Sequence[tuple[str, str]]
    faults: Sequence[tuple[Fault, str]]
    sections: Sequence[Section]
    from_above: Sequence[Difference]
    since_version: Sequence[Difference]
    versions: Table
    below: Table
    waits: str
    step_href: str
    guide_href: str
    may_draft: bool
    may_submit: bool
    may_move: bool


def item_list(parameters: QueryDict, *, actor: Actor) -> ItemList:
    """Items under `q`, `tier`, `state`, `faulty`, `mine`, `page`. Raises NotAllowed."""
    policy.require_anywhere(actor, "items.view")
    words, tier, state = (parameters.get(name, "").strip()[:100] for name in ("q", "tier", "state"))
    is_faulty, is_mine = parameters.get("faulty", "") == "1", parameters.get("mine", "") == "1"
    all_of_them = Item.objects.filter(within(actor, "items.view", "organisation"))
    found = all_of_them.select_related("organisation")
    if words:
        found = found.filter(Q(title__icontains=words) | Q(code__icontains=words) | Q(organisation__name__icontains=words))
    if tier in TierChoice.values:
        found = found.filter(tier=tier)
    if state in ItemState.values:
        found = found.filter(state=state)
    if is_faulty:
        found = found.filter(faults__gt=0).exclude(state=ItemState.WITHDRAWN)
    if is_mine:
        found = found.filter(organisation__uscc=actor.organisation)
    shown_now, pages = page_of(found.order_by("organisation__lineage", "code"), parameters, size=PAGE_SIZE)
    return ItemList(
        words, _table(shown_now), pages, _stats(all_of_them),
        [("", gettext("全部"), not tier), *((value, word(str(label)), value == tier) for value, label in TierChoice.choices)],
        [("", gettext("全部"), not state), *((value, word(str(label)), value == state) for value, label in ItemState.choices)],
        is_faulty, is_mine, policy.may_anywhere(actor, "items.draft"),
    )


def item_page(code: str, *, actor: Actor) -> ItemPage:
    """One item. Raises UnknownItem, NotAllowed."""
    item = queries.item_by(code)
    policy.require(actor, "items.view", item)
    faults, newest = queries.blocking_faults(item), item.versions.first()
    instance = publishing.running(item)
    step = publishing.waiting_step(instance) if instance else None
    may_draft = policy.may(actor, "items.draft", item) and item.state != ItemState.WITHDRAWN
    waits = step is not None and step.node != publishing.PREPARED
    return ItemPage(
        item, Cell(word(item.get_state_display()), tone=TONES[item.state]), _facts(item),
        [(fault, section_of(fault.element)) for fault in faults], _sections(item, faults), queries.own_differences(item),
        queries.differences(newest.stated, item.content) if newest and item.is_changed else [],
        _versions(item), _table(list(item.children.select_related("organisation")[:200])),
        gettext("已提交，正在等待%(place)s“%(step)s”。") % {"place": step.organisation or "", "step": step.title} if step and waits else "",
        reverse("console-case", args=[instance.uuid]) if instance and policy.may_anywhere(actor, "flow.view") else "",
        reverse("guide", args=[item.code]) if item.version and item.tier != TierChoice.BASIC else "",
        may_draft, may_draft and item.is_changed and not faults and not waits,
        bool(item.version) and item.state != ItemState.WITHDRAWN and policy.may(actor, "items.publish", item),
    )


def section_of(element: str) -> str:
    """The key of the section in which an element is edited; "" for none."""
    if element in TABLES:
        return element
    return next((key for key, title in GROUP_KEYS.items() if any(one.key == element for one in GROUPS[title])), "")


def version_differences(version: ItemVersion) -> list[Difference]:
    """What a version says otherwise than the one before it."""
    before = version.item.versions.filter(number=version.number - 1).first()
    return queries.differences(before.content if before else {}, version.content)


def _stats(found: QuerySet[Item]) -> list[Stat]:
    counted = {row["state"]: row["n"] for row in found.order_by().values("state").annotate(n=Count("pk"))}
    faulty = found.filter(faults__gt=0).exclude(state=ItemState.WITHDRAWN).count()
    listing = reverse("console-items")
    return [
        *(Stat(word(str(label)), number(counted.get(value, 0)), gettext("个"), href=f"{listing}?state={value}")
          for value, label in ItemState.choices),
        Stat(gettext("有问题"), number(faulty), gettext("个"), href=f"{listing}?faulty=1"),
    ]


def _table(found: Sequence[Item]) -> Table:
    columns = (
        Column(gettext("事项名称")), Column(gettext("层级")), Column(gettext("实施主体")), Column(gettext("状态")),
        Column(gettext("版本"), is_numeric=True), Column(gettext("问题"), is_numeric=True), Column(gettext("修改时间")),
    )
    waits = gettext("有未发布的修改")
    rows = [
        (Cell(one.title, reverse("console-item", args=[one.code]), note=one.code), Cell(word(one.get_tier_display())),
         Cell(str(one.organisation or "")),
         Cell(word(one.get_state_display()), tone=TONES[one.state], note=waits if one.is_changed and one.version else ""),
         Cell(number(one.version)), Cell(number(one.faults), tone="bad" if one.faults else ""), Cell(moment(one.updated_at)))
        for one in found
    ]
    return Table(gettext("政务服务事项"), columns, rows, gettext("没有符合条件的事项。"), is_cards=True)


def _facts(item: Item) -> list[tuple[str, str]]:
    return [
        (gettext("编码"), item.code), (gettext("层级"), word(item.get_tier_display())), (gettext("实施主体"), str(item.organisation or "")),
        (gettext("上级事项"), item.parent.title if item.parent else ""), (gettext("版本"), number(item.version) if item.version else ""),
        (gettext("修改时间"), moment(item.updated_at)),
    ]


def _sections(item: Item, faults: Sequence[Fault]) -> list[Section]:
    whole = queries.effective_of(item)
    counts: dict[str, int] = {}
    for fault in faults:
        key = section_of(fault.element)
        counts[key] = counts.get(key, 0) + 1
    found = []
    for key, title in GROUP_KEYS.items():
        lines = [
            Line(one.title, shown_value(one, whole[one.key]), one.key not in item.content)
            for one in GROUPS[title] if not is_empty(whole.get(one.key))
        ]
        found.append(Section(key, title, lines, (), counts.get(key, 0)))
    for table in TABLES.values():
        rows = whole.get(table.key)
        told = [(str(row.get(table.name, "")), shown(table.key, [row])) for row in rows] if isinstance(rows, list) else []
        is_inherited = bool(told) and table.key not in item.content
        found.append(Section(table.key, table.title, (), told, counts.get(table.key, 0), is_inherited))
    return found


def _versions(item: Item) -> Table:
    columns = (
        Column(gettext("版本"), is_numeric=True), Column(gettext("状态")), Column(gettext("生效时间")), Column(gettext("失效时间")),
        Column(gettext("发布人")), Column(gettext("理由"), is_long=True),
    )
    rows = [
        (Cell(str(one.number), reverse("console-item-version", args=[item.code, one.number])),
         Cell(word(one.get_state_display()), tone=TONES[one.state]), Cell(moment(one.valid_from)),
         Cell(moment(one.valid_until) if one.valid_until else ""), Cell(one.published_by), Cell(one.reason))
        for one in item.versions.all()[:SHOWN_VERSIONS]
    ]
    return Table(gettext("版本"), columns, rows, gettext("还没有发布过。"))

