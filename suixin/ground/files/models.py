"""Attachments: one row for each time something was handed in; equal bytes lie once."""

import uuid

from django.db import models


class Attachment(models.Model):
    """A file somebody handed in. Without owner it waits to be claimed, and goes after a day."""

    uuid = models.UUIDField("标识", default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField("类型", max_length=100)
    size = models.BigIntegerField("字节数")
    sm3 = models.CharField("SM3", max_length=64, db_index=True)
    owner_kind = models.CharField("所属类型", max_length=64, blank=True)
    owner_key = models.CharField("所属标识", max_length=200, blank=True)
    kept_by = models.CharField("提交人", max_length=180, blank=True)
    kept_at = models.DateTimeField("提交时间")

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["owner_kind", "owner_key"], name="files_owner")]

    def __str__(self) -> str:
        return self.name
