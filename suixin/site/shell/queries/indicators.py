"""What an indicator's page shows: the chart, the SQL, and the way back to the source files."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.insight.models import Indicator, Value
from suixin.data.insight.queries import Source, refusal, trace
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Distribution
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Chart, Column, Series, Step, Table
from suixin.site.shell.queries import drawings
from suixin.site.shell.templatetags.suixin import filesize, moment, number
from suixin.site.shell.words import word

SHOWN_BATCHES = 20
TIMES = frozenset({"day", "month", "quarter", "year"})


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """One indicator and everything its newest value came from; `value` is None before the first computation.

    `refusal` says why the public sees no value; then there is none.
    """

    indicator: Indicator
    value: Value | None
    chart: Chart | None
    lineage: Sequence[Step]
    batches: Table
    refusal: str = ""


def indicator_page(slug: str) -> IndicatorPage:
    """The trace page of an indicator. Raises NotFound."""
    indicator = indicator_by(slug)
    closed = refusal(indicator)
    value = None if closed else indicator.values.first()
    sources = trace(value) if value else []
    return IndicatorPage(
        indicator=indicator, value=value, chart=chart_of(indicator, with_link=False),
        lineage=_lineage(indicator, value, sources) if value else (), batches=_batches(sources), refusal=closed,
    )


def indicator_by(slug: str) -> Indicator:
    """The indicator of that address. Raises NotFound."""
    found = Indicator.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"没有指标“{slug}”；请从首页的指标图进入。")
    return found


def chart_of(indicator: Indicator, *, with_link: bool = True) -> Chart | None:
    """The chart of an indicator's newest value: first column along, further ones upward.

    None without a value, and when the public may no longer read every table that it comes from.
    """
    value = None if refusal(indicator) else indicator.values.first()
    if value is None or not value.rows or len(value.columns) < 2:
        return None
    if len(value.columns) == 3 and indicator.chart in ("line", "bar"):
        return _pivoted(indicator, value, source_href=reverse("indicator", args=[indicator.slug]) if with_link else "")
    is_map = indicator.chart in ("map", "districts")
    first = 2 if is_map and len(value.columns) > 2 else 1
    return Chart(
        kind="districts" if is_map else "bar" if indicator.chart == "bar" else "line", title=indicator.title,
        src=reverse("indicator-chart", args=[indicator.slug]), unit=word(indicator.unit), note=indicator.description,
        labels=[str(row[first - 1]) for row in value.rows], codes=[str(row[0]) for row in value.rows] if is_map else (),
        series=[
            Series(_series_name(str(name), indicator), [_number(row[place]) for row in value.rows])
            for place, name in enumerate(value.columns) if place >= first and _is_numeric(value, place)
        ],
        label_title=gettext("时间") if value.columns[0] in TIMES else str(value.columns[0]),
        source_href=reverse("indicator", args=[indicator.slug]) if with_link else "",
        regions_src=reverse("city-outlines") if is_map else "",
    )


def _pivoted(indicator: Indicator, value: Value, *, source_href: str) -> Chart:
    """Rows of (when, which, how much) as one series for each `which`; district codes are named."""
    names = drawings.district_names()
    labels = list(dict.fromkeys(str(row[0]) for row in value.rows))
    points = {(str(row[0]), str(row[1])): _number(row[2]) for row in value.rows}
    order = [*names, *names.values()]
    keys = sorted(dict.fromkeys(str(row[1]) for row in value.rows), key=lambda key: order.index(key) if key in order else len(order))
    return Chart(
        kind="bar" if indicator.chart == "bar" else "line", title=indicator.title, unit=word(indicator.unit),
        src=reverse("indicator-chart", args=[indicator.slug]), note=indicator.description, labels=labels,
        series=[Series(names.get(key, key), [points.get((label, key)) for label in labels]) for key in keys],
        label_title=gettext("时间"), source_href=source_href,
    )


def _series_name(column: str, indicator: Indicator) -> str:
    return indicator.title if column == "value" else column


def _is_numeric(value: Value, place: int) -> bool:
    return any(_number(row[place]) is not None for row in value.rows)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _lineage(indicator: Indicator, value: Value, sources: Sequence[Source]) -> list[Step]:
    links = dict(
        Distribution.objects.filter(Q(resource__in=[s.resource for s in sources]), dataset__state="published")
        .values_list("resource_id", "dataset__slug")
    )
    steps = [Step(gettext("指标值"), (
        (gettext("计算时间"), moment(value.computed_at)), (gettext("结果行数"), number(len(value.rows))),
        (gettext("结果摘要 SM3"), value.digest),
    ))]
    for source in sources:
        slug = links.get(source.resource.pk)
        steps.append(Step(
            source.resource.title, (
                (gettext("数据表"), source.resource.table), (gettext("数据版本"), str(source.version)),
                (gettext("提供单位"), source.resource.provider.name), (gettext("来源批次"), number(source.total)),
            ), href=reverse("dataset", args=[slug]) if slug else "",
        ))
        steps.extend(_file_step(batch) for batch in source.batches[:1])
    return steps


def _file_step(batch: Batch) -> Step:
    return Step(gettext("来源文件：%(file)s") % {"file": batch.file_name}, (
        (gettext("收到时间"), moment(batch.created_at)), (gettext("原件 SM3"), batch.sm3),
        (gettext("原件大小"), filesize(batch.size)),
        (gettext("行数"), gettext("收到 %(in)s，接受 %(ok)s，拒绝 %(bad)s") % {
            "in": number(batch.rows_in), "ok": number(batch.accepted), "bad": number(batch.rejected)}),
    ))


def _batches(sources: Sequence[Source]) -> Table:
    columns = (
        Column(gettext("来源文件")), Column(gettext("数据表"), is_code=True), Column(gettext("版本"), is_numeric=True),
        Column(gettext("接受行数"), is_numeric=True), Column(gettext("拒绝行数"), is_numeric=True), Column(gettext("收到时间")),
        Column(gettext("原件 SM3"), is_code=True),
    )
    rows: list[Sequence[Cell]] = [
        (Cell(b.file_name), Cell(s.resource.table), Cell(str(b.table_version)), Cell(number(b.accepted)),
         Cell(number(b.rejected)), Cell(moment(b.created_at)), Cell(b.sm3))
        for s in sources for b in s.batches[:SHOWN_BATCHES]
    ]
    rows += [
        (Cell(gettext("另有 %(n)s 批") % {"n": number(s.total - SHOWN_BATCHES)}), Cell(s.resource.table), *[Cell("")] * 5)
        for s in sources if s.total > SHOWN_BATCHES
    ]
    return Table(gettext("来源批次"), columns, rows, gettext("还没有来源批次。"))
