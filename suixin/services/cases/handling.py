"""What the department does beside deciding steps: special procedures, materials, delivery, messages, consultation, archive.

Steps themselves are decided in the inbox or on the case's page by `ground.flow`; the case follows (`following.py`).
"""

from django.db import models, transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, stopping, taking
from suixin.ground.flow.models import ACTIVE, Step
from suixin.ground.people.models import Organisation
from suixin.ground.prepared import Prepared, given
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import jointly, papers, rules
from suixin.services.cases.attached import DocumentKind, Material, MaterialState, Message, MessageKind
from suixin.services.cases.errors import WrongStateOfCase
from suixin.services.cases.models import OVER, Case, State

_WAITING = Prepared(lambda: Step.objects.select_related("instance", "organisation", "assignee").filter(
    instance_id=given("instance", models.BigIntegerField()), status__in=ACTIVE,
).order_by("-pk")[:1])
BASIS = "行政许可法第四十五条"
_SETTLES = (MaterialState.UPLOADED, MaterialState.PAPER, MaterialState.REUSED, MaterialState.CHECKED, MaterialState.TOLERATED)


@transaction.atomic
def begin_special(case: Case, kind: str, *, actor: Actor, reason: str, document: str, days: int) -> Case:
    """The case in a special procedure, its clocks stopped, the applicant told in writing how long it takes.

    Raises NotAllowed, WrongStateOfCase, and what `flow.suspend` raises.
    """
    policy.require(actor, "cases.handle", case)
    if kind not in rules.SPECIALS or days < 1:
        raise WrongStateOfCase(f"特别程序须是{'、'.join(rules.SPECIALS)}之一，并写明所需天数。")
    if case.state != State.ACCEPTED or case.handling is None:
        raise WrongStateOfCase("只有审查中的办件可以进入特别程序；请刷新页面。")
    told = f"{kind}（约需 {days} 日）：{reason}"
    stopping.suspend(case.handling, actor=actor, reason=told, document=document, legal_basis=BASIS)
    audit.record(actor, "cases.special_begun", case, basis=document, detail={"kind": kind, "days": days})
    return Case.objects.get(pk=case.pk)


@transaction.atomic
def end_special(case: Case, *, actor: Actor, result: str, document: str = "") -> Case:
    """The case going on after a special procedure. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    if case.state != State.SPECIAL or case.handling is None:
        raise WrongStateOfCase("办件不在特别程序中；请刷新页面。")
    stopping.resume(case.handling, actor=actor, reason=result, document=document)
    audit.record(actor, "cases.special_ended", case, basis=document)
    return Case.objects.get(pk=case.pk)


@transaction.atomic
def settle_material(case: Case, number: int, state: str, *, actor: Actor, note: str = "") -> Material:
    """One material, received, checked or tolerated. Raises NotAllowed, WrongStateOfCase."""
    if not policy.may(actor, "cases.receive", case):
        policy.require(actor, "cases.handle", case)
    held = Material.objects.select_for_update().filter(case=case, number=number).first()
    if held is None or state not in _SETTLES or not case.is_live:
        raise WrongStateOfCase("没有这份材料，或办件已结束；请刷新页面。")
    if state == MaterialState.TOLERATED and not note.strip():
        raise WrongStateOfCase("容缺受理要申请人签容缺承诺书；请写明承诺书编号。")
    held.state, held.settled_at, held.note = state, clock.now(), note[:500] or held.note
    held.save(update_fields=["state", "settled_at", "note"])
    audit.record(actor, "cases.material_settled", case, basis=note, detail={"material": held.name, "state": state})
    return held


@transaction.atomic
def deliver(case: Case, to: str, *, actor: Actor, note: str = "") -> Case:
    """The decision, handed to that person: by hand, by post with its number, or electronically. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    if not to.strip():
        raise WrongStateOfCase("请写明领取人；邮寄的写收件人，备注里写邮件号。")
    if case.delivered_to or case.state not in (State.GRANTED, State.DENIED, State.REFUSED):
        raise WrongStateOfCase("现在没有要送达的决定，或已经送达；请刷新页面。")
    if case.handling_id is not None:
        taking.take(case.handling_id, actor)  # the run first, then the case, as everybody takes them
    Case.objects.filter(pk=case.pk).update(delivery_note=note[:200])
    held = Case.objects.get(pk=case.pk)
    held.delivered_to = to.strip()[:60]
    held.save(update_fields=["delivered_to"])
    jointly.release(held)
    step = waiting_step(held)
    if held.state == State.GRANTED and step is not None and step.node == "deliver":
        advancing.decide(step, "approve", actor=actor, reason=note or "已送达")
    held = Case.objects.select_related("application", "organisation", "version__item").get(pk=case.pk)
    facts = {"note": note, "way": held.application.delivery}
    papers.issue(held, DocumentKind.DELIVERY, actor=actor, facts=facts)
    audit.record(actor, "cases.delivered", held, detail={"way": held.application.delivery})
    return held


@transaction.atomic
def finish_at_once(case: Case, *, actor: Actor, to: str) -> Case:
    """An item done at once, from acceptance to delivery in one pass; what is delivered with others is only decided.

    Raises NotAllowed, WrongStateOfCase.
    """
    policy.require(actor, "cases.handle", case)
    if not case.is_at_once:
        raise WrongStateOfCase("这个事项是承诺件，不能当场办结；请按环节办理。")
    for _ in range(2):  # acceptance, decision
        case = Case.objects.select_related("handling", "reception").get(pk=case.pk)
        step = waiting_step(case)
        if step is not None and step.node in ("accept", "decide"):
            advancing.decide(step, "approve", actor=actor, reason="即办")
    held = Case.objects.select_related("handling", "reception").get(pk=case.pk)
    return held if jointly.objection(held, "deliver") else deliver(held, to, actor=actor, note="当场送达")


@transaction.atomic
def reply(case: Case, text: str, *, actor: Actor) -> Message:
    """A message to the applicant. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    return _written(case, MessageKind.DEPARTMENT, text, actor)


@transaction.atomic
def consult(case: Case, organisation: Organisation, text: str, *, actor: Actor) -> Message:
    """A question to another department about the case, which it may then read. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    if organisation.pk == case.organisation_id or not case.is_live:
        raise WrongStateOfCase("征询的应当是别的部门，且办件还在办理；请重新选择。")
    return _written(case, MessageKind.CONSULTATION, text, actor, organisation=organisation)


@transaction.atomic
def give_opinion(question: Message, text: str, *, actor: Actor) -> Message:
    """The opinion of the department that was asked. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", question)
    if question.kind != MessageKind.CONSULTATION or Message.objects.filter(answers=question).exists():
        raise WrongStateOfCase("这条征询已经答复，或不是征询；请刷新页面。")
    return _written(question.case, MessageKind.OPINION, text, actor, organisation=question.organisation, answers=question)


@transaction.atomic
def archive(case: Case, *, actor: Actor) -> Case:
    """The case, closed for good: nothing more is written to it. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    held = Case.objects.select_for_update().get(pk=case.pk)
    if held.state == State.ARCHIVED:
        return held
    if held.state not in OVER:
        raise WrongStateOfCase("办件还没有结束，不能归档。")
    if held.materials.filter(state=MaterialState.PROMISED).exists():
        raise WrongStateOfCase("告知承诺的材料还没有核查；请核查后再归档。")
    held.state, held.archived_at = State.ARCHIVED, clock.now()
    held.save(update_fields=["state", "archived_at"])
    audit.record(actor, "cases.archived", held)
    return held


def waiting_step(case: Case) -> Step | None:
    """The step that waits now, of the run that counts."""
    run = case.run
    if run is None:
        return None
    return _WAITING.one(instance=run.pk)


def _written(
    case: Case, kind: MessageKind, text: str, actor: Actor, *, organisation: Organisation | None = None, answers: Message | None = None,
) -> Message:
    if not text.strip() or case.state == State.ARCHIVED:
        raise WrongStateOfCase("没有写内容，或办件已经归档。")
    made = Message.objects.create(
        case=case, kind=kind, text=text.strip()[:2000], author=actor.name[:120], at=clock.now(), organisation=organisation, answers=answers,
    )
    audit.record(actor, "cases.message_written", case, detail={"kind": kind.value})
    return made


