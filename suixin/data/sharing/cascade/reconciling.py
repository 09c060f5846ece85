"""每日对账: both ends count what went each way on a day, by the sender's day; what is missing is sent again.

Counted  letters, rows in them, a digest over number and content of all; where the totals differ the numbers say which
On its way  what the receiver has not claimed yet is no difference
Agreed   when each letter of the sender is kept by the receiver with the same content
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any  # what the peer counted is JSON

from django.db import transaction
from django.db.models import QuerySet

from suixin.data.sharing.cascade import rules, telling
from suixin.data.sharing.cascade.errors import LetterRefused
from suixin.data.sharing.cascade.models import Incoming, Link, Outgoing, Reconciled, Reconciliation
from suixin.data.sharing.cascade.rules import Count
from suixin.ground.audit import actions as audit
from suixin.kit import clock
from suixin.kit.actor import SYSTEM


def counts_of(link: Link, day: str) -> dict[str, object]:
    """What we count of that day, both ways, for the peer."""
    on = _day(day)
    return {name: _told(_count(found)) for name, found in (("sent", _sent(link, on)), ("received", _received(link, on)))}


@transaction.atomic
def compare(link: Link, day: str, counts: object) -> list[Reconciliation]:
    """What the peer counted beside what we count, kept. Raises LetterRefused."""
    on = _day(day)
    if not isinstance(counts, Mapping):
        raise LetterRefused("对账的内容不对；请对端升级。")
    return [
        _kept(link, on, True, _count(_sent(link, on)), _heard(counts.get("received"))),
        _kept(link, on, False, _count(_received(link, on)), _heard(counts.get("sent"))),
    ]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise LetterRefused(f"对账的日期“{text[:20]}”不对；请对端升级。") from error


def _kept(link: Link, on: date, is_outward: bool, ours: Count, theirs: Count) -> Reconciliation:
    arrived = link.acknowledged if is_outward else link.received
    sent, received = (ours.parts, theirs.parts) if is_outward else (theirs.parts, ours.parts)
    found = rules.difference(*({number: digest for number, digest in one.items() if number <= arrived} for one in (sent, received)))
    missing = sorted((*found.missing, *found.beyond))
    state = Reconciled.AGREED if found.is_none else Reconciled.DIFFERS
    if found.missing and not (found.beyond or found.different) and _may_come_again(link, is_outward, found.missing):
        state = Reconciled.RESENT
    return _write(link, on, is_outward, {
        "ours": ours.as_dict(), "theirs": theirs.as_dict(), "missing": missing, "different": list(found.different), "state": state,
    })


@transaction.atomic
def keep(
    link: Link, on: date, *, is_outward: bool, ours: Mapping[str, int], theirs: Mapping[str, int], missing: Sequence[str],
    different: Sequence[str],
) -> Reconciliation:
    """What a platform that counts no letters has beside what it should: `messages` entries, `rows` tables, codes of what differs."""
    state = Reconciled.DIFFERS if missing or different or ours != theirs else Reconciled.AGREED
    return _write(link, on, is_outward, {
        "ours": dict(ours), "theirs": dict(theirs), "missing": list(missing), "different": list(different), "state": state,
    })


def _write(link: Link, on: date, is_outward: bool, told: dict[str, Any]) -> Reconciliation:
    """The day's counts of one direction, kept; who runs the link is told of what no machine mends."""
    counts = {"missing": len(told["missing"]), "different": len(told["different"])}
    told |= {"missing": told["missing"][:1000], "different": told["different"][:1000], "at": clock.now()}
    held, _ = Reconciliation.objects.update_or_create(link=link, day=on, is_outward=is_outward, defaults=told)
    if held.state != Reconciled.AGREED:
        audit.record(SYSTEM, "cascade.differs", link, detail={"day": on.isoformat(), "outward": is_outward, **counts})
    if held.state == Reconciled.DIFFERS:
        telling.tell_differs(held, **counts)
    return held


def _may_come_again(link: Link, is_outward: bool, missing: tuple[int, ...]) -> bool:
    """Whether the sender still has the letters that the receiver lacks, and so asks for."""
    if not is_outward:
        return True  # our next word asks for them
    return Outgoing.objects.filter(link=link, sequence__in=missing, is_forgotten=False).count() == len(missing)


def _sent(link: Link, on: date) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(link=link, day=on)


def _received(link: Link, on: date) -> QuerySet[Incoming]:
    return Incoming.objects.filter(link=link, day=on)


def _count(letters: QuerySet[Outgoing] | QuerySet[Incoming]) -> Count:
    found: Iterable[tuple[int, str, int]] = letters.values_list("sequence", "digest", "rows")
    return rules.count(found)


def _told(counted: Count) -> dict[str, object]:
    return counted.as_dict() | {"parts": {str(number): digest for number, digest in counted.parts.items()}}


def _heard(told: Any) -> Count:  # noqa: ANN401 the peer's JSON
    if not isinstance(told, Mapping) or not isinstance(told.get("parts"), Mapping):
        raise LetterRefused("对账的内容不对；请对端升级。")
    parts = {int(number): str(digest) for number, digest in told["parts"].items()}
    return Count(int(told.get("messages", 0)), int(told.get("rows", 0)), str(told.get("digest", ""))[:64], parts)
