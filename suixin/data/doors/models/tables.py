"""Table exchange: databases of receivers, what goes where, and each run of it."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Application, Organisation
from suixin.ground.security.fields import SealedTextField

PURPOSE = "exchange"


class ExchangeState(models.TextChoices):
    """Whether it runs. A held one waits for a person, `sentence` says why."""

    ENABLED = "enabled", "启用"
    PAUSED = "paused", "已暂停"
    HELD = "held", "待处理"


class RunState(models.TextChoices):
    """What became of a run."""

    RUNNING = "running", "运行中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class Target(models.Model):
    """A receiver's database. `secret` is its password, sealed, and never shown again; `health` what the last check said."""

    slug = models.SlugField("英文标识", max_length=60, unique=True)
    name = models.CharField("名称", max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="targets", verbose_name="接收单位")
    address = models.CharField("地址", max_length=500)
    schema = models.CharField("模式", max_length=63, blank=True)
    secret = SealedTextField("密码", purpose=PURPOSE)
    is_active = models.BooleanField("启用", default=True)
    health = models.CharField("检查结果", max_length=600, blank=True)
    is_well = models.BooleanField("正常", null=True)
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class TableExchange(models.Model):
    """One resource into one table of a receiver, by the grant of its application.

    `mapping`: {field: column of the receiver}; `is_whole`: each run of its schedule writes everything. `sentence` says how it stands.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    target = models.ForeignKey(Target, models.PROTECT, related_name="exchanges", verbose_name="接收库")
    application = models.ForeignKey(Application, models.PROTECT, related_name="table_exchanges", verbose_name="应用")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="table_exchanges", verbose_name="信息资源")
    table = models.CharField("接收表", max_length=63)
    mapping = models.JSONField("列对应", default=dict)
    is_whole = models.BooleanField("每次全量", default=False)
    schedule = models.CharField("运行时间", max_length=80, blank=True)
    next_at = models.DateTimeField("下次运行", null=True, blank=True, db_index=True)
    state = models.CharField("状态", max_length=12, choices=ExchangeState, default=ExchangeState.ENABLED)
    sentence = models.CharField("说明", max_length=600, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["target", "table"], name="one_exchange_fills_a_table")]

    def __str__(self) -> str:
        return f"{self.resource} → {self.target}.{self.table}"

    @property
    def organisation(self) -> Organisation:
        """Whose application receives."""
        return self.application.organisation


class ExchangeRun(models.Model):
    """One run. `source` = `there` + `refused` at its end; `reasons`: {sentence: rows} of what the receiver refused."""

    exchange = models.ForeignKey(TableExchange, models.CASCADE, related_name="runs")
    state = models.CharField("结果", max_length=12, choices=RunState, default=RunState.RUNNING)
    is_full = models.BooleanField("全量", default=False)
    first_version = models.BigIntegerField("起始版本", null=True, blank=True)
    last_version = models.BigIntegerField("截止版本", null=True, blank=True)
    written = models.BigIntegerField("写入", default=0)
    deleted = models.BigIntegerField("删除", default=0)
    source = models.BigIntegerField("提供行数", null=True, blank=True)
    there = models.BigIntegerField("接收表行数", null=True, blank=True)
    refused = models.BigIntegerField("被接收库拒绝", default=0)
    reasons = models.JSONField("拒绝原因", default=dict, blank=True)
    receipt = models.TextField("回执", blank=True)
    sentence = models.CharField("说明", max_length=600, blank=True)
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.exchange} {self.pk}"
