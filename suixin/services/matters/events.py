"""What matters tell themselves after a commit, and the modules above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatterTouched:
    """Something of a matter moved: a part's case, a joint visit. What follows is still to be done."""

    matter_id: int
