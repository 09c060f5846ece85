"""The lineage of a resource, drawn: files and feeds that it comes from, the entry, datasets, indicators and grants that come of it."""

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog.models import Dependence
from suixin.data.insight.models import Indicator
from suixin.ground.security import policy
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.graphs import Graph, Spot, graph_of_spots
from suixin.site.shell.panels.catalogue import dependant_href
from suixin.site.shell.panels.collection import feed_patterns, newest_batches
from suixin.site.shell.panels.registry import CONSOLE, PORTAL, Panel, Seen
from suixin.site.shell.templatetags.suixin import number

FILES, EACH = 4, 6
# what comes of an entry, in this order; checks and feeds belong to the entry itself
KINDS = {
    "opening.dataset": gettext_noop("开放数据集"), "insight.indicator": gettext_noop("指标"), "access.grant": gettext_noop("授权"),
    "items.item": gettext_noop("政务服务事项预填"), "themes.theme": gettext_noop("一件事预填"),
}
_ENTRY, _FEED = "entry", "feed"


@dataclass(frozen=True, slots=True)
class Lineage:
    """The drawing and the same as a table."""

    graph: Graph
    table: Table


def lineage(seen: Seen) -> Lineage:
    """Where the data come from and what comes of them, as far as the reader may know; two queries."""
    spots = [] if seen.is_public else _sources(seen)
    before = tuple(one.id for one in spots if one.id != _FEED) or tuple(one.id for one in spots)
    spots.append(Spot(_ENTRY, seen.resource.title, seen.resource.provider.name, before, is_centre=True))
    spots += _results(seen)
    title = gettext("“%(title)s”的来龙去脉") % {"title": seen.resource.title}
    told = gettext("左边是来源，中间是本目录，右边是用它的数据集、指标和授权；同样的内容见图下的表。")
    return Lineage(graph_of_spots(title, told, spots), _table(spots))


def _sources(seen: Seen) -> list[Spot]:
    patterns, batches = feed_patterns(seen), newest_batches(seen)
    found = [Spot(_FEED, "、".join(patterns[:3]), gettext("约定的来源文件"))] if patterns else []
    before = (_FEED,) if patterns else ()
    files = list(dict.fromkeys(batch.file_name for batch in batches if batch.file_name))
    for place, name in enumerate(files[:FILES]):
        found.append(Spot(f"file{place}", name, gettext("来源文件"), before))
    if len(files) > FILES:
        found.append(Spot("files", gettext("另有 %(n)s 个文件") % {"n": number(len(files) - FILES)}, gettext("最近 50 批"), before))
    return found


def _results(seen: Seen) -> list[Spot]:
    kinds = [kind for kind in KINDS if _may_know(seen, kind)]
    uses = Dependence.objects.filter(resource=seen.resource, by_kind__in=kinds)
    if seen.is_public:
        uses = uses.filter(is_public=True)
    rows = list(uses.values_list("by_kind", "by_key", "title").distinct().order_by("by_kind", "by_key")[:500])
    spots = []
    for kind in kinds:
        of_kind = [(key, title) for one, key, title in rows if one == kind]
        for key, title in of_kind[:EACH]:
            name = title.partition("：")[2] or title
            spots.append(Spot(f"{kind}:{key}", name, gettext(KINDS[kind]), (_ENTRY,), dependant_href(kind, key)))
        if len(of_kind) > EACH:
            more = gettext("另有 %(n)s 个") % {"n": number(len(of_kind) - EACH)}
            spots.append(Spot(f"{kind}:more", more, gettext(KINDS[kind]), (_ENTRY,)))
    return spots


def _may_know(seen: Seen, kind: str) -> bool:
    """Grants are for who may look at them; what is open is for everybody."""
    if kind == "access.grant":
        return not seen.is_public and policy.may(seen.actor, "access.view", seen.resource)
    return kind != "items.item" or not seen.is_public


def _table(spots: list[Spot]) -> Table:
    columns = (Column(gettext("环节")), Column(gettext("名称"), is_long=True))
    rows = [
        (Cell(gettext("本目录") if one.is_centre else one.note), Cell(one.title, one.href)) for one in spots
    ]
    return Table(gettext("来龙去脉"), columns, rows)


def indicators(seen: Seen) -> Table | None:
    """Indicators computed from the resource, with what they measure; one query."""
    keys = Dependence.objects.filter(resource=seen.resource, by_kind="insight.indicator").values("by_key")
    found = Indicator.objects.filter(slug__in=keys).only("slug", "title", "description", "unit", "frequency")[:50]
    columns = (Column(gettext("指标")), Column(gettext("口径"), is_long=True), Column(gettext("计量单位")), Column(gettext("频率")))
    rows = [
        (Cell(one.title, dependant_href("insight.indicator", one.slug)), Cell(one.description), Cell(one.unit), Cell(one.frequency))
        for one in found
    ]
    return Table(gettext("用它计算的指标"), columns, rows, gettext("还没有指标用到这个资源。"))


_BOTH = frozenset({CONSOLE, PORTAL})
PANELS = (
    Panel("lineage", gettext_noop("来龙去脉"), 50, "panels/lineage.html", lineage, places=_BOTH),
    Panel("indicators", gettext_noop("用它计算的指标"), 55, "panels/table.html", indicators),
)
