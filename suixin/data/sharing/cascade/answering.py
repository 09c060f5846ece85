"""Requests across, the providing end: a peer's request is a part of ours, decided by our procedure; the peer is told every move.

Begun    at the provider, because the asker's own consent was given at its platform
Told     state, stage, limit and answer, whenever one of them differs from what was told last
Granted  the share's rows flow as soon as it may be used (`returning`)
"""

from datetime import date
from typing import Any  # what is told is JSON

from django.db import transaction

from suixin.data.access.models import Door
from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.sharing import asking, drafting
from suixin.data.sharing.cascade import posting, returning
from suixin.data.sharing.cascade.applying import Content
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import AskState, Flow, Incoming, LetterKind, Link, PeerRequest
from suixin.data.sharing.drafting import Said
from suixin.data.sharing.models import Part, PartState, Share, ShareState
from suixin.data.sharing.rules import Statement
from suixin.ground.flow import advancing
from suixin.ground.flow.models import StepKind
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

_STATES = {PartState.AGREED: AskState.AGREED, PartState.REFUSED: AskState.REFUSED, PartState.WITHDRAWN: AskState.ENDED}


def take_ask(letter: Incoming, content: Content) -> None:
    """The peer's request before the provider; one that cannot be taken is answered as refused with the reason."""
    said: dict[str, Any] = dict(content)
    known = PeerRequest.objects.select_related("part__instance").filter(uuid=letter.about, link=letter.link).first()
    try:
        with transaction.atomic():
            if known is not None:
                _supplemented(known.part, said)
            else:
                _begun(letter, said)
    except (SuixinError, KeyError, ValueError) as error:
        told = error.sentence if isinstance(error, SuixinError) else "申请的内容不全。"
        _post(letter.link, letter.about, {"state": AskState.REFUSED.value, "stage": "未受理", "answer": told, "due_at": ""})


def write_answers(link: Link) -> int:
    """How many requests had news for the peer; rows of those that were granted begin to flow."""
    told = 0
    for one in PeerRequest.objects.filter(link=link).select_related("part__instance", "part__resource", "part__request"):
        with transaction.atomic():
            told += _answered(link, one)
    return told


def _answered(link: Link, one: PeerRequest) -> bool:
    share = Share.objects.filter(part=one.part).first()
    if share is not None and share.state == ShareState.IN_USE and not Flow.objects.filter(share=share).exists():
        returning.begin_flow(link, share, request=str(one.uuid))
    said = _standing(one.part, share)
    if said == one.told:
        return False
    _post(link, str(one.uuid), said)
    one.told = said
    one.save(update_fields=["told"])
    return True


def _standing(part: Part, share: Share | None) -> dict[str, Any]:
    step = publication.waiting_step(part.instance) if part.instance is not None and part.instance.is_live else None
    state = _STATES.get(PartState(part.state), AskState.DECIDING)
    if step is not None and step.kind == StepKind.SUPPLEMENT:
        state = AskState.SUPPLEMENT
    if share is not None and share.state not in (ShareState.PROVIDING, ShareState.IN_USE, ShareState.SUSPENDED):
        state = AskState.ENDED
    answer = part.answer or (part.condition if part.state == PartState.AGREED else "")
    if state == AskState.SUPPLEMENT and step is not None:
        answer = "；".join(one for one in (*step.request.get("missing", ()), step.request.get("reason", "")) if one)
    due = step.due_at.isoformat() if step is not None and step.due_at else ""
    return {"state": state.value, "stage": step.title if step is not None else "", "answer": answer, "due_at": due}


def _begun(letter: Incoming, said: dict[str, Any]) -> None:
    link = letter.link
    resource = Resource.objects.select_related("provider").filter(code=str(said["code"]), state=ResourceState.PUBLISHED).first()
    if resource is None:
        raise WrongLink(f"没有已发布的资源 {str(said['code'])[:60]}；请对端更新目录后再申请。")
    request = drafting.open_request(
        f"{str(said['asker'])[:60]}（{link}）申请：{resource.title}"[:200], link.organisation, actor=SYSTEM, application=link.application,
    )
    [part] = drafting.add_parts(request, [resource], actor=SYSTEM)
    part = drafting.state_part(part, _stated(said), actor=SYSTEM)
    asking.file_for(request, actor=SYSTEM)
    part.request = request
    asking.begin(part, actor=SYSTEM, is_direct=True)
    PeerRequest.objects.create(uuid=letter.about, link=link, part=part)


def _supplemented(part: Part, said: dict[str, Any]) -> None:
    """The part as it is stated now, and the step done that waited for it. Raises WrongLink: nothing was asked for."""
    step = publication.waiting_step(part.instance) if part.instance is not None else None
    if step is None or step.kind != StepKind.SUPPLEMENT:
        raise WrongLink("这份申请现在不等补正。")
    drafting.state_part(part, _stated(said), actor=SYSTEM)
    advancing.decide(step, "approve", actor=SYSTEM, reason="需求方已在其平台补正")


def _stated(said: dict[str, Any]) -> Said:
    return Said(Statement(
        [str(one) for one in said["columns"]], str(said["law"]), str(said["document"]), str(said["article"]), str(said["scenario"]),
        str(said.get("row_filter", "")), [str(one) for one in said["divisions"]], [Door.TABLE.value], date.fromisoformat(said["until"]),
    ))


def _post(link: Link, about: str, said: dict[str, Any]) -> None:
    posting.post(link, LetterKind.ANSWER, said, about=about)
