"""What the quality board shows: the city, one department, one resource over time; down to batches, whose rejects show cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.lake.models import Batch
from suixin.data.quality.correcting import score_of as total_of
from suixin.data.quality.loop import league
from suixin.data.quality.scores import DIMENSIONS
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Chart, Column, Score, Stat, Table, Tone
from suixin.site.shell.queries import quality_trends as trends
from suixin.site.shell.queries.batch import indicators_table
from suixin.site.shell.queries.profiles import profile_table
from suixin.site.shell.queries.tables import score_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import dimension

YEAR = timedelta(days=365)
SHOWN = 500
GRADES: tuple[tuple[float, str, Tone], ...] = ((95, "A", "good"), (85, "B", "good"), (70, "C", "warn"), (0, "D", "bad"))


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One stage of the way down: figures, marks by dimension, what became of the marks, and what is beneath."""

    title: str
    figures: Sequence[Stat]
    score: Score
    trend: Chart | None
    table: Table
    note: str = ""


@dataclass(frozen=True, slots=True)
class ResourceQualityPage:
    """One resource: its newest marks, its batches over time, its indicators."""

    resource: Resource
    score: Score
    trend: Chart | None
    batches: Table
    indicators: Table
    profile: Table
    profile_note: str


def city_board(*, actor: Actor) -> BoardPage:
    """The league table: every department whose quality the actor may see, the best first. Raises NotAllowed."""
    policy.require_anywhere(actor, "quality.view")
    scope, since = within(actor, "quality.view", "resource__provider"), clock.now() - YEAR
    found = league.standings(scope, since=since)
    columns = (
        Column(gettext("名次"), is_numeric=True), Column(gettext("部门")), Column(gettext("平均得分"), is_numeric=True),
        Column(gettext("等级")), Column(gettext("资源"), is_numeric=True), Column(gettext("拒绝率"), is_numeric=True),
        Column(gettext("未更正行"), is_numeric=True), Column(gettext("未办结工单"), is_numeric=True),
        Column(gettext("按期整改"), is_numeric=True),
    )
    table = Table(gettext("各部门数据质量"), columns, [_standing(n, one) for n, one in enumerate(found, 1)], gettext("还没有数据入库。"))
    newest = [batch for one in found for batch in one.batches]
    note = gettext("按平均得分排名；“未更正行”是最近一批里还没有更正的行，“按期整改”是近一年办结和已超期的质量、校核工单里按期办结的。")
    return BoardPage(
        gettext("数据质量"), _figures(newest, sum(one.open_rows for one in found)), dimensions_of(newest),
        trends.of_months(scope, title=gettext("全部部门的质量走势")), table, note,
    )


def _standing(place: int, one: league.QualityStanding) -> list[Cell]:
    slug, rate = one.organisation.slug, one.rate
    orders = f"{reverse('console-orders')}?state=open&organisation={slug}"
    late = gettext("超期 %(n)d") % {"n": one.late_orders} if one.late_orders else ""
    return [
        Cell(str(place)), Cell(one.organisation.name, reverse("console-quality-department", args=[slug])), Cell(_text(one.score)),
        grade_cell(one.score), Cell(number(len(one.batches))), _counts(one.batches)[2], Cell(number(one.open_rows)),
        Cell(number(one.open_orders), orders if one.open_orders else "", note=late),
        Cell("" if rate is None else f"{100 * rate:.0f}%", note="" if rate is None else f"{one.in_time} / {one.closed + one.late_orders}"),
    ]


def department_board(slug: str, *, actor: Actor) -> BoardPage:
    """Every resource of one department, the worst first. Raises NotFound, NotAllowed."""
    policy.require_anywhere(actor, "quality.view")
    scope = within(actor, "quality.view", "resource__provider") & Q(resource__provider__slug=slug)
    provider = Organisation.objects.filter(slug=slug).first()
    newest = league.newest_batches(scope)
    if provider is None or not newest:
        raise NotFound(f"没有部门“{slug[:40]}”,或它还没有您能查看的数据;请从数据质量页面进入。")
    columns = (
        Column(gettext("资源")), Column(gettext("最近入库")), *_counted(), Column(gettext("未更正行"), is_numeric=True),
        Column(gettext("得分"), is_numeric=True), Column(gettext("等级")),
    )
    mended = league.mended_rows([batch.pk for batch in newest])
    newest.sort(key=lambda batch: (total_of(batch) or 0.0, batch.resource.title))
    rows = [
        (Cell(b.resource.title, reverse("console-resource-quality", args=[b.resource.table]), note=b.resource.code),
         Cell(moment(b.created_at)), *_counts([b]), Cell(number(b.rejected - mended.get(b.pk, 0))), Cell(_text(total_of(b))),
         grade_cell(total_of(b)))
        for b in newest[:SHOWN]
    ]
    left = sum(batch.rejected - mended.get(batch.pk, 0) for batch in newest)
    title = gettext("%(name)s的质量走势") % {"name": provider.name}
    return BoardPage(
        provider.name, _figures(newest, left), dimensions_of(newest), trends.of_months(scope, title=title, department=slug),
        Table(gettext("各资源数据质量"), columns, rows), gettext("得分最低的在前。"),
    )


def resource_quality(table: str, *, actor: Actor) -> ResourceQualityPage:
    """One resource over its batches. Raises UnknownResource, NotAllowed."""
    resource = resource_by(table)
    policy.require(actor, "quality.view", resource)
    batches = list(Batch.objects.landed().filter(resource=resource).order_by("-id")[:50])
    columns = (
        Column(gettext("批次")), Column(gettext("入库时间")), *_counted(), Column(gettext("得分"), is_numeric=True),
        Column(gettext("等级")),
        Column(gettext("规则版本"), is_code=True),
    )
    rows = [
        (Cell(str(b.pk), reverse("console-batch", args=[table, b.pk]), note=_note(b)), Cell(moment(b.created_at)), *_counts([b]),
         Cell(_text(total_of(b))), grade_cell(total_of(b)), Cell(b.rule_version))
        for b in batches
    ]
    newest = next((one for one in batches if one.corrects is None), None)
    return ResourceQualityPage(
        resource, score_of(newest), trends.of_batches(resource),
        Table(gettext("各批次得分"), columns, rows, gettext("还没有数据入库。")), indicators_table(newest),
        *profile_table(resource),
    )


def _note(batch: Batch) -> str:
    return batch.file_name if batch.corrects is None else gettext("更正批次 %(n)d") % {"n": batch.corrects}


def grade_cell(mark: float | None) -> Cell:
    """The grade A to D of a mark (our choice: 95, 85, 70)."""
    if mark is None:
        return Cell("")
    _, grade, tone = next(one for one in GRADES if mark >= one[0])
    return Cell(grade, tone=tone)


def dimensions_of(batches: Sequence[Batch]) -> Score:
    """The mean marks of the newest batches by dimension."""
    kept = [batch.scores for batch in batches if isinstance(batch.scores, dict)]
    marks: list[tuple[str, float | None]] = []
    for key in DIMENSIONS:
        found = [float(one[key]) for one in kept if key in one]
        marks.append((dimension(key), round(sum(found) / len(found), 2) if found else None))
    mean = league.mean_score(batches)
    return Score(None if mean is None else round(mean, 2), marks, gettext("各资源最近一批数据得分的平均。"))


def _figures(batches: Sequence[Batch], left: int) -> list[Stat]:
    mean, bad = league.mean_score(batches), sum(1 for b in batches if (total_of(b) or 0.0) < GRADES[-2][0])
    rejected = gettext("最近批次拒绝 %(n)s 行") % {"n": number(sum(b.rejected for b in batches))}
    return [
        Stat(gettext("平均得分"), _text(mean)), Stat(gettext("有数据的资源"), number(len(batches))),
        Stat(gettext("低于 70 分的资源"), number(bad)), Stat(gettext("未更正的行"), number(left), note=rejected),
    ]


def _counted() -> list[Column]:
    """The columns of `_counts`."""
    return [Column(label, is_numeric=True) for label in (gettext("收到"), gettext("拒绝"), gettext("拒绝率"))]


def _counts(batches: Iterable[Batch]) -> tuple[Cell, Cell, Cell]:
    found = list(batches)
    rows, rejected = sum(b.rows_in for b in found), sum(b.rejected for b in found)
    return Cell(number(rows)), Cell(number(rejected)), Cell(f"{100 * rejected / rows:.2f}%" if rows else "")


def _text(mark: float | None) -> str:
    return "" if mark is None else number(round(mark, 1))
