"""What a carrier gets and what it answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of one hand-over. UNKNOWN: it was handed over and the answer was lost."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as a provider gets it. `id` is the same at every attempt; `text` and `title` fit the channel."""

    id: str
    channel: str
    to: str
    kind: str
    title: str
    text: str
    link: str
    urgency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said, in words for operators (never a text or an address).

    `is_down`: the provider as a whole does not answer or does not know us: others need not be tried now, it counts for
    all. `is_busy`: it wants a pause, from the others too; for them it does not count.
    """

    outcome: Outcome
    sentence: str = ""
    code: str = ""
    receipt: str = ""
    retry_after: timedelta | None = None
    is_down: bool = False
    is_busy: bool = False


class Carrier(Protocol):
    """One provider, for the time of one batch."""

    def carry(self, parcel: Parcel) -> Answer:
        """What became of the parcel; never raises for what the provider or the network does."""

    def close(self) -> None:
        """Let go of connections."""
