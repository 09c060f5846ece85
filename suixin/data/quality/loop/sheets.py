"""The annotated sheet of a batch, made for one person: its open rows, through access, in a file that goes when it was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from suixin.data.access import versions
from suixin.data.lake import storage
from suixin.data.lake.models import Batch
from suixin.data.quality import correcting
from suixin.data.quality.loop import corrections
from suixin.data.quality.loop.marks import MOST_ROWS
from suixin.data.quality.loop.sheet import Told, write_sheet
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class MadeSheet:
    """A sheet on disk: rows in it, open rows in all."""

    path: Path
    rows: int
    total: int


@contextmanager
def sheet_of(batch: Batch, *, actor: Actor, most: int = MOST_ROWS) -> Iterator[MadeSheet]:
    """The sheet of the batch's open rows while the block lasts. Raises NotAllowed."""
    policy.require(actor, "quality.read_rejects", batch.resource)
    root = corrections.root_of(batch)
    total = corrections.open_count(root)
    is_masked = not versions.sees_rejects_whole(root.resource, actor=actor)
    told = Told(root.pk, total, is_masked, most, correcting.faults_of(root))
    with storage.scratch() as scratch:
        path = scratch / f"{root.resource.table}-{root.pk}.xlsx"
        rows = write_sheet(path, root.resource.contract, corrections.open_rows(root, actor=actor), told=told)
        audit.record(actor, "quality.sheet_made", root, detail={"rows": rows, "open": total, "masked": told.is_masked})
        yield MadeSheet(path, rows, total)
