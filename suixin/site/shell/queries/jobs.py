"""Background work as the operator's pages show it: the list under its filters, one job, the schedules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.jobs import queries
from suixin.ground.jobs.models import Job, JobState
from suixin.ground.jobs.registry import Schedule
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Stat, Table, Tone
from suixin.site.shell.queries.links import page_of, with_parameter
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 30
TONES: dict[str, Tone] = {
    JobState.WAITING: "quiet", JobState.RUNNING: "info", JobState.DONE: "good", JobState.FAILED: "bad", JobState.DISCARDED: "quiet",
}


@dataclass(frozen=True, slots=True)
class JobList:
    """The list page: figures, choices of state, jobs, schedules."""

    figures: Sequence[Stat]
    states: Sequence[tuple[str, str, bool]]
    table: Table
    pages: Pages
    schedules: Table
    query: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """One job: what it is, how it stands, what may be done with it."""

    job: Job
    label: str
    tone: Tone
    facts: Sequence[tuple[str, str]]
    may_retry: bool
    may_discard: bool


def job_list(parameters: QueryDict, *, actor: Actor) -> JobList:
    """Jobs under `state` and `page`, newest first. Raises NotAllowed."""
    policy.require(actor, "site.view", None)
    state = parameters.get("state", "")
    state = state if state in JobState.values else ""
    found = Job.objects.filter(state=state) if state else Job.objects.all()
    jobs, pages = page_of(found, parameters, size=PAGE_SIZE)
    counted, workers = queries.counts(), queries.living_workers()
    figures = [
        Stat(gettext("作业进程"), number(len(workers)), note=", ".join(worker.owner for worker in workers) or gettext("没有在运行")),
        *(Stat(word(one.label), number(counted[one]), href=with_parameter(parameters, "state", one)) for one in _SHOWN),
    ]
    states = [("", gettext("全部"), not state), *((one.value, word(one.label), state == one) for one in JobState)]
    return JobList(figures, states, _table(jobs), pages, _schedules(), with_parameter(parameters, "state", state))


def job_page(uuid: UUID, *, actor: Actor) -> JobPage:
    """One job for the operator. Raises NotAllowed, NotFound."""
    policy.require(actor, "site.view", None)
    job = _job(uuid)
    facts = [
        (gettext("种类"), job.kind), (gettext("提交人"), job.actor_name), (gettext("提交时间"), moment(job.created_at)),
        (gettext("开始时间"), moment(job.started_at)), (gettext("结束时间"), moment(job.ended_at)),
        (gettext("已试次数"), number(job.attempts)), (gettext("进程"), job.owner), (gettext("错误代码"), job.code),
        (gettext("追踪号"), job.trace_id),
    ]
    may_retry = job.state == JobState.FAILED and policy.may(actor, "site.retry_job", job)
    may_discard = job.state in (JobState.FAILED, JobState.WAITING) and policy.may(actor, "site.discard_job", job)
    return JobPage(job, word(str(JobState(job.state).label)), TONES[job.state], facts, may_retry, may_discard)


def own_job(uuid: UUID, *, actor: Actor) -> Job:
    """A job that the actor handed in itself. Raises NotFound for everybody else's."""
    job = _job(uuid)
    if (job.actor_kind, job.actor_key) != (actor.kind.value, actor.key):
        raise NotFound("没有这个作业:可能已过期清理,或不是您提交的。")
    return job


_SHOWN = (JobState.WAITING, JobState.RUNNING, JobState.FAILED, JobState.DONE)


def _job(uuid: UUID) -> Job:
    job = Job.objects.filter(uuid=uuid).first()
    if job is None:
        raise NotFound("没有这个作业:可能已过期清理,或不是您提交的。")
    return job


def _table(jobs: Sequence[Job]) -> Table:
    columns = (
        Column(gettext("作业")), Column(gettext("状态")), Column(gettext("提交人")), Column(gettext("提交时间")),
        Column(gettext("用时"), is_numeric=True), Column(gettext("次数"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    rows = [
        (Cell(word(job.title), reverse("console-job", args=[job.uuid]), note=job.kind),
         Cell(word(str(JobState(job.state).label)), tone=TONES[job.state], note=f"{job.percent}%" if _is_under_way(job) else ""),
         Cell(job.actor_name), Cell(moment(job.created_at)), Cell(_seconds(job)), Cell(number(job.attempts)),
         Cell(job.sentence[:300], note=f"{job.code} {job.trace_id}" if job.state == JobState.FAILED else ""))
        for job in jobs
    ]
    return Table(gettext("作业"), columns, rows, gettext("没有这样的作业。"))


def _is_under_way(job: Job) -> bool:
    return job.state == JobState.RUNNING and job.percent is not None


def _seconds(job: Job) -> str:
    if job.started_at is None or job.state == JobState.WAITING:
        return ""
    return duration((job.ended_at or clock.now()) - job.started_at)


def duration(lasted: timedelta) -> str:
    """A short text for a length of time."""
    seconds = max(0.0, lasted.total_seconds())
    if seconds < 60:
        return gettext("%(n)s 秒") % {"n": round(seconds, 1)}
    return gettext("%(n)s 分钟") % {"n": round(seconds / 60)}


def _schedules() -> Table:
    columns = (Column(gettext("定时作业")), Column(gettext("节奏")), Column(gettext("上次")), Column(gettext("下次")))
    rows = [(Cell(word(one.title), note=one.kind), Cell(_rhythm(one.schedule)), Cell(_at(one.last_at)), Cell(_at(one.next_at)))
            for one in queries.planned()]
    return Table(gettext("定时作业"), columns, rows, gettext("没有定时作业。"))


def _rhythm(schedule: Schedule) -> str:
    if schedule.daily is not None:
        return gettext("每天 %(time)s") % {"time": f"{schedule.daily:%H:%M}"}
    return gettext("每 %(n)s 分钟") % {"n": round((schedule.every or timedelta(days=1)).total_seconds() / 60)}


def _at(instant: datetime | None) -> str:
    return moment(instant) if instant else ""
