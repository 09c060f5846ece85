"""What cases tell the modules above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """A case went from one state to another."""

    case_id: int
    before: str
    after: str
