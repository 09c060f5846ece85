"""What the pages of the systems register show: the list with filters, one system with the resources it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import InformationSystem, Protection, Resource, ResourceState, SystemState
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 30
TONES: Mapping[str, Tone] = {SystemState.BUILDING: "info", SystemState.RUNNING: "good", SystemState.STOPPED: "quiet"}


@dataclass(frozen=True, slots=True)
class SystemList:
    """One page of systems; choices are value, label, whether chosen."""

    words: str
    table: Table
    pages: Pages
    states: Sequence[tuple[str, str, bool]]
    protections: Sequence[tuple[str, str, bool]]
    is_empty_only: bool
    may_register: bool


@dataclass(frozen=True, slots=True)
class SystemPage:
    """One system and a page of the resources that it holds."""

    system: InformationSystem
    state: Cell
    facts: Sequence[tuple[str, str]]
    resources: Table
    pages: Pages
    may_keep: bool


def system_list(parameters: QueryDict, *, actor: Actor) -> SystemList:
    """Systems under the request's filters: `q`, `state`, `protection`, `empty` (without entries), `page`. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    words, state, protection = (parameters.get(name, "").strip()[:100] for name in ("q", "state", "protection"))
    is_empty_only = parameters.get("empty", "") == "1"
    found = InformationSystem.objects.select_related("organisation").annotate(held=Count("holdings"))
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(organisation__name__icontains=words))
    if state in SystemState.values:
        found = found.filter(state=state)
    if protection in Protection.values:
        found = found.filter(protection=protection)
    if is_empty_only:
        found = found.filter(holdings=None)
    shown, pages = page_of(found.order_by("organisation__lineage", "code"), parameters, size=PAGE_SIZE)
    return SystemList(
        words, _table(shown), pages,
        [("", gettext("全部"), not state), *((value, word(str(label)), value == state) for value, label in SystemState.choices)],
        [("", gettext("全部"), not protection), *((value, word(str(label)), value == protection) for value, label in Protection.choices)],
        is_empty_only, policy.may_anywhere(actor, "catalog.keep_system"),
    )


def system_page(code: str, parameters: QueryDict, *, actor: Actor) -> SystemPage:
    """One system. Raises NotFound, NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    system = system_of(code)
    held = Resource.objects.filter(held_in__system=system).exclude(state=ResourceState.WITHDRAWN).select_related("provider")
    shown, pages = page_of(held.order_by("code"), parameters, size=PAGE_SIZE)
    return SystemPage(
        system, Cell(word(system.get_state_display()), tone=TONES[system.state]), _facts(system), _resources(shown), pages,
        policy.may(actor, "catalog.keep_system", system),
    )


def system_of(code: str) -> InformationSystem:
    """The system of that code. Raises NotFound."""
    found = InformationSystem.objects.select_related("organisation").filter(code=code).first()
    if found is None:
        raise NotFound(gettext("没有这个信息系统；请从信息系统清单进入。"))
    return found


def systems_of(resource: Resource) -> list[InformationSystem]:
    """The registered systems that hold a resource."""
    return list(InformationSystem.objects.filter(holdings__resource=resource).order_by("code"))


def within_reach(actor: Actor) -> Q:
    """The condition that an organisation's systems are the actor's to keep."""
    return within(actor, "catalog.keep_system")


def _table(found: Sequence[InformationSystem]) -> Table:
    columns = (
        Column(gettext("信息系统")), Column(gettext("建设单位")), Column(gettext("等保级别")), Column(gettext("数据库类型")),
        Column(gettext("所在网络")), Column(gettext("状态")), Column(gettext("信息资源"), is_numeric=True),
    )
    rows = [
        (Cell(one.name, reverse("console-system", args=[one.code]), note=one.code), Cell(one.organisation.name),
         Cell(word(one.get_protection_display())), Cell("、".join(one.databases)), Cell(word(one.get_network_display())),
         Cell(word(one.get_state_display()), tone=TONES[one.state]), Cell(number(getattr(one, "held", 0))))
        for one in found
    ]
    return Table(gettext("信息系统清单"), columns, rows, gettext("没有符合条件的信息系统。"))


def _resources(found: Sequence[Resource]) -> Table:
    columns = (
        Column(gettext("资源名称")), Column(gettext("信息资源代码"), is_code=True), Column(gettext("提供单位")), Column(gettext("状态")),
    )
    rows = [
        (Cell(one.title, reverse("console-proposal" if one.state == ResourceState.PROPOSED else "console-resource", args=[one.table])),
         Cell(one.code), Cell(one.provider.name), Cell(word(one.get_state_display())))
        for one in found
    ]
    return Table(gettext("存放的信息资源"), columns, rows, gettext("还没有目录写明存放在这个系统里。"))


def _facts(system: InformationSystem) -> list[tuple[str, str]]:
    return [
        (gettext("系统编码"), system.code), (gettext("建设单位"), system.organisation.name), (gettext("运维单位"), system.operator),
        (gettext("等保级别"), word(system.get_protection_display())), (gettext("数据库类型"), "、".join(system.databases)),
        (gettext("所在网络"), word(system.get_network_display())), (gettext("上线日期"), moment(system.live_on) if system.live_on else ""),
        (gettext("联系人"), system.contact), (gettext("联系电话"), system.phone),
    ]
