"""Stopping and lengthening clocks: supplement, suspension, extension; with reason, document, basis and approver.

Approver  where the declaration names a role for it and the actor does not hold it, a step of kind `approval` opens for that
          role, in the step's organisation or where the declaration says; what was asked for happens when it is approved,
          never by who asked
"""

from collections.abc import Mapping, Sequence

from django.db import transaction

from suixin.ground.flow import carrying, children, giving, locating, rights
from suixin.ground.flow.declaration import Action, Restart
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import ClockSegment, Instance, SegmentKind, Step, StepKind, StepStatus
from suixin.ground.flow.records import Book
from suixin.ground.flow.refusals import require_reason, require_waiting
from suixin.ground.flow.taking import repeated, require_offered, take
from suixin.ground.security import policy
from suixin.kit.actor import Actor, ActorKind

_WORDS = {"suspend": "挂起", "extend": "延长"}
Request = Mapping[str, object]


@transaction.atomic
def ask_supplement(
    step: Step, missing: Sequence[str], *, actor: Actor, reason: str = "", document: str = "", key: str = "",
) -> Instance:
    """The instance with the step's clock stopped and one notice of all that is missing before its starter.

    Whoever asks once more says why it was not told at once (行政许可法 art. 32: 一次告知).
    Raises NotAllowed, StepDecided, WrongMove, MissingReason.
    """
    book = take(step.instance_id, actor)
    if repeated(book, key):
        return book.instance
    held = book.step(step.pk)
    on_behalf = rights.require(actor, held)
    require_waiting(held)
    require_offered(book, held, Action.SUPPLEMENT)
    return asked(book, held, missing, reason=reason, document=document, key=key, on_behalf=on_behalf)


def asked(
    book: Book, step: Step, missing: Sequence[str], *, reason: str = "", document: str = "", key: str = "", on_behalf: str = "",
) -> Instance:
    """The same, at a step where it may be asked."""
    named = [line for one in missing if (line := " ".join(one.split()))]
    require_reason(step.title, "补正", missing="".join(named))
    if any(other.kind == StepKind.SUPPLEMENT and other.target_id == step.pk for other in book.steps):
        require_reason(step.title, "再次补正(应当一次告知全部内容)", reason=reason)
    book.note("supplement", step, reason=reason, document=document, key=key, on_behalf=on_behalf, given={"missing": named})
    book.add_segment(ClockSegment(
        step=step, kind=SegmentKind.SUPPLEMENT, is_restart=book.declaration.restart is Restart.RESTART,
        reason=(reason or "、".join(named))[:1000], document=document[:200], approver=book.actor.name[:120],
    ))
    book.put(step, status=StepStatus.STOPPED)
    instance = book.instance
    account, place = carrying.starter_account(instance), instance.starter_organisation
    is_ours = account is None and place is None and instance.starter_kind == ActorKind.SYSTEM.value
    _beside(book, step, StepKind.SUPPLEMENT, Step(
        title=f"补正:{step.title}"[:200], assignee_id=account, organisation=step.organisation if is_ours else place,
        role=step.role if is_ours else instance.starter_role if account is None else "",
        request={"missing": named, "reason": reason, "document": document},
    ))
    return carrying.carry(book)


@transaction.atomic
def answer_supplement(
    step: Step, *, actor: Actor, data: Mapping[str, object] | None = None, reason: str = "", key: str = "",
) -> Instance:
    """The instance with the supplement answered; the step that asked goes on. Raises NotAllowed, StepDecided, WrongMove."""
    book = take(step.instance_id, actor)
    return book.instance if repeated(book, key) else answered(book, book.step(step.pk), data=data, reason=reason, key=key)


def answered(book: Book, step: Step, *, data: Mapping[str, object] | None, reason: str, key: str) -> Instance:
    """The same, of a step in hand."""
    if step.kind != StepKind.SUPPLEMENT:
        raise WrongMove(f"“{step.title}”不是补正;请在它自己的页面办理。")
    on_behalf = rights.require(book.actor, step)
    require_waiting(step)
    if book.actor.kind is not ActorKind.SYSTEM:
        giving.require_fields(book.declaration, data)
    book.note("answer", step, reason=reason, key=key, on_behalf=on_behalf, given=data)
    book.give(data)
    carrying.close(book, step, Action.APPROVE.value)
    for segment in book.segments:
        if segment.step is not None and segment.step.pk == step.target_id and segment.kind == SegmentKind.SUPPLEMENT:
            _end(book, segment)
    return carrying.carry(book)


@transaction.atomic
def suspend(
    step_or_instance: Step | Instance, *, actor: Actor, reason: str, document: str, legal_basis: str, key: str = "",
) -> Instance:
    """The instance with the clock of a step, or of all of it, stopped; or the request for it before the approver.

    Raises NotAllowed, StepDecided, WrongMove, MissingReason.
    """
    book, step = _held(step_or_instance, actor)
    if repeated(book, key):
        return book.instance
    on_behalf = _require_right(book, step)
    title = step.title if step else book.instance.title
    require_reason(title, "挂起", reason=reason, document=document, legal_basis=legal_basis)
    _require_suspendable(book, step)
    request = {"action": "suspend", "reason": reason, "document": document, "legal_basis": legal_basis}
    return _ask_or_do(book, step, request, key=key, on_behalf=on_behalf)


@transaction.atomic
def resume(step_or_instance: Step | Instance, *, actor: Actor, reason: str, document: str = "", key: str = "") -> Instance:
    """The instance with the suspension ended. Raises NotAllowed, StepDecided, WrongMove, MissingReason."""
    book, step = _held(step_or_instance, actor)
    if repeated(book, key):
        return book.instance
    on_behalf = _require_right(book, step)
    title = step.title if step else book.instance.title
    require_reason(title, "恢复", reason=reason)
    segment = _suspension(book, step)
    if segment is None:
        raise WrongMove(f"“{title}”没有挂起,不用恢复;请刷新页面。")
    if step is None and children.stands_above(book.instance):
        raise WrongMove(f"“{title}”所属的上级办件正在停钟，不能先恢复；请先恢复上级办件。")
    book.note("resume", step, reason=reason, document=document, key=key, on_behalf=on_behalf)
    _end(book, segment)
    return carrying.carry(book)


@transaction.atomic
def extend(step: Step, days: int, *, actor: Actor, reason: str, document: str, key: str = "") -> Instance:
    """The instance with that many working days added to a step; or the request for it before the approver.

    Raises NotAllowed, StepDecided, WrongMove, MissingReason.
    """
    book, held = _held(step, actor)
    if held is None or repeated(book, key):
        return book.instance
    on_behalf = _require_right(book, held)
    require_reason(held.title, "延长", reason=reason, document=document)
    _require_extendable(book, held, days)
    if held.due_at is not None and book.now > held.due_at:
        raise WrongMove(f"“{held.title}”已超期，不能再延长；请尽快办结，并写明超期的原因。")
    return _ask_or_do(
        book, held, {"action": "extend", "days": days, "reason": reason, "document": document}, key=key, on_behalf=on_behalf,
    )


def ruled(book: Book, step: Step, action: str, *, reason: str, document: str, key: str) -> Instance:
    """The instance after a request for a stop or an extension was approved, and done, or refused."""
    policy.require(book.actor, "flow.approve_stop", step)
    on_behalf = rights.require(book.actor, step)
    require_waiting(step)
    request, actor = step.request, book.actor
    asked_by = {request.get("by"), request.get("for")} - {"", None}
    is_same = (request.get("by_kind"), request.get("by_key")) == (actor.kind.value, actor.key)
    if is_same or request.get("for") == actor.name or on_behalf in asked_by:
        raise WrongMove("不能批准自己提出的请求;请由另一位有权限的同事办理。")
    if action not in (Action.APPROVE, Action.REJECT):
        raise WrongMove(f"“{step.title}”只能同意或不同意。")
    if action == Action.REJECT:
        require_reason(step.title, "不同意", reason=reason)
    book.note(action, step, reason=reason, document=document, key=key, on_behalf=on_behalf, approver=actor.name)
    carrying.close(book, step, action)
    if action == Action.APPROVE:
        _do(book, book.step(step.target_id) if step.target_id else None, request, approver=actor.name)
    return carrying.carry(book)


def _ask_or_do(book: Book, step: Step | None, request: Request, *, key: str, on_behalf: str) -> Instance:
    """What was asked for, done at once, or before the role that the declaration names for it."""
    actor, wanted = book.actor, str(request["action"])
    role = book.declaration.approvers.get(wanted, "")
    own = step.organisation if step and step.organisation else book.instance.organisation
    named = book.declaration.approving.get(wanted, "")
    place = locating.place_of(named, own, book.instance) or own
    may_approve = actor.has_role(role) and (not named or actor.organisation == place.uscc)
    if not role or may_approve or actor.kind is ActorKind.SYSTEM:
        _do(book, step, request, approver=actor.name, key=key, on_behalf=on_behalf)
        return carrying.carry(book)
    target = step.pk if step else None
    if any(s.kind == StepKind.APPROVAL and s.target_id == target and s.request.get("action") == wanted for s in book.active()):
        raise WrongMove(f"{_WORDS[wanted]}的请求已经提出,正等待批准;请等结果。")
    title = step.title if step else book.instance.title
    book.note(f"ask_{wanted}", step, reason=str(request["reason"]), document=str(request["document"]), key=key,
                     on_behalf=on_behalf, given=request)
    _beside(book, step, StepKind.APPROVAL, Step(
        title=f"批准{_WORDS[wanted]}:{title}"[:200], role=role, organisation=place,
        request={**request, "by": actor.name, "for": on_behalf, "by_kind": actor.kind.value, "by_key": actor.key},
    ))
    return carrying.carry(book)


def _do(book: Book, step: Step | None, request: Request, *, approver: str, key: str = "", on_behalf: str = "") -> None:
    wanted = str(request["action"])
    if wanted == "extend" and step is not None:
        _require_extendable(book, step, int(str(request["days"])))
    elif wanted == "suspend":
        _require_suspendable(book, step)
    reason, document = str(request["reason"]), str(request["document"])
    book.note(wanted, step, reason=reason, document=document, approver=approver, key=key, on_behalf=on_behalf, given=request)
    is_extension = wanted == "extend"
    segment = book.add_segment(ClockSegment(
        step=step, kind=SegmentKind.EXTENSION if is_extension else SegmentKind.SUSPEND, reason=reason[:1000],
        document=document[:200], legal_basis=str(request.get("legal_basis", ""))[:300], approver=approver[:120],
        days=int(str(request.get("days", 0))),
    ))
    if is_extension:
        segment.stopped_at = book.now


def _beside(book: Book, target: Step | None, kind: StepKind, step: Step) -> None:
    """A step beside the declared ones, about `target` (None: about the instance)."""
    step.kind, step.target, step.node = kind.value, target, target.node if target else ""
    step.round = 1 + sum(other.kind == kind and other.node == step.node for other in book.steps)
    book.add_step(step)


def _held(row: Step | Instance, actor: Actor) -> tuple[Book, Step | None]:
    if isinstance(row, Instance):
        return take(row.pk, actor), None
    book = take(row.instance_id, actor)
    return book, book.step(row.pk)


def _require_right(book: Book, step: Step | None) -> str:
    if step is not None:
        return rights.require(book.actor, step)
    policy.require(book.actor, "flow.act", book.instance)
    return ""


def _require_suspendable(book: Book, step: Step | None) -> None:
    if step is not None:
        require_waiting(step)
    if step is not None and step.kind in (StepKind.SUPPLEMENT, StepKind.APPROVAL):
        raise WrongMove(f"“{step.title}”不能挂起;请挂起它所说的环节。")
    if not book.instance.is_live or (step is None and _suspension(book, None) is not None):
        raise WrongMove(f"“{book.instance.title}”现在是“{book.instance.get_status_display()}”,不能挂起;请刷新页面。")


def _require_extendable(book: Book, step: Step, days: int) -> None:
    require_waiting(step)
    most = book.node_of(step).extension if step.kind not in (StepKind.SUPPLEMENT, StepKind.APPROVAL) else None
    if most is None:
        raise WrongMove(f"“{step.title}”没有规定可以延长;请在时限内办结。")
    added = sum(one.days for one in book.segments if one.step is step and one.kind == SegmentKind.EXTENSION)
    if days < 1 or added + days > most.amount:
        raise WrongMove(f"“{step.title}”最多共延长 {most.words},已延长 {added} 个;请改为 1 到 {most.amount - added} 之间。")


def _suspension(book: Book, step: Step | None) -> ClockSegment | None:
    """The suspension of a step, or of the whole instance, that runs."""
    return next((
        one for one in book.segments if one.step is step and one.kind == SegmentKind.SUSPEND and one.stopped_at is None
    ), None)


def _end(book: Book, segment: ClockSegment) -> None:
    if segment.stopped_at is None:
        book.put(segment, stopped_at=max(book.now, segment.started_at))
