"""One delivery of a job: claimed by one process, its lease renewed while it works, settled with a sentence.

Runs in a process that django-q forked. Never raises: what went wrong is on the job, the traceback in the log; what it
was refused is on record.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, Q
from django_q.exceptions import TimeoutException

from suixin.ground.audit import refusals
from suixin.ground.jobs import registry
from suixin.ground.jobs.messages import lease, renew, send
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.jobs.registry import Given, Kind, kind_of
from suixin.ground.jobs.rules import pause_after
from suixin.kit import clock, origin
from suixin.kit.errors import SuixinError

LONGEST = 1000
_log = logging.getLogger(__name__)


def owner() -> str:
    """This process, as jobs and workers name it."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


def deliver(job_pk: int) -> str:
    """Run the job if it is due and nobody's; the state that it came to."""
    job = _claimed(job_pk)
    if job is None:
        return "skipped"
    with origin.at(origin.Origin(job.trace_id, terminal=f"job {job.kind}")):
        try:
            return _run(job)
        finally:
            refusals.flush()


def _run(job: Job) -> str:
    try:
        kind = kind_of(job.kind)
        if job.attempts > kind.attempts:
            return _give_up(job, f"处理这个作业的进程中断了 {kind.attempts} 次;请查明原因后重试。", "job-503")
        with _renewing(job):
            sentence = kind.work(_given(job))
    except SuixinError as error:
        if error.http_status >= 500:
            _log.exception("job %s failed", job.uuid)
        return _fail(job, error.sentence, error.code, passes=error.retry)
    except TimeoutException:
        return _fail(job, "作业超过时限,已停止;已完成的部分有效,请拆小后重试。", "job-504", passes=False)
    except Exception as error:  # noqa: BLE001 the last resort of a job: its sentence, the traceback to the log
        _log.exception("job %s failed", job.uuid)
        sentence = f"作业出错({type(error).__name__});详情在作业进程的日志里,追踪号 {job.trace_id}。"
        return _fail(job, sentence, "job-500", passes=True)
    return _settle(job, JobState.DONE, sentence, "")


def _claimed(job_pk: int) -> Job | None:
    """The job, now this process's; None when it is over, or another process works on it."""
    now = clock.now()
    free = Q(state=JobState.WAITING, due_at__lte=now) | Q(state=JobState.RUNNING, beat_at__lt=now - lease())
    taken = Job.objects.filter(free, pk=job_pk).update(
        state=JobState.RUNNING, owner=owner(), started_at=now, beat_at=now, attempts=F("attempts") + 1, percent=None,
    )
    return Job.objects.get(pk=job_pk) if taken else None


def _given(job: Job) -> Given:
    def tell(percent: int, sentence: str) -> None:
        _own(job).update(percent=max(0, min(100, percent)), sentence=sentence[:LONGEST], beat_at=clock.now())

    def keep(result: Mapping[str, object]) -> None:
        job.result = dict(result)

    return Given(job.arguments, job.actor_kind, job.actor_key, tell, keep)


@contextmanager
def _renewing(job: Job) -> Iterator[None]:
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(lease().total_seconds() / 3):
                try:
                    renew(job)
                except DatabaseError:
                    _log.warning("the lease of job %s could not be renewed", job.uuid)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"lease-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)


def _fail(job: Job, sentence: str, code: str, *, passes: bool) -> str:
    """The job waits for another attempt when the error may pass and attempts are left; else it failed."""
    kind: Kind = kind_of(job.kind)
    if not passes or job.attempts >= kind.attempts:
        return _give_up(job, sentence, code)
    with transaction.atomic():
        due = clock.now() + pause_after(job.attempts)
        if _own(job).update(state=JobState.WAITING, sentence=sentence[:LONGEST], code=code, due_at=due, percent=None):
            send(Job.objects.get(pk=job.pk))
    return str(JobState.WAITING)


def _give_up(job: Job, sentence: str, code: str) -> str:
    """The job failed for good, in one transaction with what its kind does about that."""
    kind = registry.kinds.get(job.kind)
    try:
        with transaction.atomic():
            if _own(job).exists() and kind is not None and kind.failed is not None:
                kind.failed(_given(job), sentence)
            return _settle(job, JobState.FAILED, sentence, code)
    except Exception:  # noqa: BLE001 the job has failed, whatever comes of telling; the traceback to the log
        _log.exception("nobody could be told that job %s failed", job.uuid)
        return _settle(job, JobState.FAILED, sentence, code)


def _settle(job: Job, state: JobState, sentence: str, code: str) -> str:
    _own(job).update(
        state=state, sentence=sentence[:LONGEST], code=code, ended_at=clock.now(), result=job.result,
        percent=100 if state == JobState.DONE else None,
    )
    return str(state)


def _own(job: Job) -> models.QuerySet[Job]:
    """The row, as long as this process's claim on it holds."""
    return Job.objects.filter(pk=job.pk, owner=job.owner, attempts=job.attempts, state=JobState.RUNNING)
