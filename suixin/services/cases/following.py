"""A case follows its two runs of the flow engine, inside the transaction that changes them, wherever a step is decided.

Reception   done: accepted, from now or, when silence did it, from the day of receipt (行政许可法 art. 32); then handling begins
Handling    its state is that of its open step; a decision, a suspension and an end leave their paper
Lock        the run first, then the case, as `ground.flow` calls
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import models

from suixin.ground import events, prepared
from suixin.ground.audit import actions as audit
from suixin.ground.flow import calendars, starting
from suixin.ground.flow.models import ACTIVE, Instance, InstanceStatus, SegmentKind, Step, StepKind, StepStatus
from suixin.ground.flow.subjects import Deciding, Subject
from suixin.ground.prepared import Prepared, given
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.services.cases import declaring, jointly, papers
from suixin.services.cases.attached import DocumentKind, Fee, FeeState, Material, MaterialState
from suixin.services.cases.errors import WrongStateOfCase
from suixin.services.cases.events import CaseMoved
from suixin.services.cases.models import Case, Decision, State
from suixin.services.cases.parties import starter_of

KIND = "cases.case"
_RECEPTIONS = (declaring.RECEPTION, declaring.WINDOW_RECEPTION)
FOLLOWED = ("state", "reception", "handling", "accepted_at", "is_deemed", "decision", "decided_at", "ended_at", "reason")
_UNREAD = (  # what is sealed or long, and not wanted here
    "application__name", "application__id_number", "application__guardian", "application__address", "application__answers",
    "version__content", "version__stated",
)
_HELD = Prepared(lambda: Case.objects.select_for_update(of=("self",)).select_related(
    "application", "organisation", "version__item",
).defer(*_UNREAD).filter(number=given("number", models.CharField())))
_TOLERATED = Prepared(lambda: Material.objects.filter(case_id=given("case", models.BigIntegerField()), state=MaterialState.TOLERATED))
_MISSING = Prepared(lambda: Material.objects.filter(
    case_id=given("case", models.BigIntegerField()), is_needed=True, state=MaterialState.MISSING,
).values_list("name"))
_LACKING = Prepared(lambda: Material.objects.filter(
    case_id=given("case", models.BigIntegerField()), state__in=(MaterialState.TOLERATED, MaterialState.LAPSED),
).values_list("name"))
_OWED = Prepared(lambda: Fee.objects.filter(
    case_id=given("case", models.BigIntegerField()), state__in=(FeeState.DUE, FeeState.PENDING),
).order_by().values_list("pk"))
_DELIVERS = Prepared(lambda: Step.objects.filter(
    instance_id=given("instance", models.BigIntegerField()), node="deliver", status__in=ACTIVE,
).order_by().values_list("pk"))
_ENDS = {InstanceStatus.WITHDRAWN: State.WITHDRAWN, InstanceStatus.STOPPED: State.STOPPED}


def follow(instance: Instance, actor: Actor) -> None:
    """The case of the instance, brought to what the instance says."""
    case = _held(instance)
    if case is None:
        return
    before, known = case.state, _columns(case)
    if instance.procedure.slug in _RECEPTIONS:
        case.reception = instance
        _reception(case, instance, actor, known)
    else:
        case.handling = instance
        _handling(case, instance, actor, known)
    if case.state != before:
        jointly.moved(case, actor)
        events.emit_on_commit(CaseMoved(case.pk, before, case.state))


def _held(instance: Instance) -> Case | None:
    """The case of the instance, locked; as who acts has it already in hand."""
    if not isinstance(instance.in_hand, Case):
        instance.in_hand = _HELD.one(number=instance.subject_key)
    return instance.in_hand if isinstance(instance.in_hand, Case) else None


def guard(deciding: Deciding) -> None:
    """Nothing, when the step may be agreed to. Raises WrongStateOfCase. Silence waits for nobody."""
    if deciding.actor.kind is ActorKind.SYSTEM:
        return
    case = _held(deciding.instance)
    if case is None:
        raise Case.DoesNotExist(deciding.subject.key)
    if told := jointly.objection(case, deciding.node):
        raise WrongStateOfCase(told)
    if deciding.node == "accept" and (missing := _names(_MISSING, case)):
        raise WrongStateOfCase(f"还缺必要材料：{missing}；请要求补正，或在办件页登记收到、容缺。")
    if deciding.node == "decide":
        if lacking := _names(_LACKING, case):
            raise WrongStateOfCase(f"容缺的材料还没有补齐：{lacking}；请先登记补齐，或不予许可。")
        if _OWED.told(case=case.pk):
            raise WrongStateOfCase("还有应缴的费用没有缴；请先缴费或登记减免。")
    if deciding.node == "deliver" and not case.delivered_to:
        raise WrongStateOfCase("还没有登记领取人；请在办件页登记送达。")


def _names(asked: Prepared[Material], case: Case) -> str:
    return "、".join(name for (name,) in asked.told(case=case.pk))


def _columns(case: Case) -> dict[str, object]:
    """The columns that follow the runs, by the names that `save` knows them by."""
    return {name: getattr(case, prepared.column_of(case, name)) for name in FOLLOWED}


def _save(case: Case, known: Mapping[str, object]) -> None:
    """The case, written where it differs from what was read."""
    if changed := [name for name, value in _columns(case).items() if known[name] != value]:
        prepared.update(case, changed)


def _reception(case: Case, instance: Instance, actor: Actor, known: Mapping[str, object]) -> None:
    status = InstanceStatus(instance.status)
    if status is InstanceStatus.DONE and case.accepted_at is None:
        _accept(case, instance, actor, known)
        return
    if status is InstanceStatus.REJECTED:
        _end(case, State.REFUSED, _reason_of(instance))
        papers.issue(case, DocumentKind.REFUSAL, actor=actor, facts={"reason": case.reason})
    elif status is InstanceStatus.SUPPLEMENT:
        case.state = State.SUPPLEMENT
        for step in instance.steps.filter(kind=StepKind.SUPPLEMENT, status__in=ACTIVE):
            facts = {"missing": step.request.get("missing", []), "reason": step.request.get("reason", ""),
                     "until": step.due_at.isoformat() if step.due_at else ""}
            papers.issue(case, DocumentKind.SUPPLEMENT, actor=actor, occasion=str(step.uuid), facts=facts)
    elif status in _ENDS:
        _end(case, _ENDS[status], instance.outcome)
    elif case.accepted_at is None:
        case.state = State.RECEIVED
    _save(case, known)


def _accept(case: Case, instance: Instance, actor: Actor, known: Mapping[str, object]) -> None:
    case.is_deemed = actor.kind is ActorKind.SYSTEM and _is_silent(instance)
    case.accepted_at = _counted_from(case, instance) if case.is_deemed else clock.now()
    case.state = State.ACCEPTED
    _save(case, known)
    for material in _TOLERATED.rows(case=case.pk):
        _give_time(material)
    facts = {"accepted_at": case.accepted_at.isoformat(), "is_deemed": case.is_deemed}
    papers.issue(case, DocumentKind.ACCEPTANCE, actor=actor, facts=facts, is_first=True)
    audit.record(actor, "cases.accepted", case, detail={"deemed": case.is_deemed})
    starting.start(
        declaring.ensure_procedure(case.version), Subject(KIND, case.number), actor=starter_of(case.application, actor),
        title=instance.title, parties={"department": case.organisation}, reason="受理", key=f"{case.number}:handling",
        since=case.accepted_at, in_hand=case,
    )


def _is_silent(instance: Instance) -> bool:
    """Whether silence accepted; who accepts in person is no system."""
    step = instance.steps.filter(node="accept", status=StepStatus.DONE).exclude(kind=StepKind.SUPPLEMENT).latest("pk")
    return step.transitions.filter(key__startswith="silent:").exists()


def _counted_from(case: Case, instance: Instance) -> datetime:
    """The day of receipt; of the last supplement when one was handed in."""
    answered = instance.steps.filter(kind=StepKind.SUPPLEMENT, status=StepStatus.DONE).exclude(done_at=None)
    return answered.values_list("done_at", flat=True).order_by("-done_at").first() or case.received_at


def _give_time(material: Material) -> None:
    days = int(material.source) if material.source.isdecimal() else 10
    material.due_on = calendars.current().nth_workday_after(clock.today(), days)
    material.save(update_fields=["due_on"])


def _handling(case: Case, instance: Instance, actor: Actor, known: Mapping[str, object]) -> None:
    status = InstanceStatus(instance.status)
    if status is InstanceStatus.REJECTED:
        _decide(case, Decision.DENIED)
        _end(case, State.DENIED, _reason_of(instance))
        papers.issue(case, DocumentKind.DENIAL, actor=actor, facts={"reason": case.reason})
    elif status is InstanceStatus.SUSPENDED:
        case.state = State.SPECIAL
        for segment in instance.segments.filter(kind=SegmentKind.SUSPEND, stopped_at=None):
            facts = {"reason": segment.reason, "document": segment.document, "basis": segment.legal_basis}
            papers.issue(case, DocumentKind.SPECIAL, actor=actor, occasion=str(segment.pk), facts=facts)
    elif status is InstanceStatus.DONE:
        _end(case, State.CLOSED, "")
    elif status in _ENDS:
        _end(case, _ENDS[status], instance.outcome)
    elif _DELIVERS.told(instance=instance.pk):
        case.state = State.GRANTED
        _decide(case, Decision.GRANTED)
        papers.issue(case, DocumentKind.GRANT, actor=actor, facts={"decided_at": str(case.decided_at)})
    else:
        case.state = State.ACCEPTED
    _save(case, known)


def _decide(case: Case, decision: Decision) -> None:
    if not case.decision:
        case.decision, case.decided_at = decision, clock.now()


def _end(case: Case, state: State, reason: str) -> None:
    case.state, case.ended_at, case.reason = state, case.ended_at or clock.now(), reason[:1000]


def _reason_of(instance: Instance) -> str:
    told = instance.transitions.filter(action="reject").order_by("-sequence").values_list("reason", flat=True).first()
    return told or instance.outcome
