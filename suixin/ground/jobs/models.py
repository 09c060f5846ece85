"""Jobs, the clock of schedules, and the workers that live."""

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", "等待"
    RUNNING = "running", "运行中"
    DONE = "done", "完成"
    FAILED = "failed", "失败"
    DISCARDED = "discarded", "已放弃"


class Job(models.Model):
    """One piece of background work, for somebody. `sentence` is for people: what came out, or what went wrong."""

    uuid = models.UUIDField("标识", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("种类", max_length=64)
    title = models.CharField("名称", max_length=300)
    arguments = models.JSONField("参数", default=dict, encoder=DjangoJSONEncoder)
    result = models.JSONField("结果", default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField("状态", max_length=12, choices=JobState, default=JobState.WAITING)
    actor_kind = models.CharField("主体类型", max_length=16)
    actor_key = models.CharField("主体标识", max_length=150)
    actor_name = models.CharField("主体名称", max_length=120)
    organisation = models.CharField("机构代码", max_length=18, blank=True)
    trace_id = models.CharField("追踪号", max_length=64, blank=True)
    attempts = models.PositiveIntegerField("已试次数", default=0)
    percent = models.PositiveSmallIntegerField("进度", null=True)
    sentence = models.CharField("说明", max_length=1000, blank=True)
    code = models.CharField("代码", max_length=32, blank=True)
    owner = models.CharField("进程", max_length=120, blank=True)
    message = models.BigIntegerField("消息", null=True)  # row of django-q's queue that says "run this"
    created_at = models.DateTimeField("提交时间")
    due_at = models.DateTimeField("应运行时间")
    started_at = models.DateTimeField("开始时间", null=True)
    beat_at = models.DateTimeField("最近续租", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["state", "due_at"], name="jobs_state_due")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in (JobState.DONE, JobState.FAILED, JobState.DISCARDED)


class Clock(models.Model):
    """When a schedule was last due and is due next; one row for all workers."""

    name = models.CharField("名称", max_length=64, unique=True)
    last_at = models.DateTimeField("上次", null=True)
    next_at = models.DateTimeField("下次")

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A worker and its last sign of life; gone from the table when it ended in order."""

    owner = models.CharField("进程", max_length=120, unique=True)
    version = models.CharField("版本", max_length=32)
    started_at = models.DateTimeField("启动时间")
    beat_at = models.DateTimeField("最近心跳")

    def __str__(self) -> str:
        return self.owner
