"""Letters: what we wrote and keep until the peer has it, what came and was done."""

from django.db import models

from suixin.data.sharing.cascade.models.links import Link
from suixin.ground.security.fields import SealedTextField

PURPOSE = "cascade"


class LetterKind(models.TextChoices):
    """What a letter is about."""

    ENTRIES = "entries", "目录变动"
    FLOW = "flow", "回流约定"
    ROWS = "rows", "回流数据"
    RECEIPT = "receipt", "入库回执"
    ASK = "ask", "共享申请"
    ANSWER = "answer", "申请进展"
    DOUBT = "doubt", "校核申请"
    VERDICT = "verdict", "校核结果"
    KEYS = "keys", "公钥更换"


class Letter(models.Model):
    """Numbered by its sender for its link from 1 on. `envelope` is the signed text, sealed; empty when `is_forgotten`.

    `day` is the sender's, by which both ends count; `about` names the flow or the request.
    """

    link = models.ForeignKey(Link, models.PROTECT)
    sequence = models.BigIntegerField("序号")
    kind = models.CharField("类别", max_length=12, choices=LetterKind)
    about = models.CharField("事由", max_length=64, blank=True)
    rows = models.PositiveIntegerField("行数", default=0)
    day = models.DateField("日期", db_index=True)
    digest = models.CharField("内容 SM3", max_length=64)
    signature = models.CharField("签名", max_length=128)
    envelope = SealedTextField("内容", purpose=PURPOSE)
    is_forgotten = models.BooleanField("内容已清理", default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.link} #{self.sequence} {self.get_kind_display()}"


class Outgoing(Letter):
    """One that we wrote. `receipt`: what the peer said became of it."""

    written_at = models.DateTimeField("写入时间")
    tries = models.PositiveIntegerField("发送次数", default=0)
    receipt = models.JSONField("回执", default=dict, blank=True)

    class Meta:
        ordering = ("sequence",)
        default_related_name = "outgoing"
        constraints = [models.UniqueConstraint(fields=["link", "sequence"], name="cascade_written_once")]


class Incoming(Letter):
    """One that came, in whatever order; done in order. `number` is the part's of its flow; `landed_at` when its rows stood in the table."""

    received_at = models.DateTimeField("收到时间")
    applied_at = models.DateTimeField("办理时间", null=True, blank=True)
    sentence = models.CharField("说明", max_length=600, blank=True)
    number = models.BigIntegerField("块号", null=True, blank=True)
    landed_at = models.DateTimeField("入库时间", null=True, blank=True)

    class Meta:
        ordering = ("sequence",)
        default_related_name = "incoming"
        constraints = [models.UniqueConstraint(fields=["link", "sequence"], name="cascade_received_once")]
        indexes = [models.Index(fields=["link", "about", "number"], name="cascade_part")]
