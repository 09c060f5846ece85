"""What the portal's home shows: key figures, the indicator, the city's map, newest datasets, themes, one-thing-once themes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.insight.models import Indicator
from suixin.data.insight.queries import refusal
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Dataset
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Chart, Stat
from suixin.site.shell.queries import drawings
from suixin.site.shell.queries.cards import DatasetCard, cards_of
from suixin.site.shell.queries.dataset_group import address_of
from suixin.site.shell.queries.drawings import Drawings
from suixin.site.shell.queries.indicators import chart_of
from suixin.site.shell.queries.measures import DIVISION_SETS, PREFERRED, Shape, chosen_measure, shape_of
from suixin.site.shell.queries.themes import ThemeCard, theme_list
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import word

NEWEST = 6
INDICATORS = 4
CANDIDATES = 12
MATTERS = 12


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
    closed: Sequence[str]
    city_map: Drawings | None
    map_href: str
    newest: Sequence[DatasetCard]
    themes: Sequence[ThemeCount]
    matters: Sequence[ThemeCard]


def home_page() -> HomePage:
    """The portal's home as of now."""
    found = _city_map()
    shown = list(Indicator.objects.all()[:INDICATORS])
    return HomePage(
        figures=_figures(), indicators=_charts(shown), closed=_closed(shown),
        city_map=found[0] if found else None, map_href=found[1] if found else "",
        newest=cards_of(Dataset.objects.published()[:NEWEST]), themes=_themes(), matters=theme_list(QueryDict()).cards[:MATTERS],
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


def _charts(shown: Sequence[Indicator]) -> list[Chart]:
    return [chart for chart in map(chart_of, shown) if chart is not None]


def _closed(shown: Sequence[Indicator]) -> list[str]:
    """A sentence for each indicator that the public may not see at present."""
    return [f"{indicator.title}：{sentence}" for indicator in shown if (sentence := refusal(indicator))]


def _city_map() -> tuple[Drawings, str] | None:
    """The map of the table that says most of the districts: one row for each district and period, a usual measure first."""
    by_districts = Resource.objects.filter(
        distribution__dataset__state="published", items__code_set__endswith=DIVISION_SETS[0],
    ).exclude(write_mode="append")
    best: tuple[int, Drawings, str] | None = None
    for resource in by_districts.select_related("distribution__dataset").order_by("distribution__dataset__rows").distinct()[:CANDIDATES]:
        slug = address_of(resource)
        try:
            plan, snapshot = open_plan(PUBLIC, resource, door=Door.PAGE), versions.pinned(resource.table)
            rank = _rank(shape_of(plan, snapshot))
            if best is not None and best[0] <= rank:
                continue
            found = drawings.draw(plan, snapshot, title=resource.title, slug=slug, only="districts")
        except SuixinError:  # a table that cannot be drawn leaves the home without a map, not without a page
            continue
        if found is not None and len(found.charts[0].codes) > 2:
            best = (rank, found, reverse("dataset", args=[slug]))
    return best[1:] if best else None


def _rank(shape: Shape) -> int:
    """0 for the best table to draw the city by."""
    measure = chosen_measure(shape, "")
    if measure is None:
        return 100
    usual = PREFERRED.index(measure.name) if measure.name in PREFERRED else len(PREFERRED)
    return usual + (0 if shape.is_single and shape.series is shape.district else 10)


def _themes() -> list[ThemeCount]:
    counts = Counter(Dataset.objects.published().exclude(theme="").values_list("theme", flat=True))
    listing = reverse("dataset-list")
    return [ThemeCount(word(theme), count, f"{listing}?theme={theme}") for theme, count in counts.most_common()]
