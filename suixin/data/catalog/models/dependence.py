"""Who depends on an item: one table for all, written by whoever uses an item in the action by which it begins to."""

from django.db import models

from suixin.data.catalog.models.entries import Resource
from suixin.ground.people.models import Organisation


class Use(models.TextChoices):
    """What an item is used for, which decides what breaks when it changes."""

    SHOWN = "shown", "显示"
    FILTER = "filter", "行条件"
    COMPUTED = "computed", "计算"
    CHECKED = "checked", "校核规则"
    FED = "fed", "归集"


class Dependence(models.Model):
    """One item of one entry (`field`; "" for the entry as a whole) used by one thing of another module.

    The item is named by its field, which never changes, so that the row outlives what becomes of the item.
    `is_public`: what shows or computes it does so for everybody, which only level L1 allows.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="dependences")
    field = models.CharField("字段名", max_length=64, blank=True)
    use = models.CharField("用途", max_length=16, choices=Use)
    by_kind = models.CharField("使用方类别", max_length=64)
    by_key = models.CharField("使用方标识", max_length=200)
    title = models.CharField("使用方", max_length=200)
    responsible = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="dependences", verbose_name="责任单位"
    )
    is_public = models.BooleanField("面向公众", default=False)

    class Meta:
        ordering = ("by_kind", "by_key", "field")
        indexes = [
            models.Index(fields=["resource", "field"], name="dependence_item"),
            models.Index(fields=["by_kind", "by_key"], name="dependence_by"),
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.field or '整条目录'}"
