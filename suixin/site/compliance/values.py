"""What one part of one of the ten checks says."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

EVIDENCE_LIMIT = 20


class Outcome(StrEnum):
    """`OPEN`: it cannot be computed yet; the sentence names why."""

    PASSES = "passes"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `number` as "7.1", a sentence for people, figures by name, codes or places as evidence."""

    number: str
    title: str
    basis: str
    outcome: Outcome
    sentence: str
    figures: dict[str, int | float | str] = field(default_factory=dict)
    evidence: Sequence[str] = ()

    def as_dict(self) -> dict[str, object]:
        """Plain JSON form."""
        return asdict(self) | {"outcome": self.outcome.value, "evidence": list(self.evidence)}


Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Heading:
    """Number, title and basis of a part."""

    number: str
    title: str
    basis: str

    def judged(self, is_well: bool, sentence: str, figures: dict[str, int | float | str], evidence: Sequence[str] = ()) -> Part:
        """The part with what was found; at most EVIDENCE_LIMIT pieces of evidence."""
        outcome = Outcome.PASSES if is_well else Outcome.FAILS
        return Part(self.number, self.title, self.basis, outcome, sentence, figures, tuple(evidence)[:EVIDENCE_LIMIT])

    def open(self, reason: str, figures: dict[str, int | float | str] | None = None) -> Part:
        """The part that cannot be computed yet."""
        return Part(self.number, self.title, self.basis, Outcome.OPEN, reason, figures or {})
