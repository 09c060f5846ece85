"""Reads of notices and of the outbox: what a person has, what operators see (never a text), how channels stand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Min

from suixin.ground.notify.channels import configured
from suixin.ground.notify.models import Channel, Delivery, Notice, State
from suixin.ground.people.models import Account
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound

MOST_UNREAD = 100
# what operators see of a delivery; texts, links and addresses are not read at all
SHOWN = ("uuid", "kind", "channel", "state", "urgency", "created_at", "due_at", "attempts", "code", "sentence", "sent_at", "delivered_at")


def unread_count(account: Account) -> int:
    """How many notices the account has not read, counted up to a hundred: one look into an index."""
    return len(Notice.objects.order_by().filter(account=account, read_at=None).values_list("pk")[:MOST_UNREAD])


def notices(account: Account, *, only_unread: bool = False, kind: str = "", before: int = 0, size: int = 50) -> list[Notice]:
    """The account's notices, newest first, below the row `before`; one more than `size` when there are more."""
    found = Notice.objects.filter(account=account)
    if only_unread:
        found = found.filter(read_at=None)
    if kind:
        found = found.filter(kind=kind)
    if before:
        found = found.filter(pk__lt=before)
    return list(found[: size + 1])


def outbox(
    *, actor: Actor, states: Sequence[str] = (), channel: str = "", before: int = 0, size: int = 50
) -> list[Delivery]:
    """Deliveries as operators see them, newest first, without texts; one more than `size` when there are more. Raises NotAllowed."""
    policy.require(actor, "notify.view", None)
    found = Delivery.objects.only("pk", *SHOWN)
    if states:
        found = found.filter(state__in=states)
    if channel:
        found = found.filter(channel=channel)
    if before:
        found = found.filter(pk__lt=before)
    return list(found[: size + 1])


def delivery(uuid: UUID, *, actor: Actor) -> Delivery:
    """One delivery as operators see it. Raises NotAllowed, NotFound."""
    policy.require(actor, "notify.view", None)
    found = Delivery.objects.only("pk", *SHOWN).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("没有这条发送记录；它可能已经清理。")
    return found


def counts() -> dict[tuple[str, str], int]:
    """Deliveries by channel and state."""
    rows = Delivery.objects.order_by().values_list("channel", "state").annotate(n=Count("pk"))
    return {(channel, state): n for channel, state, n in rows}


def last_success() -> dict[str, datetime]:
    """When each channel last took a message."""
    rows = Delivery.objects.order_by().filter(state__in=[State.SENT, State.DELIVERED]).exclude(channel="")
    return dict(rows.values_list("channel").annotate(at=Max("sent_at")))


def stuck_since(now: datetime) -> dict[str, datetime]:
    """For each channel with a backlog, since when: what is due and waits, what fails for the third time and more."""
    rows = Delivery.objects.order_by().filter(channel__in=Channel.values)
    waiting = rows.filter(state=State.WAITING, due_at__lte=now).values_list("channel").annotate(at=Min("due_at"))
    failing = rows.filter(state__in=[State.RETRYING, State.UNKNOWN], tries__gte=3).values_list("channel").annotate(at=Min("created_at"))
    found: dict[str, datetime] = {}
    for channel, at in [*waiting, *failing]:
        found[channel] = min(at, found.get(channel, at))
    return found


def channels() -> tuple[str, ...]:
    """Channels that this installation has."""
    return configured()


def channel_name(channel: str) -> str:
    """The channel in Chinese."""
    return str(Channel(channel).label)
