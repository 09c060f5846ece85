"""What the pages of the demand list show: the list with filters and counts, one demand with its history, entries that may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog import demands, finding, publication
from suixin.data.catalog.models import (
    ANSWERED_DEMANDS,
    OPEN_DEMANDS,
    Demand,
    DemandItem,
    DemandState,
    Resource,
)
from suixin.ground.flow import rights
from suixin.ground.people.queries import within
from suixin.ground.search import finding as search
from suixin.ground.search.asking import question
from suixin.ground.search.marking import matching, pieces
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Stat, Step, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE, SIMILAR = 30, 10
TONES: Mapping[str, Tone] = {
    DemandState.FILED: "warn", DemandState.ASSIGNED: "warn", DemandState.PROMISED: "info", DemandState.MATCHED: "good",
    DemandState.ANSWERED: "good", DemandState.DECLINED: "bad", DemandState.CLOSED: "quiet",
}
DESKS = (("", gettext_noop("全部需求")), ("asked", gettext_noop("本单位提出的")), ("asked_of_us", gettext_noop("要本单位答复的")))


@dataclass(frozen=True, slots=True)
class DemandList:
    """One page of demands; choices are value, label, whether chosen."""

    words: str
    stats: Sequence[Stat]
    table: Table
    pages: Pages
    states: Sequence[tuple[str, str, bool]]
    desks: Sequence[tuple[str, str, bool]]
    may_file: bool


@dataclass(frozen=True, slots=True)
class DemandPage:
    """One demand. What the reader may do about it now is told by the flags."""

    demand: Demand
    state: Cell
    facts: Sequence[tuple[str, str]]
    items: Table
    history: Sequence[Step]
    similar: Table | None
    entry_href: str
    case_href: str
    may_match: bool
    may_answer: bool
    may_close: bool
    may_contest: bool


def demand_list(parameters: QueryDict, *, actor: Actor) -> DemandList:
    """Demands under the request's filters: `q`, `state` (a state, `open` or `overdue`), `of`, `page`. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    words, state, desk = (parameters.get(name, "").strip()[:100] for name in ("q", "state", "of"))
    found = Demand.objects.select_related("organisation", "owner", "resource")
    if words:
        named = Q(title__icontains=words) | Q(organisation__name__icontains=words)
        found = found.filter(named | Q(pk__in=DemandItem.objects.filter(name__icontains=words).values("demand")))
    if desk in ("asked", "asked_of_us"):
        verb, field = ("catalog.demand", "organisation") if desk == "asked" else ("catalog.answer_demand", "owner")
        found = found.filter(within(actor, verb, field))
    shown, pages = page_of(_in_state(found, state).order_by("-pk"), parameters, size=PAGE_SIZE)
    states = [("", gettext("全部")), ("open", gettext("未办结")), ("overdue", gettext("逾期")),
              *((value, word(str(label))) for value, label in DemandState.choices)]
    return DemandList(
        words, _stats(), _table(shown), pages, [(value, label, value == state) for value, label in states],
        [(value, gettext(label), value == desk) for value, label in DESKS], policy.may_anywhere(actor, "catalog.demand"),
    )


def demand_page(uuid: UUID, *, actor: Actor) -> DemandPage:
    """One demand. Raises NotFound, NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    demand = demand_of(uuid)
    instance = demands.running(demand)
    step = publication.waiting_step(instance) if instance else None
    is_turn = step is not None and rights.may_act(actor, step)
    may_match = is_turn and demand.state == DemandState.FILED and policy.may(actor, "catalog.match_demand", demand)
    is_asker = policy.may(actor, "catalog.demand", demand)
    return DemandPage(
        demand, _state(demand), _facts(demand), _items(demand), _history(demand),
        similar_table(_wish(demand)) if may_match or is_turn else None,
        _entry_href(demand.resource), reverse("console-case", args=[instance.uuid]) if instance else "", may_match,
        is_turn and demand.state == DemandState.ASSIGNED and policy.may(actor, "catalog.answer_demand", demand.owner),
        is_asker and demand.state != DemandState.CLOSED,
        is_asker and demand.state in ANSWERED_DEMANDS and not demand.is_contested,
    )


def demand_of(uuid: UUID) -> Demand:
    """The demand of that uuid. Raises NotFound."""
    found = Demand.objects.select_related("organisation", "owner", "resource").filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这条数据需求；请从需求清单进入。"))
    return found


def similar_table(text: str) -> Table:
    """Entries in force that may already be what is wanted, the likeliest first, with the items that answer."""
    columns = (
        Column(gettext("资源名称")), Column(gettext("信息资源代码"), is_code=True), Column(gettext("提供单位")),
        Column(gettext("共享类型")),
    )
    asked = question(text)
    keys = [one.key for one in search.search(finding.PUBLIC, text, size=SIMILAR).documents] if asked.parts else []
    entries = Resource.objects.published().filter(table__in=keys).select_related("provider").prefetch_related("items")
    found = {one.table: one for one in entries}
    rows = [
        (Cell(one.title, reverse("console-resource", args=[one.table]), pieces=pieces(one.title, asked),
              note_pieces=matching([item.name for item in one.items.all()], asked)),
         Cell(one.code), Cell(one.provider.name), Cell(word(one.get_share_type_display())))
        for key in keys if (one := found.get(key)) is not None
    ]
    return Table(gettext("可能合适的目录"), columns, rows, gettext("没有找到相近的已发布目录。"))


def _wish(demand: Demand) -> str:
    return demand.title[:60]


def _in_state(found: QuerySet[Demand], state: str) -> QuerySet[Demand]:
    if state == "open":
        return found.filter(state__in=OPEN_DEMANDS)
    if state == "overdue":
        return found.filter(state__in=OPEN_DEMANDS, due_on__lt=clock.today())
    return found.filter(state=state) if state in DemandState.values else found


def _stats() -> list[Stat]:
    counted = Demand.objects.aggregate(
        every=Count("pk"), filed=Count("pk", filter=Q(state=DemandState.FILED)), assigned=Count("pk", filter=Q(state=DemandState.ASSIGNED)),
        promised=Count("pk", filter=Q(state=DemandState.PROMISED)),
        overdue=Count("pk", filter=Q(state__in=OPEN_DEMANDS, due_on__lt=clock.today())),
    )
    here = reverse("console-demands")
    shown = (
        (gettext("全部需求"), "every", ""), (gettext("待匹配"), "filed", "filed"), (gettext("待答复"), "assigned", "assigned"),
        (gettext("已承诺编目"), "promised", "promised"), (gettext("逾期"), "overdue", "overdue"),
    )
    return [Stat(label, number(counted[name]), href=f"{here}?state={state}" if state else here) for label, name, state in shown]


def _table(found: Sequence[Demand]) -> Table:
    columns = (
        Column(gettext("需求")), Column(gettext("需求单位")), Column(gettext("责任单位")), Column(gettext("状态")),
        Column(gettext("响应目录")), Column(gettext("应办日期")), Column(gettext("提出时间")),
    )
    rows = [
        (Cell(one.title, reverse("console-demand", args=[one.uuid])), Cell(one.organisation.name),
         Cell(one.owner.name if one.owner else ""), _state(one),
         Cell(one.resource.title if one.resource else "", _entry_href(one.resource)), _due(one), Cell(moment(one.filed_at)))
        for one in found
    ]
    return Table(gettext("数据需求"), columns, rows, gettext("没有符合条件的需求。"))


def _state(demand: Demand) -> Cell:
    return Cell(word(demand.get_state_display()), tone=TONES.get(demand.state, ""))


def _due(demand: Demand) -> Cell:
    if demand.due_on is None:
        return Cell("")
    is_late = demand.due_on < clock.today()
    return Cell(moment(demand.due_on) + (f" · {gettext('逾期')}" if is_late else ""), tone="bad" if is_late else "")


def _facts(demand: Demand) -> list[tuple[str, str]]:
    return [
        (gettext("需求单位"), demand.organisation.name), (gettext("经办人"), demand.filed_by),
        (gettext("提出时间"), moment(demand.filed_at)),
        (gettext("使用场景"), demand.purpose), (gettext("法律依据"), demand.basis),
        (gettext("期望更新周期"), word(demand.get_cycle_display())), (gettext("期望方式"), word(demand.get_way_display())),
        (gettext("责任单位"), demand.owner.name if demand.owner else ""), (gettext("应办日期"), _due(demand).text),
        (gettext("答复"), demand.answer),
    ]


def _items(demand: Demand) -> Table:
    columns = (Column(gettext("信息项")), Column(gettext("已有的信息项")))
    rows = [
        (Cell(one.name), Cell(one.item.resource.title, _entry_href(one.item.resource), note=one.item.name) if one.item else Cell(""))
        for one in demand.items.select_related("item__resource")
    ]
    return Table(gettext("需要的信息项"), columns, rows, gettext("没有列出信息项。"))


def _history(demand: Demand) -> list[Step]:
    moves = [
        Step(word(one.get_kind_display()), [(gettext("时间"), moment(one.at)), (gettext("经办"), one.by), (gettext("说明"), one.text)])
        for one in demand.moves.all()
    ]
    if demand.state in (DemandState.FILED, DemandState.ASSIGNED, DemandState.PROMISED):
        waits = {DemandState.FILED: gettext("等待主管部门匹配"), DemandState.ASSIGNED: gettext("等待责任单位答复"),
                 DemandState.PROMISED: gettext("等待责任单位发布目录")}[DemandState(demand.state)]
        moves.append(Step(waits, [(gettext("应办日期"), _due(demand).text)], state="now"))
    return moves


def _entry_href(resource: Resource | None) -> str:
    if resource is None:
        return ""
    return reverse("console-proposal" if resource.state == "proposed" else "console-resource", args=[resource.table])
