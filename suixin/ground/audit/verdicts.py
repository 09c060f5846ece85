"""What verifying finds: faults by kind, with number, record and a sentence."""

from dataclasses import dataclass, field
from enum import StrEnum

FAULTS_LIMIT = 50


class Kind(StrEnum):
    """What is wrong, by name."""

    CHANGED = "record_changed"
    DELETED = "record_deleted"
    ORDER = "order_changed"
    GAP = "number_gap"
    SEAL = "seal_changed"
    TAIL = "tail_cut"
    FOREIGN = "foreign_record"
    UNSEALED = "changed_before_sealing"
    ANCHOR = "anchor_mismatch"
    ANCHOR_FILE = "anchor_file"
    FILE = "sealed_file"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken thing; `number` and `record` are 0 where it has none."""

    kind: Kind
    sentence: str
    number: int = 0
    record: int = 0


@dataclass(slots=True)
class Verdict:
    """What verifying found; `notes` are not faults."""

    records: int = 0
    first: int = 0
    last: int = 0
    anchors: int = 0
    files: int = 0
    unsealed: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def add(self, kind: Kind, sentence: str, *, number: int = 0, record: int = 0) -> None:
        """One more fault, up to FAULTS_LIMIT."""
        if len(self.faults) < FAULTS_LIMIT:
            self.faults.append(Fault(kind, sentence, number, record))
