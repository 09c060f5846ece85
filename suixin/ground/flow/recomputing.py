"""The job that reckons due dates anew after a change of the calendar that touches many."""

from collections.abc import Sequence
from datetime import date

from suixin.ground.flow import clocking
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.registry import Given
from suixin.kit.actor import Actor, ActorKind

KIND = "flow.recompute"


def enqueue_recompute(days: Sequence[date], *, actor: Actor, reason: str) -> Job:
    """The job, waiting."""
    span = {"first": str(min(days)), "last": str(max(days)), "reason": reason[:500], "name": actor.name}
    return enqueue(KIND, actor=actor, title=f"重算到期时间：{reason}", arguments=span)


def recompute(given: Given) -> str:
    """Every due date that the days of the job touch, on record under who changed them; harmless when it runs again."""
    days = [date.fromisoformat(given.text("first")), date.fromisoformat(given.text("last"))]
    actor = Actor(ActorKind(given.actor_kind), given.actor_key, given.text("name"))
    done = clocking.reckon_all((), days=days, actor=actor, reason=given.text("reason"))
    return f"重算到期时间：改变 {done:,} 件。"
