"""Old messages are forgotten: their texts are for the moment, what they tell of is kept elsewhere."""

from datetime import timedelta

from suixin.ground.notify.models import DUE, Delivery, Notice, State
from suixin.kit import clock

DELIVERIES, NOTICES = timedelta(days=90), timedelta(days=365)


def forget_old() -> int:
    """How many deliveries that are over and notices were removed, after ninety days and a year."""
    now = clock.now()
    over = Delivery.objects.filter(created_at__lt=now - DELIVERIES).exclude(state__in=[*DUE, State.SENDING])
    gone, _ = over.delete()
    old, _ = Notice.objects.filter(created_at__lt=now - NOTICES).delete()
    return gone + old
