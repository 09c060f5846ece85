"""What a run landed: its batches with versions, receipts and rejected rows; how a source's feeds have fared lately."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.collection.models import (
    ChunkState,
    Drift,
    DriftState,
    Feed,
    FeedChunk,
    FeedRun,
    HoldState,
    RunState,
    Source,
)
from suixin.data.lake.models import Batch
from suixin.kit import clock
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import moment, number

SHOWN = 50
LATELY = timedelta(days=7)
_WEEKDAYS = ("周日", "周一", "周二", "周三", "周四", "周五", "周六")


def batches_of(run: FeedRun) -> Table | None:
    """The chunks of the run with their batches, newest first; None for a run that landed none."""
    table = run.feed.resource.table
    found = list(FeedChunk.objects.filter(run=run).select_related("batch").order_by("-sequence")[:SHOWN])
    if not found:
        return None
    columns = (
        Column(gettext("数据块")), Column(gettext("版本")), Column(gettext("来源行数"), is_numeric=True),
        Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True), Column(gettext("回执")),
        Column(gettext("原件 SM3"), is_code=True),
    )
    lines = [_landed(one, one.batch, table) if one.batch and one.state == ChunkState.LANDED else _waiting(one) for one in found]
    return Table(gettext("入库的数据块"), columns, lines)


def _landed(chunk: FeedChunk, batch: Batch, table: str) -> tuple[Cell, ...]:
    rejects = reverse("console-rejects", args=[table, batch.pk]) if batch.rejected else ""
    return (
        Cell(f"#{chunk.sequence}", reverse("console-batch", args=[table, batch.pk]), note=moment(chunk.at)), Cell(str(batch.table_version)),
        Cell(number(batch.rows_in)), Cell(number(batch.accepted)), Cell(number(batch.rejected), rejects),
        Cell(gettext("下载回执"), reverse("console-receipt", args=[table, batch.pk])), Cell(chunk.sm3[:12]),
    )


def _waiting(chunk: FeedChunk) -> tuple[Cell, ...]:
    is_dropped = chunk.state == ChunkState.DROPPED
    told = gettext("已作废，没有入库") if is_dropped else gettext("已归档，等待入库")
    return (
        Cell(f"#{chunk.sequence}", note=moment(chunk.at)), Cell(told, tone="quiet" if is_dropped else ""),
        Cell(number(chunk.rows)), Cell(""), Cell(""),
        Cell(""), Cell(chunk.sm3[:12]),
    )


def record_of(source: Source) -> list[tuple[str, str]]:
    """Facts of the source's health beside its last check: when something last came, what failed lately, what waits."""
    runs = FeedRun.objects.filter(feed__source=source)
    last = runs.filter(state=RunState.DONE).aggregate(last=Max("ended_at"))["last"]
    recent = runs.filter(created_at__gte=clock.now() - LATELY)
    failed, drifts = recent.filter(state=RunState.FAILED).count(), open_drifts(list(source.feeds.values_list("pk", flat=True)))
    return [
        (gettext("最近一次采集成功"), moment(last) if last else gettext("还没有")),
        (gettext("近七天的采集"), gettext("%(all)d 次，失败 %(failed)d 次") % {"all": recent.count(), "failed": failed}),
        (gettext("等待决定的列变动"), gettext("%(n)d 处") % {"n": len(drifts)} if drifts else gettext("没有")),
    ]


def open_drifts(feeds: Sequence[int]) -> set[int]:
    """Those of the feeds whose columns changed and that wait for a person."""
    return set(Drift.objects.filter(feed__in=list(feeds), state=DriftState.OPEN).values_list("feed_id", flat=True))


def last_failures(feeds: Sequence[Feed]) -> set[int]:
    """Those of the feeds whose last run failed."""
    last = FeedRun.objects.filter(feed__in=feeds).values("feed").annotate(last=Max("pk")).values_list("last", flat=True)
    return set(FeedRun.objects.filter(pk__in=list(last), state=RunState.FAILED).values_list("feed_id", flat=True))


def state_of(feed: Feed, *, waiting: set[int], failed: set[int]) -> Cell:
    """How the feed stands, the more urgent first."""
    if feed.is_paused:
        return Cell(gettext("已暂停"), tone="quiet")
    if any(one.state == HoldState.OPEN for one in feed.holds.all()):
        return Cell(gettext("等待决定"), tone="warn")
    if feed.pk in waiting:
        return Cell(gettext("列变动待决定"), tone="warn")
    return Cell(gettext("上次失败"), tone="bad") if feed.pk in failed else Cell(gettext("启用"), tone="good")


def schedule_words(schedule: str) -> str:
    """When a feed runs, in words where they are short; else the five fields."""
    if not schedule:
        return gettext("只手动运行")
    minute, hour, day, month, weekday = schedule.split()
    if minute.startswith("*/") and {hour, day, month, weekday} == {"*"}:
        return gettext("每 %(n)s 分钟") % {"n": minute[2:]}
    if not (minute.isdigit() and hour.isdigit() and month == "*"):
        return schedule
    at = f"{int(hour):02d}:{int(minute):02d}"
    if day == weekday == "*":
        return gettext("每天 %(at)s") % {"at": at}
    if day == "*" and weekday in "01234567":
        return gettext("每%(day)s %(at)s") % {"day": gettext(_WEEKDAYS[int(weekday) % 7]), "at": at}
    return gettext("每月 %(day)s 日 %(at)s") % {"day": day, "at": at} if day.isdigit() and weekday == "*" else schedule
