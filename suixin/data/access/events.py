"""What access tells those above it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GrantMoved:
    """A grant was suspended, resumed or revoked; `state` is the one that it has now."""

    grant: str
    state: str
