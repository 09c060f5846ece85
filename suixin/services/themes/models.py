"""Themes and their versions, and the question bank: what is published is whole and never changed.

Theme         the working draft (`text`, as declared) and how many rules it breaks now
ThemeVersion  what was published: the declaration, and the offers and questions it stood on then (`pinned`)
BankVersion   the question bank of the city as it was taken; the newest is in use
"""

import uuid as uuid_lib
from typing import Any

from django.db import models

from suixin.ground.people.models import Organisation


class ThemeState(models.TextChoices):
    """Where a theme stands."""

    DRAFT = "draft", "未发布"
    IN_USE = "in_use", "在用"
    PAUSED = "paused", "暂停"


class BankVersion(models.Model):
    """One state of the question bank."""

    number = models.PositiveIntegerField("版本", unique=True)
    text = models.TextField("问题库")
    digest = models.CharField("内容 SM3", max_length=64)
    taken_at = models.DateTimeField("登记时间")
    taken_by = models.CharField("登记人", max_length=120)

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"问题库第{self.number}版"


class Theme(models.Model):
    """One theme. `version` is the number of the newest version, `faults` what forbids publishing the draft, as last counted."""

    uuid = models.UUIDField(default=uuid_lib.uuid4, unique=True, editable=False)
    slug = models.SlugField("标识", max_length=60, unique=True)
    title = models.CharField("名称", max_length=200)
    lead = models.ForeignKey(Organisation, models.PROTECT, related_name="led_themes", verbose_name="牵头单位")
    text = models.TextField("声明")
    state = models.CharField("状态", max_length=10, choices=ThemeState, default=ThemeState.DRAFT)
    version = models.PositiveIntegerField("版本", default=0)
    faults = models.PositiveIntegerField("问题数", default=0)
    is_changed = models.BooleanField("有未发布的修改", default=True)
    reason = models.CharField("暂停的理由", max_length=500, blank=True)
    created_at = models.DateTimeField("登记时间")
    updated_at = models.DateTimeField("修改时间")

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.title

    @property
    def organisation(self) -> Organisation:
        """The body that drafts it."""
        return self.lead

    @property
    def has_public_name(self) -> bool:
        """A published theme is known to everybody."""
        return self.version > 0


class ThemeVersion(models.Model):
    """One published state of a theme; never written again."""

    theme = models.ForeignKey(Theme, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    text = models.TextField("声明")
    pinned = models.JSONField("依据的事项版本和问题")
    digest = models.CharField("内容 SM3", max_length=64)
    published_at = models.DateTimeField("发布时间")
    published_by = models.CharField("发布人", max_length=120)
    reason = models.CharField("理由", max_length=500, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["theme", "number"], name="theme_version_once")]

    def __str__(self) -> str:
        return f"{self.theme.slug} 第{self.number}版"

    def save(self, **options: Any) -> None:  # noqa: ANN401 as Django passes them
        """The row inserted. Raises ValueError when it stands already."""
        if not self._state.adding:
            raise ValueError("a published version of a theme is never changed")
        super().save(**options)
