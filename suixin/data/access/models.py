"""Grants: who may read which columns of which rows, masked how, through which doors, until when."""

import uuid as uuid_lib
from datetime import datetime

from django.db import models

from suixin.data.catalog.models import Resource, ResourceGroup


class SubjectKind(models.TextChoices):
    """Whom a grant is for; `subject_key` is empty, a credit code, an application id or an account name."""

    PUBLIC = "public", "社会公众"
    ORGANISATION = "organisation", "部门"
    APPLICATION = "application", "应用"
    PERSON = "person", "个人"


class GrantState(models.TextChoices):
    """A suspended grant may come back, a revoked one never does."""

    ACTIVE = "active", "有效"
    SUSPENDED = "suspended", "已暂停"
    REVOKED = "revoked", "已撤销"


class Door(models.TextChoices):
    """The ways by which rows leave, and the one by which systems bring them."""

    PAGE = "page", "页面"
    ROWS = "rows", "接口"
    DOWNLOAD = "download", "下载"
    GATEWAY = "gateway", "网关查询"
    VERIFY = "verify", "网关核验"
    AGGREGATE = "aggregate", "统计查询"
    TABLE = "table", "库表交换"
    SHARE = "share", "Delta Sharing"
    SUBSCRIPTION = "subscription", "订阅推送"
    PROXY = "proxy", "接口代理"
    FILE = "file", "文件交换"
    COMPUTE = "compute", "计算"
    PUSH = "push", "推送接收"


class GrantQuerySet(models.QuerySet["Grant"]):
    """Named filters of grants."""

    def for_resource(self, resource: Resource) -> "GrantQuerySet":
        """Grants on that resource that were not revoked."""
        return self.filter(resource=resource).exclude(state=GrantState.REVOKED)


class GrantTerms(models.Model):
    """The terms of a grant, whatever it is on: for whom, which rows, masked how, through which doors, from when until when, how often.

    `is_receipted`: every exchange by it leaves a signed receipt.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    subject_kind = models.CharField("对象类别", max_length=16, choices=SubjectKind)
    row_filter = models.TextField("行条件", blank=True)
    masks = models.JSONField("脱敏", default=dict, blank=True)
    purposes = models.JSONField("用途", default=dict, blank=True)
    doors = models.JSONField("通道", default=list)
    valid_from = models.DateTimeField("生效时间")
    valid_until = models.DateTimeField("失效时间", null=True, blank=True)
    state = models.CharField("状态", max_length=16, choices=GrantState, default=GrantState.ACTIVE)
    basis = models.CharField("依据", max_length=500, blank=True)
    per_second = models.PositiveIntegerField("每秒次数", null=True, blank=True)
    per_day = models.PositiveIntegerField("每日次数", null=True, blank=True)
    is_receipted = models.BooleanField("每次交换留回执", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class DatasetGrant(GrantTerms):
    """One permission to read every table of a dataset (目录组): the words from which a `Grant` on each of its tables is made.

    `columns` are names as they were said, none: every column. `providers`: credit codes of those whose tables it opens, later ones too;
    `share_types` of the tables that it opened when given: a later table of a stricter one stays shut.
    """

    group = models.ForeignKey(ResourceGroup, models.PROTECT, related_name="grants", verbose_name="数据集")
    subject_key = models.CharField("对象", max_length=150)
    columns = models.JSONField("可见列", default=list, blank=True)
    providers = models.JSONField("提供部门", default=list)
    share_types = models.JSONField("共享类型", default=list)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.get_subject_kind_display()} {self.subject_key} → {self.group}"


class Grant(GrantTerms):
    """One permission to read. Columns are field names; a column without its own mask takes the item's.

    `dataset`: the grant on a whole dataset that it is a part of.
    """

    subject_key = models.CharField("对象", max_length=150, blank=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="grants", verbose_name="信息资源")
    columns = models.JSONField("可见列", default=list)
    dataset = models.ForeignKey(DatasetGrant, models.PROTECT, related_name="grants", null=True, blank=True, verbose_name="数据集授权")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["subject_kind", "subject_key"], name="grant_subject")]

    def __str__(self) -> str:
        return f"{self.get_subject_kind_display()} {self.subject_key} → {self.resource_id}"

    def is_in_time(self, at: datetime) -> bool:
        """Whether `at` lies within the grant's time; the end is exclusive."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


class SpentNonce(models.Model):
    """A nonce that an application has used; kept only while its timestamp would be accepted (nonces.py)."""

    app_id = models.CharField("应用标识", max_length=64)
    nonce = models.CharField("随机数", max_length=128)
    until_ms = models.BigIntegerField("保留至", db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app_id", "nonce"], name="nonce_is_spent_once")]

    def __str__(self) -> str:
        return f"{self.app_id} {self.nonce}"


class QuotaUse(models.Model):
    """How often a grant was used in the second and on the day of its last use, where several nodes share it (quotas.py)."""

    grant_id = models.CharField("授权", max_length=36, primary_key=True)
    second = models.BigIntegerField("秒")
    in_second = models.IntegerField("本秒次数")
    day = models.IntegerField("日")
    in_day = models.IntegerField("本日次数")

    def __str__(self) -> str:
        return f"{self.grant_id} {self.in_day}"
