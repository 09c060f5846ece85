"""What collection tells those above it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchLanded:
    """A batch made a new version of a resource's table."""

    resource_id: int
    batch_id: int
    version: int
