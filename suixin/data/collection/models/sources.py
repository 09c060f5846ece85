"""Systems that data come from, and what systems have pushed."""

import uuid as uuid_lib

from django.db import models

from suixin.data.collection.sources.base import Kind
from suixin.ground.people.models import Organisation
from suixin.ground.security.fields import SealedTextField

PURPOSE = "source"
KINDS = (
    (Kind.DATABASE.value, "数据库"), (Kind.HTTP.value, "HTTP 接口"), (Kind.FOLDER.value, "文件夹"), (Kind.SFTP.value, "SFTP"),
    (Kind.S3.value, "对象存储"), (Kind.PUSH.value, "推送接收"), (Kind.AGENT.value, "前置机"),
)


class SourceState(models.TextChoices):
    """Whether its feeds run."""

    ENABLED = "enabled", "启用"
    PAUSED = "paused", "已暂停"


class Source(models.Model):
    """One system of one organisation. `secrets` is JSON, sealed, and never shown again.

    `agreement` (its number), `agreement_place` (where the signed document lies), `purpose` (what the data may be used for)
    and `expires_on` are of the agreement with a supplier that is no public body; after that day nothing is taken.
    `health` is what the last check said; `is_well` None: never checked.
    """

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    slug = models.SlugField("英文标识", max_length=60, unique=True)
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("种类", max_length=12, choices=KINDS)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sources", verbose_name="来源单位")
    address = models.CharField("地址", max_length=500, blank=True)
    options = models.JSONField("参数", default=dict, blank=True)
    secrets = SealedTextField("凭据", purpose=PURPOSE)
    allowed_hosts = models.JSONField("其他允许的主机", default=list, blank=True)
    concurrency = models.PositiveSmallIntegerField("同时运行的任务数", default=2)
    agreement = models.CharField("协议编号", max_length=100, blank=True)
    agreement_place = models.CharField("协议文本", max_length=300, blank=True)
    purpose = models.CharField("协议约定的用途", max_length=300, blank=True)
    expires_on = models.DateField("协议到期日", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=SourceState, default=SourceState.ENABLED)
    health = models.CharField("检查结果", max_length=600, blank=True)
    is_well = models.BooleanField("正常", null=True)
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class PushMessage(models.Model):
    """One message that a source pushed; `body` is emptied when its rows have landed (the archive has them)."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="messages")
    message_id = models.CharField("消息标识", max_length=128)
    sm3 = models.CharField("内容 SM3", max_length=64)
    rows = models.PositiveIntegerField("行数")
    body = SealedTextField("内容", purpose=PURPOSE)
    received_at = models.DateTimeField("收到时间")
    landed_at = models.DateTimeField("入库时间", null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="push_message_once")]
        indexes = [models.Index(fields=["source", "landed_at"], name="push_waiting")]

    def __str__(self) -> str:
        return self.message_id
