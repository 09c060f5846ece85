"""Shares: what one department was granted of another's data, and all that the law makes both keep about its use and its end."""

import uuid as uuid_lib

from django.db import models

from suixin.data.access.models import Grant
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Application, Organisation


class ShareState(models.TextChoices):
    """From the provider's yes to the receipt of disposal."""

    PROVIDING = "providing", "待供数"
    IN_USE = "in_use", "使用中"
    SUSPENDED = "suspended", "已暂停"
    DISPOSING = "disposing", "待处置"
    ARCHIVED = "archived", "已归档"


LIVE_SHARES = (ShareState.PROVIDING, ShareState.IN_USE, ShareState.SUSPENDED)


class EndKind(models.TextChoices):
    """Why a share ended (国务院令第809号 art. 27)."""

    EXPIRED = "expired", "使用时限已到"
    FINISHED = "finished", "需求方用毕"
    REPLACED = "replaced", "由续期或变更取代"
    TERMINATED = "terminated", "终止"
    WITHDRAWN = "withdrawn", "目录已撤销"


class Share(models.Model):
    """One granted request, with what Decree 809 art. 20 makes the asker state, and the grant that carries it out.

    Of a whole `dataset` the grant is that on one of its tables, `resource`, which stands for all (`grant.dataset`).
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="shares")
    dataset = models.ForeignKey(ResourceGroup, models.PROTECT, related_name="shares", null=True, blank=True, verbose_name="数据集")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="shares", verbose_name="需求部门")
    application = models.ForeignKey(Application, models.PROTECT, related_name="shares", null=True, blank=True)
    grant = models.OneToOneField(Grant, models.PROTECT, related_name="share")
    part = models.OneToOneField("sharing.Part", models.PROTECT, related_name="share", null=True, blank=True, verbose_name="申请")
    purpose = models.CharField("使用场景", max_length=500)
    basis = models.CharField("使用依据", max_length=500)
    granted_at = models.DateTimeField("同意时间")
    state = models.CharField("状态", max_length=12, choices=ShareState, default=ShareState.IN_USE)
    provided_at = models.DateTimeField("供数时间", null=True, blank=True)
    end_kind = models.CharField("结束原因", max_length=12, choices=EndKind, blank=True)
    end_reason = models.CharField("结束说明", max_length=500, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        ordering = ("-granted_at",)
        indexes = [
            models.Index(fields=["organisation", "state"], name="sharing_share_own"),
            models.Index(fields=["resource", "state"], name="sharing_share_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ← {self.title}"

    @property
    def title(self) -> str:
        """What is shared: the whole dataset, or the entry."""
        return self.dataset.title if self.dataset is not None else self.resource.title

    @property
    def grants(self) -> list[str]:
        """Identifiers of the grants by which it is read: one, or one for each table of its dataset."""
        if self.dataset is None or self.grant.dataset is None:
            return [str(self.grant.uuid)]
        return [str(one) for one in self.grant.dataset.grants.values_list("uuid", flat=True)]


class Suspension(models.Model):
    """Use stood for a reason, to be put right by a day; then resumed, or ended (art. 27)."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="suspensions")
    reason = models.CharField("暂停理由", max_length=500)
    remedy_by = models.DateField("整改期限")
    by = models.CharField("决定人", max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", null=True, verbose_name="决定单位")
    at = models.DateTimeField("暂停时间")
    remedy = models.CharField("整改情况", max_length=1000, blank=True)
    remedied_at = models.DateTimeField("报告整改时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    outcome = models.CharField("结果", max_length=500, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.reason


class Termination(models.Model):
    """A service ended or changed by its provider: consulted with the asker, filed at the bureau (art. 27)."""

    share = models.OneToOneField(Share, models.CASCADE, related_name="termination")
    reason = models.CharField("终止理由", max_length=500)
    consultation = models.CharField("与需求方协商情况", max_length=500, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", null=True, verbose_name="决定单位")
    by = models.CharField("决定人", max_length=120)
    at = models.DateTimeField("终止时间")
    instance = models.ForeignKey(Instance, models.SET_NULL, related_name="+", null=True, blank=True)
    filed_by = models.CharField("备案人", max_length=120, blank=True)
    filed_at = models.DateTimeField("备案时间", null=True, blank=True)

    def __str__(self) -> str:
        return self.reason


class DisposalMethod(models.TextChoices):
    """What became of the data that the asker held."""

    DESTROYED = "destroyed", "销毁"
    RETURNED = "returned", "退回"
    ANONYMISED = "anonymised", "匿名化"
    KEPT = "kept", "依法留存"
    NONE = "none", "未留存数据"


class Disposal(models.Model):
    """The receipt of disposal: due from the asker when a share ends, accepted by the provider (art. 27)."""

    share = models.OneToOneField(Share, models.CASCADE, related_name="disposal")
    instance = models.ForeignKey(Instance, models.SET_NULL, related_name="+", null=True, blank=True)
    method = models.CharField("处置方式", max_length=12, choices=DisposalMethod, blank=True)
    text = models.CharField("处置情况", max_length=1000, blank=True)
    done_on = models.DateField("处置日期", null=True, blank=True)
    filed_by = models.CharField("填报人", max_length=120, blank=True)
    filed_at = models.DateTimeField("填报时间", null=True, blank=True)
    accepted_by = models.CharField("核收人", max_length=120, blank=True)
    accepted_at = models.DateTimeField("核收时间", null=True, blank=True)

    def __str__(self) -> str:
        return self.text or str(self.share)


class UseRecord(models.Model):
    """How shared data were used in a period (art. 29); only added, kept until `keep_until` at least."""

    share = models.ForeignKey(Share, models.PROTECT, related_name="use_records")
    since = models.DateField("记录期间自")
    until = models.DateField("记录期间至")
    scenario = models.CharField("使用场景", max_length=500)
    process = models.CharField("使用过程", max_length=1000)
    effect = models.CharField("应用成效", max_length=1000)
    storage = models.CharField("存储情况", max_length=500)
    destruction = models.CharField("销毁情况", max_length=500)
    by = models.CharField("记录人", max_length=120)
    at = models.DateTimeField("记录时间")
    keep_until = models.DateField("保存至")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.since} – {self.until}"
