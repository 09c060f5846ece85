"""One turn of a link: write what is due, take what came, do it, send what waits, land rows, say where we are.

Every step may be cut off anywhere and is done again: numbers, marks and deliveries keep everything once and in order.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from suixin.data.collection.errors import AddressRefused, SourceFault
from suixin.data.sharing.cascade import (
    answering,
    applying,
    catalogue,
    envelopes,
    landing,
    objecting,
    posting,
    receiving,
    rekeying,
    returning,
    rules,
)
from suixin.data.sharing.cascade.adapters import adapter_for
from suixin.data.sharing.cascade.adapters.base import LinkAdapter, Told
from suixin.data.sharing.cascade.errors import LetterDiffers, LetterRefused, PeerFault
from suixin.data.sharing.cascade.models import FlowState, Link, LinkState, Outgoing
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

LETTERS_A_CALL, BYTES_A_CALL = 50, 4 << 20
MOST_CALLS = 400
_logger = logging.getLogger(__name__)
AGAIN = timedelta(minutes=10)


@dataclass(slots=True)
class Turn:
    """What a turn did."""

    link: Link
    written: int = 0
    came: int = 0
    done: int = 0
    sent: int = 0
    landed: int = 0
    fault: str = ""
    arrived: int = 0
    wanted: tuple[int, ...] = ()
    asks: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"{self.link}：写出 {self.written} 行，发出 {self.sent} 封，收到 {self.came} 封，办理 {self.done} 封，入库 {self.landed} 块"
        return f"{told}；{self.fault}" if self.fault else f"{told}。"


def run_due(*, actor: Actor, is_every: bool = False, days: Sequence[date] = ()) -> list[Turn]:
    """A turn of each active link that is due; `is_every`: also of those that wait after a failure; `days`: counted with the peer."""
    policy.require(actor, "sharing.cascade", None)
    due = Link.objects.active().select_related("application__organisation", "peer")
    if not is_every:
        due = due.filter(Q(next_at=None) | Q(next_at__lte=clock.now()))
    return [_guarded(link, actor=actor, days=days) for link in due]


def _guarded(link: Link, *, actor: Actor, days: Sequence[date]) -> Turn:
    """The turn of one link; what nobody foresaw of one platform must not keep the others from theirs."""
    try:
        return run_link(link, actor=actor, days=days)
    except Exception as error:
        _logger.exception("turn of %s", link.code)
        unforeseen = f"收发时出了没有料到的错（{type(error).__name__}）；请看日志，稍后自动再办。"
        sentence = error.sentence if isinstance(error, SuixinError) else unforeseen
        _failed(link, sentence)
        audit.record(actor, "cascade.turn_failed", link, code="cascade-502", detail={"sentence": sentence[:300]})
        return Turn(link, fault=sentence)


def run_link(link: Link, *, actor: Actor, days: Sequence[date] = ()) -> Turn:
    """One turn; a broken way is told in it, and the link is tried again later. Raises NotAllowed."""
    policy.require(actor, "sharing.cascade", None)
    turn, adapter = Turn(link), adapter_for(link)
    try:
        _fetch(turn, adapter)
        _work(turn)
        if adapter.is_answered:
            _send(turn, adapter, days)
            _work(turn)
            if adapter.fault:
                raise PeerFault(adapter.fault)
        else:
            _hand(turn, adapter)
            if turn.arrived or turn.done or turn.asks or days:
                asked = [day.isoformat() for day in days]
                adapter.acknowledge(receiving.word(link, asks=asked, days=[*turn.asks, *asked]))
    except (PeerFault, SourceFault, AddressRefused, LetterRefused) as error:
        turn.fault = error.sentence
        _failed(link, error.sentence)
    except LetterDiffers as error:
        turn.fault = error.sentence
    else:
        Link.objects.filter(pk=link.pk, state=LinkState.ACTIVE).update(failures=0, next_at=None, sentence="")
    if turn.fault:
        audit.record(actor, "cascade.turn_failed", link, code="cascade-502", detail={"sentence": turn.fault[:300]})
    return turn


def _work(turn: Turn) -> None:
    """All that needs no peer: letters done, rows landed, entries and rows written."""
    link = turn.link
    turn.done += applying.apply_waiting(link)
    for intake in link.intakes.filter(state=FlowState.ENABLED):
        turn.landed += landing.land_waiting(intake)
    rekeying.write_keys(link)
    answering.write_answers(link)
    objecting.write_verdicts(link)
    turn.written += catalogue.write_entries(link)
    for flow in link.flows.filter(state=FlowState.ENABLED):
        turn.written += returning.write_flow(flow)
    link.refresh_from_db()


def _fetch(turn: Turn, adapter: LinkAdapter) -> None:
    for arrived in adapter.fetch():
        taken = receiving.take(turn.link, arrived.letters)
        turn.came, turn.arrived = turn.came + taken.new, turn.arrived + taken.letters
        turn.wanted, turn.asks = taken.wanted or turn.wanted, (*turn.asks, *taken.asks)
        arrived.keep()


def _send(turn: Turn, adapter: LinkAdapter, days: Sequence[date]) -> None:
    """Letters until none waits, with our word; the peer's answer says what it has and what it lacks."""
    link, ours, again, asks = turn.link, posting.platform().code, tuple[int, ...](), [day.isoformat() for day in days]
    for call in range(MOST_CALLS):
        letters = _next(link, link.acknowledged, again)
        if call and not letters:
            return
        before = link.acknowledged
        answer = adapter.send([_wire(one) for one in letters], receiving.word(link, asks=asks, days=asks))
        crash.point("letters_sent")
        turn.sent += len(letters)
        if answer is None:
            return
        said = receiving.hear(link, envelopes.opened(answer, sender=link.code, receiver=ours, publics=link.peer.signing_keys))
        if letters and link.acknowledged == before and said.wanted == again:
            return  # nothing went on: later
        again, asks = said.wanted, []
        _work(turn)


def _hand(turn: Turn, adapter: LinkAdapter) -> None:
    """Letters to a carrier that answers later: what it does not have yet, what the peer lacks, all again after AGAIN without an answer."""
    link = turn.link
    after, is_late = max(link.acknowledged, link.handed), link.handed_at is None or clock.now() - link.handed_at > AGAIN
    if link.handed > link.acknowledged and is_late:
        after = link.acknowledged
    again = turn.wanted
    while letters := _next(link, after, again):
        adapter.send([_wire(one) for one in letters], receiving.word(link))
        crash.point("letters_sent")
        turn.sent += len(letters)
        if not again:
            after = letters[-1].sequence
            Link.objects.filter(pk=link.pk).update(handed=after, handed_at=clock.now())
        again = ()
        _work(turn)


def _next(link: Link, after: int, again: Sequence[int]) -> list[Outgoing]:
    return receiving.unacknowledged(link, after=after, most=LETTERS_A_CALL, most_bytes=BYTES_A_CALL, again=again)


def _wire(letter: Outgoing) -> Told:
    return {"envelope": letter.envelope, "signature": letter.signature}


def _failed(link: Link, sentence: str) -> None:
    held = Link.objects.get(pk=link.pk)
    failures = held.failures + 1
    Link.objects.filter(pk=link.pk).update(
        failures=failures, next_at=clock.now() + rules.pause_after(failures), sentence=sentence[:600],
    )
    link.refresh_from_db()
