"""Files that came by hand or from a folder of files, what became of each table in them; rows filled in by hand."""

from django.db import models

from suixin.data.catalog.models import Resource
from suixin.ground.security.fields import SealedTextField
from suixin.kit.actor import Actor


class RunStatus(models.TextChoices):
    """What became of one table of one file."""

    LANDED = "landed", "已入库"
    KNOWN = "known", "已收过"
    REFUSED = "refused", "已拒收"
    PROPOSED = "proposed", "待确认"


class Run(models.Model):
    """One table of one file, brought once. `archive_path` is where the original waits or rests."""

    file_name = models.CharField("文件", max_length=500)
    table_name = models.CharField("表", max_length=200, blank=True)
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="runs")
    sm3 = models.CharField("原件 SM3", max_length=64, blank=True, db_index=True)
    archive_path = models.CharField("归档位置", max_length=500, blank=True)
    status = models.CharField("结果", max_length=16, choices=RunStatus, db_index=True)
    message = models.TextField("说明", blank=True)
    rows_in = models.BigIntegerField("来源行数", default=0)
    accepted = models.BigIntegerField("接收", default=0)
    rejected = models.BigIntegerField("拒收", default=0)
    version = models.BigIntegerField("版本", null=True, blank=True)
    seconds = models.FloatField("用时(秒)", default=0)
    at = models.DateTimeField("时间", db_index=True)
    constants = models.JSONField("文件名所定的值", default=dict)
    by = models.CharField("经办", max_length=128, blank=True)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.file_name} {self.get_status_display()}"


class Filler(models.Model):
    """Who fills in rows for which resource. `token` names the draft, and what was handed in from it: once."""

    token = models.UUIDField("请求标识", unique=True, editable=False)
    actor_kind = models.CharField("主体类型", max_length=16)
    actor_key = models.CharField("主体标识", max_length=150)
    actor_name = models.CharField("主体", max_length=120)

    class Meta:
        abstract = True

    def is_of(self, actor: Actor) -> bool:
        """Whether this person filled in."""
        return (self.actor_kind, self.actor_key) == (actor.kind.value, actor.key)


class FillDraft(Filler):
    """Rows not handed in yet, sealed whole: one for each person and resource. `revision` counts savings."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="fill_drafts", verbose_name="资源")
    sealed = SealedTextField("行", purpose="forms")
    rows = models.PositiveIntegerField("行数", default=0)
    revision = models.PositiveIntegerField("保存次数", default=1)
    saved_at = models.DateTimeField("保存时间")
    expires_at = models.DateTimeField("失效时间", db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "actor_kind", "actor_key"], name="fill_draft_once")]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.actor_name}"


class Filing(Filler):
    """Rows that were handed in by the page; never changed. `sm3` is that of the original archived."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="filings", verbose_name="资源")
    sm3 = models.CharField("原件 SM3", max_length=64)
    rows_in = models.PositiveIntegerField("行数")
    accepted = models.PositiveIntegerField("接收")
    rejected = models.PositiveIntegerField("拒收")
    attachments = models.PositiveSmallIntegerField("附件数", default=0)
    filed_at = models.DateTimeField("提交时间", db_index=True)

    class Meta:
        ordering = ("-filed_at", "-pk")

    def __str__(self) -> str:
        return f"{self.resource_id} {self.actor_name} {self.filed_at:%Y-%m-%d}"
