"""What quality shows of a resource: the score of its newest batch, the rows that were rejected."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.lake.models import Batch
from suixin.ground.security import policy
from suixin.site.shell.components import Cell, Column, Score, Table
from suixin.site.shell.panels.collection import newest_batches
from suixin.site.shell.panels.registry import Panel, Seen
from suixin.site.shell.queries.tables import score_of
from suixin.site.shell.templatetags.suixin import number


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good the data are."""

    score: Score
    rejects: Table
    may_see_quality: bool


def judgement(seen: Seen) -> Judgement:
    """The score of the newest batch, the batches with rejected rows."""
    batches = newest_batches(seen)
    is_open = policy.may(seen.actor, "quality.read_rejects", seen.resource)
    may_see_quality = policy.may(seen.actor, "quality.view", seen.resource)
    return Judgement(score_of(batches[0] if batches else None), _rejects(seen, batches, is_open=is_open), may_see_quality)


def _rejects(seen: Seen, batches: list[Batch], *, is_open: bool) -> Table:
    """Batches with rejected rows; links to the rows only for who may read them."""
    columns = [Column(gettext("批次")), Column(gettext("拒绝行数"), is_numeric=True), Column(gettext("来源文件"))]
    rows = []
    for batch in batches:
        if batch.rejected:
            place = [seen.resource.table, batch.pk]
            told = [Cell(str(batch.pk), reverse("console-rejects", args=place) if is_open else ""), Cell(number(batch.rejected)),
                    Cell(batch.file_name)]
            rows.append([*told, Cell("CSV", reverse("console-rejects-file", args=place))] if is_open else told)
    if is_open:
        columns.append(Column(gettext("下载")))
    return Table(gettext("被拒绝的行"), columns, rows, gettext("没有被拒绝的行。"))


PANELS = (Panel("quality", gettext_noop("数据质量"), 30, "panels/quality.html", judgement),)
