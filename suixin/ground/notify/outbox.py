"""Putting messages into the outbox: notices for accounts, deliveries for what goes outside; posts become their holders.

Promise  runs in the caller's transaction, with a constant number of statements; whoever was told under the same kind
         and key is passed over, also when two tell at once
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q

from suixin.ground import prepared
from suixin.ground.notify import planning
from suixin.ground.notify.kinds import kind_of
from suixin.ground.notify.models import Delivery, Notice
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Post
from suixin.ground.prepared import Prepared, given
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.sm import sm3_hex

PURPOSE = "notify"
_HOLDER = ("organisation", "role", "account")
_HOLDERS = Prepared(lambda: Post.objects.in_force(given("today", models.DateField())).filter(
    organisation_id=given("organisation", models.BigIntegerField()), role=given("role", models.CharField()), account__is_active=True,
).order_by().values_list(*_HOLDER))


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


def put(message: Message, to: Sequence[Recipient], *, is_first: bool = False) -> int:
    """How many are newly told: accounts, and addresses or posts without holders that wait. `is_first`: nobody was under that key."""
    posts = {(one.pk, one.role) for one in to if one.what == "post"}
    held = holders_of(posts)
    accounts = {one.pk for one in to if one.what == "account"}.union(*held.values())
    now = clock.now()
    fresh = _notices(message, accounts, now, is_first=is_first)
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
    wanted, today = set(posts), clock.today()
    if len(wanted) == 1:
        post = next(iter(wanted))
        rows = _HOLDERS.told(organisation=post[0], role=post[1], today=today)
    elif wanted:
        anyone = reduce(or_, (Q(organisation=organisation, role=role) for organisation, role in wanted))
        rows = list(Post.objects.in_force(today).filter(anyone, account__is_active=True).values_list(*_HOLDER))
    else:
        rows = []
    found: dict[tuple[int, str], set[int]] = {}
    for organisation, role, account in rows:
        found.setdefault((organisation, role), set()).add(account)
    return found


def recipient_of(one: Recipient) -> str:
    """How the outbox names a bare address: by a keyed digest."""
    return f"address:{one.channel}:{ring().blind_index(PURPOSE, sm3_hex(one.text.encode()))}"


def _notices(message: Message, accounts: set[int], now: datetime, *, is_first: bool) -> list[Notice]:
    asked = Notice.objects.filter(account__in=accounts, kind=message.kind, key=message.key)
    known = set() if is_first else set(asked.values_list("account", flat=True))
    rows = [Notice(account_id=pk, created_at=now, **asdict(message)) for pk in sorted(accounts - known)]
    if is_first and len(rows) == 1:
        prepared.insert(rows[0])
    elif rows:
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
