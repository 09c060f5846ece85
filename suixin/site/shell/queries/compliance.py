"""The last run of the compliance checks, as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Stat, Table, Tone
from suixin.site.shell.templatetags.suixin import moment, number

KIND = "site.compliance"
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "passes": (gettext_noop("通过"), "good"), "fails": (gettext_noop("不通过"), "bad"), "open": (gettext_noop("待建"), "quiet"),
}


@dataclass(frozen=True, slots=True)
class Compliance:
    """The page: figures, parts of the last run, whether one is under way, whether the reader may start one."""

    at: str
    figures: Sequence[Stat]
    table: Table
    is_running: bool
    may_run: bool


def compliance_page(*, actor: Actor) -> Compliance:
    """The last finished run. Raises NotAllowed."""
    policy.require(actor, "site.view", None)
    last = Job.objects.filter(kind=KIND, state=JobState.DONE).order_by("-ended_at").first()
    parts = list(last.result.get("parts", ())) if last else []
    figures = [
        Stat(gettext(title), number(sum(part["outcome"] == outcome for part in parts))) for outcome, (title, _) in OUTCOMES.items()
    ]
    columns = (
        Column(gettext("编号")), Column(gettext("检查项"), is_long=True), Column(gettext("结论")), Column(gettext("说明"), is_long=True),
        Column(gettext("数字与证据"), is_long=True),
    )
    table = Table(gettext("合规自检"), columns, [_row(part) for part in parts], gettext("还没有检查过。"), is_cards=True)
    is_running = Job.objects.filter(kind=KIND, state__in=(JobState.WAITING, JobState.RUNNING)).exists()
    may_run = policy.may(actor, "site.check_compliance", None)
    return Compliance(moment(last.ended_at) if last else "", figures, table, is_running, may_run)


def start_check(*, actor: Actor) -> None:
    """A run enqueued, unless one is under way. Raises NotAllowed."""
    policy.require(actor, "site.check_compliance", None)
    if not Job.objects.filter(kind=KIND, state__in=(JobState.WAITING, JobState.RUNNING)).exists():
        enqueue(KIND, actor=actor)


def _row(part: Mapping[str, object]) -> tuple[Cell, ...]:
    title, tone = OUTCOMES[str(part["outcome"])]
    figures, evidence = part["figures"], part["evidence"]
    told = "；".join(f"{name} {value}" for name, value in figures.items()) if isinstance(figures, dict) else ""
    proofs = "；".join(str(one) for one in evidence) if isinstance(evidence, list) else ""
    return (
        Cell(str(part["number"])), Cell(str(part["title"]), note=str(part["basis"])), Cell(gettext(title), tone=tone),
        Cell(str(part["sentence"])), Cell(told, note=proofs[:1000]),
    )
