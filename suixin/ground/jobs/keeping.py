"""What a worker does beside running jobs: enqueue what is due, rescue what was lost, give its sign of life."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

import suixin
from suixin.ground.jobs import registry
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.messages import lease, lost_messages, send
from suixin.ground.jobs.models import Clock, Job, JobState, Worker
from suixin.ground.jobs.rules import next_moment
from suixin.ground.jobs.running import owner
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

KEPT = timedelta(days=90)
SILENT = timedelta(days=1)


def enqueue_due() -> list[str]:
    """Kinds enqueued because their moment came; of several workers one does it, and none while the last one runs."""
    now = clock.now()
    known = {one.name: one for one in Clock.objects.all()}
    done = []
    for schedule in registry.schedules.values():
        held = known.get(schedule.kind) or _clock_of(schedule, now)
        if held.next_at <= now and _moved_on(held, schedule, now):
            done.append(schedule.kind)
    return done


def rescue_lost() -> list[int]:
    """Jobs whose message is gone although they wait, or their process died: sent again."""
    now = clock.now()
    quiet = now - 2 * lease()
    suspects = Job.objects.filter(
        Q(state=JobState.WAITING, due_at__lt=quiet) | Q(state=JobState.RUNNING, beat_at__lt=quiet)
    ).order_by("pk")[:200]
    sent = []
    for job in lost_messages(list(suspects)):
        if job.kind in registry.kinds:
            with transaction.atomic():
                send(job)
            sent.append(job.pk)
    return sent


def beat() -> None:
    """This worker's sign of life; workers silent for a day are forgotten."""
    now = clock.now()
    Worker.objects.update_or_create(
        owner=owner(), defaults={"beat_at": now}, create_defaults={"beat_at": now, "started_at": now, "version": suixin.__version__},
    )
    Worker.objects.filter(beat_at__lt=now - SILENT).delete()


def leave() -> None:
    """This worker ended in order."""
    Worker.objects.filter(owner=owner()).delete()


def forget_old() -> int:
    """The number of jobs forgotten: done or discarded, and older than 90 days; failed ones stay until somebody decides."""
    old = Job.objects.filter(state__in=(JobState.DONE, JobState.DISCARDED), ended_at__lt=clock.now() - KEPT)
    return old.delete()[0]


def _clock_of(schedule: registry.Schedule, now: datetime) -> Clock:
    moment = next_moment(now, every=schedule.every, daily=schedule.daily)
    return Clock.objects.get_or_create(name=schedule.kind, defaults={"next_at": moment})[0]


def _moved_on(held: Clock, schedule: registry.Schedule, now: datetime) -> bool:
    moment = next_moment(now, every=schedule.every, daily=schedule.daily)
    with transaction.atomic():
        if not Clock.objects.filter(pk=held.pk, next_at=held.next_at).update(last_at=now, next_at=moment):
            return False
        if Job.objects.filter(kind=schedule.kind, state__in=(JobState.WAITING, JobState.RUNNING)).exists():
            return False
        enqueue(schedule.kind, actor=SYSTEM)
    return True
