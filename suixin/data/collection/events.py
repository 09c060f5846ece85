"""What collection tells those above it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchLanded:
    """A batch made a new version of a resource's table."""

    resource_id: int
    batch_id: int
    version: int


@dataclass(frozen=True, slots=True)
class TableResealed:
    """A table was rewritten under a newer key, or with items sealed for the first time; its rows are the same."""

    resource_id: int
    table: str
