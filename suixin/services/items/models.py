"""Items of three tiers and their versions: a published version is never changed, one is in force at any instant.

Item      a place in the catalogue with what it states itself (`content`, the working draft); the rest comes from above
Version   what was published: whole (`content`, inherited elements included) and own (`stated`), in force from `valid_from`
          until `valid_until`; spans of an item follow one another without gap; a pause or withdrawal is a version, too
"""

import uuid as uuid_lib
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from suixin.ground.people.models import Organisation
from suixin.services.items.rules import Tier


class TierChoice(models.TextChoices):
    """The three storeys of items."""

    BASIC = Tier.BASIC.value, "基本目录"
    IMPLEMENTATION = Tier.IMPLEMENTATION.value, "实施清单"
    HANDLING = Tier.HANDLING.value, "业务办理项"


class ItemState(models.TextChoices):
    """Where an item stands; keys of the exchange but for drafts (taskState)."""

    DRAFT = "0", "未发布"
    IN_USE = "1", "在用"
    PAUSED = "2", "暂停"
    WITHDRAWN = "3", "取消"


PUBLISHED = (ItemState.IN_USE, ItemState.PAUSED, ItemState.WITHDRAWN)


class Item(models.Model):
    """One item of one tier. `code` has 12, 31 or 33 characters by tier; `version` is the number of the newest version.

    `faults` is how many faults the draft has, counted whenever it or one above is kept.
    """

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    tier = models.CharField("层级", max_length=16, choices=TierChoice)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级事项")
    code = models.CharField("编码", max_length=36, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="service_items", verbose_name="实施主体"
    )
    title = models.CharField("事项名称", max_length=300)
    state = models.CharField("事项状态", max_length=1, choices=ItemState, default=ItemState.DRAFT)
    content = models.JSONField("要素", default=dict)
    version = models.PositiveIntegerField("版本", default=0)
    faults = models.PositiveIntegerField("问题数", default=0)
    is_changed = models.BooleanField("有未发布的修改", default=True)
    created_at = models.DateTimeField("登记时间")
    updated_at = models.DateTimeField("修改时间")

    class Meta:
        ordering = ("code",)
        indexes = [models.Index(fields=["organisation", "state"], name="item_by_department")]
        constraints = [
            models.CheckConstraint(
                condition=Q(tier="basic", parent=None, organisation=None) | (~Q(tier="basic") & Q(parent__isnull=False)
                & Q(organisation__isnull=False)), name="item_stands_in_its_tier",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_public_name(self) -> bool:
        """A published item is known to everybody."""
        return self.version > 0


class VersionQuerySet(models.QuerySet["ItemVersion"]):
    """Named filters of versions."""

    def at(self, instant: datetime) -> "VersionQuerySet":
        """Those in force at that instant: one an item at most."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=instant), valid_from__lte=instant)


class ItemVersion(models.Model):
    """One published state of an item. Only `valid_until` is ever written again, once, when the next version is published."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    state = models.CharField("事项状态", max_length=1, choices=ItemState)
    content = models.JSONField("要素")
    stated = models.JSONField("本级填写的要素")
    department = models.CharField("实施主体", max_length=120, blank=True)  # as it was called then
    digest = models.CharField("内容 SM3", max_length=64)
    valid_from = models.DateTimeField("生效时间")
    valid_until = models.DateTimeField("失效时间", null=True, blank=True)
    published_at = models.DateTimeField("发布时间")
    published_by = models.CharField("发布人", max_length=120)
    reason = models.CharField("理由", max_length=500, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="item_version_once"),
            models.UniqueConstraint(fields=["item"], condition=Q(valid_until=None), name="item_version_open_once"),
            models.CheckConstraint(condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="item_version_span"),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} 第{self.number}版"

    def save(self, **options: Any) -> None:  # noqa: ANN401 as Django passes them
        """The row inserted; a published version is not written again but for its end. Raises ValueError."""
        if not self._state.adding and set(options.get("update_fields") or ()) != {"valid_until"}:
            raise ValueError("a published version of an item is never changed")
        super().save(**options)
