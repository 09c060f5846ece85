"""Digests: what a person lets wait is put into one message, once."""

from collections import defaultdict
from datetime import datetime

from django.db import connection, transaction

from suixin.ground.notify.kinds import DIGEST, kind_of
from suixin.ground.notify.models import Delivery, State
from suixin.ground.notify.wording import INBOX, link_of

MOST = 2000
LISTED = 100


def collect(now: datetime) -> int:
    """How many digests were made of the deliveries that wait for one and are due; a lone one goes as it is."""
    waiting = Delivery.objects.filter(is_digest=True, state=State.WAITING, due_at__lte=now)
    if not waiting.exists():
        return 0
    with transaction.atomic():
        is_skipping = connection.features.has_select_for_update_skip_locked
        groups: dict[tuple[int | None, str], list[Delivery]] = defaultdict(list)
        for row in waiting.select_for_update(skip_locked=is_skipping).order_by("id")[:MOST]:
            groups[row.account_id, row.channel].append(row)
        return sum(_gathered(members, now) for members in groups.values())


def _gathered(members: list[Delivery], now: datetime) -> int:
    chosen = Delivery.objects.filter(pk__in=[one.pk for one in members], state=State.WAITING, is_digest=True)
    first = members[0]
    if len(members) == 1:
        chosen.update(is_digest=False)
        return 0
    made = Delivery.objects.create(
        recipient=first.recipient, account_id=first.account_id, kind=DIGEST.name, key=str(first.uuid),
        title=f"您有 {len(members)} 条新消息", body=_listed(members), href=INBOX, channel=first.channel, rest=first.rest,
        created_at=now, due_at=now,
    )
    chosen.update(state=State.COLLECTED, digest=made, is_digest=False)
    return 1


def _listed(members: list[Delivery]) -> str:
    lines = [f"{n}. {_title(one)}{_after(link_of(one.href)) if one.href else ''}" for n, one in enumerate(members[:LISTED], 1)]
    if len(members) > LISTED:
        lines.append(f"……还有 {len(members) - LISTED} 条，请登录工作台查看。")
    return "\n".join(lines)


def _title(one: Delivery) -> str:
    kind = kind_of(one.kind)
    return kind.title if kind.is_private else one.title


def _after(link: str) -> str:
    return f"\n   {link}" if link else ""
