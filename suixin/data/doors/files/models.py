"""File exchange: receivers' keys, standing orders, and each package."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Application, Organisation


class FileForm(models.TextChoices):
    """The file that rows are written into."""

    CSV = "csv", "CSV"
    PARQUET = "parquet", "Parquet"


class OrderState(models.TextChoices):
    """Whether packages are made. A held one waits for a person, `sentence` says why."""

    ENABLED = "enabled", "启用"
    PAUSED = "paused", "已暂停"
    HELD = "held", "待处理"


class PackageState(models.TextChoices):
    """What became of a package; only an offered one has a file."""

    BUILDING = "building", "正在生成"
    OFFERED = "offered", "待接收"
    ACKNOWLEDGED = "acknowledged", "已签收"
    EXPIRED = "expired", "过期未签收"
    WITHDRAWN = "withdrawn", "已收回"


class ReceiverKey(models.Model):
    """The public SM2 key that an application's packages are enciphered for; it signs the receipts too. One at a time."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="receiver_keys", verbose_name="应用")
    public = models.CharField("公钥", max_length=130)
    fingerprint = models.CharField("指纹", max_length=64)
    registered_by = models.CharField("登记人", max_length=150)
    registered_at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=models.Q(ended_at=None), name="receiver_has_one_key"),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.fingerprint[:16]}"

    @property
    def organisation(self) -> Organisation:
        """Whose key it is."""
        return self.application.organisation


class FileOrder(models.Model):
    """Versions of one resource as packages for one application, by its grant; `days` is how long each is kept for it."""

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="file_orders", verbose_name="应用")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="file_orders", verbose_name="信息资源")
    form = models.CharField("文件格式", max_length=8, choices=FileForm, default=FileForm.CSV)
    purpose = models.CharField("用途", max_length=200, blank=True)
    is_automatic = models.BooleanField("每个新版本都生成", default=True)
    days = models.PositiveSmallIntegerField("保留天数", default=15)
    state = models.CharField("状态", max_length=12, choices=OrderState, default=OrderState.ENABLED)
    sentence = models.CharField("说明", max_length=600, blank=True)
    next_at = models.DateTimeField("下次生成", null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["application", "resource"], name="one_file_order_of_a_resource")]

    def __str__(self) -> str:
        return f"{self.resource} → {self.application}"

    @property
    def organisation(self) -> Organisation:
        """Whose application receives."""
        return self.application.organisation


class Package(models.Model):
    """One version for one receiver. `shape` is the plan's fingerprint: another plan is another package.

    `receipt` is what the receiver signed; the evidence of what was given lies beside the packages until it is as old as the log.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    order = models.ForeignKey(FileOrder, models.PROTECT, related_name="packages", verbose_name="文件交换")
    key = models.ForeignKey(ReceiverKey, models.PROTECT, related_name="packages", verbose_name="接收密钥")
    grant = models.UUIDField("授权", db_index=True)
    version = models.BigIntegerField("版本")
    shape = models.CharField("授权内容", max_length=16)
    state = models.CharField("状态", max_length=12, choices=PackageState, default=PackageState.BUILDING)
    sentence = models.CharField("说明", max_length=600, blank=True)
    rows = models.BigIntegerField("行数", null=True, blank=True)
    size = models.BigIntegerField("大小", null=True, blank=True)
    sm3 = models.CharField("SM3", max_length=64, blank=True)
    manifest_sm3 = models.CharField("清单 SM3", max_length=64, blank=True)
    built_at = models.DateTimeField("生成时间", null=True, blank=True)
    expires_at = models.DateTimeField("保留至", null=True, blank=True, db_index=True)
    fetched_at = models.DateTimeField("最近下载", null=True, blank=True)
    acknowledged_at = models.DateTimeField("签收时间", null=True, blank=True)
    receipt = models.TextField("签收回执", blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["order", "grant", "version", "shape", "key"], name="one_package_of_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.order} v{self.version}"

    @property
    def organisation(self) -> Organisation:
        """Whose application receives."""
        return self.order.application.organisation
