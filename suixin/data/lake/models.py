"""Batches that landed or are about to, and who writes which table."""

from django.db import models

from suixin.data.catalog.models import Resource


class BatchState(models.TextChoices):
    """Life of a batch; a reserved one is finished, or removed by `repair`."""

    RESERVED = "reserved", "处理中"
    LANDED = "landed", "已入库"


class BatchQuerySet(models.QuerySet["Batch"]):
    """Named filters of batches."""

    def landed(self) -> "BatchQuerySet":
        """Batches that are in the table."""
        return self.filter(state=BatchState.LANDED)

    def reserved(self) -> "BatchQuerySet":
        """Batches that wait for their commit."""
        return self.filter(state=BatchState.RESERVED)


class Batch(models.Model):
    """One delivery: what came, how it was judged, and the table version that it made.

    Always rows_in = accepted + rejected once it landed. (resource, feed, sequence) lands once. `replaced` rows of
    earlier batches had keys of this one and are gone, so a table has the sum of accepted - replaced. `part` is the
    table inside the file; `owner` the process that works on a reserved batch (`storage.owner`).
    """

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="batches", verbose_name="信息资源")
    feed = models.CharField("来源", max_length=200)
    sequence = models.BigIntegerField("序号")
    state = models.CharField("状态", max_length=16, choices=BatchState, default=BatchState.RESERVED, db_index=True)
    owner = models.CharField("处理进程", max_length=200, blank=True)
    file_name = models.CharField("文件名", max_length=500, blank=True)
    part = models.CharField("文件内的表", max_length=300, blank=True)
    sm3 = models.CharField("SM3 摘要", max_length=64, blank=True, db_index=True)
    size = models.BigIntegerField("字节数", default=0)
    archive_path = models.CharField("归档位置", max_length=500, blank=True)
    rows_in = models.BigIntegerField("收到行数", default=0)
    accepted = models.BigIntegerField("接受行数", default=0)
    rejected = models.BigIntegerField("拒绝行数", default=0)
    replaced = models.BigIntegerField("替换行数", default=0)
    table_version = models.BigIntegerField("数据版本", null=True, blank=True)
    normalised = models.JSONField("规范化计数", default=dict, blank=True)
    scores = models.JSONField("质量得分", default=dict, blank=True)
    indicators = models.JSONField("质量指标", default=dict, blank=True)
    rule_version = models.CharField("规则版本", max_length=40, blank=True)
    created_at = models.DateTimeField("创建时间")

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["resource", "feed", "sequence"], name="batch_lands_once"),
            models.CheckConstraint(
                condition=~models.Q(state="landed") | models.Q(rows_in=models.F("accepted") + models.F("rejected")),
                name="batch_rows_add_up",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="landed") | models.Q(table_version__isnull=False),
                name="batch_landed_has_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id}/{self.pk} {self.file_name}"


class Receipt(models.Model):
    """The signed receipt of a landed batch: one line of canonical JSON (`receipts`), never changed."""

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="receipt", verbose_name="批次")
    root = models.CharField("行的根摘要", max_length=64)
    line = models.TextField("签名回执")

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.root[:12]}"


class VersionProfile(models.Model):
    """What each column of one version looks like, as quality measured it; kept, so that versions can be compared."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="profiles", verbose_name="信息资源")
    version = models.BigIntegerField("数据版本")
    rows = models.BigIntegerField("行数")
    columns = models.JSONField("各列", default=list)
    made_at = models.DateTimeField("探查时间")

    class Meta:
        ordering = ("-version",)
        constraints = [models.UniqueConstraint(fields=["resource", "version"], name="profile_once_a_version")]

    def __str__(self) -> str:
        return f"{self.resource_id}@{self.version}"


class Lease(models.Model):
    """The one process that may write a table, until when."""

    table = models.CharField("数据表", max_length=120, primary_key=True)
    owner = models.CharField("持有者", max_length=200)
    until = models.DateTimeField("有效期至")

    def __str__(self) -> str:
        return f"{self.table}: {self.owner}"
