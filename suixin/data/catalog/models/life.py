"""The life of an entry after its draft: every state that was in force, and changes on their way to being the next one."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models.entries import Resource


class ResourceVersion(models.Model):
    """One state that was in force, whole and canonical (`canon.py`); never changed, never deleted while the entry stands."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    content = models.JSONField("内容")
    digest = models.CharField("内容 SM3", max_length=64)
    published_at = models.DateTimeField("生效时间")
    published_by = models.CharField("发布人", max_length=120)
    reason = models.CharField("理由", max_length=500, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["resource", "number"], name="resource_version_once")]

    def __str__(self) -> str:
        return f"{self.resource.code} 第{self.number}版"


class ChangeKind(models.TextChoices):
    """What a change comes to."""

    CHANGE = "change", "变更"
    WITHDRAWAL = "withdrawal", "撤销"


class ChangeState(models.TextChoices):
    """Where a change stands; only one of an entry is live."""

    DRAFT = "draft", "编制中"
    SUBMITTED = "submitted", "审核中"
    APPLIED = "applied", "已生效"
    REFUSED = "refused", "未通过"
    DROPPED = "dropped", "已放弃"


LIVE_CHANGES = (ChangeState.DRAFT, ChangeState.SUBMITTED)


class Change(models.Model):
    """What a published entry shall say next (`content`, canonical), or that it shall end; `base` is the version it was made from.

    `happened_on` is the day of the legal change from which the ten working days count (国务院令第809号 art. 17).
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="changes")
    kind = models.CharField("类别", max_length=16, choices=ChangeKind, default=ChangeKind.CHANGE)
    state = models.CharField("状态", max_length=16, choices=ChangeState, default=ChangeState.DRAFT)
    content = models.JSONField("变更后的内容", default=dict)
    base = models.PositiveIntegerField("所依据的版本")
    reason = models.CharField("变更原因", max_length=500)
    happened_on = models.DateField("调整或变化之日")
    due_on = models.DateField("应报审日期")
    successor = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="succeeds", verbose_name="取代它的目录"
    )
    created_by = models.CharField("编制人", max_length=120)
    created_at = models.DateTimeField("编制时间")
    submitted_at = models.DateTimeField("报审时间", null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["resource"], condition=models.Q(state__in=["draft", "submitted"]), name="one_live_change"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.resource.title}"

    @property
    def has_public_name(self) -> bool:
        """It is known by the name of an entry in force."""
        return True


class EventKind(models.TextChoices):
    """What became of an entry in force."""

    PUBLISHED = "published", "发布"
    CHANGED = "changed", "变更"
    WITHDRAWN = "withdrawn", "撤销"
    SUPERSEDED = "superseded", "被取代"


class EntryEvent(models.Model):
    """One thing that became of an entry in force, for who follows the catalogue (`announcing.py`).

    `number` is the generation of its change, so numbers grow in the order of commits; gaps mean nothing. `successor` is
    the table of the entry that stands for a superseded one.
    """

    number = models.BigIntegerField("序号", unique=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="events")
    kind = models.CharField("类别", max_length=16, choices=EventKind)
    version = models.PositiveIntegerField("版本")
    digest = models.CharField("内容 SM3", max_length=64)
    successor = models.CharField("取代它的数据表", max_length=120, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()} {self.resource_id}"


class AnsweredCall(models.Model):
    """What a call with an `Idempotency-Key` was answered, so that the same call again does nothing twice.

    `by` is whose call it was; `request` the SM3 of what it asked. Kept for a week.
    """

    by = models.CharField("调用者", max_length=200)
    key = models.CharField("幂等键", max_length=160)
    request = models.CharField("请求 SM3", max_length=64)
    status = models.PositiveSmallIntegerField("回答", default=0)
    headers = models.JSONField("回答头", default=dict)
    body = models.JSONField("回答内容", default=dict)
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="answered_once")]

    def __str__(self) -> str:
        return self.key
