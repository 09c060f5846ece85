"""What generators say of an entry beside its contract."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Of an entry, in words for people; all may be empty."""

    provider: str = ""
    abstract: str = ""
    update_cycle: str = ""
    share_type: str = ""
    open_type: str = ""
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Doors:
    """Interfaces that a resource has: the slug of its open dataset ("": not open), whether records are looked up by key."""

    slug: str = ""
    has_lookup: bool = False
    server: str = ""
