"""Table exchanges as pages: those within the actor's reach, one of them with its runs, receivers' databases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Prefetch, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.models import ExchangeRun, RunState, TableExchange, Target
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.exchange.common import PAGE_SIZE, application_cell, state_cell
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

MOST_RUNS, MOST_TARGETS = 30, 200
RUN_TONES: dict[str, Tone] = {RunState.RUNNING: "info", RunState.DONE: "good", RunState.FAILED: "bad"}


@dataclass(frozen=True, slots=True)
class TableList:
    """One page of exchanges, and the databases that receive."""

    table: Table
    pages: Pages
    targets: Table
    may_work: bool


@dataclass(frozen=True, slots=True)
class TablePage:
    """One exchange with its runs; `may_work`: the actor runs, pauses and resumes it."""

    exchange: TableExchange
    state: Cell
    facts: Sequence[tuple[str, str]]
    columns: Table
    runs: Table
    target_href: str
    may_work: bool


@dataclass(frozen=True, slots=True)
class TargetPage:
    """One receiver's database with what is written there."""

    target: Target
    health: Cell
    facts: Sequence[tuple[str, str]]
    exchanges: Table
    may_work: bool


def table_list(parameters: QueryDict, *, actor: Actor) -> TableList:
    """Exchanges of applications within the actor's reach, newest first, and databases. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    found = _exchanges().filter(within(actor, "sharing.view", "application__organisation")).order_by("-pk")
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    targets = Target.objects.filter(within(actor, "sharing.view", "organisation")).select_related("organisation")
    shown = targets.annotate(n=Count("exchanges"))[:MOST_TARGETS]
    table = _table(rows, actor, gettext("还没有库表交换。"))
    return TableList(table, pages, _targets(list(shown)), policy.may_anywhere(actor, "sharing.exchange"))


def exchange_by(uuid: UUID, *, actor: Actor) -> TableExchange:
    """The exchange of that uuid, if the actor may see it. Raises NotFound, NotAllowed."""
    found = _exchanges().filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这项交换；请从交换列表进入。"))
    policy.require(actor, "sharing.view", found.application)
    return found


def exchange_page(uuid: UUID, *, actor: Actor) -> TablePage:
    """One exchange in full. Raises NotFound, NotAllowed."""
    held = exchange_by(uuid, actor=actor)
    facts = [
        (gettext("信息资源"), held.resource.title), (gettext("提供部门"), held.resource.provider.name),
        (gettext("接收的应用"), application_cell(held.application, actor).text), (gettext("接收单位"), held.application.organisation.name),
        (gettext("接收库"), held.target.name), (gettext("接收表"), held.table),
        (gettext("每次写入"), gettext("全量") if held.is_whole else gettext("增量")),
        (gettext("运行时间"), held.schedule or gettext("手动")), (gettext("下次运行"), moment(held.next_at) if held.next_at else ""),
        (gettext("登记时间"), moment(held.created_at)),
    ]
    names = {item.field: item.name for item in held.resource.contract.items}
    columns = [(Cell(names.get(field, field)), Cell(field), Cell(column)) for field, column in held.mapping.items()]
    heads = (Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("接收列"), is_code=True))
    return TablePage(
        held, state_cell(held.state), facts, Table(gettext("列对应"), heads, columns, ""),
        _runs(held), reverse("console-exchange-receiver", args=[held.target.slug]), policy.may(actor, "sharing.exchange", held.application),
    )


def target_by(slug: str, *, actor: Actor, verb: str = "sharing.view") -> Target:
    """The database of that slug, if the actor may do that there. Raises NotFound, NotAllowed."""
    found = Target.objects.select_related("organisation").filter(slug=slug).first()
    if found is None:
        raise NotFound(gettext("没有这个接收库；请从库表交换进入。"))
    policy.require(actor, verb, found.organisation)
    return found


def target_page(slug: str, *, actor: Actor) -> TargetPage:
    """One database in full. Raises NotFound, NotAllowed."""
    held = target_by(slug, actor=actor)
    facts = [
        (gettext("接收单位"), held.organisation.name), (gettext("英文标识"), held.slug), (gettext("地址"), held.address),
        (gettext("模式"), held.schema), (gettext("密码"), gettext("已保存，不显示") if held.secret else gettext("没有")),
        (gettext("状态"), gettext("启用") if held.is_active else gettext("停用")), (gettext("登记时间"), moment(held.created_at)),
        (gettext("检查时间"), moment(held.checked_at) if held.checked_at else ""),
    ]
    written = _table(_exchanges().filter(target=held).order_by("-pk"), actor, gettext("还没有写入这个库的交换。"))
    return TargetPage(held, health_cell(held), facts, written, policy.may(actor, "sharing.exchange", held.organisation))


def health_cell(target: Target) -> Cell:
    """What the last check said, as a badge."""
    if not target.is_active:
        return Cell(gettext("停用"), tone="quiet")
    if target.is_well is None:
        return Cell(gettext("还没有检查"), tone="warn")
    return Cell(gettext("正常"), tone="good") if target.is_well else Cell(gettext("异常"), tone="bad")


def _exchanges() -> QuerySet[TableExchange]:
    """Exchanges with all that a line shows."""
    last = Prefetch("runs", ExchangeRun.objects.order_by("-pk").defer("receipt")[:1], to_attr="last_runs")
    return TableExchange.objects.select_related(
        "application__organisation", "target__organisation", "resource__provider"
    ).prefetch_related(last)


def _table(rows: Iterable[TableExchange], actor: Actor, none: str) -> Table:
    columns = (
        Column(gettext("资源")), Column(gettext("接收表")), Column(gettext("应用")), Column(gettext("状态")), Column(gettext("最近运行")),
        Column(gettext("提供行数"), is_numeric=True), Column(gettext("接收行数"), is_numeric=True),
        Column(gettext("拒绝"), is_numeric=True),
        Column(gettext("说明"), is_long=True),
    )
    return Table(gettext("库表交换"), columns, [_line(row, actor) for row in rows], none, is_cards=True)


def _line(row: TableExchange, actor: Actor) -> tuple[Cell, ...]:
    last = next(iter(vars(row)["last_runs"]), None)
    counts = (last.source, last.there, last.refused) if last else (None, None, None)
    return (
        Cell(row.resource.title, reverse("console-exchange-table", args=[row.uuid]), note=row.resource.provider.name),
        Cell(row.table, note=row.target.name), application_cell(row.application, actor), state_cell(row.state),
        Cell(moment(last.started_at) if last else "", note=word(last.get_state_display()) if last else ""),
        *(Cell(number(one) if one is not None else "") for one in counts), Cell(row.sentence),
    )


def _targets(found: Sequence[Target]) -> Table:
    columns = (
        Column(gettext("接收库")), Column(gettext("接收单位")), Column(gettext("状态")), Column(gettext("检查时间")),
        Column(gettext("交换"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    rows = [
        (Cell(one.name, reverse("console-exchange-receiver", args=[one.slug]), note=one.slug), Cell(one.organisation.name),
         health_cell(one),
         Cell(moment(one.checked_at) if one.checked_at else ""), Cell(str(vars(one)["n"])), Cell(one.health))
        for one in found
    ]
    return Table(gettext("接收库"), columns, rows, gettext("还没有接收库；先登记一个本单位的数据库。"), is_cards=True)


def _runs(held: TableExchange) -> Table:
    columns = (
        Column(gettext("开始")), Column(gettext("结果")), Column(gettext("版本"), is_numeric=True),
        Column(gettext("写入"), is_numeric=True), Column(gettext("删除"), is_numeric=True), Column(gettext("提供行数"), is_numeric=True),
        Column(gettext("接收行数"), is_numeric=True),
        Column(gettext("拒绝"), is_numeric=True), Column(gettext("核对")), Column(gettext("回执")), Column(gettext("说明"), is_long=True),
    )
    return Table(gettext("运行记录"), columns, [_run(one) for one in held.runs.all()[:MOST_RUNS]], gettext("还没有运行过。"), is_cards=True)


def _run(run: ExchangeRun) -> tuple[Cell, ...]:
    agreed = Cell("")
    if run.source is not None and run.there is not None:
        is_equal = run.source == run.there + run.refused
        agreed = Cell(gettext("一致"), tone="good") if is_equal else Cell(gettext("不一致"), tone="bad")
    reasons = "；".join(f"{sentence}（{number(rows)}）" for sentence, rows in run.reasons.items())
    receipt = Cell(gettext("下载"), reverse("console-exchange-receipt", args=[run.pk])) if run.receipt else Cell("")
    return (
        Cell(moment(run.started_at), note=gettext("全量") if run.is_full else gettext("增量")),
        Cell(word(run.get_state_display()), tone=RUN_TONES[run.state]), Cell("" if run.last_version is None else str(run.last_version)),
        Cell(number(run.written)), Cell(number(run.deleted)), Cell(number(run.source) if run.source is not None else ""),
        Cell(number(run.there) if run.there is not None else ""), Cell(number(run.refused)), agreed, receipt,
        Cell(run.sentence, note=reasons[:300]),
    )
