"""What a feed waits for until a person decides it: a change of columns, a whole state that deletes too much."""

import uuid as uuid_lib

from django.db import models


class Awaited(models.Model):
    """One thing that was found and is decided once. Whoever inherits has `feed` and `state`."""

    uuid = models.UUIDField("标识", default=uuid_lib.uuid4, unique=True, editable=False)
    found_at = models.DateTimeField("发现时间")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.CharField("决定人", max_length=120, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ("-pk",)

    @property
    def owner_paths(self) -> tuple[tuple[str, ...], ...]:
        """As of its feed."""
        paths: tuple[tuple[str, ...], ...] = self.feed.owner_paths  # type: ignore[attr-defined]  # of who inherits
        return paths
