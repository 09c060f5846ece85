"""Exchanges in bulk as pages: tables written into receivers' databases, subscriptions, tokens of Delta Sharing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat as filesize
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.files.models import FileOrder, OrderState, Package, PackageState
from suixin.data.doors.models import ExchangeRun, ExchangeState, ShareToken, Subscription, TableExchange
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number

KINDS = ("tables", "files", "subscriptions", "shares")
PAGE_SIZE = 30
TONES: Mapping[str, Tone] = {ExchangeState.ENABLED: "good", ExchangeState.PAUSED: "quiet", ExchangeState.HELD: "bad"}
PACKAGE_TONES: Mapping[str, Tone] = {
    PackageState.BUILDING: "quiet", PackageState.OFFERED: "info", PackageState.ACKNOWLEDGED: "good", PackageState.EXPIRED: "bad",
    PackageState.WITHDRAWN: "quiet",
}
Movable = TableExchange | Subscription | FileOrder


@dataclass(frozen=True, slots=True)
class ExchangeList:
    """One page of exchanges of one kind; `acts`: (kind, number, name, whether it runs) of those that the actor may move."""

    kind: str
    tabs: Sequence[tuple[str, str, bool]]
    table: Table
    pages: Pages
    acts: Sequence[tuple[str, int, str, bool]]


def exchange_list(parameters: QueryDict, *, actor: Actor) -> ExchangeList:
    """Exchanges of applications within the actor's reach, of the kind that is asked for."""
    policy.require_anywhere(actor, "sharing.view")
    kind = parameters.get("kind", "")
    kind = kind if kind in KINDS else KINDS[0]
    titles = {
        "tables": gettext("库表交换"), "files": gettext("文件交换"), "subscriptions": gettext("订阅推送"), "shares": "Delta Sharing",
    }
    tabs = [(titles[one], f"{reverse('console-exchanges')}?kind={one}", one == kind) for one in KINDS]
    makers = {"tables": _tables, "files": _files, "subscriptions": _subscriptions, "shares": _shares}
    table, pages, acts = makers[kind](parameters, titles[kind], actor)
    return ExchangeList(kind, tabs, table, pages, acts)


def exchange_by(kind: str, pk: int, *, actor: Actor) -> Movable:
    """The exchange of that kind and number, if the actor may move it. Raises NotFound, NotAllowed."""
    found: Movable | None = None
    if kind == "tables":
        found = TableExchange.objects.select_related("application__organisation", "target", "resource__provider").filter(pk=pk).first()
    elif kind == "files":
        found = FileOrder.objects.select_related("application__organisation", "resource__provider").filter(pk=pk).first()
    elif kind == "subscriptions":
        found = Subscription.objects.select_related("application__organisation", "resource__provider").filter(pk=pk).first()
    if found is None:
        raise NotFound("没有这项交换；请从交换列表进入。")
    policy.require(actor, "sharing.exchange", found.application)
    return found


def _tables(parameters: QueryDict, title: str, actor: Actor) -> tuple[Table, Pages, list[tuple[str, int, str, bool]]]:
    last = Prefetch("runs", ExchangeRun.objects.order_by("-pk").defer("receipt")[:1], to_attr="last_runs")
    found = (
        TableExchange.objects.filter(within(actor, "sharing.view", "application__organisation"))
        .select_related("application__organisation", "target", "resource__provider").prefetch_related(last)
        .annotate(failed=Count("runs", filter=Q(runs__state="failed"))).order_by("pk")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("资源")), Column(gettext("接收表")), Column(gettext("应用")), Column(gettext("状态")), Column(gettext("最近运行")),
        Column(gettext("提供行数"), is_numeric=True), Column(gettext("接收行数"), is_numeric=True),
        Column(gettext("拒绝"), is_numeric=True), Column(gettext("失败次数"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    lines = [_table_line(row, actor) for row in rows]
    return Table(title, columns, lines, gettext("还没有库表交换。")), pages, _acts("tables", rows, actor)


def _table_line(row: TableExchange, actor: Actor) -> tuple[Cell, ...]:
    last = next(iter(vars(row)["last_runs"]), None)
    counts = (last.source, last.there, last.refused) if last else (None, None, None)
    return (
        _resource(row), Cell(row.table, note=row.target.name), _application(row, actor), _state(row.state),
        Cell(moment(last.started_at) if last else "", note=last.get_state_display() if last else ""),
        *(Cell(number(one) if one is not None else "") for one in counts), Cell(str(vars(row)["failed"])), Cell(row.sentence),
    )


def _files(parameters: QueryDict, title: str, actor: Actor) -> tuple[Table, Pages, list[tuple[str, int, str, bool]]]:
    """Packages, newest first, for who receives them and for who provides their rows; orders for who may move them."""
    near = [within(actor, "sharing.view", f"{side}") for side in ("order__application__organisation", "order__resource__provider")]
    found = (
        Package.objects.filter(near[0] | near[1])
        .select_related("order__application__organisation", "order__resource__provider").defer("receipt").order_by("-pk")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("资源")), Column(gettext("应用")), Column(gettext("版本"), is_numeric=True), Column(gettext("状态")),
        Column(gettext("行数"), is_numeric=True), Column(gettext("大小"), is_numeric=True), Column(gettext("生成")),
        Column(gettext("最近下载")), Column(gettext("签收时间")), Column("SM3", is_code=True), Column(gettext("说明"), is_long=True),
    )
    lines = [
        (
            _resource(row.order), _application(row.order, actor), Cell(str(row.version)),
            Cell(gettext(PackageState(row.state).label), tone=PACKAGE_TONES[row.state]),
            Cell(number(row.rows) if row.rows is not None else ""), Cell(filesize(row.size) if row.size is not None else ""),
            Cell(moment(row.built_at)), Cell(moment(row.fetched_at)), Cell(moment(row.acknowledged_at)), Cell(row.sm3[:16]),
            Cell(row.sentence or row.order.sentence),
        )
        for row in rows
    ]
    orders = FileOrder.objects.filter(within(actor, "sharing.exchange", "application__organisation"))
    acts = [
        ("files", one.pk, f"{one.resource.title} → {one.application.name}", one.state == OrderState.ENABLED)
        for one in orders.select_related("application__organisation", "resource__provider")[:PAGE_SIZE]
    ]
    return Table(title, columns, lines, gettext("还没有数据包。")), pages, acts


def _subscriptions(parameters: QueryDict, title: str, actor: Actor) -> tuple[Table, Pages, list[tuple[str, int, str, bool]]]:
    found = (
        Subscription.objects.filter(within(actor, "sharing.view", "application__organisation"))
        .select_related("application__organisation", "resource__provider")
        .annotate(dead=Count("letters", filter=Q(letters__sent_at=None))).order_by("pk")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("资源")), Column(gettext("接收地址"), is_code=True), Column(gettext("应用")), Column(gettext("状态")),
        Column(gettext("最近送达")), Column(gettext("已到版本"), is_numeric=True), Column(gettext("送达行数"), is_numeric=True),
        Column(gettext("连续失败"), is_numeric=True), Column(gettext("未达消息"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    lines = [
        (
            _resource(row), Cell(row.url), _application(row, actor), _state(row.state), Cell(moment(row.told_at)), Cell(str(row.version)),
            Cell(number(row.told)), Cell(str(row.failures)), Cell(str(vars(row)["dead"])), Cell(row.sentence),
        )
        for row in rows
    ]
    return Table(title, columns, lines, gettext("还没有订阅。")), pages, _acts("subscriptions", rows, actor)


def _shares(parameters: QueryDict, title: str, actor: Actor) -> tuple[Table, Pages, list[tuple[str, int, str, bool]]]:
    found = (
        ShareToken.objects.filter(within(actor, "sharing.view", "application__organisation")).select_related("application__organisation")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("应用")), Column(gettext("令牌"), is_code=True), Column(gettext("创建")), Column(gettext("到期")),
        Column(gettext("最近使用")), Column(gettext("状态")),
    )
    now, ended = clock.now(), Cell(gettext("已失效"), tone="quiet")
    lines = [
        (
            _application(row, actor), Cell(f"sxs_…{row.hint}"), Cell(moment(row.created_at)), Cell(moment(row.expires_at)),
            Cell(moment(row.last_used_at)),
            Cell(gettext("有效"), tone="good") if row.revoked_at is None and row.expires_at > now else ended,
        )
        for row in rows
    ]
    return Table(title, columns, lines, gettext("还没有共享令牌。")), pages, []


def _acts(kind: str, rows: Sequence[TableExchange] | Sequence[Subscription], actor: Actor) -> list[tuple[str, int, str, bool]]:
    may = [row for row in rows if policy.may(actor, "sharing.exchange", row.application)]
    return [(kind, row.pk, f"{row.resource.title} → {row.application.name}", row.state == ExchangeState.ENABLED) for row in may]


def _resource(row: Movable) -> Cell:
    return Cell(row.resource.title, reverse("console-resource", args=[row.resource.table]), note=row.resource.provider.name)


def _application(row: Movable | ShareToken, actor: Actor) -> Cell:
    """The application for who may see it, else its organisation alone."""
    application = row.application
    if not policy.may(actor, "people.view_application", application):
        return Cell(application.organisation.name)
    return Cell(application.name, reverse("console-application", args=[application.app_id]), note=application.organisation.name)


def _state(state: str) -> Cell:
    return Cell(gettext(ExchangeState(state).label), tone=TONES[state])
