"""Which version a reader reads: the lake's snapshots, key indexes and kept rejects, for those who may not read the lake themselves."""

from collections.abc import Sequence

from suixin.data.access import log, rejected
from suixin.data.catalog.models import Resource
from suixin.data.lake import delta, snapshots
from suixin.data.lake.index import KeyIndex, find_index
from suixin.data.lake.rejects import KeptReject, read_rejects
from suixin.data.lake.snapshots import Snapshot
from suixin.ground.security import policy
from suixin.kit.actor import Actor

__all__ = [
    "KeptReject", "KeyIndex", "Snapshot", "key_index", "newest_version", "pinned", "rejected_rows", "row_count", "sees_rejects_whole",
]


def pinned(table: str, version: int | None = None) -> Snapshot:
    """The table at `version`, the newest by default; give it to a plan. Raises UnknownTable."""
    return snapshots.snapshot(table, version)


def newest_version(table: str) -> int:
    """Number of the newest version. Raises UnknownTable."""
    return pinned(table).version


def row_count(table: str) -> int:
    """Exact number of rows of the newest version, without a scan; 0 for a table that has none yet."""
    return pinned(table).rows if delta.exists(table) else 0


def key_index(table: str) -> KeyIndex | None:
    """The key index in force, None when the table has none; its records are unmasked, for `Plan.apply` only."""
    return find_index(table)


def rejected_rows(
    resource: Resource, batch_id: int, *, actor: Actor, offset: int = 0, limit: int = 100
) -> Sequence[KeptReject]:
    """Rejected rows of a batch in file order, as they came; the reading is logged. Raises NotAllowed.

    Who may not read the resource whole sees masked what its items mask, in the reasons too.
    """
    policy.require(actor, "quality.read_rejects", resource)
    kept = read_rejects(resource.table, batch_id, offset=offset, limit=limit)
    if kept:
        log.note_reading(actor, resource.code, action="rejects", rows=len(kept), request=f"batch={batch_id}&offset={offset}")
    return rejected.shown(kept, resource, actor=actor)


def sees_rejects_whole(resource: Resource, *, actor: Actor) -> bool:
    """Whether nothing of the resource's rejected rows is masked for the actor."""
    return not rejected.masks_for(resource, actor=actor)
