"""Work orders and who reported what they are about; tables of the flow module.

Promise  a finding (`fingerprint`) has at most one open order (`open_key`); whoever finds it again is counted and linked;
         where an order stands is told by its instance, nowhere twice
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from suixin.ground.people.models import Account, Organisation


class OrderSequence(models.Model):
    """The last serial number given on a day; numbers are never given twice."""

    day = models.DateField("日期", unique=True)
    last = models.PositiveIntegerField("最后流水号", default=0)

    def __str__(self) -> str:
        return f"{self.day} {self.last}"


class WorkOrder(models.Model):
    """A finding on its way to being well again. `organisation` owns the cause; `instance` is its present round."""

    number = models.CharField("工单编号", max_length=24, unique=True)
    kind = models.SlugField("类别", max_length=60)
    title = models.CharField("标题", max_length=200)
    detail = models.TextField("问题", max_length=4000)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="work_orders", verbose_name="责任单位")
    finder = models.CharField("发现人", max_length=120)
    by_machine = models.BooleanField("系统发现", default=False)
    subject_kind = models.CharField("对象类型", max_length=80)
    subject_key = models.CharField("对象标识", max_length=200)
    fingerprint = models.CharField("问题标识", max_length=200, db_index=True)
    open_key = models.CharField("未结问题标识", max_length=200, null=True, unique=True)  # null: closed
    measure = models.CharField("复测方法", max_length=80, blank=True)
    arguments = models.JSONField("复测参数", default=dict, encoder=DjangoJSONEncoder)
    before = models.JSONField("处置前", default=dict, encoder=DjangoJSONEncoder)  # {sentence, figures, at}
    after = models.JSONField("处置后", default=dict, encoder=DjangoJSONEncoder)
    times_measured = models.PositiveSmallIntegerField("复测次数", default=0)
    times_seen = models.PositiveIntegerField("发现次数", default=1)
    times_reopened = models.PositiveSmallIntegerField("重开次数", default=0)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入")
    instance = models.ForeignKey("flow.Instance", models.PROTECT, null=True, related_name="+", verbose_name="办件")
    created_at = models.DateTimeField("建立时间")
    last_seen_at = models.DateTimeField("最近发现")
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["organisation", "-id"], name="flow_order_org"),
            models.Index(fields=["subject_kind", "subject_key"], name="flow_order_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        """Whether the finding still waits for being well again."""
        return self.open_key is not None


class OrderReport(models.Model):
    """One time that the finding was seen: by whom, what was said. `account` is told when the order closes."""

    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="reports")
    at = models.DateTimeField("时间")
    reporter = models.CharField("发现人", max_length=120)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name="账号")
    detail = models.TextField("说明", max_length=4000, blank=True)
    subject_kind = models.CharField("对象类型", max_length=80)
    subject_key = models.CharField("对象标识", max_length=200)
    files = models.JSONField("附件", default=list)
    told_at = models.DateTimeField("告知时间", null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.order_id} {self.reporter}"
