"""What another platform sends, landed: rows that are there, keys that are gone, once under the name and number of their delivery.

Archived as it came (the signed letter), judged by the contract, committed as one version; the same number again is the same batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # a receipt's facts are of several types

from django.db import transaction

from suixin.data.catalog.models import Resource
from suixin.data.collection import landing
from suixin.data.collection.events import BatchLanded
from suixin.data.collection.landing import Delivery, Removals
from suixin.data.collection.sources.cells import batch_of
from suixin.data.lake import archive, storage
from suixin.data.lake.models import Batch
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.ground import events
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound

Cells = Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a delivery, cells as text. `sweep`: all that parts before that number brought and none since goes, 0: nothing."""

    columns: Sequence[str]
    key: Sequence[str]
    rows: Cells
    gone: Cells
    sweep: int
    original: bytes


def land_part(resource: Resource, part: Part, *, delivery: str, number: int, origin: str, actor: Actor) -> Batch:
    """The batch; landed before, it is that one. Raises NotAllowed, and what quality and lake raise."""
    policy.require(actor, "collection.run", resource)
    with storage.scratch() as folder:
        path = folder / f"{number}.json"
        path.write_bytes(part.original)
        kept = archive.archive_file(path, table=resource.table)
    removals = None
    if part.gone or part.sweep:
        removals = Removals(_table(part.key, part.gone, origin) if part.gone else None, part.sweep)
    batch = landing.land(
        _table(part.columns, part.rows, origin), resource, kept, file_name=f"{origin}#{number}"[:500], part="", actor=actor,
        delivery=Delivery(delivery, number), removals=removals,
    )
    with transaction.atomic():
        events.emit_on_commit(BatchLanded(resource.pk, batch.pk, batch.table_version or 0))
    return batch


def original_of(resource: Resource, *, delivery: str, number: int, actor: Actor) -> bytes:
    """What was sent as that part, as it came. Raises NotAllowed, NotFound, OSError."""
    policy.require(actor, "quality.read_rejects", resource)
    batch = Batch.objects.landed().filter(resource=resource, feed=delivery, sequence=number).exclude(archive_path="").first()
    if batch is None:
        raise NotFound(f"“{resource.title}”没有收到第 {number} 块，或它的原件已清理；请核对块号。")
    with archive.open_archived(batch.archive_path) as source:
        return source.read()


def counts_of(batch: Batch) -> Mapping[str, Any]:
    """What the batch came to, for the receipt of who sent it."""
    return {"rows": batch.rows_in, "accepted": batch.accepted, "rejected": batch.rejected, "version": batch.table_version, "sm3": batch.sm3}


def _table(columns: Sequence[str], rows: Cells, name: str) -> SourceTable:
    def batches() -> Iterator[SourceBatch]:
        yield SourceBatch(batch_of(columns, rows), 1)

    return SourceTable(name, tuple(columns), batches, format="database")
