"""Objections: a row that came from a peer is said to be wrong; the source checks it by its own procedure (校核) and answers.

Source  国务院令第809号 art. 26: checked, corrected and answered within ten working days, by the source's calendar
"""

from collections.abc import Mapping
from typing import Any  # what is told is JSON

import orjson
from django.db import transaction

from suixin.data.quality.loop import doubts
from suixin.data.quality.loop.doubts import Wrong
from suixin.data.quality.models import DoubtState
from suixin.data.sharing.cascade import posting
from suixin.data.sharing.cascade.applying import Content
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import (
    Flow,
    Incoming,
    Intake,
    LetterKind,
    Link,
    Objection,
    ObjectionState,
    PeerDoubt,
)
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import SuixinError


@transaction.atomic
def raise_objection(intake: Intake, wrong: Wrong, *, actor: Actor) -> Objection:
    """The objection, on its way to the source. Raises NotAllowed, WrongLink."""
    policy.require(actor, "quality.doubt", intake.resource)
    if intake.resource is None:
        raise WrongLink("这项回流还没有对应目录，没有可以校核的行。")
    key = {item.field for item in intake.resource.contract.items if item.is_key}
    if key - {name for name, value in wrong.row.items() if value.strip()} or not wrong.expected.strip() or not wrong.evidence.strip():
        raise WrongLink("请填写这一行的全部主键、应为何值和依据，来源平台才能认出并核实。")
    if wrong.field not in {str(one["field"]) for one in intake.content["items"]}:
        raise WrongLink("这个信息项不是来源平台提供的；请向本平台的提供单位提出。")
    row = {name: wrong.row[name].strip() for name in key}
    said = {"row": row, "field": wrong.field, "expected": wrong.expected, "evidence": wrong.evidence}
    made = Objection(intake=intake, field=wrong.field, asked_by=actor.key[:150], asked_at=clock.now())
    made.sealed = orjson.dumps(said).decode()
    made.save()
    posting.post(intake.link, LetterKind.DOUBT, {**said, "flow": str(intake.uuid), "asker": actor.name[:60]}, about=str(made.uuid))
    audit.record(actor, "cascade.objected", made, detail={"intake": str(intake.uuid), "item": wrong.field})
    return made


def take_doubt(letter: Incoming, content: Content) -> None:
    """The peer's doubt as one of ours, with its work order; what cannot be taken is answered with the reason."""
    said: dict[str, Any] = dict(content)
    flow = Flow.objects.select_related("resource").filter(uuid=str(said.get("flow", "")), link=letter.link).first()
    if flow is None or PeerDoubt.objects.filter(uuid=letter.about).exists():
        raise WrongLink("校核申请说的不是本平台回流的数据，或已经收到过；请对端核对。")
    row: Mapping[str, str] = {str(name): str(value) for name, value in dict(said["row"]).items()}
    try:
        with transaction.atomic():
            wrong = Wrong(row, str(said["field"]), str(said["expected"]), str(said["evidence"]))
            doubt = doubts.raise_doubt(flow.resource, wrong, actor=_asker(letter.link, str(said["asker"])))
            PeerDoubt.objects.create(uuid=letter.about, link=letter.link, doubt=doubt)
    except SuixinError as error:
        posting.post(letter.link, LetterKind.VERDICT, {"state": ObjectionState.REFUSED.value, "answer": error.sentence}, about=letter.about)


def write_verdicts(link: Link) -> int:
    """How many doubts of the peer's were answered since."""
    ended = PeerDoubt.objects.filter(link=link, is_told=False).exclude(doubt__state=DoubtState.OPEN).select_related("doubt")
    told = 0
    for one in ended:
        state = ObjectionState.CORRECTED if one.doubt.state == DoubtState.CORRECTED else ObjectionState.REFUTED
        with transaction.atomic():
            posting.post(link, LetterKind.VERDICT, {"state": state.value, "answer": one.doubt.answer}, about=str(one.uuid))
            one.is_told = True
            one.save(update_fields=["is_told"])
        told += 1
    return told


def take_verdict(letter: Incoming, content: Content) -> None:
    """What the source found."""
    held = Objection.objects.select_for_update(of=("self",)).filter(uuid=letter.about, intake__link=letter.link).first()
    if held is None or str(content.get("state")) not in ObjectionState.values:
        raise WrongLink("收到没有提过的校核申请的结果；请对端核对。")
    held.state, held.answer, held.answered_at = str(content["state"]), str(content["answer"])[:1000], clock.now()
    held.save(update_fields=["state", "answer", "answered_at"])
    audit.record(SYSTEM, "cascade.objection_answered", held, detail={"state": held.state})


def _asker(link: Link, name: str) -> Actor:
    """The peer's asker, counted by peer: it is its platform that speaks here."""
    return Actor(ActorKind.SYSTEM, f"cascade-{link.code}"[:150], f"{link}（{name}）"[:120], roles=SYSTEM.roles)
