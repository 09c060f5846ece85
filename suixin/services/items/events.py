"""What items tell the modules above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ItemPublished:
    """A version of an item was published: its guide says otherwise from `valid_from` on, or it is paused or withdrawn."""

    item_id: int
    number: int
