"""The interface of whatever carries letters. None of it decides anything: order, once and again are the cascade's own.

send         letters, in order; what the peer said of the state of the link, when it could say so at once
fetch        letters and words that came and were not taken yet, each with what to call once it is kept
acknowledge  our word to the peer, where an answer does not carry it
check        a sentence on how the way is
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from suixin.data.sharing.cascade.envelopes import Envelope

Told = Mapping[str, str]  # a letter in wire form


@dataclass(frozen=True, slots=True)
class Arrived:
    """Letters in wire form that lay ready; `keep` says that they are kept here."""

    letters: Sequence[object]
    keep: Callable[[], None]


class LinkAdapter(Protocol):
    """One way to one peer. Each of them raises PeerFault when the way is broken."""

    is_answered: bool
    """Whether `send` gives the peer's word at once."""

    @property
    def fault(self) -> str:
        """What went wrong beside what was carried, once all was; "" when nothing did."""

    def send(self, letters: Sequence[Told], word: Envelope) -> Told | None:
        """The peer's word, None when it comes later."""

    def fetch(self) -> Iterator[Arrived]:
        """What lies ready, oldest first."""

    def acknowledge(self, word: Envelope) -> None:
        """The peer will know where we are."""

    def check(self) -> str:
        """How the way is, as a sentence."""
