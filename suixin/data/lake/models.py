"""Batches that landed or are about to, who writes which table, and what was destroyed."""

import uuid as uuid_lib

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import SealedTextField

CORRECTION = "correction:"  # feed of a batch that corrects rows of another: `correction:<that batch>:<SM3 of the sheet>`


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

    def whole(self) -> "BatchQuerySet":
        """Batches that came by themselves: not the corrected rows of another one, which say little of the table."""
        return self.exclude(feed__startswith=CORRECTION)


class Batch(models.Model):
    """One delivery: what came, how it was judged, and the table version that it made.

    Always rows_in = accepted + rejected once it landed. (resource, feed, sequence) lands once. `replaced` rows of
    earlier batches had keys of this one and are gone, so a table has the sum of accepted - replaced. `part` is the
    table inside the file; `owner` the process that works on a reserved batch (`storage.owner`). `changes` of a whole
    state: rows inserted, updated, deleted, unchanged, and kept although they were rejected this time; of another: deleted.
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
    changes = models.JSONField("变动行数", default=dict, blank=True)
    table_version = models.BigIntegerField("数据版本", null=True, blank=True)
    normalised = models.JSONField("规范化计数", default=dict, blank=True)
    scores = models.JSONField("质量得分", default=dict, blank=True)
    indicators = models.JSONField("质量指标", default=dict, blank=True)
    rule_version = models.CharField("规则版本", max_length=40, blank=True)
    rule_results = models.JSONField("各规则的结果", default=dict, blank=True)
    code_sets = models.JSONField("所用代码集的版本", default=dict, blank=True)
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

    @property
    def corrects(self) -> int | None:
        """The batch of which this one brings corrected rows; None for any other. Stands in the commit too, as its feed."""
        named = self.feed.removeprefix(CORRECTION).partition(":")[0] if self.feed.startswith(CORRECTION) else ""
        return int(named) if named.isdecimal() else None


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


class DestructionKind(models.TextChoices):
    """What a destruction is of."""

    VALUE = "value", "一人(或一个主体)的数据"
    BATCH = "batch", "一个批次的数据"
    DUE = "due", "保存期满的数据"


class DestructionState(models.TextChoices):
    """Life of a destruction; what is sealed in it is forgotten in the last two."""

    ASKED = "asked", "待批准"
    APPROVED = "approved", "正在销毁"
    REFUSED = "refused", "不予销毁"
    DONE = "done", "已销毁"


class Destruction(models.Model):
    """Rows that shall end, asked by one person, decided by another. The value stands here sealed until it is over, then nowhere.

    `digest` is the value under a key of this installation: what pages, audit and certificate show of it.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=40, unique=True, null=True)  # null: only until the row has its number
    kind = models.CharField("种类", max_length=8, choices=DestructionKind)
    state = models.CharField("状态", max_length=12, choices=DestructionState, default=DestructionState.ASKED, db_index=True)
    provider = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="提供方")
    basis = models.CharField("依据", max_length=500)
    document = models.CharField("文号", max_length=200)
    sealed = SealedTextField("值", purpose="destruction")
    digest = models.CharField("值的杂凑", max_length=64, blank=True)
    asked_by = models.CharField("申请人", max_length=120)
    asked_key = models.CharField("申请人标识", max_length=180)
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.CharField("批准人", max_length=120, blank=True)
    decided_key = models.CharField("批准人标识", max_length=180, blank=True)
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    reason = models.CharField("批准意见", max_length=500, blank=True)
    trouble = models.CharField("受阻", max_length=1000, blank=True)
    ended_at = models.DateTimeField("完成时间", null=True, blank=True)
    certificate = models.TextField("销毁证明", blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=~models.Q(state="done") | ~models.Q(certificate=""), name="destruction_done_is_certified"),
            models.CheckConstraint(
                condition=models.Q(decided_key="") | ~models.Q(decided_key=models.F("asked_key")), name="destruction_by_two_persons"
            ),
            models.CheckConstraint(condition=~models.Q(basis="") & ~models.Q(document=""), name="destruction_has_basis"),
        ]

    def __str__(self) -> str:
        return self.number or str(self.uuid)


class DestructionTarget(models.Model):
    """One table of a destruction. `field`: the item asked by value or day; `batches`, `before`: the other ways.

    `counted` is what was there when it was asked for, `result` what was destroyed; numbers, never a value.
    """

    destruction = models.ForeignKey(Destruction, models.CASCADE, related_name="targets")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="destructions", verbose_name="信息资源")
    field = models.CharField("信息项", max_length=64, blank=True)
    batches = models.JSONField("批次", default=list, blank=True)
    before = models.DateField("早于", null=True, blank=True)
    counted = models.JSONField("申请时的数量", default=dict)
    result = models.JSONField("销毁的数量", default=dict)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["destruction", "resource"], name="destruction_once_a_table")]

    def __str__(self) -> str:
        return f"{self.destruction_id}: {self.resource_id}"


class DestroyedRows(models.Model):
    """What a batch lost by a destruction: accepted rows (`current` of them were in the newest version) and rejected ones."""

    destruction = models.ForeignKey(Destruction, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="destroyed")
    rows = models.BigIntegerField("接受的行", default=0)
    current = models.BigIntegerField("其中在最新版本的行", default=0)
    rejected = models.BigIntegerField("拒收的行", default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destruction", "batch"], name="destroyed_rows_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.rows}"


class DestroyedOriginal(models.Model):
    """An original that is gone by a destruction; the same bytes are not taken again."""

    sm3 = models.CharField("SM3 摘要", max_length=64, unique=True)
    destruction = models.ForeignKey(Destruction, models.PROTECT, related_name="originals")
    at = models.DateTimeField("时间")

    def __str__(self) -> str:
        return self.sm3[:12]


class Retention(models.Model):
    """How long rows of a resource are kept: `period` (ISO 8601, P5Y) from landing, or from the day in the item `field`."""

    resource = models.OneToOneField(Resource, models.CASCADE, related_name="retention", verbose_name="信息资源")
    period = models.CharField("保存期限", max_length=12)
    field = models.CharField("起算的信息项", max_length=64, blank=True)
    basis = models.CharField("依据", max_length=500)
    document = models.CharField("文号", max_length=200)
    set_by = models.CharField("设定人", max_length=120)
    set_key = models.CharField("设定人标识", max_length=180)
    set_at = models.DateTimeField("设定时间")

    def __str__(self) -> str:
        return f"{self.resource_id}: {self.period}"
