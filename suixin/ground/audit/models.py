"""The audit log: one row per action, never changed and never deleted by the application."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class Record(models.Model):
    """One action. Actor and object are copied as text, so that a record outlives both."""

    at = models.DateTimeField("时间", db_index=True)
    actor_kind = models.CharField("主体类型", max_length=16)
    actor_key = models.CharField("主体标识", max_length=150)
    actor_name = models.CharField("主体名称", max_length=120)
    organisation = models.CharField("机构代码", max_length=18, blank=True)
    action = models.CharField("操作", max_length=64, db_index=True)
    object_type = models.CharField("对象类型", max_length=64)
    object_key = models.CharField("对象标识", max_length=200)
    basis = models.CharField("依据", max_length=500, blank=True)
    before_hash = models.CharField("变更前杂凑", max_length=64, blank=True)
    after_hash = models.CharField("变更后杂凑", max_length=64, blank=True)
    detail = models.JSONField("详情", default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["object_type", "object_key"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_name} {self.action} {self.object_type} {self.object_key}"
