"""The cascade as a page: peers on a map with the table behind it, what flows, what waits, what both ends counted last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.sharing.cascade.models import (
    Flow,
    FlowState,
    Intake,
    Link,
    LinkState,
    Objection,
    Platform,
    Reconciled,
    Reconciliation,
    RemoteEntry,
    RemoteRequest,
    RemoteState,
    Way,
)
from suixin.ground.link.models import Peer, PeerState, Role
from suixin.ground.people.models import Level
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.graphs import Graph, Spot, graph_of_spots
from suixin.site.shell.templatetags.suixin import moment, number

M = TypeVar("M", bound=Model)
MOST = 200
LINK_TONES: Mapping[str, Tone] = {LinkState.ACTIVE: "good", LinkState.HELD: "bad", LinkState.STOPPED: "quiet"}
FLOW_TONES: Mapping[str, Tone] = {
    FlowState.ENABLED: "good", FlowState.HELD: "bad", FlowState.PAUSED: "quiet", FlowState.OFFERED: "warn",
}
COUNT_TONES: Mapping[str, Tone] = {Reconciled.AGREED: "good", Reconciled.RESENT: "warn", Reconciled.DIFFERS: "bad"}


@dataclass(frozen=True, slots=True)
class CascadePage:
    """All that the page shows. `ours` is empty until somebody said who we are."""

    ours: str
    graph: Graph | None
    links: Table
    flows: Table
    intakes: Table
    across: Table
    entries: Table
    counted: Table
    waiting: Table | None
    may_work: bool


def cascade_page(*, actor: Actor) -> CascadePage:
    """The links of this platform and what goes over them, in a fixed number of queries. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    ours = Platform.objects.first()
    links = list(Link.objects.select_related("peer").annotate(
        told=Count("entries", filter=Q(entries__state="published"), distinct=True), going=Count("flows", distinct=True),
    )[:MOST])
    return CascadePage(
        f"{ours.name}（{ours.code}）" if ours else "", _graph(ours, links) if ours and links else None, _links(links), flow_table(),
        intake_table(),
        _across(), _entries(), counted_table(), _waiting(), policy.may(actor, "sharing.cascade", None),
    )


def _graph(ours: Platform, links: Sequence[Link]) -> Graph:
    """Upper platforms on the left, then this one, then lower and equal ones."""
    upper = [one for one in links if one.peer.role == Role.UPPER]
    others = [one for one in links if one.peer.role != Role.UPPER]
    spots = [Spot(f"l{one.pk}", str(one), _note(one)) for one in upper]
    spots.append(Spot("ours", ours.name, gettext("本平台"), tuple(f"l{one.pk}" for one in upper), is_centre=True))
    spots += [Spot(f"l{one.pk}", str(one), _note(one), ("ours",)) for one in others]
    told = gettext("左边是上级平台，中间是本平台，右边是下级和同级平台；状态和收发见下面的表。")
    return graph_of_spots(gettext("平台级联拓扑"), told, spots)


def _note(link: Link) -> str:
    return f"{gettext(LinkState(link.state).label)} · {gettext(Role(link.peer.role).label)}"


def _links(links: Sequence[Link]) -> Table:
    columns = (
        Column(gettext("平台")), Column(gettext("层级")), Column(gettext("通道")), Column(gettext("状态")), Column(gettext("最近联通")),
        Column(gettext("发出"), is_numeric=True), Column(gettext("待对方收"), is_numeric=True), Column(gettext("收到"), is_numeric=True),
        Column(gettext("待办理"), is_numeric=True), Column(gettext("连续失败"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    rows = [(
        Cell(str(one), reverse("console-cascade-platform", args=[one.code]), note=f"{one.code} · {one.division}"),
        Cell(gettext(Level(one.level).label)), Cell(gettext(one.get_way_display())),
        Cell(gettext(LinkState(one.state).label), tone=LINK_TONES[one.state]), Cell(moment(one.heard_at)), Cell(number(one.sent)),
        Cell(number(one.sent - one.acknowledged)), Cell(number(one.received)), Cell(number(one.received - one.applied)),
        Cell(str(one.failures)), Cell(one.sentence),
    ) for one in links]
    return Table(gettext("级联平台"), columns, rows, gettext("还没有级联平台；两端交换介绍文件、核对指纹后建立。"))


def flow_table(*, link: int = 0) -> Table:
    """Flows to peers; `link`: to that one."""
    columns = (
        Column(gettext("资源")), Column(gettext("接收平台")), Column(gettext("回流范围")), Column(gettext("状态")),
        Column(gettext("最近发出")),
        Column(gettext("已发块"), is_numeric=True), Column(gettext("对方已入库块"), is_numeric=True),
        Column(gettext("对方接收行数"), is_numeric=True), Column(gettext("对方拒收行数"), is_numeric=True),
        Column(gettext("说明"), is_long=True),
    )
    found = _of(Flow.objects.select_related("resource__provider", "link__peer"), link)[:MOST]
    rows = [(
        Cell(one.resource.title, reverse("console-resource", args=[one.resource.table]), note=one.resource.provider.name),
        Cell(str(one.link)), Cell("、".join(one.divisions) or gettext("全部")), _flow_state(one.state), Cell(moment(one.told_at)),
        Cell(number(one.number)), Cell(number(one.landed)), Cell(number(one.accepted)), Cell(number(one.rejected)), Cell(one.sentence),
    ) for one in found]
    return Table(gettext("回流到其他平台的数据"), columns, rows, gettext("还没有约定回流。"))


def intake_table(*, link: int = 0) -> Table:
    """Flows of peers to us; `link`: of that one."""
    columns = (
        Column(gettext("来源平台")), Column(gettext("名称")), Column(gettext("进入目录")), Column(gettext("状态")),
        Column(gettext("最近入库")),
        Column(gettext("收到行数"), is_numeric=True), Column(gettext("接收行数"), is_numeric=True),
        Column(gettext("拒收行数"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    found = _of(Intake.objects.select_related("resource__provider", "link__peer"), link)[:MOST]
    rows = [(
        Cell(str(one.link)), Cell(one.title),
        Cell(one.resource.title, reverse("console-resource", args=[one.resource.table])) if one.resource else Cell(""),
        _flow_state(one.state), Cell(moment(one.landed_at)), Cell(number(one.rows)), Cell(number(one.accepted)),
        Cell(number(one.rejected)), Cell(one.sentence),
    ) for one in found]
    return Table(gettext("从其他平台回流来的数据"), columns, rows, gettext("还没有收到回流约定。"))


def _across() -> Table:
    columns = (
        Column(gettext("事项")), Column(gettext("平台")), Column(gettext("状态")), Column(gettext("对方环节")), Column(gettext("对方时限")),
        Column(gettext("答复"), is_long=True),
    )
    asked = RemoteRequest.objects.select_related("entry__link__peer", "organisation")[:MOST]
    doubted = Objection.objects.select_related("intake__link__peer")[:MOST]
    rows = [(
        Cell(one.entry.title, reverse("console-cascade-request", args=[one.uuid]), note=str(one.organisation)),
        Cell(str(one.entry.link)), Cell(gettext(one.get_state_display())),
        Cell(one.stage), Cell(moment(one.due_at)), Cell(one.answer),
    ) for one in asked]
    rows += [(
        Cell(gettext("校核申请"), note=one.intake.title), Cell(str(one.intake.link)), Cell(gettext(one.get_state_display())), Cell(""),
        Cell(""), Cell(one.answer),
    ) for one in doubted]
    return Table(gettext("跨平台申请与校核"), columns, rows, gettext("还没有跨平台的申请或校核。"))


def _entries() -> Table:
    columns = (
        Column(gettext("名称")), Column(gettext("平台")), Column(gettext("提供单位")), Column(gettext("资源代码"), is_code=True),
        Column(gettext("版本"), is_numeric=True), Column(gettext("状态")), Column(gettext("收到时间")),
    )
    found = RemoteEntry.objects.select_related("link__peer").order_by("-told_at", "-pk")[:MOST]
    rows = [(
        Cell(one.title, reverse("remote-entry", args=[one.pk]) if one.state == RemoteState.PUBLISHED else ""), Cell(str(one.link)),
        Cell(one.provider), Cell(one.code), Cell(str(one.version)),
        Cell(gettext(one.get_state_display())), Cell(moment(one.told_at)),
    ) for one in found]
    return Table(gettext("对端目录"), columns, rows, gettext("还没有收到对端的目录。"))


def counted_table(*, link: int = 0) -> Table:
    """What was counted last; `link`: with that one."""
    columns = (
        Column(gettext("日期")), Column(gettext("平台")), Column(gettext("方向")), Column(gettext("本端封数"), is_numeric=True),
        Column(gettext("对端封数"), is_numeric=True), Column(gettext("本端行数"), is_numeric=True),
        Column(gettext("对端行数"), is_numeric=True), Column(gettext("结果")), Column(gettext("差异"), is_long=True),
    )
    found = _of(Reconciliation.objects.select_related("link__peer"), link)[:60]
    rows = [(
        Cell(f"{one.day:%Y-%m-%d}"), Cell(str(one.link)),
        Cell(gettext("发出") if one.is_outward else gettext("收到"), note=_read_back(one)),
        *(Cell(number(told[name])) for name in ("messages", "rows") for told in (one.ours, one.theirs)),
        Cell(gettext(Reconciled(one.state).label), tone=COUNT_TONES[one.state]), Cell(_differs(one)),
    ) for one in found]
    return Table(gettext("每日对账"), columns, rows, gettext("还没有对过账；每天零点四十分核对前一天。"))


def _waiting() -> Table | None:
    """Peers without a link, and those whose new keys wait for a person; None when there are none."""
    found = list(Peer.objects.filter(Q(cascade=None) | ~Q(next_keys={})).exclude(state=PeerState.ENDED)[:MOST])
    if not found:
        return None
    columns = (Column(gettext("平台")), Column(gettext("关系")), Column(gettext("状态")), Column(gettext("登记时间")),
               Column(gettext("等待什么")))
    rows = [(
        Cell(one.name, reverse("console-cascade-platform", args=[one.code]), note=one.code), Cell(gettext(one.get_role_display())),
        Cell(gettext(one.get_state_display())), Cell(moment(one.asked_at)), Cell(_awaited(one)),
    ) for one in found]
    return Table(gettext("待办理的平台"), columns, rows)


def _awaited(peer: Peer) -> str:
    if peer.next_keys:
        return gettext("确认对端的新公钥")
    return gettext("另一位同事批准") if peer.state == PeerState.WAITING else gettext("建立连接")


def _of(found: QuerySet[M], link: int) -> QuerySet[M]:
    return found.filter(link=link) if link else found


def _read_back(one: Reconciliation) -> str:
    return gettext("回读登记：封数为目录，行数为资源") if one.link.way == Way.DIRECT else ""


def _differs(one: Reconciliation) -> str:
    if one.link.way == Way.DIRECT:
        both = [(gettext("只有一端有：%(codes)s"), one.missing), (gettext("版本不同：%(codes)s"), one.different)]
        return "；".join(text % {"codes": "、".join(map(str, codes[:20]))} for text, codes in both if codes)
    told = []
    if one.missing:
        told.append(gettext("缺第 %(numbers)s 封") % {"numbers": "、".join(map(str, one.missing[:20]))})
    if one.different:
        told.append(gettext("第 %(numbers)s 封内容不同") % {"numbers": "、".join(map(str, one.different[:20]))})
    return "；".join(told)


def _flow_state(state: str) -> Cell:
    return Cell(gettext(FlowState(state).label), tone=FLOW_TONES[state])
