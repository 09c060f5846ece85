"""Shares: what one department was granted of another's data, for what purpose, until when."""

from django.db import models

from suixin.data.access.models import Grant
from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Application, Organisation


class Share(models.Model):
    """One granted request, with what Decree 809 art. 20 makes the asker state, and the grant that carries it out."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="shares")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="shares", verbose_name="需求部门")
    application = models.ForeignKey(Application, models.PROTECT, related_name="shares", null=True, blank=True)
    grant = models.OneToOneField(Grant, models.PROTECT, related_name="share")
    purpose = models.CharField("使用场景", max_length=500)
    basis = models.CharField("使用依据", max_length=500)
    granted_at = models.DateTimeField("同意时间")

    class Meta:
        ordering = ("-granted_at",)

    def __str__(self) -> str:
        return f"{self.organisation} ← {self.resource.title}"
