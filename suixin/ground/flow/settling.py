"""Which clocks stand: steps, segments and the instance brought to agree, whatever was changed.

Stopped  a step is stopped exactly while a segment of its own, or one of the whole instance, runs
Special  while a node that `stops` others is open, those others stand, also such as open meanwhile; a node `is_special`
         has a segment of its own, so that its time does not count for the instance, but goes on
Over     nothing of an instance that is over waits or stands; supplements and approvals end with the step they are about
"""

from suixin.ground.flow.models import BESIDE, ClockSegment, InstanceStatus, SegmentKind, Step, StepKind, StepStatus
from suixin.ground.flow.records import Book

STOPS = (SegmentKind.SUSPEND, SegmentKind.SUPPLEMENT, SegmentKind.SPECIAL)


def settle(book: Book) -> None:
    """Steps, segments and the instance's status agree."""
    if not book.instance.is_live:
        for step in book.active():
            book.cancel(step)
    active = {step.pk for step in book.active() if step.pk}
    for step in book.active():
        if step.target_id is not None and step.target_id not in active:
            book.cancel(step)
    if not _may_stand(book):
        return
    steps = [step for step in book.active() if step.kind not in BESIDE]
    _end_segments(book, steps)
    _begin_special(book, steps)
    running = [segment for segment in book.segments if _runs(segment)]
    is_suspended = any(segment.step is None for segment in running)
    for step in steps:
        is_stopped = is_suspended or any(segment.step is step and not _is_own_time(book, segment) for segment in running)
        wanted = StepStatus.STOPPED if is_stopped else StepStatus.OPEN
        if step.status != wanted:
            book.put(step, status=wanted)
            (book.resumed if wanted == StepStatus.OPEN else book.halted).append(step)
    if book.instance.is_live:
        _show(book, is_suspended=is_suspended)


def _may_stand(book: Book) -> bool:
    """Whether any clock may stand, or stood until now; else the segments need not be read."""
    return (
        "segments" in book.__dict__ or book.instance.status != InstanceStatus.RUNNING
        or any(step.status == StepStatus.STOPPED for step in (*book.steps, *book.cancelled)) or bool(book.cancelled)
        or any(node.stops or node.is_special for node in book.declaration.nodes)
    )


def _end_segments(book: Book, steps: list[Step]) -> None:
    """Stop what runs for a step that is over, for an instance that is, or for a special procedure that is."""
    stopping = _stopping(book, steps)
    for segment in book.segments:
        if not _runs(segment):
            continue
        step = segment.step
        is_special = step is not None and segment.kind == SegmentKind.SPECIAL and not _is_own_time(book, segment)
        is_needless = is_special and step is not None and step.node not in stopping
        if is_needless or not book.instance.is_live or (step is not None and step not in steps):
            book.put(segment, stopped_at=max(book.now, segment.started_at))


def _begin_special(book: Book, steps: list[Step]) -> None:
    stopping = _stopping(book, steps)
    covered = {id(segment.step) for segment in book.segments if _runs(segment) and segment.kind == SegmentKind.SPECIAL}
    told = book.notes[-1]  # what brought it about
    for step in steps:
        if (step.node in stopping or book.node_of(step).is_special) and id(step) not in covered:
            book.add_segment(ClockSegment(
                step=step, kind=SegmentKind.SPECIAL, reason=f"特别程序,时间不计入时限{f'({told.reason})' if told.reason else ''}"[:1000],
                document=told.document, legal_basis=book.declaration.basis[:300], approver=(told.approver or book.actor.name)[:120],
            ))


def _stopping(book: Book, steps: list[Step]) -> set[str]:
    """Nodes that stand while one of these steps is open."""
    return {name for step in steps for name in book.node_of(step).stops if name != step.node}


def _runs(segment: ClockSegment) -> bool:
    return segment.kind in STOPS and segment.stopped_at is None


def _is_own_time(book: Book, segment: ClockSegment) -> bool:
    """Whether it is a special procedure's own segment, which stops nobody."""
    is_special = segment.kind == SegmentKind.SPECIAL and segment.step is not None
    return is_special and segment.step is not None and book.node_of(segment.step).is_special


def _show(book: Book, *, is_suspended: bool) -> None:
    asks = any(step.kind == StepKind.SUPPLEMENT for step in book.active())
    status = InstanceStatus.SUSPENDED if is_suspended else InstanceStatus.SUPPLEMENT if asks else InstanceStatus.RUNNING
    if book.instance.status != status:
        book.put(book.instance, status=status)
