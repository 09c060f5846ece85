"""What departments disagree about, in three steps, and what a machine found against the decree."""

import uuid as uuid_lib

from django.db import models

from suixin.data.sharing.models.asked import Part
from suixin.data.sharing.models.shares import Share
from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Organisation


class DisputeStage(models.TextChoices):
    """Three steps (国务院令第809号 art. 28), and the end."""

    NEGOTIATING = "negotiating", "协商中"
    COORDINATING = "coordinating", "主管部门协调中"
    DECIDING = "deciding", "本级政府决定中"
    SETTLED = "settled", "已了结"
    WITHDRAWN = "withdrawn", "已撤回"


class Dispute(models.Model):
    """The asker does not accept an answer, or the end or change of a share. `must_share`: how it ended; None until then."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    part = models.ForeignKey(Part, models.PROTECT, related_name="disputes", null=True, blank=True)
    share = models.ForeignKey(Share, models.PROTECT, related_name="disputes", null=True, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="需求部门")
    provider = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="提供部门")
    bureau = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="协调的主管部门")
    government = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="决定的政府")
    title = models.CharField("争议", max_length=200)
    claim = models.CharField("诉求和理由", max_length=1000)
    stage = models.CharField("阶段", max_length=16, choices=DisputeStage, default=DisputeStage.NEGOTIATING)
    must_share = models.BooleanField("应当共享", null=True, blank=True)
    instance = models.ForeignKey(Instance, models.SET_NULL, related_name="+", null=True, blank=True)
    by = models.CharField("提出人", max_length=120)
    at = models.DateTimeField("提出时间")
    settled_at = models.DateTimeField("了结时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(part=None, share__isnull=False) | models.Q(part__isnull=False, share=None), name="dispute_is_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """Both who disagree lie within reach of whoever coordinates or decides."""
        return (self.organisation.path, self.provider.path)


class DisputeMove(models.Model):
    """What came of one step; `is_agreed` False leads to the next."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="moves")
    stage = models.CharField("阶段", max_length=16, choices=DisputeStage)
    is_agreed = models.BooleanField("达成一致")
    must_share = models.BooleanField("应当共享", null=True, blank=True)
    text = models.CharField("意见", max_length=1000)
    by = models.CharField("办理人", max_length=120)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text


class ViolationKind(models.TextChoices):
    """Situations of art. 39 to 41 that a machine can see (standards/data.md 2.6, ★)."""

    CATALOGUE_LATE = "catalogue_late", "未按要求更新数据"
    OBSTRUCTED = "obstructed", "增设条件阻碍共享"
    ANSWER_LATE = "answer_late", "未按时答复"
    PROVIDE_LATE = "provide_late", "未按时共享"
    CORRECTION_LATE = "correction_late", "校核未按时办理"
    ENDED_ALONE = "ended_alone", "擅自终止或变更服务"
    COLLECTED_AGAIN = "collected_again", "重复收集"
    BEYOND_SCOPE = "beyond_scope", "超范围使用"
    NOT_DISPOSED = "not_disposed", "用毕未妥善处置"
    NOT_RECORDED = "not_recorded", "未保存使用记录"
    SOURCE_UNNAMED = "source_unnamed", "未明确数源部门"
    DISPUTE_LATE = "dispute_late", "未按时协调争议"
    NOT_RETURNED = "not_returned", "未按规定回流"


class Violation(models.Model):
    """One finding with its evidence; found again it is the same row, closed it stays closed."""

    kind = models.CharField("情形", max_length=20, choices=ViolationKind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="violations", verbose_name="责任单位")
    key = models.CharField("标识", max_length=200)
    title = models.CharField("事项", max_length=300)
    evidence = models.CharField("证据", max_length=1000)
    subject = models.CharField("对象类型", max_length=32)
    subject_key = models.CharField("对象", max_length=200)
    found_at = models.DateTimeField("发现时间")
    seen_at = models.DateTimeField("最近发现")
    closed_at = models.DateTimeField("了结时间", null=True, blank=True)
    closed_by = models.CharField("了结人", max_length=120, blank=True)
    closing = models.CharField("了结理由", max_length=500, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="violation_once")]
        indexes = [models.Index(fields=["organisation", "closed_at"], name="violation_open")]

    def __str__(self) -> str:
        return self.title
