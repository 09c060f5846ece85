"""Making the report of a month, once; and computing it again to see that it is the same."""

from suixin.data.quality.loop import reports
from suixin.data.quality.models import MonthlyReport
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.governance import figures


def make_report(month: str, *, actor: Actor) -> MonthlyReport:
    """The report of the month, kept; the one that is there already. Raises NotAllowed, BadRequest."""
    policy.require(actor, "quality.report", None)
    known = MonthlyReport.objects.filter(month=month).first()
    return known or reports.keep_report(month, figures.compute(month), actor=actor)


def make_last_month(*, actor: Actor) -> str:
    """A sentence on the report of the month before this one; made on the 1st, or when the machine is next awake."""
    month = figures.month_before(clock.now().astimezone(clock.CHINA))
    is_new = not MonthlyReport.objects.filter(month=month).exists()
    kept = make_report(month, actor=actor)
    return f"{month} 治理报告{'已生成' if is_new else '已有'}，SM3 {kept.sm3[:12]}。"


def is_same(kept: MonthlyReport, *, actor: Actor) -> bool:
    """Whether the month computed again gives the figures that were kept. Raises NotAllowed."""
    policy.require(actor, "quality.report", None)
    return reports.digest(figures.compute(kept.month)) == kept.sm3
