"""What the quality board shows: the city, one department, one resource over time; down to batches, whose rejects show cells."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.lake.models import Batch
from suixin.data.quality.correcting import score_of as total_of
from suixin.data.quality.scores import DIMENSIONS
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Score, Stat, Table, Tone
from suixin.site.shell.queries.batch import indicators_table
from suixin.site.shell.queries.profiles import profile_table
from suixin.site.shell.queries.tables import score_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import dimension

MONTHS = 12
SHOWN = 500
GRADES: tuple[tuple[float, str, Tone], ...] = ((95, "A", "good"), (85, "B", "good"), (70, "C", "warn"), (0, "D", "bad"))


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One stage of the way down: figures, marks by dimension, months, and what is beneath."""

    title: str
    figures: Sequence[Stat]
    score: Score
    months: Score
    table: Table


@dataclass(frozen=True, slots=True)
class ResourceQualityPage:
    """One resource: its newest marks, its batches over time, its indicators."""

    resource: Resource
    score: Score
    months: Score
    batches: Table
    indicators: Table
    profile: Table
    profile_note: str


def city_board(*, actor: Actor) -> BoardPage:
    """Every department whose quality the actor may see. Raises NotAllowed."""
    policy.require_anywhere(actor, "quality.view")
    newest = _newest(within(actor, "quality.view", "resource__provider"))
    by_provider: dict[int, list[Batch]] = defaultdict(list)
    for batch in newest:
        by_provider[batch.resource.provider_id].append(batch)
    columns = (
        Column(gettext("部门")), Column(gettext("资源"), is_numeric=True), *_counted(), Column(gettext("平均得分"), is_numeric=True),
        Column(gettext("等级")),
    )
    ranked = sorted(by_provider.values(), key=lambda batches: (_mean(batches) or 0.0, batches[0].resource.provider.name))
    rows = [
        (Cell(one[0].resource.provider.name, reverse("console-quality-department", args=[one[0].resource.provider.slug])),
         Cell(number(len(one))), *_counts(one), Cell(_text(_mean(one))), grade_cell(_mean(one)))
        for one in ranked
    ]
    table = Table(gettext("各部门数据质量"), columns, rows, gettext("还没有数据入库。"))
    scope = within(actor, "quality.view", "resource__provider")
    return BoardPage(gettext("数据质量"), _figures(newest), dimensions_of(newest), months_of(scope), table)


def department_board(slug: str, *, actor: Actor) -> BoardPage:
    """Every resource of one department, the worst first. Raises NotFound, NotAllowed."""
    policy.require_anywhere(actor, "quality.view")
    scope = within(actor, "quality.view", "resource__provider") & Q(resource__provider__slug=slug)
    provider = Organisation.objects.filter(slug=slug).first()
    newest = _newest(scope)
    if provider is None or not newest:
        raise NotFound(f"没有部门“{slug[:40]}”,或它还没有您能查看的数据;请从数据质量页面进入。")
    columns = (
        Column(gettext("资源")), Column(gettext("最近入库")), *_counted(), Column(gettext("得分"), is_numeric=True),
        Column(gettext("等级")),
    )
    newest.sort(key=lambda batch: (total_of(batch) or 0.0, batch.resource.title))
    rows = [
        (Cell(b.resource.title, reverse("console-resource-quality", args=[b.resource.table]), note=b.resource.code),
         Cell(moment(b.created_at)), *_counts([b]), Cell(_text(total_of(b))), grade_cell(total_of(b)))
        for b in newest[:SHOWN]
    ]
    return BoardPage(provider.name, _figures(newest), dimensions_of(newest), months_of(scope),
                     Table(gettext("各资源数据质量"), columns, rows))


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
        (Cell(str(b.pk), reverse("console-batch", args=[table, b.pk]), note=b.file_name), Cell(moment(b.created_at)), *_counts([b]),
         Cell(_text(total_of(b))), grade_cell(total_of(b)), Cell(b.rule_version))
        for b in batches
    ]
    newest = batches[0] if batches else None
    return ResourceQualityPage(
        resource, score_of(newest), months_of(Q(resource=resource)),
        Table(gettext("各批次得分"), columns, rows, gettext("还没有数据入库。")), indicators_table(newest),
        *profile_table(resource),
    )


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
    mean = _mean(batches)
    return Score(None if mean is None else round(mean, 2), marks, gettext("各资源最近一批数据得分的平均。"))


def months_of(scope: Q) -> Score:
    """The mean total of all batches of each month, the last twelve that had any, as bars."""
    found: dict[str, list[float]] = defaultdict(list)
    recent = Batch.objects.landed().filter(scope).order_by("-id")[:20_000]
    for at, scores in recent.values_list("created_at", "scores"):
        total = scores.get("total") if isinstance(scores, dict) else None
        if isinstance(total, int | float):
            found[f"{at.astimezone(clock.CHINA):%Y-%m}"].append(float(total))
    months = sorted(found)[-MONTHS:]
    marks: list[tuple[str, float | None]] = [(month, round(sum(found[month]) / len(found[month]), 2)) for month in months]
    return Score(marks[-1][1] if marks else None, marks, gettext("每月全部批次得分的平均;大号数字是最近一个月。"))


def _newest(scope: Q) -> list[Batch]:
    """The newest batch of every resource in scope, in one query."""
    last = Batch.objects.landed().filter(scope).values("resource").annotate(last=Max("pk")).values("last")
    return list(Batch.objects.filter(pk__in=last).select_related("resource__provider").order_by("pk"))


def _figures(batches: Sequence[Batch]) -> list[Stat]:
    mean, bad = _mean(batches), sum(1 for b in batches if (total_of(b) or 0.0) < GRADES[-2][0])
    return [
        Stat(gettext("平均得分"), _text(mean)), Stat(gettext("有数据的资源"), number(len(batches))),
        Stat(gettext("低于 70 分的资源"), number(bad)), Stat(gettext("最近批次拒绝行数"), number(sum(b.rejected for b in batches))),
    ]


def _counted() -> list[Column]:
    """The columns of `_counts`."""
    return [Column(label, is_numeric=True) for label in (gettext("收到"), gettext("拒绝"), gettext("拒绝率"))]


def _counts(batches: Iterable[Batch]) -> tuple[Cell, Cell, Cell]:
    found = list(batches)
    rows, rejected = sum(b.rows_in for b in found), sum(b.rejected for b in found)
    return Cell(number(rows)), Cell(number(rejected)), Cell(f"{100 * rejected / rows:.2f}%" if rows else "")


def _mean(batches: Sequence[Batch]) -> float | None:
    marks = [mark for b in batches if (mark := total_of(b)) is not None]
    return sum(marks) / len(marks) if marks else None


def _text(mark: float | None) -> str:
    return "" if mark is None else number(round(mark, 1))
