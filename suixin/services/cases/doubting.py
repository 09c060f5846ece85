"""Prefilled values that an applicant says are not right: its own goes on, the source department is asked to check (校核).

Queue    the one of `quality.loop.doubts`: ten working days, the provider corrects or says why it is right
Case     shows both values to the clerk; the answer is written into every case of the application as a message
Refused  a doubt that the queue does not take (too many open ones, a source withdrawn) holds up no application; the case says so
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from django.db import transaction

from suixin.data.quality.errors import DoubtRefused
from suixin.data.quality.loop import doubts
from suixin.data.quality.loop.doubts import Seen, Wrong
from suixin.data.quality.models import Doubt, DoubtState
from suixin.ground.jobs.paging import paged
from suixin.ground.people.residents.models import Resident
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import SuixinError
from suixin.services.cases import asking, jointly, prefilling, telling
from suixin.services.cases.attached import Authority, DoubtedValue, Message, MessageKind
from suixin.services.cases.errors import UnfitApplicant
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Application, State

PROVIDER = "身份提供方"


@dataclass(frozen=True, slots=True)
class Said:
    """What the form says beside a prefilled value."""

    own: object
    is_wrong: bool
    why: str
    proof: tuple[str, ...]


def note_doubts(application: Application, values: Mapping[str, object], *, actor: Actor) -> list[DoubtedValue]:
    """The prefilled values that the applicant put otherwise, each handed on to its source; part of the submission.

    What the form did not ask, or was left empty without a word, is no doubt. Raises UnfitApplicant for one that is called wrong and left
    as it was.
    """
    found = []
    for one in prefilling.prefilled_of(application):
        said = _said(one.question, values)
        if said.own is None and not said.is_wrong:
            continue
        if said.own == orjson.loads(one.given):
            if said.is_wrong:
                raise UnfitApplicant(f"“{one.label}”选了“不对”，填的却与来源相同；请改成正确的，或者选“对”。")
            continue
        found.append(_noted(application, one, said, actor))
    return found


def note_mobile(application: Application, values: Mapping[str, object], *, resident: Resident, authority: Authority | None) -> None:
    """The mobile number that differs from that of the sign-in; its source is no department, nobody is asked."""
    whose, own = resident if authority is None else authority.principal, str(values.get("mobile", ""))
    if whose.mobile and own and whose.mobile != own:
        DoubtedValue.objects.get_or_create(application=application, field="mobile", defaults={
            "label": "联系手机", "source": PROVIDER, "given": whose.mobile, "own": own, "at": clock.now(),
        })


def settle(order_number: str = "") -> int:
    """How many doubted values were answered since (of that order, or of any): told in each case. Harmless when repeated."""
    waiting = DoubtedValue.objects.exclude(order_number="").filter(settled_at=None)
    if order_number:
        waiting = waiting.filter(order_number=order_number)
    return sum(_settled(one.pk) for one in paged(waiting.only("pk")))


def _said(question: str, values: Mapping[str, object]) -> Said:
    proof = values.get(f"{question}_proof")
    return Said(
        values.get(question), values.get(f"{question}_is") == asking.WRONG, str(values.get(f"{question}_why") or ""),
        tuple(str(one) for one in proof) if isinstance(proof, list) else (),
    )


def _noted(application: Application, one: PrefilledValue, said: Said, actor: Actor) -> DoubtedValue:
    own = _text(said.own)
    order, outcome = _handed_on(one, said, actor)
    return DoubtedValue.objects.create(
        application=application, field=one.question, label=one.label[:100], source=prefilling.source_of(one)[:200],
        organisation=one.organisation, given=one.shown, own=own, at=clock.now(), order_number=order, outcome=outcome[:1000],
        settled_at=None if order else clock.now(),
    )


def _handed_on(one: PrefilledValue, said: Said, actor: Actor) -> tuple[str, str]:
    """The order's number, or why the source is not asked."""
    try:
        key = one.resource.contract.key
        if len(key) != 1:
            return "", "来源的主键已经改了，没有转来源单位；请在数据页面申请校核。"
        wrong = Wrong({key[0]: one.key}, one.field, _text(said.own), said.why or "申请人办事时填写的与数据不同，没有另写依据。")
        made = doubts.raise_doubt(one.resource, wrong, actor=actor, seen=Seen({key[0]: one.key}, one.shown), proof=said.proof)
    except SuixinError as refused:  # the queue's refusals, and a source that was withdrawn since
        order = str(refused.fields.get("order", "")) if isinstance(refused, DoubtRefused) else ""
        return order, "" if order else f"没有转来源单位：{refused.sentence}"
    return made.order_number, ""


def _text(value: object) -> str:
    return "" if value is None else ("true" if value else "false") if isinstance(value, bool) else str(value)


@transaction.atomic
def _settled(pk: int) -> bool:
    held = DoubtedValue.objects.select_for_update(of=("self",)).select_related("application", "organisation").get(pk=pk)
    application = held.application
    answered = Doubt.objects.filter(order_number=held.order_number, asker_kind=application.actor_kind, asker_key=application.actor_key)
    doubt = answered.exclude(state=DoubtState.OPEN).order_by("-pk").first()
    if held.settled_at is not None or doubt is None:
        return False
    held.outcome, held.settled_at = f"{doubt.get_state_display()}：{doubt.answer}"[:1000], clock.now()
    held.save(update_fields=["outcome", "settled_at"])
    for case in application.cases.exclude(state=State.ARCHIVED).select_related("application"):
        if not jointly.concerns(case, held.field):
            continue
        text = f"您说“{held.label}”与{held.source}不同，来源单位答复：{held.outcome}"
        Message.objects.create(
            case=case, kind=MessageKind.DEPARTMENT, text=text[:2000], author=str(held.organisation or PROVIDER)[:120], at=clock.now(),
        )
        telling.tell(case, telling.ANSWERED, occasion=held.order_number, actor=SYSTEM)
    return True
