"""The first page of exchange: for who asks, for who supplies, for the bureau; and what waits for somebody's hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.models import ExchangeState, Subscription, TableExchange, Target
from suixin.data.doors.proxies.models import Proxy, ProxyState
from suixin.data.sharing import queries, usage
from suixin.data.sharing.models import LIVE_SHARES, PartState, Share
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Chart, Column, Series, Stat, Table
from suixin.site.shell.queries import sharing_board
from suixin.site.shell.queries.exchange import files
from suixin.site.shell.queries.exchange.common import state_cell
from suixin.site.shell.queries.sharing_requests import doors_of, due_cell, share_cell, stage_cell
from suixin.site.shell.templatetags.suixin import moment, number

MOST, MINUTES = 20, 60


@dataclass(frozen=True, slots=True)
class Landing:
    """What the reader has to do with exchange; `chart` and what follows for who may look at all of the log."""

    trouble: Table
    mine: Table
    asked: Table
    supply: Table
    supply_stats: Sequence[Stat]
    live: Sequence[Stat]
    chart: Chart | None
    failures: Table | None
    may_ask: bool


def landing(*, actor: Actor) -> Landing:
    """The page. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    stats, table = sharing_board.supply(actor=actor, is_own=True)
    supply = Table(table.caption, table.columns, table.rows[:MOST], table.empty, is_cards=True)
    sees_log = policy.may(actor, "access.view", None)
    chart, failures = (minutes(actor=actor), sharing_board.failures_table(1, MOST)) if sees_log else (None, None)
    return Landing(
        _trouble(actor), _mine(actor), _asked(actor), supply, stats, _live() if sees_log else (), chart, failures,
        policy.may_anywhere(actor, "sharing.request"),
    )


def minutes(*, actor: Actor) -> Chart:
    """Readings of the last hour by minute. Raises NotAllowed."""
    policy.require(actor, "access.view", None)
    found = usage.by_minute(MINUTES)
    labels = [f"{one.start.astimezone(clock.CHINA):%H:%M}" for one in found]
    series = (
        Series(gettext("调用次数"), [float(one.calls) for one in found]), Series(gettext("失败次数"), [float(one.failed) for one in found]),
    )
    return Chart(
        "line", gettext("近一小时的调用"), reverse("console-exchange-minutes"), labels, series, label_title=gettext("时间"),
        note=gettext("来自本节点的访问日志，每分钟一点，每分钟更新。"),
    )


def _live() -> list[Stat]:
    found, note = usage.by_minute(MINUTES), gettext("近一小时")
    calls, rows, failed = (sum(getattr(one, name) for one in found) for name in ("calls", "rows", "failed"))
    return [
        Stat(gettext("调用次数"), number(calls), note=note), Stat(gettext("取得行数"), number(rows), note=note),
        Stat(gettext("失败次数"), number(failed), note=note),
        Stat(gettext("最近一分钟"), number(found[-1].calls), note=gettext("调用次数")),
    ]


def _mine(actor: Actor) -> Table:
    """What the actor's department may get now, and where it says how."""
    found = queries.visible_shares(actor).filter(organisation__uscc=actor.organisation, state__in=LIVE_SHARES)
    columns = (
        Column(gettext("信息资源")), Column(gettext("提供部门")), Column(gettext("状态")), Column(gettext("共享方式"), is_long=True),
        Column(gettext("使用时限")), Column(gettext("怎样调用")),
    )
    rows = [_share(one) for one in found.order_by("-pk")[:MOST]]
    return Table(gettext("我能取到什么"), columns, rows, gettext("还没有取得数据。点“我要数据”从目录里选。"), is_cards=True)


def _share(one: Share) -> tuple[Cell, ...]:
    here = reverse("console-sharing-share", args=[one.uuid])
    until = moment(one.grant.valid_until) if one.grant.valid_until else ""
    return (
        Cell(one.resource.title, here, note=one.purpose[:60]), Cell(one.resource.provider.name), share_cell(one),
        Cell(doors_of(one.grant.doors)), Cell(until), Cell(gettext("看地址和示例"), f"{here}#calling"),
    )


def _asked(actor: Actor) -> Table:
    """Where open requests of the actor's department stand."""
    parts = queries.staged(queries.visible_parts(actor).filter(request__organisation__uscc=actor.organisation))
    columns = (Column(gettext("信息资源")), Column(gettext("提供部门")), Column(gettext("状态")), Column(gettext("应办日期")))
    rows = [
        (Cell(one.resource.title, reverse("console-sharing-part", args=[one.uuid]), note=one.request.title),
         Cell(one.resource.provider.name), stage_cell(one), due_cell(one))
        for one in parts.filter(state=PartState.ASKED).order_by("-pk")[:MOST]
    ]
    return Table(gettext("我的申请到哪一步了"), columns, rows, gettext("没有办理中的申请。"), is_cards=True)


def _trouble(actor: Actor) -> Table:
    """Exchanges that a person has to see to, within the actor's reach."""
    theirs = within(actor, "sharing.view", "application__organisation")
    rows = [*_held(theirs), *_held_files(theirs)]
    told = Subscription.objects.filter(theirs).select_related("application__organisation", "resource")
    told = told.annotate(dead=Count("letters", filter=Q(letters__sent_at=None)))
    for one in told.filter(Q(state=ExchangeState.HELD) | Q(failures__gt=0) | Q(dead__gt=0)).order_by("-pk")[:MOST]:
        dead = vars(one)["dead"]
        state = Cell(gettext("%(n)s 条未达") % {"n": dead}, tone="bad") if dead else state_cell(one.state)
        here = reverse("console-exchange-subscription", args=[one.uuid])
        rows.append((Cell(one.resource.title, here), Cell(gettext("订阅推送"), note=one.application.organisation.name), state,
                     Cell(one.sentence)))
    ill = Target.objects.filter(within(actor, "sharing.view", "organisation"), is_well=False, is_active=True).select_related("organisation")
    rows += [
        (Cell(target.name, reverse("console-exchange-receiver", args=[target.slug])),
         Cell(gettext("接收库"), note=target.organisation.name), Cell(gettext("异常"), tone="bad"), Cell(target.health))
        for target in ill[:MOST]
    ]
    rows += _waiting(actor)
    columns = (Column(gettext("什么")), Column(gettext("种类")), Column(gettext("状态")), Column(gettext("说明"), is_long=True))
    return Table(gettext("要处理的"), columns, rows, "", is_cards=True)


def _held(theirs: Q) -> list[tuple[Cell, ...]]:
    found = TableExchange.objects.filter(theirs, state=ExchangeState.HELD).select_related("application__organisation", "resource")
    return [
        (Cell(one.resource.title, reverse("console-exchange-table", args=[one.uuid])),
         Cell(gettext("库表交换"), note=one.application.organisation.name), state_cell(one.state), Cell(one.sentence))
        for one in found.order_by("-pk")[:MOST]
    ]


def _held_files(theirs: Q) -> list[tuple[Cell, ...]]:
    return [
        (Cell(one.resource.title, reverse("console-exchange-file", args=[one.uuid])),
         Cell(gettext("文件交换"), note=one.application.organisation.name), files.state_cell(one), Cell(one.sentence))
        for one in files.held_orders(theirs)
    ]


def _waiting(actor: Actor) -> list[tuple[Cell, ...]]:
    """Interfaces that wait for a second person, or whose last check failed."""
    theirs = within(actor, "sharing.view", "source__organisation")
    found = Proxy.objects.filter(theirs).filter(Q(state=ProxyState.WAITING) | Q(state=ProxyState.ACTIVE, is_well=False))
    rows: list[tuple[Cell, ...]] = []
    for one in found.select_related("resource", "source__organisation")[:MOST]:
        is_waiting = one.state == ProxyState.WAITING
        state = Cell(gettext("待批准"), tone="warn") if is_waiting else Cell(gettext("异常"), tone="bad")
        told = Cell(one.reason if is_waiting else gettext("检查没有通过"))
        rows.append((Cell(one.resource.title, reverse("console-exchange-proxy", args=[one.pk])),
                     Cell(gettext("接口代理"), note=one.source.organisation.name), state, told))
    return rows
