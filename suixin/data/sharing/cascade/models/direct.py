"""A peer that speaks the national 数据直达 interface: how it is called, and what became of each thing that was reported to it."""

from typing import Any

from django.db import models

from suixin.data.sharing.cascade.models.letters import PURPOSE
from suixin.data.sharing.cascade.models.links import Link
from suixin.ground.security.fields import SealedTextField


class DirectAccount(models.Model):
    """What such a platform issued to us. `services`: {name: {"path", "sid"}}; those that are not there are not called.

    `names`       their field names by ours, where they differ from the default; `codes`: {group: {their code: ours}} likewise
    `pulled`      how far each thing that is asked for was read
    `busy_until`  until when one process alone speaks with it
    """

    link = models.OneToOneField(Link, models.CASCADE, related_name="direct")
    rid = models.CharField("请求者标识", max_length=120)
    secret = SealedTextField("密钥", purpose=PURPOSE)
    services = models.JSONField("接口", default=dict)
    names = models.JSONField("字段名", default=dict, blank=True)
    codes = models.JSONField("代码", default=dict, blank=True)
    minutes = models.PositiveIntegerField("查询间隔(分钟)", default=10)
    pulled = models.JSONField("已读到", default=dict, blank=True)
    busy_until = models.DateTimeField("占用至", null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.link} {self.rid}"


class ReportState(models.TextChoices):
    """What became of a report."""

    WAITING = "waiting", "待报送"
    DONE = "done", "已报送"
    REFUSED = "refused", "被退回"


class DirectReport(models.Model):
    """The 回执表: one thing of one letter, reported once. `up_id`: what the platform calls it; `faults`: every failure, kept."""

    link = models.ForeignKey(Link, models.PROTECT, related_name="reports", verbose_name="平台")
    sequence = models.BigIntegerField("信件序号")
    place = models.PositiveIntegerField("第几项")
    kind = models.CharField("类别", max_length=12)
    about = models.CharField("对象", max_length=120)
    service = models.CharField("接口", max_length=40, blank=True)
    state = models.CharField("状态", max_length=8, choices=ReportState, default=ReportState.WAITING)
    up_id = models.CharField("上级编号", max_length=120, blank=True)
    code = models.CharField("返回码", max_length=40, blank=True)
    sentence = models.CharField("说明", max_length=600, blank=True)
    tries = models.PositiveIntegerField("次数", default=0)
    faults = models.JSONField("失败记录", default=list, blank=True)
    at = models.DateTimeField("办理时间", null=True, blank=True)

    class Meta:
        ordering = ("link", "sequence", "place")
        constraints = [models.UniqueConstraint(fields=["link", "sequence", "place"], name="cascade_reported_once")]

    def __str__(self) -> str:
        return f"{self.about} {self.get_state_display()}"

    def note_fault(self, told: dict[str, Any]) -> None:
        """Keep a failure; the oldest of many go."""
        self.faults = [*self.faults, told][-20:]
