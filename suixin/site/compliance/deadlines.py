"""Checks 2 and 4: what the law gives working days for, as the flow engine's clock counted it, suspensions taken off."""

from django.db.models import F, Q, QuerySet

from suixin.data.catalog.publication import SLUG as PUBLICATION
from suixin.data.quality.actions import KIND as CORRECTING
from suixin.data.quality.loop.doubts import KIND as DOUBTED
from suixin.ground.flow.models import ClockSegment, Instance, InstanceStatus, SegmentKind, Step, StepStatus
from suixin.kit import clock
from suixin.site.compliance.values import Heading, Part

REVIEW = Heading("2.1", "目录变更自收到之日起 2 个工作日内审核", "国务院令第809号第17条")
CORRECTION = Heading("4.1", "校核 10 个工作日内办结,延长有同意", "国务院令第809号第22、26条")
REVIEWED = "reviewed"


def review() -> Part:
    """2.1: reviews of entries that were decided late, or are overdue now."""
    steps = Step.objects.filter(procedure__slug=PUBLICATION, node=REVIEWED).order_by("pk")
    done, late = steps.filter(status=StepStatus.DONE), steps.filter(status=StepStatus.DONE, is_late=True)
    overdue = steps.filter(status=StepStatus.OPEN, due_at__lt=clock.now())
    guilty = [*late.values_list("instance__subject_key", flat=True), *overdue.values_list("instance__subject_key", flat=True)]
    sentence = f"{done.count()} 次目录审核都在 2 个工作日内办结。"
    if guilty:
        sentence = f"{late.count()} 次目录审核超期办结、{overdue.count()} 次超期未办;请在“超期”页督办。"
    figures: dict[str, int | float | str] = {"审核": done.count(), "超期办结": late.count(), "超期未办": overdue.count()}
    return REVIEW.judged(not guilty, sentence, figures, guilty)


def correction() -> Part:
    """4.1: corrections and checks of data that ended, or stand, beyond the statutory day; extensions without an approver."""
    cases = Instance.objects.filter(procedure__slug__in=(CORRECTING, DOUBTED)).order_by("pk")
    late, ended = _beyond(cases), cases.filter(finished_at__isnull=False)
    extensions = ClockSegment.objects.filter(instance__in=cases, kind=SegmentKind.EXTENSION)
    bare = extensions.filter(approver="")
    guilty = [f"{key}:超过法定时限" for key in late.values_list("subject_key", flat=True)]
    guilty += [f"{key}:延长没有批准人" for key in bare.values_list("instance__subject_key", flat=True)]
    sentence = f"{ended.count()} 件校核都在 10 个工作日内办结,{extensions.count()} 次延长都有批准人。"
    if guilty:
        sentence = f"{late.count()} 件校核超过法定时限、{bare.count()} 次延长没有批准人;请在“超期”页督办。"
    figures: dict[str, int | float | str] = {
        "办结": ended.count(), "在办": cases.filter(finished_at__isnull=True).count(), "超过时限": late.count(),
        "延长": extensions.count(), "无批准人": bare.count(),
    }
    return CORRECTION.judged(not guilty, sentence, figures, guilty)


def _beyond(cases: "QuerySet[Instance]") -> "QuerySet[Instance]":
    """Those that ended after their statutory day, or run beyond it."""
    running = Q(status=InstanceStatus.RUNNING, statutory_due_at__lt=clock.now())
    return cases.filter(Q(finished_at__gt=F("statutory_due_at")) | running)

