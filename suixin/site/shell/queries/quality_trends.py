"""Quality over time as charts with their tables: by month of the city or a department, by batch of one resource."""

from collections import defaultdict
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.lake.models import Batch
from suixin.data.quality.correcting import score_of
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Chart, Series
from suixin.site.shell.templatetags.suixin import moment

MONTHS, BATCHES, LOOKED_AT = 24, 60, 20_000


def trend_by(department: str, table: str, *, actor: Actor) -> Chart:
    """The chart that a page of the board draws: of a resource, a department, or all that the actor may see.

    Empty where there is no batch yet. Raises NotAllowed, UnknownResource.
    """
    if table:
        resource = resource_by(table)
        policy.require(actor, "quality.view", resource)
        chart = of_batches(resource)
    else:
        policy.require_anywhere(actor, "quality.view")
        scope = within(actor, "quality.view", "resource__provider")
        scope &= Q(resource__provider__slug=department) if department else Q()
        chart = of_months(scope, title=gettext("质量走势"), department=department)
    return chart or Chart("line", gettext("质量走势"), reverse("console-quality-trend"))


def of_months(scope: Q, *, title: str, department: str = "") -> Chart | None:
    """Mean score and share of accepted rows of each month that had batches; None when none had."""
    marks: dict[str, list[float]] = defaultdict(list)
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    recent = Batch.objects.landed().whole().filter(scope).order_by("-id").only("created_at", "scores", "rows_in", "accepted")
    for batch in recent[:LOOKED_AT]:
        month = f"{batch.created_at.astimezone(clock.CHINA):%Y-%m}"
        counted[month][0] += batch.accepted
        counted[month][1] += batch.rows_in
        if (mark := score_of(batch)) is not None:
            marks[month].append(mark)
    months = sorted(counted)[-MONTHS:]
    scores = [round(sum(marks[month]) / len(marks[month]), 2) if marks[month] else None for month in months]
    shares = [round(100 * counted[month][0] / counted[month][1], 2) if counted[month][1] else None for month in months]
    series = (Series(gettext("平均得分"), scores), Series(gettext("接受率（%）"), shares))
    note = gettext("每月全部整批数据的平均，满分 100。")
    return _chart(title, months, series, note, department=department) if months else None


def of_batches(resource: Resource) -> Chart | None:
    """Score and share of accepted rows of each whole batch, the oldest first; None when there is none."""
    recent = list(Batch.objects.landed().whole().filter(resource=resource).order_by("-id")[:BATCHES])[::-1]
    labels = [f"{moment(batch.created_at)[:10]} #{batch.pk}" for batch in recent]
    shares = [round(100 * batch.accepted / batch.rows_in, 2) if batch.rows_in else None for batch in recent]
    series = (Series(gettext("得分"), [score_of(batch) for batch in recent]), Series(gettext("接受率（%）"), shares))
    title = gettext("%(name)s的质量走势") % {"name": resource.title}
    return _chart(title, labels, series, gettext("每批数据一个点，满分 100。"), table=resource.table) if recent else None


def _chart(title: str, labels: list[str], series: tuple[Series, ...], note: str, **asked: str) -> Chart:
    query = urlencode({name: value for name, value in asked.items() if value})
    src = reverse("console-quality-trend") + (f"?{query}" if query else "")
    label = gettext("批次") if asked.get("table") else gettext("月份")
    return Chart("bar" if len(labels) == 1 else "line", title, src, labels=labels, series=series, label_title=label, note=note)
