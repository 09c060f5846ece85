"""Reads of cases: lists, one's own, what happens next and by when, the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from suixin.ground.flow.models import Colour, Instance, StepStatus
from suixin.kit.actor import Actor
from suixin.services.cases import applying, finding, handling, jointly, parties
from suixin.services.cases.attached import Card
from suixin.services.cases.models import LIVE, Case, State

ISSUED = "出具"
RUNNING = (State.ACCEPTED, State.SPECIAL)
_NOT_SHOWN = (
    *(f"application__{name}" for name in ("name", "id_number", "mobile", "guardian", "address", "answers")),
    *(f"{run}__{name}" for run in ("reception", "handling") for name in ("data", "parties")),
)


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next, as one sentence for the applicant, and by when (None: no day is set)."""

    sentence: str
    by: datetime | None = None
    is_yours: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened in a case."""

    at: datetime
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Both limits and the light; a clock that stands keeps its dates until it goes on."""

    promised: datetime | None
    statutory: datetime | None
    colour: str
    is_stopped: bool


def worklist(actor: Actor) -> QuerySet[Case]:
    """The cases that a member of staff may see, newest first, with what lists show of them."""
    return shown().filter(parties.visible(actor)).order_by("-id")


def worklists(actor: Actor) -> Sequence[QuerySet[Case]]:
    """`worklist` as one or two lists, each read along an index; a case may stand in both."""
    return [Case.objects.filter(way).order_by("-id") for way in parties.ways_to_see(actor)]


def shown() -> QuerySet[Case]:
    """Cases with what lists show of them: nothing sealed."""
    cards = Card.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(n=Count("pk")).values("n")
    rows = Case.objects.select_related("application", "organisation", "reception", "handling")
    return rows.defer(*_NOT_SHOWN).annotate(cards_shown=Coalesce(Subquery(cards), 0))


def narrowed(found: QuerySet[Case], *, state: str = "", colour: str = "", words: str = "") -> QuerySet[Case]:
    """The cases that `narrowing` says."""
    return found.filter(narrowing(state=state, colour=colour, words=words))


def narrowing(*, state: str = "", colour: str = "", words: str = "") -> Q:
    """The condition that cases are of that state (`live`: still going on) and light, and what the words mean: see `finding`."""
    states = {*LIVE} if state == "live" else {state} if state in State.values else {*State.values}
    asked = finding.meant(words) if words else Q()
    if colour in Colour.values:  # a light is shown of what runs
        states &= {*RUNNING}
        asked &= Q(handling__colour=colour)
    if len(states) < len(State.values):  # one condition: two on one column are taken for rarer than they are, and planned so
        asked &= Q(state__in=sorted(states))
    return asked


def own_cases(actor: Actor) -> QuerySet[Case]:
    """The cases of an applicant, newest first."""
    rows = Case.objects.select_related("application", "organisation", "reception", "handling", "version__item")
    return rows.filter(parties.of_party(actor, "application__")).order_by("-id")


def to_sign(actor: Actor) -> QuerySet[Case]:
    """The cases that wait for the actor's signature."""
    indexes = parties.indexes_of(parties.resident_of(actor))
    waiting = Q(application__signatures__subject_index__in=indexes, application__signatures__signed_at=None)
    return Case.objects.filter(waiting, state=State.SIGNING).select_related("application", "organisation").distinct()


def lines_of(case: Case) -> Lines:
    """Both limits of a case, once it is accepted."""
    run = case.handling
    if run is None:
        return Lines(None, None, "", is_stopped=False)
    return Lines(run.due_at, run.statutory_due_at, run.colour if case.state in RUNNING else "", is_stopped=case.state == State.SPECIAL)


def next_of(case: Case) -> Next:
    """What happens next and by when."""
    run = case.handling
    match State(case.state):
        case State.SIGNING:
            return Next("等共同申请人签署，签齐后部门开始收件")
        case State.RECEIVED:
            return Next("部门决定是否受理，或一次告知要补正的全部内容；到期没有告知的，自收件之日起视为受理", _due_of_step(case))
        case State.SUPPLEMENT:
            owed = applying.waiting_supplement(case)
            return Next("请补正材料；补正期间不计入办理时限", owed.due_at if owed else None, is_yours=True)
        case State.ACCEPTED:
            return Next("部门审查并作出决定", run.due_at if run else None)
        case State.SPECIAL:
            return Next("正在特别程序中，结束后接着审查；所需时间不计入时限", None)
        case State.GRANTED:
            step = handling.waiting_step(case)
            is_stopped = step is not None and step.status == StepStatus.STOPPED
            is_held = step is not None and is_stopped and step.transitions.filter(key__endswith=jointly.HELD).exists()
            return Next("已准予，和一起办的其他事项一次送达") if is_held else Next("已准予，部门送达结果", step.due_at if step else None)
        case State.REFUSED | State.DENIED:
            return Next("已结束；不服的可以在期限内申请行政复议或者提起诉讼")
        case State.CLOSED | State.ARCHIVED | State.WITHDRAWN | State.STOPPED:
            return Next("已结束，没有要您做的")


def _due_of_step(case: Case) -> datetime | None:
    step = handling.waiting_step(case)
    return step.due_at if step else None


def timeline(case: Case) -> Sequence[Moment]:
    """Everything that happened, oldest first, as the applicant may read it."""
    told = [Moment(case.application.submitted_at, "提交申请", case.application.get_channel_display())]
    told += [
        Moment(one.issued_at, f"{ISSUED}{one.get_kind_display()}", one.number) for one in case.documents.all()
    ]
    for run in (case.reception, case.handling):
        told += [] if run is None else _of_run(run)
    if case.ended_at is not None:
        told.append(Moment(case.ended_at, case.get_state_display() if case.state != State.ARCHIVED else "办结", case.reason))
    return sorted(told, key=lambda one: one.at)


def _of_run(run: Instance) -> list[Moment]:
    steps = run.steps.filter(status=StepStatus.DONE).exclude(done_at=None).select_related("organisation")
    return [Moment(one.done_at, one.title, str(one.organisation or "")) for one in steps if one.done_at is not None]
