"""What came: kept under its number once, its signature checked; words about the state of the link heard.

Promise  a letter is kept when this returns; the same again changes nothing; with other content under the same number it is refused
         and the link is held, because one end was put back to an earlier state
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from suixin.data.sharing.cascade import envelopes, reconciling, rekeying, rules
from suixin.data.sharing.cascade.envelopes import Envelope
from suixin.data.sharing.cascade.errors import LetterDiffers, LetterRefused
from suixin.data.sharing.cascade.models import Incoming, Link, LinkState, Outgoing
from suixin.data.sharing.cascade.posting import platform
from suixin.kit import clock, crash


@dataclass(frozen=True, slots=True)
class Word:
    """What a peer says of the state of the link."""

    received: int
    applied: int
    wanted: tuple[int, ...]
    at_ms: int
    asks: tuple[str, ...]
    counts: dict[str, object]
    knows: str = ""


@dataclass(slots=True)
class Taken:
    """What came at once: letters in all, new ones, numbers that the peer lacks, days whose counts it wants."""

    letters: int = 0
    new: int = 0
    wanted: tuple[int, ...] = ()
    asks: tuple[str, ...] = ()


def take(link: Link, told: Sequence[object]) -> Taken:
    """What came, kept. Raises LetterRefused, LetterDiffers."""
    ours = platform().code
    opened = [envelopes.opened(one, sender=link.code, receiver=ours, publics=link.peer.signing_keys) for one in told]
    taken = Taken()
    for envelope in sorted(opened, key=lambda one: one.sequence):
        if envelope.kind == envelopes.WORD:
            said = hear(link, envelope)
            taken.wanted, taken.asks = said.wanted, said.asks
        else:
            taken.letters += 1
            taken.new += _keep(link, envelope)
    return taken


def word(link: Link, *, asks: Sequence[str] = (), days: Sequence[str] = ()) -> Envelope:
    """What we say of the state of the link: what we have, what we lack, counts of `days`; `asks`: days whose counts we want."""
    held = Link.objects.get(pk=link.pk)
    content = {
        "received": held.received, "applied": held.applied, "wanted": _wanted(held),
        "at_ms": int(clock.now().timestamp() * 1000), "asks": list(asks), "counts": {day: reconciling.counts_of(held, day) for day in days},
        "knows": rekeying.known_keys(held.peer),
    }
    return envelopes.sealed(
        platform().code, held.code, sequence=0, kind=envelopes.WORD, day=clock.today(), content=content, key_id=held.our_key,
    )


def hear(link: Link, envelope: Envelope) -> Word:
    """The peer's word, acted upon unless it is an old one. Raises LetterRefused, LetterDiffers."""
    try:
        said = _word(envelope)
    except (ValueError, TypeError, AttributeError) as error:
        raise LetterRefused("对端报告的联通状态格式不对；请对端升级。") from error
    try:
        _hear(link, said)
    except LetterDiffers as error:
        _hold(link, error.sentence)
        raise
    link.refresh_from_db()
    return said


@transaction.atomic
def _hear(link: Link, said: Word) -> None:
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if said.at_ms < held.heard_ms:
        return
    if said.received > held.sent:
        raise LetterDiffers(
            f"对端已收到第 {said.received} 封，本端只写到第 {held.sent} 封：本端可能由备份恢复；请核对后用 suixin cascade resume 接着写。",
        )
    held.acknowledged, held.heard_ms, held.heard_at = said.received, said.at_ms, clock.now()
    held.save(update_fields=["acknowledged", "heard_ms", "heard_at"])
    rekeying.hear_known(held, said.knows)
    for day, counts in said.counts.items():
        reconciling.compare(held, day, counts)


def _wanted(held: Link) -> list[int]:
    """What is missing below the highest that is here; also what was here and is no more."""
    ahead = set(held.incoming.filter(sequence__gt=held.received).values_list("sequence", flat=True))
    if held.incoming.filter(sequence__lte=held.received).count() < held.received:
        kept = set(held.incoming.values_list("sequence", flat=True))
        return rules.wanted(0, kept | {held.received + 1})
    return rules.wanted(held.received, ahead)


def _word(envelope: Envelope) -> Word:
    said = envelope.content
    wanted = said.get("wanted", [])
    asks, counts = said.get("asks", []), said.get("counts", {})
    return Word(
        int(said.get("received", 0)), int(said.get("applied", 0)), tuple(int(one) for one in wanted[: rules.MOST_WANTED]),
        int(said.get("at_ms", 0)), tuple(str(one)[:10] for one in asks[:31]), dict(counts),
        str(said.get("knows", ""))[:130],
    )


def _keep(link: Link, envelope: Envelope) -> bool:
    try:
        with transaction.atomic():
            held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
            if not rules.is_takable(envelope.sequence, held.received):
                return False
            if (known := held.incoming.filter(sequence=envelope.sequence).first()) is not None:
                _require_same(held, known, envelope)
                return False
            _noted(held, envelope)
    except IntegrityError:  # another process kept it in this moment
        return False
    except LetterDiffers as error:
        _hold(link, error.sentence)
        raise
    crash.point("letter_kept")
    link.refresh_from_db()
    return True


def _noted(held: Link, envelope: Envelope) -> None:
    number = envelope.content.get("number")
    came = Incoming(
        link=held, sequence=envelope.sequence, kind=envelope.kind, about=envelope.about, rows=envelope.rows, day=envelope.day,
        digest=envelope.digest, signature=envelope.signature, received_at=clock.now(),
        number=int(number) if isinstance(number, int) else None,
    )
    came.envelope = envelope.text.decode()
    if envelope.sequence <= held.applied:  # it was done before and lost since: kept again, not done again
        came.applied_at = clock.now()
    came.save(force_insert=True)
    ahead = set(held.incoming.filter(sequence__gt=held.received).values_list("sequence", flat=True))
    held.received = rules.contiguous(held.received, ahead)
    held.save(update_fields=["received"])


def _require_same(held: Link, known: Incoming, envelope: Envelope) -> None:
    if known.digest != envelope.digest:
        raise LetterDiffers(
            f"平台“{held}”的第 {envelope.sequence} 封信与以前收到的内容不同，没有收：对端可能由备份恢复；请两端核对后再启用。",
        )


def _hold(link: Link, sentence: str) -> None:
    Link.objects.filter(pk=link.pk).update(state=LinkState.HELD, sentence=sentence[:600])
    link.refresh_from_db()


def unacknowledged(link: Link, *, after: int, most: int, most_bytes: int, again: Sequence[int] = ()) -> list[Outgoing]:
    """The next letters to send, in order: those asked for `again`, else what follows `after`; at least one when there is any."""
    ours = Outgoing.objects.filter(link=link, is_forgotten=False).order_by("sequence")
    waiting = ours.filter(sequence__in=again) if again else ours.filter(sequence__gt=after)
    found: list[Outgoing] = []
    size = 0
    for one in waiting[:most]:
        size += len(one.envelope)
        if found and size > most_bytes:
            break
        found.append(one)
    return found
