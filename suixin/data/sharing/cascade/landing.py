"""The receiving end of 回流: a flow is told, a person names the entry, parts land in their order, each answered by a receipt."""

from typing import Any  # contents are JSON

from django.db import transaction

from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection import linked
from suixin.data.sharing.cascade import evidence, posting
from suixin.data.sharing.cascade.applying import Content, content_of
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import Flow, FlowState, Incoming, Intake, LetterKind
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import SuixinError


def take_flow(letter: Incoming, content: Content) -> None:
    """The flow, waiting for the entry into which its rows go; told again, its description is the newer one."""
    Intake.objects.update_or_create(uuid=letter.about, link=letter.link, defaults={
        "title": str(content.get("title", ""))[:300], "content": content, "told_at": clock.now(),
    })


def take_rows(letter: Incoming, content: Content) -> None:
    """Nothing yet: they land in their own order, when their entry is known (`land_waiting`)."""
    if letter.number is None or not Intake.objects.filter(uuid=letter.about, link=letter.link).exists():
        raise WrongLink(f"来了没有约定过的回流 {letter.about} 的数据；请对端核对。")


@transaction.atomic
def accept_flow(intake: Intake, resource: Resource, *, actor: Actor) -> Intake:
    """The flow's rows go into that entry from now on. Raises NotAllowed, WrongLink."""
    policy.require(actor, "collection.declare_source", resource)
    held = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
    if held.resource_id is not None and held.landed:
        raise WrongLink(f"“{held.title}”的数据已经进入“{held.resource}”，不能改到别的目录。")
    if resource.state != ResourceState.PUBLISHED:
        raise WrongLink(f"“{resource.title}”{resource.get_state_display()}；请先发布目录，再接收回流。")
    _require_fit(resource, held.content)
    held.resource, held.state, held.sentence = resource, FlowState.ENABLED, ""
    held.save(update_fields=["resource", "state", "sentence"])
    audit.record(actor, "cascade.flow_accepted", held, detail={"resource": resource.code})
    return held


def land_waiting(intake: Intake) -> int:
    """How many parts landed now, in order; a fault holds the flow until a person has seen to it."""
    landed = 0
    while (part := _next(intake)) is not None:
        try:
            _land(intake, part)
        except SuixinError as error:
            if error.retry:  # busy, or no room for the moment
                Intake.objects.filter(pk=intake.pk).update(sentence=error.sentence[:600])
                return landed
            Intake.objects.filter(pk=intake.pk).update(state=FlowState.HELD, sentence=error.sentence[:600])
            return landed
        crash.point("part_landed")
        landed += 1
    return landed


def letter_of(intake: Intake, number: int, *, actor: Actor) -> bytes:
    """A part that landed as its source sent it, with the receipt that it bears. Raises NotAllowed, NotFound, WrongLink."""
    held = Intake.objects.select_related("resource__provider").get(pk=intake.pk)
    if held.resource is None:
        raise WrongLink(f"“{held.title}”还没有对应的目录，没有数据入库；请先接收。")
    letter = linked.original_of(held.resource, delivery=held.delivery, number=number, actor=actor)
    audit.record(actor, "cascade.letter_taken", held, detail={"number": number})
    return letter


def resume_intake(intake: Intake, *, actor: Actor, reason: str = "") -> Intake:
    """A held flow, landed on. Raises NotAllowed."""
    policy.require(actor, "collection.declare_source", intake.resource)
    with transaction.atomic():
        Intake.objects.filter(pk=intake.pk, state=FlowState.HELD).update(state=FlowState.ENABLED, sentence="")
        audit.record(actor, "cascade.intake_resumed", intake, basis=reason)
    intake.refresh_from_db()
    return intake


def take_receipt(letter: Incoming, content: Content) -> None:
    """What became of a part at the peer: kept with the letter that brought it there."""
    flow = Flow.objects.select_for_update(of=("self",)).filter(uuid=letter.about, link=letter.link).first()
    if flow is None:
        raise WrongLink(f"收到不认识的回流 {letter.about} 的回执；请对端核对。")
    said: dict[str, Any] = dict(content)
    written = letter.link.outgoing.filter(kind=LetterKind.ROWS, sequence=int(said["sequence"]), about=letter.about).first()
    if written is None or written.receipt:
        return
    written.receipt = {name: said[name] for name in ("rows", "accepted", "rejected", "version", "sm3")}
    written.save(update_fields=["receipt"])
    flow.landed = max(flow.landed, int(said["part"]))
    flow.accepted, flow.rejected = flow.accepted + int(said["accepted"]), flow.rejected + int(said["rejected"])
    flow.save(update_fields=["landed", "accepted", "rejected"])


def _next(intake: Intake) -> Incoming | None:
    held = Intake.objects.select_related("resource", "link").get(pk=intake.pk)
    if held.state != FlowState.ENABLED or held.resource is None:
        return None
    waiting = Incoming.objects.filter(link=held.link, kind=LetterKind.ROWS, about=str(held.uuid), landed_at=None, number=held.landed + 1)
    return waiting.exclude(applied_at=None).first()


def _land(intake: Intake, letter: Incoming) -> None:
    held = Intake.objects.select_related("resource__provider", "link").get(pk=intake.pk)
    resource, number = held.resource, letter.number or 0
    if resource is None:
        return
    said = content_of(letter)
    evidence.require_good(said, title=held.title, number=number)
    part = linked.Part(
        said["columns"], said["key"], said["rows"], said["gone"], int(str(said["sweep"])), letter.envelope.encode(),  # type: ignore[arg-type]  # JSON that its sender signed; cells are judged
    )
    batch = linked.land_part(
        resource, part, delivery=held.delivery, number=number, origin=f"{held.link}:{held.title}", actor=SYSTEM,
    )
    crash.point("part_in_lake")
    with transaction.atomic():
        now = Intake.objects.select_for_update(of=("self",)).get(pk=held.pk)
        if now.landed != number - 1:
            return
        now.landed, now.rows, now.landed_at = number, now.rows + letter.rows, clock.now()
        now.accepted, now.rejected = now.accepted + batch.accepted, now.rejected + batch.rejected
        now.save(update_fields=["landed", "rows", "landed_at", "accepted", "rejected"])
        letter.landed_at = clock.now()
        letter.save(update_fields=["landed_at"])
        receipt = {**linked.counts_of(batch), "part": number, "sequence": letter.sequence}
        posting.post(held.link, LetterKind.RECEIPT, receipt, about=str(held.uuid))


def _require_fit(resource: Resource, content: dict[str, Any]) -> None:
    contract = resource.contract
    fields = {item.field for item in contract.items}
    missing = [str(one["name"]) for one in content["items"] if one["field"] not in fields]
    if missing:
        raise WrongLink(f"“{resource.title}”没有信息项 {'、'.join(missing[:5])}；请选字段相同的目录，或先变更目录。")
    if list(contract.key) != list(content["key"]):
        raise WrongLink(f"“{resource.title}”的主键与来源的（{'、'.join(content['key'])}）不同；请选主键相同的目录。")
    unfilled = [item.name for item in contract.items if not item.nullable and item.field not in {one["field"] for one in content["items"]}]
    if unfilled:
        raise WrongLink(f"“{resource.title}”的必填项 {'、'.join(unfilled[:5])} 不在回流的数据里；请先变更目录。")
