"""Matters: what was applied for under a theme, its parts and joint visits.

Matter   one application for one version of a theme, under one number; its cases are those of the application
Part     one item of it, in the order of the theme: waiting, with its department, or settled. `result` is how its case ended,
         written in the transaction in which it ended; `touched_at` says that what follows from it is still to be done
Visit    a joint inspection, once for all the parts that share it
"""

import uuid as uuid_lib

from django.db import models
from django.db.models import Q

from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import SealedTextField
from suixin.services.cases.models import PURPOSE, Application, Case
from suixin.services.items.models import ItemVersion
from suixin.services.themes.models import ThemeVersion


class MatterState(models.TextChoices):
    """Where a matter stands."""

    OPEN = "open", "办理中"
    DELIVERING = "delivering", "办好，待统一送达"
    DONE = "done", "全部办成"
    PARTLY = "partly", "部分办结"
    REFUSED = "refused", "整体退回"
    WITHDRAWN = "withdrawn", "已撤回"


GOING_ON = (MatterState.OPEN, MatterState.DELIVERING)


class Matter(models.Model):
    """One theme, applied for once. `answers`: what the theme asked; `due_on`: the day by which all of it is promised.

    `receipt`: the number of the one receipt for all of it.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=44, unique=True)
    application = models.OneToOneField(Application, models.PROTECT, related_name="matter", verbose_name="申请")
    version = models.ForeignKey(ThemeVersion, models.PROTECT, related_name="matters", verbose_name="主题版本")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="led_matters", verbose_name="牵头单位")
    title = models.CharField("一件事", max_length=200)
    answers = models.JSONField("情形", default=dict)
    state = models.CharField("状态", max_length=12, choices=MatterState, default=MatterState.OPEN)
    receipt = models.CharField("收件凭证", max_length=80, blank=True, default="")
    opened_at = models.DateTimeField("提交时间")
    due_on = models.DateField("承诺办完")
    settled_at = models.DateTimeField("各项办完时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    reason = models.CharField("退回或撤回的理由", max_length=1000, blank=True)
    delivery = models.OneToOneField(Instance, models.PROTECT, null=True, related_name="+", verbose_name="统一送达流程")
    delivered_to = SealedTextField("领取人", purpose=PURPOSE)
    delivery_note = models.CharField("送达记录", max_length=200, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="matters_by_lead"),
            models.Index(fields=["state", "due_on"], name="matters_by_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_live(self) -> bool:
        """Whether anything is still to come."""
        return self.state in GOING_ON


class PartState(models.TextChoices):
    """Where a part stands."""

    WAITING = "waiting", "等前面的办好"
    HANDLED = "handled", "办理中"
    APPROVED = "approved", "办成"
    REFUSED = "refused", "不予办理"
    WITHDRAWN = "withdrawn", "已撤回"
    NOT_HANDLED = "not_handled", "随前项不再办"
    STOPPED = "stopped", "随整件事终止"


class Part(models.Model):
    """One item of a matter. `handed`, `answers`: materials and answers for its case, kept until it opens."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="parts")
    name = models.CharField("标识", max_length=40)
    position = models.PositiveSmallIntegerField("序号")
    title = models.CharField("单项", max_length=300)
    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="+", verbose_name="事项版本")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="parts_of_matters", verbose_name="办理部门")
    state = models.CharField("状态", max_length=12, choices=PartState, default=PartState.WAITING)
    result = models.CharField("办件结果", max_length=8, blank=True, default="")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="part", verbose_name="办件")
    handed = models.JSONField("材料", default=dict)
    answers = models.JSONField("情况", default=dict)
    first = models.PositiveSmallIntegerField("计划开始（第几个工作日）", default=0)
    last = models.PositiveSmallIntegerField("计划办完（第几个工作日）", default=0)
    opened_at = models.DateTimeField("开始时间", null=True)
    settled_at = models.DateTimeField("办完时间", null=True)
    touched_at = models.DateTimeField("待跟进", null=True)

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["matter", "name"], name="matter_part_once")]
        indexes = [models.Index(fields=["touched_at"], name="matters_touched", condition=Q(touched_at__isnull=False))]

    def __str__(self) -> str:
        return self.title


class VisitState(models.TextChoices):
    """Where a joint visit stands."""

    WAITING = "waiting", "等各项受理"
    DUE = "due", "待勘验"
    HELD = "held", "已勘验"
    DROPPED = "dropped", "不再需要"


class Visit(models.Model):
    """A joint inspection of several parts of a matter; `parts`: their names."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="visits")
    name = models.CharField("标识", max_length=60)
    title = models.CharField("联合勘验", max_length=200)
    parts = models.JSONField("单项", default=list)
    days = models.PositiveSmallIntegerField("工作日")
    state = models.CharField("状态", max_length=8, choices=VisitState, default=VisitState.WAITING)
    run = models.OneToOneField(Instance, models.PROTECT, null=True, related_name="+", verbose_name="勘验流程")
    planned_on = models.DateField("约定日期", null=True)
    note = models.CharField("约定的时间和地点", max_length=200, blank=True)
    held_at = models.DateTimeField("勘验时间", null=True)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["matter", "name"], name="matter_visit_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def organisation(self) -> Organisation:
        """Who arranges it."""
        return self.matter.organisation
