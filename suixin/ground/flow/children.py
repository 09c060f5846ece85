"""Instances that are nodes of another: begun with the node's step, standing while it stands, ended with it, and telling it how
they ended.
"""

from suixin.ground.flow import carrying, starting
from suixin.ground.flow.declaration import Action
from suixin.ground.flow.models import (
    ACTIVE,
    LIVE,
    ClockSegment,
    Instance,
    InstanceStatus,
    SegmentKind,
    Step,
    StepStatus,
)
from suixin.ground.flow.records import Book
from suixin.ground.flow.taking import take

ABOVE = "上级办件停钟"  # basis of the suspension that a child has from above


def run(book: Book, step: Step) -> None:
    """The child of the open step: begun, once; or going on, when it stood with the step."""
    if not Step.objects.filter(pk=step.pk, status=StepStatus.OPEN).exists():
        return  # a child that was over at once has carried the instance on
    if not step.children.exists():
        starting.begin_child(book, step)
        book.instance.refresh_from_db()
        return
    for child in _live(book, step):
        for segment in child.segments:
            if segment.step is None and segment.stopped_at is None and segment.legal_basis == ABOVE:
                child.note("resume", reason=book.notes[-1].reason or "上级办件恢复")
                child.put(segment, stopped_at=max(child.now, segment.started_at))
                carrying.carry(child)


def halt(book: Book, step: Step) -> None:
    """The children of a step that stands, suspended with it, unless they are already."""
    for child in _live(book, step):
        if child.instance.status != InstanceStatus.SUSPENDED:
            told = book.notes[-1]
            child.note("suspend", reason=told.reason or ABOVE, document=told.document, approver=told.approver)
            child.add_segment(ClockSegment(
                kind=SegmentKind.SUSPEND, reason=told.reason or ABOVE, document=told.document, legal_basis=ABOVE,
                approver=told.approver or book.actor.name[:120],
            ))
            carrying.carry(child)


def stop(book: Book, step: Step) -> None:
    """The children of a step that is not to be done any more, ended."""
    for child in _live(book, step):
        child.note("stop", reason=book.notes[-1].reason or "上级办件已结束")
        carrying.end(child, InstanceStatus.STOPPED)
        carrying.carry(child)


def tell_parent(book: Book) -> None:
    """The parent's step is decided by how its child ended, unless it waits no more."""
    child = book.instance
    above = Step.objects.get(children=child.pk)
    parent = take(above.instance_id, book.actor)
    step = parent.step(above.pk)
    if step.status not in ACTIVE:
        return
    outcome = Action.APPROVE if child.status == InstanceStatus.DONE else Action.REJECT
    parent.note(outcome.value, step, reason=child.outcome or child.get_status_display())
    carrying.close(parent, step, outcome.value)
    carrying.carry(parent)


def stands_above(instance: Instance) -> bool:
    """Whether the step that the instance stands for is stopped."""
    return instance.parent_id is not None and Step.objects.filter(pk=instance.parent_id, status=StepStatus.STOPPED).exists()


def _live(book: Book, step: Step) -> list[Book]:
    pks = Instance.objects.filter(parent=step, status__in=LIVE).order_by("pk").values_list("pk", flat=True)
    return [take(pk, book.actor) for pk in pks]
