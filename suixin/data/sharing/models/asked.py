"""Requests: a basket of parts, one part for each entry, each with what Decree 809 art. 20 makes the asker state.

Promise  a part goes to the provider of its entry by a procedure of its own; one that waits there stands as it was handed on
"""

import uuid as uuid_lib
from datetime import datetime, time, timedelta

from django.db import models

from suixin.data.catalog.models import Demand, Resource, ResourceGroup
from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Application, Organisation
from suixin.kit import clock


class RequestState(models.TextChoices):
    """A basket is a draft until it is handed on."""

    DRAFT = "draft", "草稿"
    FILED = "filed", "已提交"


class PartState(models.TextChoices):
    """Where a part stands; while it is asked, its procedure says where exactly."""

    DRAFT = "draft", "草稿"
    ASKED = "asked", "办理中"
    AGREED = "agreed", "已同意"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "已撤回"


class AmendKind(models.TextChoices):
    """What a part asks of a share that there is."""

    RENEWAL = "renewal", "续期"
    CHANGE = "change", "变更"


class Request(models.Model):
    """A basket: what one department asks of any number of providers at once."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    number = models.CharField("申请编号", max_length=24, blank=True, db_index=True)
    title = models.CharField("申请名称", max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="share_requests", verbose_name="需求部门")
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="share_requests", null=True, blank=True, verbose_name="调用应用"
    )
    demand = models.ForeignKey(Demand, models.SET_NULL, related_name="share_requests", null=True, blank=True, verbose_name="数据需求")
    state = models.CharField("状态", max_length=8, choices=RequestState, default=RequestState.DRAFT)
    kept_by = models.CharField("经办人", max_length=120)
    kept_key = models.CharField("经办账号", max_length=150)
    created_at = models.DateTimeField("建立时间")
    filed_at = models.DateTimeField("提交时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["organisation", "state", "-id"], name="sharing_request_own")]

    def __str__(self) -> str:
        return self.title


class Part(models.Model):
    """What is asked of one entry: columns, rows, doors, until when, and on what grounds. `until` is the last day of use.

    `dataset`: asked of every table of it, those that come later too; `resource` is one of them, and stands for all.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    request = models.ForeignKey(Request, models.CASCADE, related_name="parts")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="share_parts", verbose_name="信息资源")
    dataset = models.ForeignKey(
        ResourceGroup, models.PROTECT, related_name="share_parts", null=True, blank=True, verbose_name="数据集"
    )
    columns = models.JSONField("信息项", default=list)
    law = models.CharField("使用依据", max_length=200, blank=True)
    document = models.CharField("文号", max_length=100, blank=True)
    article = models.CharField("条款", max_length=200, blank=True)
    scenario = models.CharField("使用场景", max_length=500, blank=True)
    row_filter = models.TextField("使用范围（行条件）", blank=True)
    divisions = models.JSONField("使用范围（区划）", default=list, blank=True)
    doors = models.JSONField("共享方式", default=list)
    until = models.DateField("使用时限", null=True, blank=True)
    per_second = models.PositiveIntegerField("每秒次数", null=True, blank=True)
    per_day = models.PositiveIntegerField("每日次数", null=True, blank=True)
    masks = models.JSONField("脱敏", default=dict, blank=True)
    condition = models.CharField("提供方要求", max_length=500, blank=True)
    is_receipted = models.BooleanField("每次交换留回执", default=False)
    state = models.CharField("状态", max_length=12, choices=PartState, default=PartState.DRAFT, db_index=True)
    instance = models.ForeignKey(Instance, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name="办件")
    amends = models.ForeignKey("sharing.Share", models.PROTECT, related_name="amendments", null=True, blank=True, verbose_name="原共享")
    amend_kind = models.CharField("变动", max_length=8, choices=AmendKind, blank=True)
    is_automatic = models.BooleanField("自动答复", default=False)
    received_at = models.DateTimeField("提供方收到", null=True, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.CharField("答复人", max_length=120, blank=True)
    answer = models.CharField("答复", max_length=1000, blank=True)

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["resource", "state"], name="sharing_part_entry")]

    def __str__(self) -> str:
        return f"{self.request.organisation} ← {self.title}"

    @property
    def title(self) -> str:
        """What is asked for: the dataset, or the entry."""
        return self.dataset.title if self.dataset is not None else self.resource.title

    @property
    def basis(self) -> str:
        """Law, document and article, as one text."""
        return " ".join(one for one in (self.law, self.document, self.article) if one)[:500]

    @property
    def valid_until(self) -> datetime | None:
        """The instant from which the grant no longer holds: the end of the last day, in China."""
        return datetime.combine(self.until + timedelta(days=1), time.min, clock.CHINA) if self.until else None

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """A part is the asker's; who provides is asked about its entry (security.policy)."""
        return (self.request.organisation.path,)


class AutomaticAnswer(models.Model):
    """The provider lets requests for an unconditional entry be agreed to without a person, as long as all checks are green."""

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="automatic_answer")
    reason = models.CharField("理由", max_length=300)
    set_by = models.CharField("设定人", max_length=120)
    set_at = models.DateTimeField("设定时间")

    def __str__(self) -> str:
        return str(self.resource)
