"""Carrying on: after anything happened, open what follows, stop and start clocks, end what is over; then write it all.

`carry` is the one way in which rows of an instance are written; every action ends with it, inside its transaction.
"""

from suixin.ground import events, prepared
from suixin.ground.audit import actions as audit
from suixin.ground.flow import clocking, notices, settling
from suixin.ground.flow.declaration import STARTER, Action, Node, NodeKind
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.events import InstanceFinished, StepDecided, StepOpened
from suixin.ground.flow.models import (
    BESIDE,
    Instance,
    Step,
    StepKind,
    StepStatus,
)
from suixin.ground.flow.records import Book
from suixin.ground.flow.scheduling import DEAD, moves, rounds
from suixin.ground.flow.subjects import Effect, Subject, effects, follow
from suixin.ground.jobs import actions as jobs
from suixin.ground.people.models import Account
from suixin.kit.actor import ActorKind


def carry(book: Book) -> Instance:
    """The instance after everything that follows from what was changed; all of it written and told."""
    if book.instance.is_live:
        _schedule(book)
    settling.settle(book)
    is_foreseen = _reckon(book)
    book.flush()
    if not is_foreseen:
        _write_dates(book)
    for told in book.notes:
        audit.record(
            book.actor, f"flow.{told.action}", book.instance, basis=told.reason,
            detail={"step": str(told.step.uuid) if told.step else "", "node": told.node, "sequence": told.sequence},
        )
        if told.step and told.step.status == StepStatus.DONE:
            events.emit_on_commit(StepDecided(told.step.pk))
    notices.tell(book)
    _follow(book)
    follow(book.instance, book.actor)
    book.instance.in_hand = None
    return book.instance


def _reckon(book: Book) -> bool:
    """Whether the dates are among what will be written; a stop of a step that has no number yet must be written before."""
    if any(segment.step is not None and segment.step_id is None for segment in book.segments):
        return False
    live = book.active() if book.instance.is_live else []
    for row, values in clocking.foreseen(book.instance, book.declaration, steps=live, segments=book.segments):
        book.compute(row, values)
    return True


def _write_dates(book: Book) -> None:
    """The same when steps and stops have their numbers."""
    live = book.active() if book.instance.is_live else []
    for row, values in clocking.foreseen(book.instance, book.declaration, steps=live, segments=book.segments):
        for name, value in values.items():
            setattr(row, name, value)
        if values:
            prepared.update(row, values)


def close(book: Book, step: Step, outcome: str) -> None:
    """The step, done with that outcome by whoever acts."""
    is_late = step.due_at is not None and book.now > step.due_at
    book.put(
        step, status=StepStatus.DONE, outcome=outcome, done_at=book.now, decided_by=book.actor.name[:120], is_late=is_late,
    )


def end(book: Book, status: str, outcome: str = "") -> None:
    """The instance, over with that status."""
    book.put(book.instance, status=status, finished_at=book.now, outcome=outcome[:200])




def starter_account(instance: Instance) -> int | None:
    """Number of the account that started the instance, when a member of staff did."""
    if instance.starter_kind != ActorKind.STAFF.value:
        return None
    return Account.objects.filter(username=instance.starter_key, is_active=True).values_list("pk", flat=True).first()


def _schedule(book: Book) -> None:
    """Open, skip and end until nothing more follows; automatic nodes are carried out on the way."""
    while book.instance.is_live:
        found = moves(book.graph, book.facts(), book.instance.data)
        book.meet(name for node, _ in found.opens for name in node.organisations)
        for node_id in found.settled:
            current = rounds(book.graph, book.facts())[node_id]
            for step in book.active():
                if step.node == node_id and step.round == current and step.kind not in BESIDE:
                    book.cancel(step)
        for nodes, outcome in ((found.skips, ""), (found.dies, DEAD)):
            for node, number in nodes:
                book.add_step(_step(book, node, number, status=StepStatus.SKIPPED, outcome=outcome, done_at=book.now))
        automatic = False
        for node, number in found.opens:
            automatic = open_node(book, node, number) or automatic
        if found.ends:
            end(book, found.ends)
        if not automatic:
            return


def open_node(book: Book, node: Node, number: int) -> bool:
    """The node's steps, open; whether it was done at once, so that something may follow."""
    if node.kind is NodeKind.AUTO:
        _effect(book, node)
        book.add_step(_step(
            book, node, number, status=StepStatus.DONE, outcome=Action.APPROVE.value, done_at=book.now,
            decided_by=book.actor.name[:120],
        ))
        return True
    names = node.organisations or ("",)
    for name in names if node.kind is NodeKind.JOINT else names[:1]:
        book.add_step(_step(book, node, number, name=name))
    return False


def _step(book: Book, node: Node, number: int, *, name: str = "", **columns: object) -> Step:
    organisation = book.organisation(name) if name else None
    assignee = None
    if node.assignee == STARTER and "status" not in columns:
        assignee = starter_account(book.instance)
        if organisation is None and not node.role:
            organisation = book.instance.starter_organisation
    if organisation is None and "status" not in columns and node.assignee != STARTER:
        organisation = book.instance.organisation
    return Step(
        node=node.id, kind=StepKind(node.kind.value), title=node.title or node.id, round=number, role=node.role,
        organisation=organisation, assignee_id=assignee, **columns,
    )


def _effect(book: Book, node: Node) -> None:
    work = effects.get(node.effect)
    if work is None:
        raise WrongMove(f"环节“{node.title or node.id}”要做的“{node.effect}”没有登记;请运维人员核对 site/wiring.py。")
    instance, reason = book.instance, book.notes[-1].reason
    work(Effect(Subject(instance.subject_kind, instance.subject_key), instance.pk, book.actor, reason, dict(instance.data)))


def _follow(book: Book) -> None:
    """What begins when the rows are there: measures, child instances; and who hears of the end."""
    from suixin.ground.flow import children  # which carries what it begins

    instance = book.instance
    is_over = not instance.is_live  # a child that is over at once may end it below: then that is told there
    for step in [step for step in (*book.opened, *book.resumed) if step.status == StepStatus.OPEN]:
        if step.kind == StepKind.MEASURE:
            jobs.enqueue("flow.measure", actor=book.actor, title=f"复测:{instance.title}", arguments={"step": step.pk})
        if step.kind == StepKind.FLOW:
            children.run(book, step)
        events.emit_on_commit(StepOpened(step.pk))
    for step in (one for one in book.halted if one.kind == StepKind.FLOW):
        children.halt(book, step)
    for step in (one for one in book.cancelled if one.kind == StepKind.FLOW):
        children.stop(book, step)
    if is_over:
        finished = InstanceFinished(instance.pk, instance.subject_kind, instance.subject_key, instance.status)
        events.emit_on_commit(finished)
        if instance.parent_id is not None:
            children.tell_parent(book)
