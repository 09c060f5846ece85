"""Every component with fixture data on one page, to look at before data exist; only with SUIXIN_DEBUG."""

import math

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from suixin.site.shell.components import Cell, Chart, Column, Facet, FacetValue, Pages, Score, Series, Stat, Step, Table
from suixin.site.shell.queries.links import console_crumbs

MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def fixture_chart(kind: str) -> Chart:
    """A chart of that kind over made-up points."""
    src = reverse("console-styleguide-chart", args=[kind])
    if kind == "districts":
        names, codes = ["船山区", "安居区", "蓬溪县", "大英县", "射洪市"], ["510903", "510904", "510921", "510923", "510981"]
        return Chart("districts", "各县（市、区）镇街数", src, names, [Series("镇街", [24, 18, 20, 10, 23])], codes, "个", "县（市、区）",
                     regions_src=reverse("city-outlines"))
    lines = [Series("优良天数", [20 + round(8 * math.sin(i / 2)) for i in range(12)])]
    if kind == "bar":
        lines.append(Series("超标天数", [3 + i % 4 for i in range(12)]))
    return Chart("bar" if kind == "bar" else "line", "空气质量优良天数", src, MONTHS, lines, (), "天", "月份", "样例数据", "#")


@require_safe
def chart(request: HttpRequest, kind: str) -> HttpResponse:
    """Points of a fixture chart."""
    return JsonResponse(fixture_chart(kind).as_json())


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """The page."""
    context = {
        "crumbs": console_crumbs(("样式指南", "")), "table": _table(), "pages": Pages(4, 12, 345, 30),
        "stats": [Stat("开放数据集", "128", "个"), Stat("数据量", "3,456,789", "行", "截至今日"), Stat("提供单位", "35", "家")],
        "facets": [Facet("theme", "主题", [FacetValue("生态环保", 12, "?"), FacetValue("交通出行", 8, "?", True)])],
        "score": Score(92.4, [("规范性", 98.0), ("完整性", 91.5), ("准确性", 96.0), ("一致性", 88.0), ("时效性", None)]),
        "steps": [Step("收到文件", (("文件", "a.csv"),)), Step("评判", state="now"), Step("入库", state="todo"),
                  Step("出错", state="failed")],
        "charts": [fixture_chart(kind) for kind in ("line", "bar", "districts")],
        "tones": ["", "info", "good", "warn", "bad", "quiet"], "levels": [1, 2, 3, 4],
    }
    return render(request, "console/styleguide.html", context)


def _table() -> Table:
    columns = (Column("名称", sort="name"), Column("代码", is_code=True), Column("行数", sort="rows", is_numeric=True),
               Column("状态"))
    rows = [
        (Cell("遂宁市空气质量小时值", "#", note="生态环境局"), Cell("307001/000012"), Cell("4,884"), Cell("已发布", tone="good")),
        (Cell("市场主体基本信息", "#", note="市场监管局"), Cell("307001/000013"), Cell("610"), Cell("待确认", tone="warn")),
        (Cell("一个名字特别长的数据资源，用来看换行和省略是否合适", "#"), Cell("307001/000014"), Cell("12"),
         Cell("已撤销", tone="quiet")),
    ]
    return Table("样例表格", columns, rows, sort="-rows")
