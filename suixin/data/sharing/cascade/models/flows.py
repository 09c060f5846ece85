"""What flows: entries of a peer's catalogue, rows that return to a peer by division, rows that return to us."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.data.sharing.cascade.models.links import Link
from suixin.data.sharing.models import Share
from suixin.ground.people.models import Organisation


class RemoteState(models.TextChoices):
    """Whether the entry is in force at its platform."""

    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤销"


class RemoteEntry(models.Model):
    """An entry of a peer's catalogue, as that last told it. `content` is canonical (catalog.canon), `number` that of its event."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="entries")
    code = models.CharField("资源代码", max_length=120)
    table = models.CharField("数据表", max_length=120)
    title = models.CharField("名称", max_length=300)
    provider = models.CharField("提供单位", max_length=120)
    version = models.PositiveIntegerField("版本")
    digest = models.CharField("内容 SM3", max_length=64, blank=True)
    content = models.JSONField("内容")
    state = models.CharField("状态", max_length=12, choices=RemoteState, default=RemoteState.PUBLISHED)
    number = models.BigIntegerField("序号")
    told_at = models.DateTimeField("收到时间")

    class Meta:
        ordering = ("link", "code")
        constraints = [models.UniqueConstraint(fields=["link", "code"], name="cascade_entry_once")]

    def __str__(self) -> str:
        return self.title


class FlowState(models.TextChoices):
    """Whether rows go. A held one waits for a person, `sentence` says why."""

    OFFERED = "offered", "待接收方对应目录"
    ENABLED = "enabled", "启用"
    PAUSED = "paused", "已暂停"
    HELD = "held", "待处理"


class Flow(models.Model):
    """Rows of a resource that return to a peer (回流), by a share of its own: columns, divisions, masks, until when.

    `version` is written whole; of that up to `goal` the first `part` letters are. `number` counts letters of rows; `sweep` is the
    first number of a reading of everything, 0 when only changes are told. `shape` is the plan's when it was read last.
    `landed` and the counts are the peer's receipts.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    link = models.ForeignKey(Link, models.PROTECT, related_name="flows", verbose_name="接收平台")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="return_flows", verbose_name="信息资源")
    share = models.OneToOneField(Share, models.PROTECT, related_name="return_flow", verbose_name="共享")
    divisions = models.JSONField("回流范围", default=list)
    state = models.CharField("状态", max_length=12, choices=FlowState, default=FlowState.ENABLED)
    sentence = models.CharField("说明", max_length=600, blank=True)
    version = models.BigIntegerField("已发的版本", default=0)
    goal = models.BigIntegerField("正在发的版本", null=True, blank=True)
    part = models.PositiveIntegerField("已发的条", default=0)
    number = models.BigIntegerField("块号", default=0)
    sweep = models.BigIntegerField("全量起始块号", default=1)
    shape = models.CharField("授权形状", max_length=16, blank=True)
    landed = models.BigIntegerField("对方已入库块号", default=0)
    accepted = models.BigIntegerField("对方接收行数", default=0)
    rejected = models.BigIntegerField("对方拒收行数", default=0)
    started_at = models.DateTimeField("建立时间")
    told_at = models.DateTimeField("最近发出", null=True, blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.resource} → {self.link}"

    @property
    def organisation(self) -> Organisation:
        """Whose data go."""
        return self.resource.provider


class Intake(models.Model):
    """The receiving end of a flow. `content`: title, items and key as the source told them; rows wait until a person names our entry."""

    uuid = models.UUIDField("标识", unique=True, editable=False)
    link = models.ForeignKey(Link, models.PROTECT, related_name="intakes", verbose_name="来源平台")
    title = models.CharField("名称", max_length=300)
    content = models.JSONField("内容")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="intakes", verbose_name="信息资源")
    state = models.CharField("状态", max_length=12, choices=FlowState, default=FlowState.OFFERED)
    sentence = models.CharField("说明", max_length=600, blank=True)
    landed = models.BigIntegerField("已入库块号", default=0)
    rows = models.BigIntegerField("收到行数", default=0)
    accepted = models.BigIntegerField("接收行数", default=0)
    rejected = models.BigIntegerField("拒收行数", default=0)
    told_at = models.DateTimeField("约定时间")
    landed_at = models.DateTimeField("最近入库", null=True, blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.title

    @property
    def delivery(self) -> str:
        """The name under which its parts are delivered, each with its number, once (lake)."""
        return f"cascade:{self.uuid}"
