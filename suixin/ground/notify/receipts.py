"""Receipts of gateways: what was accepted has arrived, or has not after all. Harmless when they come twice or late.

Who      the gateway of a channel, by HMAC-SM3 with the same secret that signs our requests, at most five minutes old
Effect   delivered: whatever became of the message meanwhile, it is not sent again; failed: the next channel, if that
         channel was the last to have it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from django.conf import settings
from django.db import transaction

from suixin.ground.notify import rules
from suixin.ground.notify.channels.gateway import secret_of, signature
from suixin.ground.notify.errors import ReceiptRefused
from suixin.ground.notify.models import Delivery, State
from suixin.ground.notify.settling import to_next
from suixin.kit import clock

WINDOW_SECONDS = 300
UNDONE = (State.SENDING, State.UNKNOWN, State.SENT, State.WAITING, State.RETRYING)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One of them: about which message, whether it arrived, the gateway's code."""

    id: str
    has_arrived: bool
    code: str = ""


def require_signed(headers: Mapping[str, str], path: str, body: bytes) -> str:
    """The channel whose gateway signed this request. Raises ReceiptRefused."""
    channel, stamp = headers.get("X-Suixin-Gateway", ""), headers.get("X-Suixin-Timestamp", "")
    secret = secret_of(channel) if channel in dict(settings.SUIXIN.gateways) else b""
    is_recent = stamp.isascii() and stamp.isdecimal() and abs(int(stamp[:15]) - clock.now().timestamp()) <= WINDOW_SECONDS
    wanted = signature("POST", path, stamp, channel, body, secret=secret or b"none")
    given = headers.get("X-Suixin-Signature", "")
    if not (secret and is_recent and given.isascii() and compare_digest(wanted, given)):
        raise ReceiptRefused("回执的网关、时间或签名不对；请核对渠道名、时钟和网关密钥。")
    return channel


def take(channel: str, receipts: Sequence[Receipt]) -> int:
    """How many of the receipts changed something."""
    now = clock.now()
    return sum(_taken(channel, one, now) for one in receipts)


@transaction.atomic
def _taken(channel: str, one: Receipt, now: datetime) -> bool:
    text, _, sent_by = one.id.partition(".")
    try:
        held = Delivery.objects.select_for_update().filter(uuid=UUID(text)).first()
    except ValueError:
        return False
    if held is None or sent_by != channel or held.state not in UNDONE:
        return False
    if one.has_arrived:
        return bool(Delivery.objects.filter(pk=held.pk).update(
            state=State.DELIVERED, delivered_at=now, sent_at=held.sent_at or now, lease_until=None, sentence="",
        ))
    if held.channel != channel or held.state not in (State.SENT, State.UNKNOWN):
        return False
    code = rules.one_line(one.code, 64)
    return to_next(held, f"网关的回执说没有送达（{code or '没有代码'}）。", code)
