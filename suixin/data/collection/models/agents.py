"""Front machines of departments: what they tell of themselves, their streams, what they have pushed."""

from django.db import models

from suixin.data.collection.models.sources import PURPOSE, Source
from suixin.data.collection.sources.base import Column
from suixin.ground.security.fields import SealedTextField


class FrontMachine(models.Model):
    """What the agent of a source told last. `skew_ms`: its clock less ours; `oldest_at`: since when its spool holds what waits."""

    source = models.OneToOneField(Source, models.CASCADE, related_name="machine")
    version = models.CharField("程序版本", max_length=40, blank=True)
    host = models.CharField("主机名", max_length=120, blank=True)
    heard_at = models.DateTimeField("最近心跳")
    skew_ms = models.BigIntegerField("时钟偏差(毫秒)", default=0)
    spool_chunks = models.PositiveIntegerField("待发块数", default=0)
    spool_bytes = models.BigIntegerField("待发字节", default=0)
    spool_limit = models.BigIntegerField("待发上限", default=0)
    oldest_at = models.DateTimeField("最早待发", null=True, blank=True)
    sentence = models.CharField("自述", max_length=600, blank=True)

    def __str__(self) -> str:
        return self.host


class FrontStream(models.Model):
    """One table or folder that the agent reads. `received`: number of its last chunk here; `place`: the agent's own, behind it.

    `is_repeated`: everything is read again and again, so only an entry with a key can take it.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="streams")
    name = models.CharField("名称", max_length=60)
    what = models.CharField("表或文件名", max_length=300, blank=True)
    columns = models.JSONField("列", default=list)
    is_repeated = models.BooleanField("全量重读", default=False)
    received = models.BigIntegerField("已收到的序号", default=0)
    place = SealedTextField("到达位置", purpose=PURPOSE)
    read_at = models.DateTimeField("上次读取", null=True, blank=True)
    sentence = models.CharField("自述", max_length=600, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="front_stream_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def known_columns(self) -> tuple[Column, ...]:
        """Columns as the agent told them last."""
        return tuple(Column.of(one) for one in self.columns)


class FrontChunk(models.Model):
    """One chunk that came. Its bytes lie sealed under `inbox` until its rows have landed; the archive has them then."""

    stream = models.ForeignKey(FrontStream, models.CASCADE, related_name="chunks")
    sequence = models.BigIntegerField("序号")
    sm3 = models.CharField("内容 SM3", max_length=64)
    size = models.PositiveIntegerField("字节数")
    rows = models.PositiveIntegerField("行数")
    columns = models.JSONField("列")
    file = models.CharField("文件", max_length=300, blank=True)
    stamp = models.CharField("文件标记", max_length=300, blank=True)
    is_last = models.BooleanField("文件的最后一块", default=True)
    place = SealedTextField("到达位置", purpose=PURPOSE)
    inbox = models.CharField("暂存位置", max_length=32, blank=True)
    received_at = models.DateTimeField("收到时间")
    landed_at = models.DateTimeField("入库时间", null=True, blank=True)

    class Meta:
        ordering = ("sequence",)
        constraints = [models.UniqueConstraint(fields=["stream", "sequence"], name="front_chunk_once")]
        indexes = [models.Index(fields=["stream", "landed_at"], name="front_chunk_waiting")]

    def __str__(self) -> str:
        return f"{self.stream_id}#{self.sequence}"
