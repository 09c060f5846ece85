"""How far the sealer is: reads for health, metrics and compliance."""

from datetime import datetime, timedelta

from suixin.ground.audit.models import Anchor, Pending, Record
from suixin.kit import clock


def lag() -> timedelta:
    """The age of the oldest record that waits for its seal; zero when none does."""
    oldest = Pending.objects.filter(refused=False).order_by("record_id").values_list("record_id", flat=True).first()
    at = Record.objects.filter(pk=oldest).values_list("at", flat=True).first() if oldest is not None else None
    return max(timedelta(), clock.now() - at) if at else timedelta()


def refused() -> int:
    """Records that were altered before they were sealed."""
    return Pending.objects.filter(refused=True).count()


def last_of(action: str) -> datetime | None:
    """When that action was last on record; None when never."""
    return Record.objects.filter(action=action).order_by("-at", "-id").values_list("at", flat=True).first()


def last_anchor() -> datetime | None:
    """When the chain was last stated and signed; None when never."""
    return Anchor.objects.order_by("-seq").values_list("at", flat=True).first()
