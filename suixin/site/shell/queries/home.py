"""What the portal's home shows: key figures, the indicator, the city's map, newest datasets, themes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.insight.models import Indicator
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Dataset
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Chart, Stat
from suixin.site.shell.queries import drawings
from suixin.site.shell.queries.cards import DatasetCard, cards_of
from suixin.site.shell.queries.dataset import address_of
from suixin.site.shell.queries.indicators import chart_of
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import word

NEWEST = 6


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """One theme, how many datasets it has, where they are listed."""

    name: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The portal's home."""

    figures: Sequence[Stat]
    indicators: Sequence[Chart]
    city_map: Chart | None
    map_href: str
    newest: Sequence[DatasetCard]
    themes: Sequence[ThemeCount]


def home_page() -> HomePage:
    """The portal's home as of now."""
    found = _city_map()
    return HomePage(
        figures=_figures(), indicators=_indicators(), city_map=found[0] if found else None, map_href=found[1] if found else "",
        newest=cards_of(Dataset.objects.published()[:NEWEST]), themes=_themes(),
    )


def _figures() -> list[Stat]:
    datasets = Dataset.objects.published()
    open_rows = datasets.aggregate(total=Sum("rows"))["total"] or 0
    providers = Resource.objects.published().values("provider").distinct().count()
    batches = Batch.objects.landed().count()
    return [
        Stat(gettext("开放数据集"), number(datasets.count()), gettext("个"), href=reverse("dataset-list")),
        Stat(gettext("开放数据量"), number(open_rows), gettext("行")),
        Stat(gettext("目录资源"), number(Resource.objects.published().count()), gettext("项"), href=reverse("catalogue")),
        Stat(gettext("提供单位"), number(providers), gettext("家")),
        Stat(gettext("已入库批次"), number(batches), gettext("批"), gettext("原件均有 SM3 摘要")),
    ]


def _indicators() -> list[Chart]:
    charts = (chart_of(indicator) for indicator in Indicator.objects.all()[:4])
    return [chart for chart in charts if chart is not None]


def _city_map() -> tuple[Chart, str] | None:
    by_districts = Resource.objects.filter(
        distribution__dataset__state="published", items__code_set__endswith=drawings.DIVISION_SETS[0],
    )
    for resource in by_districts.select_related("distribution__dataset").order_by("distribution__dataset__rows")[:8]:
        src = reverse("dataset-chart", args=[address_of(resource)])
        try:
            chart = drawings.draw(
                open_plan(PUBLIC, resource, door=Door.PAGE), versions.pinned(resource.table), title=resource.title, src=src,
            )
        except SuixinError:  # a table that cannot be drawn leaves the home without a map, not without a page
            continue
        if chart is not None and chart.kind == "districts" and len(chart.codes) > 2:
            return chart, reverse("dataset", args=[address_of(resource)])
    return None


def _themes() -> list[ThemeCount]:
    counts = Counter(Dataset.objects.published().exclude(theme="").values_list("theme", flat=True))
    listing = reverse("dataset-list")
    return [ThemeCount(word(theme), count, f"{listing}?theme={theme}") for theme, count in counts.most_common()]
