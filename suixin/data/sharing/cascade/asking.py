"""Requests across, the asking end: a department here asks for an entry of a peer, its head of sharing agrees, the peer answers.

Source  国务院令第809号 art. 20 (what a request states, consent of the head of sharing); the peer decides by its own procedure
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # statements and answers are JSON

from django.db import transaction

from suixin.data.catalog import canon
from suixin.data.sharing import rules as sharing
from suixin.data.sharing.cascade import posting
from suixin.data.sharing.cascade.applying import Content
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import AskState, Incoming, LetterKind, RemoteEntry, RemoteRequest, RemoteState
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Statement:
    """What the request states."""

    columns: Sequence[str]
    law: str
    document: str
    article: str
    scenario: str
    divisions: Sequence[str]
    until: date
    row_filter: str = ""


@transaction.atomic
def draft_request(entry: RemoteEntry, organisation: Organisation, said: Statement, *, actor: Actor) -> RemoteRequest:
    """The request, waiting for the head of sharing. Raises NotAllowed, WrongLink: what it lacks, all at once."""
    policy.require(actor, "sharing.request", organisation)
    _require_complete(entry, said)
    made = RemoteRequest.objects.create(
        entry=entry, organisation=organisation, said=_told(said), drafted_at=clock.now(), drafted_by=actor.key[:150],
    )
    audit.record(actor, "cascade.request_drafted", made, detail={"peer": entry.link.code, "entry": entry.code})
    return made


@transaction.atomic
def send_request(request: RemoteRequest, *, actor: Actor) -> RemoteRequest:
    """The request on its way, by the consent of the asker's head of sharing; supplemented, once more. Raises NotAllowed, WrongLink."""
    policy.require(actor, "sharing.exchange", request.organisation)
    held = RemoteRequest.objects.select_for_update(of=("self",)).select_related("entry__link__peer", "organisation").get(pk=request.pk)
    if held.state not in (AskState.DRAFT, AskState.SUPPLEMENT):
        raise WrongLink(f"这份申请{held.get_state_display()}，不等您同意；请刷新页面看进展。")
    posting.post(held.entry.link, LetterKind.ASK, {
        **held.said, "code": held.entry.code, "asker": str(held.organisation), "uscc": held.organisation.uscc,
    }, about=str(held.uuid))
    held.state, held.sent_at, held.agreed_by = AskState.SENT, clock.now(), actor.key[:150]
    held.save(update_fields=["state", "sent_at", "agreed_by"])
    audit.record(actor, "cascade.request_sent", held, detail={"peer": held.entry.link.code, "entry": held.entry.code})
    return held


@transaction.atomic
def supplement_request(request: RemoteRequest, said: Statement, *, actor: Actor) -> RemoteRequest:
    """The request stating more, as the peer asked; it goes when the head of sharing agrees again. Raises NotAllowed, WrongLink."""
    policy.require(actor, "sharing.request", request.organisation)
    held = RemoteRequest.objects.select_for_update(of=("self",)).select_related("entry__link").get(pk=request.pk)
    if held.state != AskState.SUPPLEMENT:
        raise WrongLink(f"这份申请{held.get_state_display()}，对方没有要求补正。")
    _require_complete(held.entry, said)
    held.said = _told(said)
    held.save(update_fields=["said"])
    audit.record(actor, "cascade.request_supplemented", held)
    return held


def take_answer(letter: Incoming, content: Content) -> None:
    """Where the request stands at the peer, as it says: stage, limit, answer."""
    held = RemoteRequest.objects.select_for_update(of=("self",)).filter(uuid=letter.about, entry__link=letter.link).first()
    if held is None:
        raise WrongLink(f"收到没有提过的申请 {letter.about} 的答复；请对端核对。")
    said: dict[str, Any] = dict(content)
    if said["state"] not in AskState.values or said["state"] in (AskState.DRAFT, AskState.SENT):
        raise WrongLink(f"对方说的状态“{str(said['state'])[:20]}”不认识；请升级本平台。")
    held.state, held.stage, held.answer = said["state"], str(said["stage"])[:120], str(said["answer"])[:1000]
    held.due_at = datetime.fromisoformat(said["due_at"]) if said["due_at"] else None
    held.save(update_fields=["state", "stage", "answer", "due_at"])


def _told(said: Statement) -> dict[str, Any]:
    return {
        "columns": list(said.columns), "law": said.law.strip(), "document": said.document.strip(), "article": said.article.strip(),
        "scenario": said.scenario.strip(), "divisions": list(said.divisions), "until": said.until.isoformat(),
        "row_filter": said.row_filter,
    }


def _require_complete(entry: RemoteEntry, said: Statement) -> None:
    """What the law asks of a request, judged here so that nobody at the peer need send it back. Raises WrongLink."""
    if entry.state != RemoteState.PUBLISHED:
        raise WrongLink(f"对端的目录“{entry.title}”{entry.get_state_display()}，不能申请。")
    fields = {item.field for item in canon.specs_of(entry.content)}
    unknown = [name for name in said.columns if name not in fields]
    faults = [
        f"没有信息项 {'、'.join(unknown)}" if unknown else "",
        "" if said.columns else "没有选信息项",
        "" if said.law.strip() and (said.document.strip() or said.article.strip()) else "应写明使用依据的名称，以及文号或条款",
        "" if len(said.scenario.strip()) >= sharing.LEAST_SCENARIO else f"使用场景至少 {sharing.LEAST_SCENARIO} 个字",
        "" if said.until > clock.today() else "使用时限应在今天以后",
    ]
    if told := [one for one in faults if one]:
        raise WrongLink(f"申请“{entry.title}”还不能提交：{'；'.join(told)}。")
