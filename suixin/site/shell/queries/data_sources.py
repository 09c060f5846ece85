"""Sources, their feeds and runs, as pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import Resource
from suixin.data.collection import feeding
from suixin.data.collection.agents import agreement_warning
from suixin.data.collection.models import (
    Drift,
    DriftState,
    Feed,
    FeedFile,
    FeedMode,
    FeedRun,
    Hold,
    HoldState,
    RunKind,
    RunState,
    Source,
    SourceState,
)
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.sources.registry import options_of
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.feed_batches import (
    batches_of,
    last_failures,
    open_drifts,
    record_of,
    schedule_words,
    state_of,
)
from suixin.site.shell.queries.front_machines import Machine, machine_of
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import WRITE_MODES, word

PAGE_SIZE, RUNS = 30, 20
RUN_TONES: Mapping[str, Tone] = {RunState.DONE: "good", RunState.FAILED: "bad", RunState.RUNNING: "info", RunState.WAITING: "quiet"}


@dataclass(frozen=True, slots=True)
class SourceList:
    """One page of sources within the actor's reach."""

    words: str
    table: Table
    pages: Pages
    may_declare: bool


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source: health, what is kept of it, its feeds, its last runs."""

    source: Source
    facts: Sequence[tuple[str, str]]
    health: tuple[str, Tone]
    record: Sequence[tuple[str, str]]
    feeds: Table
    runs: Table
    machine: Machine | None
    agreement: str
    may_declare: bool
    may_check: bool


@dataclass(frozen=True, slots=True)
class DriftLine:
    """One column, old against new; `guess`: the name it may have now, `choices` what else it could be."""

    old: str
    old_type: str
    new: str
    new_type: str
    told: str
    tone: Tone
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One feed: how it is set, what changed at its source, its runs."""

    feed: Feed
    facts: Sequence[tuple[str, str]]
    mapping: Table
    runs: Table
    files: Table | None
    drift: Drift | None
    hold: Hold | None
    lines: Sequence[DriftLine] = field(default_factory=list)
    may_run: bool = False
    may_edit: bool = False
    may_decide: bool = False
    may_backfill: bool = False


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run: how far it is and how long it may still take."""

    run: FeedRun
    facts: Sequence[tuple[str, str]]
    progress: str
    percent: int | None
    reasons: Table | None
    batches: Table | None = None


def source_by(slug: str, *, actor: Actor, verb: str = "collection.view") -> Source:
    """The source of that identifier. Raises NotFound, NotAllowed."""
    found = Source.objects.select_related("organisation").filter(slug=slug).first()
    if found is None:
        raise NotFound("没有这个来源；请从来源列表进入。")
    policy.require(actor, verb, found)
    return found


def feed_by(uuid: UUID, *, actor: Actor, verb: str = "collection.view") -> Feed:
    """The feed of a source. Raises NotFound, NotAllowed."""
    found = Feed.objects.exclude(source=None).select_related("source__organisation", "resource__provider").filter(uuid=uuid).first()
    if found is None:
        raise NotFound("没有这个采集任务；请从来源页进入。")
    policy.require(actor, verb, found)
    return found


def run_by(uuid: UUID, *, actor: Actor) -> FeedRun:
    """The run. Raises NotFound, NotAllowed."""
    found = FeedRun.objects.select_related("feed__source__organisation", "feed__resource__provider").filter(uuid=uuid).first()
    if found is None:
        raise NotFound("没有这次采集；请从采集任务页进入。")
    policy.require(actor, "collection.view", found)
    return found


def entries_for(actor: Actor) -> list[Resource]:
    """Published entries that the actor may bring data to."""
    return list(Resource.objects.published().filter(within(actor, "collection.declare_feed", "provider")).order_by("title"))


def source_list(parameters: QueryDict, *, actor: Actor) -> SourceList:
    """Sources within reach under `q` and `page`, each with its health; two queries."""
    words = parameters.get("q", "").strip()[:200]
    found = (
        Source.objects.filter(within(actor, "collection.view", "organisation")).select_related("organisation")
        .annotate(
            tasks=Count("feeds", distinct=True), ran=Max("feeds__runs__ended_at"),
            drifts=Count("feeds__drifts", filter=Q(feeds__drifts__state=DriftState.OPEN), distinct=True),
        ).order_by("name", "pk")
    )
    if words:
        found = found.filter(Q(name__icontains=words) | Q(slug__icontains=words) | Q(organisation__name__icontains=words))
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("来源")), Column(gettext("种类")), Column(gettext("来源单位")), Column(gettext("健康")),
        Column(gettext("采集任务"), is_numeric=True), Column(gettext("最近采集")),
    )
    lines = []
    for row in rows:
        told, tone = health_of(row)
        lines.append((
            Cell(row.name, reverse("console-data-source", args=[row.slug]), note=row.slug), Cell(gettext(row.get_kind_display())),
            Cell(row.organisation.name), Cell(told, tone=tone, note=moment(row.checked_at) if row.checked_at else ""),
            Cell(number(vars(row)["tasks"]), note=gettext("列变动 %(n)d 处") % {"n": vars(row)["drifts"]} if vars(row)["drifts"] else ""),
            Cell(moment(vars(row)["ran"]) if vars(row)["ran"] else ""),
        ))
    table = Table(gettext("来源"), columns, lines, gettext("还没有来源。登记一个数据库、接口、文件夹或推送来源，数据就能按时自动采集。"))
    return SourceList(words, table, pages, policy.may_anywhere(actor, "collection.declare_source"))


def health_of(source: Source) -> tuple[str, Tone]:
    """How the source is, in a word."""
    if source.state == SourceState.PAUSED:
        return gettext("已暂停"), "quiet"
    if source.expires_on is not None and source.expires_on < clock.today():
        return gettext("协议已到期"), "warn"
    if source.is_well is None:
        return gettext("未检查"), "quiet"
    return (gettext("正常"), "good") if source.is_well else (gettext("有问题"), "bad")


def source_page(slug: str, *, actor: Actor) -> SourcePage:
    """One source in full. Raises NotFound, NotAllowed."""
    source = source_by(slug, actor=actor)
    labels = {one.name: gettext(one.label) for one in options_of(Kind(source.kind))}
    options = [f"{labels.get(name, name)}：{value}" for name, value in source.options.items()]
    facts = [
        (gettext("种类"), gettext(source.get_kind_display())), (gettext("来源单位"), source.organisation.name),
        (gettext("地址"), source.address or f"POST /api/v1/{source.kind}/{source.slug}"), (gettext("参数"), "；".join(options)),
        (gettext("凭据"), gettext("已加密保存") if source.secrets else gettext("没有")),
        (gettext("同时运行的任务数"), str(source.concurrency)),
        (gettext("上次检查"), moment(source.checked_at) if source.checked_at else gettext("未检查")),
    ]
    if source.expires_on:
        facts += [
            (gettext("协议编号"), source.agreement), (gettext("协议文本存放处"), source.agreement_place),
            (gettext("协议约定的用途"), source.purpose), (gettext("协议到期日"), f"{source.expires_on:%Y-%m-%d}"),
        ]
    feeds = list(source.feeds.select_related("source", "resource").prefetch_related("holds").order_by("table"))
    runs = FeedRun.objects.filter(feed__source=source).select_related("feed__source", "feed__resource").order_by("-pk")[:RUNS]
    return SourcePage(
        source, facts, health_of(source), record_of(source), _feeds_table(feeds), runs_table(list(runs), with_feed=True),
        machine_of(source),
        agreement_warning(source),
        policy.may(actor, "collection.declare_source", source), policy.may(actor, "collection.check_source", source),
    )


def feed_page(uuid: UUID, *, actor: Actor) -> FeedPage:
    """One feed in full. Raises NotFound, NotAllowed."""
    feed = feed_by(uuid, actor=actor)
    drift = feed.drifts.filter(state=DriftState.OPEN).first()
    facts = [
        (gettext("来源"), str(feed.source)), (gettext("表、路径或文件名"), feed.table), (gettext("目录"), feed.resource.title),
        (gettext("写入方式"), word(WRITE_MODES[feed.mode])),
        (gettext("运行时间"), schedule_words(feed.schedule)),
        (gettext("下次运行"), moment(feed.next_at) if feed.next_at and not feed.is_paused else ""),
        (gettext("列变动时"), gettext(feed.get_drift_policy_display())),
        (gettext("状态"), gettext("已暂停") if feed.is_paused else gettext("启用")),
    ]
    if not feed.takes_files:
        facts += [(gettext("读取方式"), _way(feed)), (gettext("来源主键"), "、".join(feed.order))]
    elif feed.own_codes:
        facts.append((gettext("来源代码集"), "、".join(f"{field}: {code}" for field, code in feed.own_codes.items())))
    if feed.reads_log:
        facts.append((gettext("来源库的日志"), str(feed.log_state.get("sentence") or gettext("还没有查看过"))))
    if feed.mode == FeedMode.SNAPSHOT:
        facts.append((gettext("最多删除"), f"{feed.most_deleted} %"))
    files = _files_table(list(FeedFile.objects.filter(feed=feed)[:RUNS])) if feed.takes_files else None
    return FeedPage(
        feed, facts, _mapping_table(feed), runs_table(list(feed.runs.all()[:RUNS])), files, drift,
        feed.holds.filter(state=HoldState.OPEN).first(),
        drift_lines(drift) if drift else [], policy.may(actor, "collection.run_feed", feed),
        policy.may(actor, "collection.declare_feed", feed), policy.may(actor, "collection.decide_drift", feed),
        bool(feed.cursor) and feed.mode == "upsert" and not feed.takes_files,
    )


def run_page(uuid: UUID, *, actor: Actor) -> RunPage:
    """One run in full. Raises NotFound, NotAllowed."""
    run = run_by(uuid, actor=actor)
    expected = "" if run.expected is None else number(run.expected)
    facts = [
        (gettext("采集任务"), str(run.feed)), (gettext("种类"), gettext(run.get_kind_display())), (gettext("经办"), run.by),
        (gettext("开始"), moment(run.started_at) if run.started_at else ""),
        (gettext("结束"), moment(run.ended_at) if run.ended_at else ""),
        (gettext("预计行数"), expected), (gettext("来源行数"), number(run.rows_in)), (gettext("接受"), number(run.accepted)),
        (gettext("拒绝"), number(run.rejected)), (gettext("块数或文件数"), number(run.chunks)), (gettext("追踪号"), run.trace_id),
    ]
    if not run.is_open and (speed := feeding.rate(run) or 0) >= 1:
        facts.append((gettext("平均速度"), gettext("每秒 %(rows)s 行") % {"rows": number(speed)}))
    if run.range_from or run.range_to:
        facts.append((gettext("补采范围"), f"{run.range_from or '…'} — {run.range_to or '…'}"))
    reasons = run.findings.get("reasons") if isinstance(run.findings, dict) else None
    return RunPage(run, facts, _progress(run), _percent(run), _reasons_table(reasons) if reasons else None, batches_of(run))


def runs_table(runs: Sequence[FeedRun], *, with_feed: bool = False) -> Table:
    """Runs, newest first."""
    columns = (
        Column(gettext("时间")), *([Column(gettext("采集任务"))] if with_feed else []), Column(gettext("种类")), Column(gettext("结果")),
        Column(gettext("来源行数"), is_numeric=True), Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True),
        Column(gettext("说明"), is_long=True),
    )
    lines = [
        (
            Cell(moment(run.created_at), reverse("console-feed-run", args=[run.uuid])),
            *([Cell(str(run.feed), reverse("console-feed", args=[run.feed.uuid]))] if with_feed else []),
            Cell(gettext(run.get_kind_display())), Cell(gettext(run.get_state_display()), tone=RUN_TONES[run.state]),
            Cell(number(run.rows_in)), Cell(number(run.accepted)), Cell(number(run.rejected)), Cell(run.sentence),
        )
        for run in runs
    ]
    return Table(gettext("采集记录"), columns, lines, gettext("还没有运行过。"), is_cards=True)


def drift_lines(drift: Drift) -> list[DriftLine]:
    """Every column of before and now, side by side; those that differ first."""
    before = {one.name: one for one in drift.feed.known_columns}
    now = {str(one["name"]): one for one in drift.columns}
    changes = drift.changes
    renamed = dict(changes["renamed"])
    lines = [_renamed_line(old, new, before[old].native, now[new], now.keys() - before.keys()) for old, new in renamed.items()]
    fresh = sorted(now.keys() - before.keys())
    lines += [DriftLine(name, before[name].native, "", "", gettext("少了"), "bad", fresh) for name in changes["dropped"]]
    lines += [DriftLine("", "", name, _type(now[name]), gettext("新增"), "info") for name in changes["added"]]
    lines += [DriftLine(name, old, name, new, gettext("类型变了"), "warn") for name, old, new in changes["retyped"]]
    told = {line.old for line in lines} | {line.new for line in lines}
    return lines + [DriftLine(name, one.native, name, _type(now[name]), gettext("没有变"), "quiet") for name, one in before.items()
                    if name in now and name not in told]


def _renamed_line(old: str, new: str, native: str, now: Mapping[str, object], fresh: Sequence[str] | set[str]) -> DriftLine:
    return DriftLine(old, native, new, _type(now), gettext("可能改名"), "warn", sorted(fresh))


def _type(column: Mapping[str, object]) -> str:
    return str(column.get("native") or column.get("family") or "")


def _feeds_table(feeds: Sequence[Feed]) -> Table:
    waiting, failed = open_drifts([feed.pk for feed in feeds]), last_failures(feeds)
    columns = (
        Column(gettext("表、路径或文件名")), Column(gettext("目录")), Column(gettext("读取方式")), Column(gettext("运行时间")),
        Column(gettext("下次运行")), Column(gettext("状态")),
    )
    lines = [
        (
            Cell(feed.table, reverse("console-feed", args=[feed.uuid])),
            Cell(feed.resource.title, reverse("console-resource", args=[feed.resource.table])),
            Cell("" if feed.takes_files else _way(feed)), Cell(schedule_words(feed.schedule)),
            Cell(moment(feed.next_at) if feed.next_at and not feed.is_paused else ""),
            state_of(feed, waiting=waiting, failed=failed),
        )
        for feed in feeds
    ]
    return Table(gettext("采集任务"), columns, lines, gettext("还没有采集任务。选择一张表，对应到目录，就可以开始采集。"))


def _way(feed: Feed) -> str:
    """How its rows are read."""
    if feed.reads_log:
        return gettext("按数据库日志，含删除")
    return f"{gettext('增量列')} {feed.cursor}（{gettext('重叠')} {feed.overlap}）" if feed.cursor else gettext("每次读取全部")


def _mapping_table(feed: Feed) -> Table:
    items = {item.field: item.name for item in feed.resource.contract.items}
    rows = [
        (Cell(one.name), Cell(one.native or one.family), Cell(items.get(field, ""), note=field), Cell(feed.own_codes.get(field, "")))
        for one in feed.known_columns for field in [feed.mapping.get(one.name, "")]
    ]
    columns = (
        Column(gettext("来源列"), is_code=True), Column(gettext("来源类型")), Column(gettext("信息项")), Column(gettext("来源代码集")),
    )
    return Table(gettext("列对应"), columns, rows, gettext("文件的列按目录的名称对应。"))


def _files_table(files: Sequence[FeedFile]) -> Table:
    columns = (
        Column(gettext("文件")), Column(gettext("时间")), Column(gettext("来源行数"), is_numeric=True),
        Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    rows = [
        (
            Cell(one.path), Cell(moment(one.at)), Cell(number(one.rows_in)), Cell(number(one.accepted)), Cell(number(one.rejected)),
            Cell(one.message),
        )
        for one in files
    ]
    return Table(gettext("收到的文件"), columns, rows, gettext("还没有收到文件。"), is_cards=True)


def _reasons_table(reasons: Mapping[str, int]) -> Table:
    columns = (Column(gettext("信息项与规则")), Column(gettext("行数"), is_numeric=True))
    return Table(gettext("拒收原因"), columns, [(Cell(name), Cell(number(count))) for name, count in reasons.items()])


def _percent(run: FeedRun) -> int | None:
    return min(99, 100 * run.seen // run.expected) if run.expected and run.is_open else None


def _progress(run: FeedRun) -> str:
    if run.state == RunState.WAITING:
        return gettext("正在排队……")
    told = gettext("已入库 %(rows)s 行") % {"rows": number(run.rows_in)} if run.kind != RunKind.DRY else gettext("正在试读……")
    if run.read > run.rows_in:
        told = gettext("已读取 %(rows)s 行，读完一起入库") % {"rows": number(run.read)}
    if run.expected and run.kind != RunKind.DRY:
        told += gettext("，预计共 %(rows)s 行") % {"rows": number(run.expected)}
    if (speed := feeding.rate(run) or 0) >= 1:
        told += gettext("，每秒 %(rows)s 行") % {"rows": number(speed)}
    left = feeding.remaining(run)
    return told + (gettext("，大约还要%(time)s") % {"time": _span(left)} if left is not None else "") + "。"


def _span(left: timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return gettext("不到一分钟")
    if minutes < 120:
        return gettext(" %(n)d 分钟") % {"n": minutes}
    return gettext(" %(n)d 小时") % {"n": round(minutes / 60)}

