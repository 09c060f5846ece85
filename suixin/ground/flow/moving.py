"""Going back and giving up: return to an earlier step, withdrawal by the starter, stopping by who answers for it."""

from django.db import transaction

from suixin.ground.flow import carrying, rights
from suixin.ground.flow.declaration import Action
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import BESIDE, Instance, InstanceStatus, Step
from suixin.ground.flow.records import Book
from suixin.ground.flow.refusals import require_reason, require_waiting
from suixin.ground.flow.scheduling import ALIVE, return_round, states
from suixin.ground.flow.taking import repeated, require_offered, take
from suixin.ground.security import policy
from suixin.kit.actor import Actor, ActorKind


@transaction.atomic
def return_to(step: Step, node: str, *, actor: Actor, reason: str, document: str = "", key: str = "") -> Instance:
    """The instance with `node` open again and what lay between taken back ("" node: the declared one).

    Raises NotAllowed, StepDecided, WrongMove, MissingReason.
    """
    book = take(step.instance_id, actor)
    if repeated(book, key):
        return book.instance
    held = book.step(step.pk)
    on_behalf = rights.require(actor, held)
    require_waiting(held)
    require_offered(book, held, Action.RETURN)
    given = {"to": node} if node else None
    book.note(Action.RETURN.value, held, reason=reason, document=document, key=key, on_behalf=on_behalf, given=given)
    return returned(book, held, node, reason=reason)


def returned(book: Book, step: Step, node: str, *, reason: str) -> Instance:
    """The same, of a step that may be returned, when that is noted."""
    require_reason(step.title, "退回", reason=reason)
    declared = book.node_of(step).returns_to
    target = node or declared
    if target not in book.graph.before[step.node] or (declared and target != declared):
        names = [declared] if declared else [one for one in book.graph.before if one in book.graph.before[step.node]]
        titles = "、".join(book.graph.nodes[name].title or name for name in names)
        raise WrongMove(f"“{step.title}”不能退回到“{target}”;可以退回到:{titles or '没有'}。")
    facts = book.facts()
    was_done = target == declared or any(one.node == target and one.status == "done" for one in facts)  # declared: or left out
    if states(book.graph, facts)[target] not in ALIVE or not was_done:
        raise WrongMove(f"“{book.graph.nodes[target].title or target}”还没有办过,不能退回到那里;请选办过的环节。")
    carrying.close(book, step, Action.RETURN.value)
    stale = book.graph.behind(target) | {target}
    for other in book.active():
        if other.kind not in BESIDE and other.node in stale:
            book.cancel(other)
    carrying.open_node(book, book.graph.nodes[target], return_round(book.graph, facts, target))
    return carrying.carry(book)


@transaction.atomic
def withdraw(instance: Instance, *, actor: Actor, reason: str, document: str = "", key: str = "") -> Instance:
    """The instance, taken back by who started it. Raises NotAllowed, WrongMove, MissingReason."""
    book = take(instance.pk, actor)
    if repeated(book, key):
        return book.instance
    if actor.kind is not ActorKind.SYSTEM and not rights.is_starter(actor, book.instance):
        policy.refuse(actor, "flow.start", book.instance)
    if book.instance.parent_id is not None:
        raise WrongMove(f"“{book.instance.title}”是上级办件的一个环节,不能单独撤回;请撤回上级办件。")
    book.note("withdraw", reason=reason, document=document, key=key)
    return _ended(book, InstanceStatus.WITHDRAWN, reason)


@transaction.atomic
def stop(instance: Instance, *, actor: Actor, reason: str, document: str = "") -> Instance:
    """The instance, ended for that reason by who may. Raises NotAllowed, WrongMove, MissingReason."""
    book = take(instance.pk, actor)
    policy.require(actor, "flow.approve_stop", book.instance)
    book.note("stop", reason=reason, document=document, approver=actor.name)
    return _ended(book, InstanceStatus.STOPPED, reason)


def _ended(book: Book, status: InstanceStatus, reason: str) -> Instance:
    require_reason(book.instance.title, str(status.label).removeprefix("已"), reason=reason)
    if not book.instance.is_live:
        raise WrongMove(f"“{book.instance.title}”已经{book.instance.get_status_display()},不能再办;请刷新页面。")
    carrying.end(book, status, reason)
    return carrying.carry(book)
