"""A department's front machine, as its source's page shows it: heartbeat, version, spool, lag, each stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.collection.models import FrontMachine, FrontStream, Source
from suixin.data.collection.sources.base import Kind
from suixin.kit import clock
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import moment, number


@dataclass(frozen=True, slots=True)
class Machine:
    """What it told last; `facts` is empty when it was never heard."""

    facts: Sequence[tuple[str, str]]
    streams: Table


def machine_of(source: Source) -> Machine | None:
    """The machine of a source of that kind, None of another."""
    if source.kind != Kind.AGENT:
        return None
    machine = FrontMachine.objects.filter(source=source).first()
    return Machine(_facts(machine) if machine else (), _streams(source))


def _facts(machine: FrontMachine) -> list[tuple[str, str]]:
    megabytes, limit = machine.spool_bytes / (1 << 20), machine.spool_limit >> 20
    spool = gettext("%(chunks)s 块，%(size).1f MB，上限 %(limit)s MB") % {
        "chunks": number(machine.spool_chunks), "size": megabytes, "limit": number(limit),
    }
    return [
        (gettext("最近心跳"), moment(machine.heard_at)), (gettext("主机名"), machine.host), (gettext("程序版本"), machine.version),
        (gettext("那边待发"), spool), (gettext("滞后"), _lag(machine.oldest_at)),
        (gettext("时钟偏差"), gettext("%s 秒") % round(machine.skew_ms / 1000)),
        *([(gettext("自述"), machine.sentence)] if machine.sentence else []),
    ]


def _lag(oldest: datetime | None) -> str:
    if oldest is None:
        return gettext("没有，都传完了")
    minutes = max(0, int((clock.now() - oldest).total_seconds() // 60))
    if minutes < 120:
        return gettext("最早的一块已等 %s 分钟") % number(minutes)
    return gettext("最早的一块已等 %s 小时") % number(minutes // 60)


def _streams(source: Source) -> Table:
    columns = (
        Column(gettext("数据流")), Column(gettext("读什么")), Column(gettext("采集任务")), Column(gettext("上次读取")),
        Column(gettext("收到的块"), is_numeric=True), Column(gettext("待入库行数"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    feeds = {feed.table: feed for feed in source.feeds.select_related("resource")}
    rows = FrontStream.objects.filter(source=source).annotate(
        waiting=Sum("chunks__rows", filter=Q(chunks__landed_at=None))
    )
    lines = []
    for row in rows:
        feed = feeds.get(row.name)
        target = Cell(feed.resource.title, reverse("console-feed", args=[feed.uuid])) if feed else Cell(gettext("还没有"), tone="warn")
        lines.append((
            Cell(row.name), Cell(row.what), target, Cell(moment(row.read_at) if row.read_at else ""), Cell(number(row.received)),
            Cell(number(vars(row)["waiting"] or 0)), Cell(row.sentence),
        ))
    return Table(gettext("数据流"), columns, lines, gettext("前置机还没有报告数据流；它的配置里每个 [stream.名称] 是一个。"), is_cards=True)
