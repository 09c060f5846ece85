"""How an entry stands, in few columns: what the lists and statistics count, written whenever the entry or its data change."""

from django.db import models

from suixin.data.catalog.models.entries import Resource, ResourceState
from suixin.ground.people.models import Organisation


class Standing(models.Model):
    """Derived from the entry and its newest batch; may be computed again at any time (`standing.rebuild`).

    `unsourced`: items for which neither they nor the entry name a source department. `late_from`: the first day on which
    its data are late; none when they never are (不定期) or never came.
    """

    resource = models.OneToOneField(Resource, models.CASCADE, primary_key=True, related_name="standing")
    provider = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    state = models.CharField("状态", max_length=16, choices=ResourceState)
    percent = models.PositiveSmallIntegerField("完整度")
    items = models.PositiveIntegerField("信息项数")
    unsourced = models.PositiveIntegerField("未明确数源的信息项数")
    data_on = models.DateField("最近更新", null=True, blank=True)
    late_from = models.DateField("逾期起始日", null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["provider", "state", "percent", "items", "unsourced", "late_from"], name="standing_by_provider"),
            models.Index(fields=["state", "late_from"], name="standing_late"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.percent}%"
