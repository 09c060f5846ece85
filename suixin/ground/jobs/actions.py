"""Writes of background work: enqueue, try again, give up. The message to the worker stands in the same transaction."""

from collections.abc import Mapping

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.jobs.errors import WrongJobState
from suixin.ground.jobs.messages import send
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.jobs.registry import kind_of
from suixin.ground.security import policy
from suixin.kit import clock, origin
from suixin.kit.actor import Actor


@transaction.atomic
def enqueue(kind: str, *, actor: Actor, title: str = "", arguments: Mapping[str, object] | None = None) -> Job:
    """The job, waiting. Who may ask for it is decided by the action that calls. Raises UnknownKind."""
    declared, now = kind_of(kind), clock.now()
    job = Job.objects.create(
        kind=kind, title=(title or declared.title)[:300], arguments=dict(arguments or {}), actor_kind=actor.kind.value,
        actor_key=actor.key, actor_name=actor.name, organisation=actor.organisation, created_at=now, due_at=now,
        trace_id=origin.current().trace_id or origin.fresh().trace_id,
    )
    send(job)
    return job


@transaction.atomic
def retry_job(job: Job, *, actor: Actor, reason: str = "") -> Job:
    """The failed job, waiting again with all its attempts. Raises NotAllowed, WrongJobState."""
    policy.require(actor, "site.retry_job", job)
    held = _held(job, JobState.FAILED)
    held.state, held.attempts, held.sentence, held.code = JobState.WAITING, 0, "", ""
    held.percent, held.ended_at, held.due_at = None, None, clock.now()
    held.save()
    send(held)
    audit.record(actor, "site.retried_job", held, basis=reason)
    return held


@transaction.atomic
def discard_job(job: Job, *, actor: Actor, reason: str) -> Job:
    """The waiting or failed job, given up for that reason. Raises NotAllowed, WrongJobState."""
    policy.require(actor, "site.discard_job", job)
    held = _held(job, JobState.FAILED, JobState.WAITING)
    held.state, held.ended_at = JobState.DISCARDED, clock.now()
    held.save(update_fields=["state", "ended_at"])
    audit.record(actor, "site.discarded_job", held, basis=reason)
    return held


def _held(job: Job, *states: JobState) -> Job:
    held = Job.objects.select_for_update().get(pk=job.pk)
    if held.state not in states:
        raise WrongJobState(f"作业“{held.title}”现在是“{JobState(held.state).label}”,不能这样处理;请刷新页面。")
    return held
