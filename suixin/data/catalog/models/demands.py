"""What departments need of others' data (需求清单), who is to answer, and what became of it."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models.entries import Item, Resource, UpdateCycle
from suixin.ground.people.models import Organisation


class DemandState(models.TextChoices):
    """Where a demand stands; `matched` to `declined` are answers, after which the asker closes or contests it once."""

    FILED = "filed", "待匹配"
    ASSIGNED = "assigned", "待答复"
    PROMISED = "promised", "已承诺编目"
    MATCHED = "matched", "已有目录"
    ANSWERED = "answered", "已响应"
    DECLINED = "declined", "不予响应"
    CLOSED = "closed", "已关闭"


OPEN_DEMANDS = (DemandState.FILED, DemandState.ASSIGNED, DemandState.PROMISED)
ANSWERED_DEMANDS = (DemandState.PROMISED, DemandState.MATCHED, DemandState.ANSWERED, DemandState.DECLINED)


class DemandWay(models.TextChoices):
    """How the asker wants to get the data."""

    INTERFACE = "interface", "服务接口"
    DATABASE = "database", "库表交换"
    FILE = "file", "文件下载"
    ANY = "any", "不限"


class Demand(models.Model):
    """One demand. `owner` is who is to answer (named by the asker or by the bureau), `resource` the entry that answers it.

    `due_on`: the day by which the next step is due; after a promise, the promised day; none once it is answered.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="demands", verbose_name="需求单位")
    title = models.CharField("需求名称", max_length=200)
    purpose = models.CharField("使用场景", max_length=1000)
    basis = models.CharField("法律依据", max_length=500)
    cycle = models.CharField("期望更新周期", max_length=2, choices=UpdateCycle, default=UpdateCycle.OTHER)
    way = models.CharField("期望方式", max_length=16, choices=DemandWay, default=DemandWay.ANY)
    owner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="demanded", verbose_name="责任单位"
    )
    resource = models.ForeignKey(
        Resource, models.SET_NULL, null=True, blank=True, related_name="demands", verbose_name="响应目录"
    )
    state = models.CharField("状态", max_length=16, choices=DemandState, default=DemandState.FILED)
    answer = models.CharField("答复", max_length=500, blank=True)
    due_on = models.DateField("应办日期", null=True, blank=True)
    is_contested = models.BooleanField("提过异议", default=False)
    filed_by = models.CharField("经办人", max_length=120)
    filed_at = models.DateTimeField("提出时间")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["state", "due_on"], name="demand_due"), models.Index(fields=["owner", "state"], name="demand_owner"),
        ]

    def __str__(self) -> str:
        return self.title


class DemandItem(models.Model):
    """One item that is wanted, perhaps one that an entry already promises."""

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField("序号")
    name = models.CharField("信息项名称", max_length=128)
    item = models.ForeignKey(Item, models.SET_NULL, null=True, blank=True, related_name="demands", verbose_name="对应信息项")

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["demand", "position"], name="demand_item_once")]

    def __str__(self) -> str:
        return self.name


class MoveKind(models.TextChoices):
    """What happened to a demand."""

    FILED = "filed", "提出需求"
    MATCHED = "matched", "匹配已有目录"
    ASSIGNED = "assigned", "确定责任单位"
    PROMISED = "promised", "承诺编目"
    ANSWERED = "answered", "响应"
    DECLINED = "declined", "不予响应"
    CONTESTED = "contested", "提出异议"
    CLOSED = "closed", "关闭"
    PUBLISHED = "published", "目录已发布"
    CHANGED = "changed", "目录有变化"


class DemandMove(models.Model):
    """One line of a demand's history; never changed."""

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="moves")
    kind = models.CharField("动作", max_length=16, choices=MoveKind)
    by = models.CharField("经办", max_length=200)
    text = models.CharField("说明", max_length=600, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.by}"


