"""Writes around sealed items: promise them for a table that has data, bring tables under the newest key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection.events import TableResealed
from suixin.data.lake import archive, resealing
from suixin.data.lake.resealing import Progress, Resealed
from suixin.ground import events
from suixin.ground.security import policy
from suixin.kit.actor import Actor

__all__ = ["Progress", "Resealed", "reseal", "reseal_all", "seal_items", "versions_in_use"]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A version of the lake's key, and how many files still need it."""

    version: int
    files: int


def seal_items(
    resource: Resource, fields: Sequence[str], *, actor: Actor, basis: str, progress: Progress | None = None
) -> Resealed:
    """The items sealed in the catalogue and, row by row, in the table; nothing of them stays in the clear.

    Killed in between, `reseal` of the table does the rest. Raises NotAllowed, InvalidEntry and what `reseal` raises.
    """
    policy.require(actor, "lake.reseal", resource)
    return reseal(catalog.seal_items(resource, fields, actor=actor, basis=basis), actor=actor, progress=progress)


def reseal(resource: Resource, *, actor: Actor, progress: Progress | None = None) -> Resealed:
    """One table as its entry promises, under the newest key. Raises NotAllowed, TableBusy, Unopened, DiskFull."""
    done = resealing.reseal_table(resource, actor=actor, progress=progress)
    if not done.is_nothing:
        events.emit_on_commit(TableResealed(resource.pk, resource.table))
    return done


def reseal_all(*, actor: Actor, progress: Progress | None = None) -> Iterator[Resealed]:
    """Every table, and at last every original that belongs to none, told one by one. Raises as `reseal`."""
    policy.require(actor, "lake.reseal", None)
    for resource in Resource.objects.exclude(state=ResourceState.PROPOSED).select_related("provider").order_by("table"):
        yield reseal(resource, actor=actor, progress=progress)
    yield Resealed("", originals=archive.reseal_all_archived())


def versions_in_use(*, actor: Actor) -> list[KeyUse]:
    """Versions of the lake's key that files still need; any other may be retired. Raises NotAllowed."""
    policy.require(actor, "lake.reseal", None)
    return [KeyUse(version, files) for version, files in resealing.versions_in_use().items()]
