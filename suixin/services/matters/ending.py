"""The end of a matter: taken back by the applicant, or delivered once by the lead department."""

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing as flow
from suixin.ground.flow.models import ACTIVE, Step
from suixin.ground.flow.subjects import Deciding
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.services.cases import applying, handling
from suixin.services.cases.models import Case
from suixin.services.cases.models import State as CaseState
from suixin.services.cases.parties import is_party
from suixin.services.matters import advancing
from suixin.services.matters.errors import WrongStateOfMatter
from suixin.services.matters.models import Matter, MatterState, PartState
from suixin.services.themes.rules import Standing


@transaction.atomic
def withdraw(matter: Matter, *, actor: Actor, reason: str) -> Matter:
    """The matter, taken back: what is not decided ends, what was granted is delivered. Raises NotAllowed, WrongStateOfMatter."""
    if not (policy.may(actor, "cases.apply", None) and is_party(actor, matter.application)):
        policy.refuse(actor, "cases.apply", matter)
    if not reason.strip():
        raise WrongStateOfMatter("请写明撤回的理由。")
    held = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
    if held.state != MatterState.OPEN:
        raise WrongStateOfMatter(f"这件事{held.get_state_display()}，不能撤回；请刷新页面。")
    held.reason = reason.strip()[:1000]
    held.save(update_fields=["reason"])
    for case in Case.objects.filter(part__matter=held, decision="", state__in=_undecided()).order_by("pk"):
        applying.withdraw(case, actor=actor, reason=reason.strip()[:500])
    audit.record(actor, "matters.withdrawn", held, basis=reason)
    return advancing.advance(held.pk, actor=actor)


@transaction.atomic
def deliver(matter: Matter, to: str, *, actor: Actor, note: str = "") -> Matter:
    """All results handed over together: by hand, by post with its number, or electronically. Raises NotAllowed, WrongStateOfMatter."""
    policy.require(actor, "cases.handle", matter)
    if not to.strip():
        raise WrongStateOfMatter("请写明领取人；邮寄的写收件人，备注里写邮件号。")
    held = Matter.objects.select_for_update(of=("self",)).select_related("organisation", "application", "delivery").get(pk=matter.pk)
    if held.state != MatterState.DELIVERING:
        raise WrongStateOfMatter(f"这件事{held.get_state_display()}，现在没有要送达的；请刷新页面。")
    told = f"由{held.organisation}统一送达；{note}"[:200] if note.strip() else f"由{held.organisation}统一送达"
    cases = Case.objects.filter(part__matter=held, part__state=PartState.APPROVED, state=CaseState.GRANTED)
    for case in cases.select_related("handling", "reception").order_by("pk"):
        handling.deliver(case, to, actor=SYSTEM, note=told)
    held.delivered_to, held.delivery_note = to.strip()[:60], note.strip()[:200]
    held.save(update_fields=["delivered_to", "delivery_note"])
    step = Step.objects.filter(instance=held.delivery, status__in=ACTIVE).order_by("-pk").first()
    if step is not None:
        flow.decide(step, "approve", actor=actor, reason=note or "已送达")
    refused = held.parts.exclude(state=PartState.APPROVED).exists()
    held.state, held.ended_at = MatterState.PARTLY if refused else MatterState.DONE, clock.now()
    held.save(update_fields=["state", "ended_at"])
    audit.record(actor, "matters.delivered", held, detail={"standing": (Standing.PARTLY if refused else Standing.DONE).value})
    return held


def guard(deciding: Deciding) -> None:
    """Nothing, when the step of the one delivery may be agreed to. Raises WrongStateOfMatter."""
    if deciding.actor.kind is ActorKind.SYSTEM or deciding.node != "deliver":
        return
    matter = Matter.objects.filter(number=deciding.subject.key).first()
    if matter is None or not matter.delivered_to:
        raise WrongStateOfMatter("还没有登记领取人；请在一件事办件页登记统一送达。")


def _undecided() -> tuple[str, ...]:
    return (CaseState.SIGNING, CaseState.RECEIVED, CaseState.SUPPLEMENT, CaseState.ACCEPTED, CaseState.SPECIAL)
