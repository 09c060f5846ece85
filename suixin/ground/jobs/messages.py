"""The message "run job N" in django-q's queue, which is a table of the control database."""

from datetime import timedelta

from django.conf import settings
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.tasks import async_task

from suixin.ground.jobs.models import Job
from suixin.ground.jobs.registry import kind_of
from suixin.kit import clock

DELIVER = "suixin.ground.jobs.running.deliver"


class _Broker(ORM):  # type: ignore[misc]  # django-q has no types
    """django-q's own, which also tells the row that it made."""

    message = 0

    def enqueue(self, task: str) -> int:
        """The row of the message."""
        self.message = int(super().enqueue(task))
        return self.message


def lease() -> timedelta:
    """How long a running job may be silent before it counts as lost."""
    return timedelta(seconds=settings.SUIXIN.job_retry)


def send(job: Job) -> None:
    """The job's message to the worker, to be taken when the job is due; call it in the transaction that made it wait."""
    broker = _Broker()
    async_task(DELIVER, job.pk, task_name=f"job-{job.pk}", timeout=kind_of(job.kind).seconds, broker=broker)
    if job.due_at > clock.now():
        OrmQ.objects.filter(pk=broker.message).update(lock=job.due_at)
    job.message = broker.message
    job.save(update_fields=["message"])


def renew(job: Job) -> bool:
    """Whether the job still is its process's own; its lease and its message's are moved on."""
    now = clock.now()
    held = Job.objects.filter(pk=job.pk, owner=job.owner, state=job.state, attempts=job.attempts).update(beat_at=now)
    if held and job.message is not None:
        OrmQ.objects.filter(pk=job.message).update(lock=clock.now() + lease())
    return bool(held)


def lost_messages(jobs: list[Job]) -> list[Job]:
    """Those of the jobs whose message is no longer in the queue."""
    there = set(OrmQ.objects.filter(pk__in=[job.message for job in jobs if job.message]).values_list("pk", flat=True))
    return [job for job in jobs if job.message not in there]
