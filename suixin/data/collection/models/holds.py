"""Whole states that would delete more than they may, until a person decides."""

from django.db import models

from suixin.data.collection.models.deciding import Awaited
from suixin.data.collection.models.feeds import Feed


class HoldState(models.TextChoices):
    """What became of it."""

    OPEN = "open", "等待决定"
    TAKEN = "taken", "已同意删除"
    DROPPED = "dropped", "已作废"


class Hold(Awaited):
    """One whole state of a feed that was held, known by the SM3 of its bytes. `path` of a file; rows are in the archive."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="holds")
    sm3 = models.CharField("原件 SM3", max_length=64)
    path = models.CharField("文件", max_length=1000, blank=True)
    rows = models.BigIntegerField("现有行数")
    deleted = models.BigIntegerField("会删除")
    state = models.CharField("状态", max_length=12, choices=HoldState, default=HoldState.OPEN)

    class Meta(Awaited.Meta):
        constraints = [models.UniqueConstraint(fields=["feed"], condition=models.Q(state="open"), name="hold_open_once")]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.get_state_display()}"
