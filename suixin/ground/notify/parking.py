"""Messages to posts that nobody held: they go to whoever holds them now; after two weeks they are given up."""

from datetime import datetime, timedelta

from django.db import transaction

from suixin.ground.notify import outbox
from suixin.ground.notify.models import Delivery, State
from suixin.ground.notify.recipients import Recipient

PATIENCE, PAUSE, BATCH = timedelta(days=14), timedelta(minutes=10), 200


def place_parked(now: datetime) -> int:
    """How many of them found a holder."""
    rows = list(
        Delivery.objects.filter(channel="", state=State.WAITING, due_at__lte=now).select_related("organisation").order_by("due_at")[:BATCH]
    )
    if not rows:
        return 0
    held = outbox.holders_of({(row.organisation_id or 0, row.role) for row in rows})
    _leave([row.pk for row in rows if (row.organisation_id or 0, row.role) not in held], now)
    return sum(_placed(row, now) for row in rows if (row.organisation_id or 0, row.role) in held)


def _placed(row: Delivery, now: datetime) -> int:
    with transaction.atomic():
        own = Delivery.objects.filter(pk=row.pk, state=State.WAITING, channel="")
        if row.organisation is None or not own.update(state=State.COLLECTED, sent_at=now, sentence="岗位已有人，已转给任职的人。"):
            return 0
        message = outbox.Message(row.kind, row.key, row.title, row.body, row.href, row.urgency, row.data)
        outbox.put(message, [Recipient.post(row.organisation, row.role)])
    return 1


def _leave(pks: list[int], now: datetime) -> None:
    waiting = Delivery.objects.filter(pk__in=pks, state=State.WAITING)
    waiting.filter(created_at__lt=now - PATIENCE).update(state=State.GIVEN_UP, sentence="岗位两周无人任职，没有可以通知的人。")
    waiting.update(due_at=now + PAUSE, sentence="岗位现在无人任职；有人任职后即通知。")
