"""A second person decides: the end of the procedure `data-destruction`, wherever its step is decided.

Promise  whoever asked cannot decide, in the inbox, on a page or by a delegation; the database refuses it too
"""

from django.db import transaction

from suixin.data.collection.destruction.errors import NotDecided, SamePerson, StillThere
from suixin.data.lake.models import Destruction, DestructionState
from suixin.ground.audit import actions as audit
from suixin.ground.flow.subjects import Deciding, Effect
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

JOB = "purge.run"


def guard(deciding: Deciding) -> None:
    """Nothing, when this is another person than who asked. Raises SamePerson."""
    destruction = Destruction.objects.get(uuid=deciding.subject.key)
    if destruction.asked_key == _key(deciding.actor):
        raise SamePerson(f"“{destruction.number}”是您本人申请的，须由另一人批准；请转交本单位其他负责人办理。")


def approve(given: Effect) -> None:
    """Approved by who decided last, and handed to the worker. Raises SamePerson, NotDecided."""
    destruction = Destruction.objects.select_for_update().get(uuid=given.subject.key)
    if destruction.state != DestructionState.ASKED:
        raise NotDecided(f"“{destruction.number}”已经{destruction.get_state_display()}，不能再批准。")
    if destruction.asked_key == _key(given.actor):
        raise SamePerson(f"“{destruction.number}”是您本人申请的，须由另一人批准。")
    _decide(destruction, DestructionState.APPROVED, given.actor, given.reason)
    enqueue(JOB, actor=given.actor, title=f"销毁数据 {destruction.number}", arguments={"destruction": str(destruction.uuid)})
    audit.record(given.actor, "purge.approved", destruction, basis=destruction.basis, detail={"number": destruction.number})


@transaction.atomic
def refuse(key: str, *, actor: Actor = SYSTEM, reason: str) -> None:
    """The procedure ended without approval: nothing is destroyed, and the value is forgotten."""
    destruction = Destruction.objects.select_for_update().get(uuid=key)
    policy.require(actor, "purge.run", destruction)
    if destruction.state == DestructionState.ASKED:
        destruction.sealed = ""
        _decide(destruction, DestructionState.REFUSED, actor, reason)
        audit.record(actor, "purge.refused", destruction, basis=reason, detail={"number": destruction.number})


def resume_stopped() -> int:
    """How many approved destructions were handed to the worker again, since no job works on them any more.

    Not one whose value was found again: a person has to look there first, and retries the job.
    """
    resumed = 0
    for destruction in Destruction.objects.filter(state=DestructionState.APPROVED):
        given: dict[str, object] = {"destruction": str(destruction.uuid)}
        last = Job.objects.filter(kind=JOB, arguments=given).order_by("-pk").first()
        if last is None or (last.state not in (JobState.WAITING, JobState.RUNNING) and last.code != StillThere.code):
            enqueue(JOB, actor=SYSTEM, title=f"销毁数据 {destruction.number}", arguments=given)
            resumed += 1
    return resumed


def _decide(destruction: Destruction, state: DestructionState, actor: Actor, reason: str) -> None:
    destruction.state, destruction.decided_at, destruction.reason = state, clock.now(), reason[:500]
    destruction.decided_by, destruction.decided_key = actor.name[:120], _key(actor)[:180]
    if state == DestructionState.REFUSED:
        destruction.ended_at = destruction.decided_at
    destruction.save()


def _key(actor: Actor) -> str:
    return f"{actor.kind.value}:{actor.key}"
