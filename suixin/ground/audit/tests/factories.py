"""Records, and records sealed."""

from suixin.ground.audit import sealing
from suixin.ground.audit.actions import record
from suixin.kit.actor import SYSTEM


def recorded(count: int, *, action: str = "site.tried") -> list[int]:
    """Ids of new records."""
    return [record(SYSTEM, action, ("thing", str(place)), detail={"place": place, "share": 0.1}).pk for place in range(count)]


def sealed(count: int) -> list[int]:
    """Ids of new records that are sealed and anchored."""
    made = recorded(count)
    sealing.seal_pending(is_anchored=True)
    return made
