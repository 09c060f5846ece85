"""Bearer tokens by which applications read shares (Delta Sharing)."""

from datetime import datetime

from django.db import models

from suixin.ground.people.models import Application, Organisation


class ShareTokens(models.QuerySet["ShareToken"]):
    """Tokens by what they still do."""

    def usable(self, now: datetime) -> "ShareTokens":
        """Those that open something at that instant."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class ShareToken(models.Model):
    """One token of an application; its text is shown once, in the profile file, and kept as a keyed digest."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="share_tokens", verbose_name="应用")
    digest = models.CharField("摘要", max_length=64, unique=True)
    hint = models.CharField("末四位", max_length=4)
    created_at = models.DateTimeField("创建时间")
    created_by = models.CharField("创建人", max_length=60, blank=True)
    expires_at = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    objects = ShareTokens.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"…{self.hint}"

    @property
    def organisation(self) -> Organisation:
        """Whose application reads by it."""
        return self.application.organisation
