"""Deciding a step: one transaction, one winner; the others read who decided what and when."""

from collections.abc import Mapping

from django.db import transaction

from suixin.ground.flow import answering, carrying, giving, moving, rights, stopping, subjects
from suixin.ground.flow.declaration import Action
from suixin.ground.flow.errors import UnknownStep
from suixin.ground.flow.models import ACTIVE, BESIDE, Instance, Step, StepKind
from suixin.ground.flow.records import Book
from suixin.ground.flow.refusals import require_reason, require_waiting
from suixin.ground.flow.taking import repeated, require_offered, take
from suixin.kit.actor import Actor, ActorKind


@transaction.atomic
def advance(
    instance_id: int, node: str, action: str, *, actor: Actor, data: Mapping[str, object] | None = None, key: str = "",
    reason: str = "", document: str = "", step_id: int | None = None,
) -> Instance:
    """The instance after `action` at its open step of `node` (of a joint node: the actor's). Raises as `decide`."""
    book = take(instance_id, actor)
    if repeated(book, key):
        return book.instance
    step = book.step(step_id) if step_id is not None else _step_of(book, node)
    return _decided(book, step, action, data=data, key=key, reason=reason, document=document)


@transaction.atomic
def decide(
    step: Step, action: str, *, actor: Actor, data: Mapping[str, object] | None = None, key: str = "", reason: str = "",
    document: str = "",
) -> Instance:
    """The instance after `action` at the step; what follows is open, once. The same for the same non-empty key.

    A node with a form is decided with what was handed in for it. Raises NotAllowed, StepDecided (the sentence says by whom),
    WrongMove, MissingReason.
    """
    book = take(step.instance_id, actor)
    if repeated(book, key):
        return book.instance
    return _decided(book, book.step(step.pk), action, data=data, key=key, reason=reason, document=document)


def _decided(
    book: Book, step: Step, action: str, *, data: Mapping[str, object] | None, key: str, reason: str, document: str
) -> Instance:
    if step.kind == StepKind.SUPPLEMENT:
        return stopping.answered(book, step, data=data, reason=reason, key=key)
    if step.kind == StepKind.APPROVAL:
        return stopping.ruled(book, step, action, reason=reason, document=document, key=key)
    on_behalf = rights.require(book.actor, step)
    require_waiting(step)
    require_offered(book, step, action)
    if action == Action.SUPPLEMENT:
        missing = (data or {}).get("missing")
        named = [str(one) for one in missing] if isinstance(missing, list | tuple) else []
        return stopping.asked(book, step, named, reason=reason, document=document, key=key, on_behalf=on_behalf)
    if book.actor.kind is not ActorKind.SYSTEM:  # a measure tells figures of its own
        given = {name: value for name, value in (data or {}).items() if name != "to" or action != Action.RETURN}
        giving.require_fields(book.declaration, given)
    if action == Action.RETURN:
        book.note(action, step, reason=reason, document=document, on_behalf=on_behalf, key=key, given=data)
        book.give({name: value for name, value in (data or {}).items() if name != "to"})
        return moving.returned(book, step, str((data or {}).get("to", "")), reason=reason)
    data = {**(data or {}), **answering.data_for(step, book.node_of(step), action, actor=book.actor)} or None
    if action == Action.REJECT:
        require_reason(step.title, book.node_of(step).actions.get(action, "不同意"), reason=reason)
    if action == Action.APPROVE:
        held = book.instance
        subject = subjects.Subject(held.subject_kind, held.subject_key)
        subjects.require_ready(subjects.Deciding(subject, held, step.node, book.actor))
    book.note(action, step, reason=reason, document=document, on_behalf=on_behalf, key=key, given=data)
    book.give(data)
    carrying.close(book, step, action)
    return carrying.carry(book)


def _step_of(book: Book, node: str) -> Step:
    """The step of a node that the actor is to decide: open and its own, else any open one, else the last."""
    steps = [step for step in book.steps if step.node == node and step.kind not in BESIDE]
    if not steps:
        raise UnknownStep(f"办件“{book.instance.title}”还没有到环节“{node}”,或没有这个环节;请刷新页面。")
    waiting_steps = [step for step in steps if step.status in ACTIVE]
    own = [step for step in waiting_steps if len(waiting_steps) > 1 and rights.may_act(book.actor, step)]
    return (own or waiting_steps or steps)[-1]
