"""The audit log and what seals it; rows here are added, and only `archive` ever takes sealed ones away.

Record   one action, written in the transaction of its change
Pending  a record that is not sealed yet, with the code that proves that the application wrote it
Seal     the place of a record in the chain: number without gaps, digest, authentication code
Anchor   a signed statement of where the chain stood; the same line lies in a second place
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q


class Record(models.Model):
    """One action. Actor and object are copied as text, so that a record outlives both."""

    at = models.DateTimeField("时间")
    actor_kind = models.CharField("主体类型", max_length=16)
    actor_key = models.CharField("主体标识", max_length=150)
    actor_name = models.CharField("主体名称", max_length=120)
    organisation = models.CharField("机构代码", max_length=18, blank=True)
    action = models.CharField("操作", max_length=64)
    object_type = models.CharField("对象类型", max_length=64)
    object_key = models.CharField("对象标识", max_length=200)
    basis = models.CharField("依据", max_length=500, blank=True)
    before_hash = models.CharField("变更前杂凑", max_length=64, blank=True)
    after_hash = models.CharField("变更后杂凑", max_length=64, blank=True)
    code = models.CharField("结果", max_length=40, default="200")
    trace_id = models.CharField("追踪号", max_length=64, blank=True, db_index=True)
    address = models.CharField("来源地址", max_length=64, blank=True)
    terminal = models.CharField("终端", max_length=200, blank=True)
    detail = models.JSONField("详情", default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["at", "id"], name="audit_time"),
            models.Index(fields=["actor_key", "at", "id"], name="audit_actor"),
            models.Index(fields=["organisation", "at", "id"], name="audit_organisation"),
            models.Index(fields=["action", "at", "id"], name="audit_action"),
            models.Index(fields=["object_key", "at", "id"], name="audit_object"),
            models.Index(fields=["code", "at", "id"], name="audit_result", condition=~Q(code="200")),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_name} {self.action} {self.object_type} {self.object_key}"


class Pending(models.Model):
    """A committed record waits here for its seal. `refused`: it was not as the application had written it."""

    record_id = models.BigIntegerField(primary_key=True)
    mac = models.BinaryField()
    refused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.record_id)


class Seal(models.Model):
    """One link: `digest` is SM3 of the digest before and the record, `mac` its HMAC-SM3 under the log key."""

    number = models.BigIntegerField(primary_key=True)
    record_id = models.BigIntegerField(unique=True)
    digest = models.BinaryField()
    mac = models.BinaryField()

    def __str__(self) -> str:
        return str(self.number)


class Anchor(models.Model):
    """The chain up to `number`, signed; `line` is the text as it also lies in the second place (`is_kept`)."""

    seq = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    line = models.TextField()
    is_kept = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.seq}: {self.number}"
