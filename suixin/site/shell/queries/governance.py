"""What the pages of monthly reports show."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.quality.models import MonthlyReport
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.governance.figures import month_before
from suixin.site.governance.papers_of import shown
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import moment


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report; `traces`: a figure's name and its query."""

    kept: MonthlyReport
    figures: Table
    tables: Sequence[tuple[str, Table]]
    traces: Sequence[tuple[str, str]]
    may_check: bool


@dataclass(frozen=True, slots=True)
class ReportList:
    """All reports; `missing`: last month, when it has none yet and the reader may make it."""

    table: Table
    missing: str


def report_list(*, actor: Actor) -> ReportList:
    """All kept reports. Raises NotAllowed."""
    _require(actor)
    columns = (Column(gettext("月份")), Column(gettext("生成时间")), Column(gettext("生成人")), Column("SM3", is_code=True))
    kept = list(MonthlyReport.objects.defer("figures")[:120])
    rows = [
        (Cell(one.month, reverse("console-report", args=[one.month])), Cell(moment(one.made_at)), Cell(one.made_by), Cell(one.sm3))
        for one in kept
    ]
    last = month_before(clock.now().astimezone(clock.CHINA))
    missing = last if policy.may(actor, "quality.report", None) and last not in {one.month for one in kept} else ""
    return ReportList(Table(gettext("月度治理报告"), columns, rows, gettext("还没有报告；每月 1 日自动生成上月的。")), missing)


def report_page(month: str, *, actor: Actor) -> ReportPage:
    """One report. Raises NotFound, NotAllowed."""
    kept = report_by(month, actor=actor)
    held = orjson.loads(kept.figures)
    columns = (Column(gettext("指标")), Column(gettext("数值"), is_numeric=True), Column(gettext("口径"), is_long=True))
    rows = [(Cell(one["label"]), Cell(shown(one["value"], one["unit"])), Cell(one["how"])) for one in held["figures"]]
    traces = [(one.get("label") or one["title"], one["sql"]) for one in (*held["figures"], *held["tables"])]
    tables = [
        (one["how"], Table(one["title"], [Column(text) for text in one["head"]], [[Cell(text) for text in row] for row in one["rows"]],
                           gettext("本月没有。")))
        for one in held["tables"]
    ]
    return ReportPage(kept, Table(gettext("总体情况"), columns, rows), tables, traces, policy.may(actor, "quality.report", None))


def report_by(month: str, *, actor: Actor) -> MonthlyReport:
    """The kept report of the month. Raises NotFound, NotAllowed."""
    _require(actor)
    kept = MonthlyReport.objects.filter(month=month).first()
    if kept is None:
        raise NotFound(gettext("没有 %(month)s 的治理报告；请从报告列表进入。") % {"month": month[:20]})
    return kept


def _require(actor: Actor) -> None:
    """The report tells of every department, so it takes the right to see all of them. Raises NotAllowed."""
    policy.require(actor, "quality.view", None)
