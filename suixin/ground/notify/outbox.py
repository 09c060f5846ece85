"""Putting messages into the outbox: notices for accounts, deliveries for what goes outside; posts become their holders.

Promise  runs in the caller's transaction, with a constant number of statements; whoever was told under the same kind
         and key is passed over, also when two tell at once
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db.models import Q

from suixin.ground.notify import planning
from suixin.ground.notify.kinds import kind_of
from suixin.ground.notify.models import Delivery, Notice
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Post
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.sm import sm3_hex

PURPOSE = "notify"


@dataclass(frozen=True, slots=True)
class Message:
    """What is told, checked; the fields are columns of notices and deliveries alike."""

    kind: str
    key: str
    title: str
    body: str
    href: str
    urgency: str
    data: Mapping[str, object] = field(default_factory=dict)


def put(message: Message, to: Sequence[Recipient]) -> int:
    """How many are newly told: accounts, and addresses or posts without holders that wait."""
    posts = {(one.pk, one.role) for one in to if one.what == "post"}
    held = holders_of(posts)
    accounts = {one.pk for one in to if one.what == "account"}.union(*held.values())
    now = clock.now()
    fresh = _notices(message, accounts, now)
    beside = {
        **{f"post:{pk}:{role}": _parked(message, pk, role, now) for pk, role in posts if not held.get((pk, role))},
        **{recipient_of(one): _bare(message, one, now) for one in to if one.what == "address"},
    }
    if beside:
        known = Delivery.objects.filter(recipient__in=beside, kind=message.kind, key=message.key).values_list("recipient", flat=True)
        beside = {name: row for name, row in beside.items() if name not in set(known)}
    outside = planning.deliveries(fresh, kind_of(message.kind), now)
    if beside or outside:
        Delivery.objects.bulk_create([*beside.values(), *outside], ignore_conflicts=True)
    return len(fresh) + len(beside)


def holders_of(posts: Iterable[tuple[int, str]]) -> dict[tuple[int, str], set[int]]:
    """Active accounts that hold each post (organisation, role) today."""
    wanted = Q(pk__in=[])
    for organisation, role in posts:
        wanted |= Q(organisation=organisation, role=role)
    found: dict[tuple[int, str], set[int]] = {}
    if posts:
        rows = Post.objects.in_force(clock.today()).filter(wanted, account__is_active=True)
        for organisation, role, account in rows.values_list("organisation", "role", "account"):
            found.setdefault((organisation, role), set()).add(account)
    return found


def recipient_of(one: Recipient) -> str:
    """How the outbox names a bare address: by a keyed digest."""
    return f"address:{one.channel}:{ring().blind_index(PURPOSE, sm3_hex(one.text.encode()))}"


def _notices(message: Message, accounts: set[int], now: datetime) -> list[Notice]:
    known = set(Notice.objects.filter(account__in=accounts, kind=message.kind, key=message.key).values_list("account", flat=True))
    rows = [Notice(account_id=pk, created_at=now, **asdict(message)) for pk in sorted(accounts - known)]
    if rows:
        Notice.objects.bulk_create(rows, ignore_conflicts=True)  # of two that tell at once, one does
    return rows


def _parked(message: Message, organisation: int, role: str, now: datetime) -> Delivery:
    return Delivery(
        recipient=f"post:{organisation}:{role}", organisation_id=organisation, role=role, created_at=now, due_at=now, **asdict(message),
    )


def _bare(message: Message, one: Recipient, now: datetime) -> Delivery:
    return Delivery(
        recipient=recipient_of(one), address=one.text, channel=one.channel, created_at=now,
        due_at=planning.due_of(message.urgency, None, now), **asdict(message),
    )
