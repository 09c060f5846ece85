"""Up to when somebody has read what came about a case; a firm's agents read each for themselves."""

from django.db import models

from suixin.services.cases.models import Case


class Reading(models.Model):
    """One reader of one case: what is older than `read_at` was read."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="readings")
    reader = models.CharField("读者标识", max_length=150)
    read_at = models.DateTimeField("读到")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "case"], name="space_reading_once")]

    def __str__(self) -> str:
        return f"{self.read_at:%F}"
