"""A case follows its two runs of the flow engine, inside the transaction that changes them, wherever a step is decided.

Reception   done: accepted, from now or, when silence did it, from the day of receipt (行政许可法 art. 32); then handling begins
Handling    its state is that of its open step; a decision, a suspension and an end leave their paper
Lock        the run first, then the case, as `ground.flow` calls
"""

from datetime import datetime

from django.db.models import QuerySet

from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.flow import calendars, starting
from suixin.ground.flow.models import ACTIVE, Instance, InstanceStatus, SegmentKind, StepKind, StepStatus
from suixin.ground.flow.subjects import Deciding, Subject
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.services.cases import declaring, jointly, papers
from suixin.services.cases.attached import DocumentKind, FeeState, Material, MaterialState
from suixin.services.cases.errors import WrongStateOfCase
from suixin.services.cases.events import CaseMoved
from suixin.services.cases.models import Case, Decision, State
from suixin.services.cases.parties import starter_of

KIND = "cases.case"
_RECEPTIONS = (declaring.RECEPTION, declaring.WINDOW_RECEPTION)
_ENDS = {InstanceStatus.WITHDRAWN: State.WITHDRAWN, InstanceStatus.STOPPED: State.STOPPED}


def follow(instance_id: int, actor: Actor) -> None:
    """The case of the instance, brought to what the instance says."""
    instance = Instance.objects.select_related("procedure").get(pk=instance_id)
    rows = Case.objects.select_for_update(of=("self",)).select_related("application", "organisation", "version__item")
    case = rows.filter(number=instance.subject_key).first()
    if case is None:
        return
    before = case.state
    if instance.procedure.slug in _RECEPTIONS:
        case.reception = instance
        _reception(case, instance, actor)
    else:
        case.handling = instance
        _handling(case, instance, actor)
    if case.state != before:
        jointly.moved(case, actor)
        events.emit_on_commit(CaseMoved(case.pk, before, case.state))


def guard(deciding: Deciding) -> None:
    """Nothing, when the step may be agreed to. Raises WrongStateOfCase. Silence waits for nobody."""
    if deciding.actor.kind is ActorKind.SYSTEM:
        return
    case = Case.objects.get(number=deciding.subject.key)
    if told := jointly.objection(case, deciding.node):
        raise WrongStateOfCase(told)
    if deciding.node == "accept" and (missing := _names(case.materials.filter(is_needed=True, state=MaterialState.MISSING))):
        raise WrongStateOfCase(f"还缺必要材料：{missing}；请要求补正，或在办件页登记收到、容缺。")
    if deciding.node == "decide":
        if lacking := _names(case.materials.filter(state__in=(MaterialState.TOLERATED, MaterialState.LAPSED))):
            raise WrongStateOfCase(f"容缺的材料还没有补齐：{lacking}；请先登记补齐，或不予许可。")
        if case.fees.filter(state__in=(FeeState.DUE, FeeState.PENDING)).exists():
            raise WrongStateOfCase("还有应缴的费用没有缴；请先缴费或登记减免。")
    if deciding.node == "deliver" and not case.delivered_to:
        raise WrongStateOfCase("还没有登记领取人；请在办件页登记送达。")


def _names(rows: QuerySet[Material]) -> str:
    return "、".join(rows.values_list("name", flat=True))


def _reception(case: Case, instance: Instance, actor: Actor) -> None:
    status = InstanceStatus(instance.status)
    if status is InstanceStatus.DONE and case.accepted_at is None:
        _accept(case, instance, actor)
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
    case.save()


def _accept(case: Case, instance: Instance, actor: Actor) -> None:
    step = instance.steps.filter(node="accept", status=StepStatus.DONE).exclude(kind=StepKind.SUPPLEMENT).latest("pk")
    case.is_deemed = step.transitions.filter(key__startswith="silent:").exists()
    case.accepted_at = _counted_from(case, instance) if case.is_deemed else clock.now()
    case.state = State.ACCEPTED
    case.save()
    for material in case.materials.filter(state=MaterialState.TOLERATED):
        _give_time(material)
    facts = {"accepted_at": case.accepted_at.isoformat(), "is_deemed": case.is_deemed}
    papers.issue(case, DocumentKind.ACCEPTANCE, actor=actor, facts=facts)
    audit.record(actor, "cases.accepted", case, detail={"deemed": case.is_deemed})
    starting.start(
        declaring.ensure_procedure(case.version), Subject(KIND, case.number), actor=starter_of(case.application),
        title=instance.title, parties={"department": case.organisation}, reason="受理", key=f"{case.number}:handling",
        since=case.accepted_at,
    )
    case.refresh_from_db()


def _counted_from(case: Case, instance: Instance) -> datetime:
    """The day of receipt; of the last supplement when one was handed in."""
    answered = instance.steps.filter(kind=StepKind.SUPPLEMENT, status=StepStatus.DONE).exclude(done_at=None)
    return answered.values_list("done_at", flat=True).order_by("-done_at").first() or case.received_at


def _give_time(material: Material) -> None:
    days = int(material.source) if material.source.isdecimal() else 10
    material.due_on = calendars.current().nth_workday_after(clock.today(), days)
    material.save(update_fields=["due_on"])


def _handling(case: Case, instance: Instance, actor: Actor) -> None:
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
    elif instance.steps.filter(node="deliver", status__in=ACTIVE).exists():
        case.state = State.GRANTED
        _decide(case, Decision.GRANTED)
        papers.issue(case, DocumentKind.GRANT, actor=actor, facts={"decided_at": str(case.decided_at)})
    else:
        case.state = State.ACCEPTED
    case.save()


def _decide(case: Case, decision: Decision) -> None:
    if not case.decision:
        case.decision, case.decided_at = decision, clock.now()


def _end(case: Case, state: State, reason: str) -> None:
    case.state, case.ended_at, case.reason = state, case.ended_at or clock.now(), reason[:1000]


def _reason_of(instance: Instance) -> str:
    told = instance.transitions.filter(action="reject").order_by("-sequence").values_list("reason", flat=True).first()
    return told or instance.outcome
