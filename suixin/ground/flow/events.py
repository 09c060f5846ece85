"""What this module tells upper ones, after the transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepOpened:
    """A step waits for somebody."""

    step_id: int


@dataclass(frozen=True, slots=True)
class StepDecided:
    """A step was decided."""

    step_id: int


@dataclass(frozen=True, slots=True)
class InstanceFinished:
    """An instance is over, with that status."""

    instance_id: int
    subject_kind: str
    subject_key: str
    status: str
