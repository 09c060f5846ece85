"""Sketches as they are kept: a batch merged into those of its table, once; read again from the lake when a crash came between.

Merged   union of ranks, sums of rows and of missing values; a batch that is in already changes nothing
Grows    what a later batch replaced or nobody delivers any more stays in the ranks until the table is sketched anew
         (`sketch_again`), which the nightly run does for tables of which more than half of the rows were replaced
Forgets  everything of an entry that is withdrawn, with the pairs that it stood in
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any  # arrays of any element type

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import F, Max, Q, Sum

from suixin.data.catalog.contract import BATCH_COLUMN, Contract
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.lake import delta, sealing, snapshots
from suixin.data.lake.models import Batch
from suixin.data.quality.models import DuplicateFinding, ItemSketch, SketchedBatch, SketchRank
from suixin.data.quality.radar import kmv, names, ranking
from suixin.data.quality.radar.shapes import Shape
from suixin.data.quality.radar.sketching import Facts, ItemFacts, Sketcher, merged
from suixin.kit import clock

log = logging.getLogger(__name__)
POSTED = 32  # least ranks of a telling item by which others find it
_PORTION = 65_536
_COLUMNS = ("name_key", "rows", "nulls", "distinct", "tells", "is_telling", "shape", "scheme", "ranks", "updated_at")


class Watch:
    """Sketches a batch while it lands. A fault of ours never costs the batch: it is logged, and `sketch_missing` does it later."""

    def __init__(self, contract: Contract) -> None:
        self._ranker = ranking.ranker()
        self._sketcher: Sketcher | None = Sketcher(contract, self._ranker)

    def add(self, rows: pa.RecordBatch) -> None:
        """Accepted rows of the batch."""
        try:
            if self._sketcher is not None:
                self._sketcher.add(rows)
        except Exception:  # the sketch is made again from the lake
            log.exception("rows could not be sketched")
            self._sketcher = None

    def keep(self, batch: Batch) -> None:
        """The batch landed: its sketches are kept."""
        try:
            if self._sketcher is not None:
                keep(batch, self._sketcher.facts(), scheme=self._ranker.scheme)
        except Exception:  # the sketch is made again from the lake
            log.exception("sketches of batch %s were not kept", batch.pk)


@transaction.atomic
def keep(batch: Batch, facts: Facts, *, scheme: str) -> bool:
    """Whether the batch was merged into the sketches of its table; not when it is in them already."""
    resource = Resource.objects.select_for_update(of=("self",)).get(pk=batch.resource_id)
    if resource.state == ResourceState.WITHDRAWN or not SketchedBatch.objects.get_or_create(batch=batch)[1]:
        return False
    _write(resource, facts, scheme)
    return True


def register_items(resource: Resource) -> None:
    """Every item of the entry is there to be compared by name; one that is gone, and an entry withdrawn, are forgotten."""
    if resource.state == ResourceState.WITHDRAWN:
        forget(resource)
        return
    with transaction.atomic():
        items = {item.field: names.key_of(item.name) for item in resource.items.all()}
        held = dict(resource.sketches.values_list("field", "name_key"))
        resource.sketches.exclude(field__in=items).delete()
        now = clock.now()
        ItemSketch.objects.bulk_create(
            [
                ItemSketch(resource=resource, field=field, name_key=key, updated_at=now)
                for field, key in items.items() if held.get(field) != key
            ],
            update_conflicts=True, unique_fields=["resource", "field"], update_fields=["name_key"],
        )


@transaction.atomic
def forget(resource: Resource) -> None:
    """Nothing of the entry's values is left: no sketch, no rank, no pair."""
    resource.sketches.all().delete()
    SketchedBatch.objects.filter(batch__resource=resource).delete()
    DuplicateFinding.objects.filter(Q(left=resource) | Q(right=resource)).delete()


def sketch_missing() -> Iterator[Batch]:
    """Landed batches that are in no sketch, or in one of another scheme, each as it is put right from the lake."""
    strange = ItemSketch.objects.exclude(scheme__in=("", ranking.fast_hash())).values_list("resource", flat=True).distinct()
    for resource in Resource.objects.filter(pk__in=list(strange)):
        sketch_again(resource)
    in_force = Q(resource__state=ResourceState.PUBLISHED)
    for batch in Batch.objects.landed().filter(in_force, sketched=None).select_related("resource").order_by("pk").iterator():
        if sketch_from_lake(batch):
            yield batch


def sketch_from_lake(batch: Batch) -> bool:
    """Whether the rows that the table still holds of a batch were merged into its sketches."""
    contract, ranker = batch.resource.contract, ranking.ranker()
    sketcher = Sketcher(contract, ranker)
    for rows in _rows_of(contract, batch):
        sketcher.add(rows)
    return keep(batch, sketcher.facts(), scheme=ranker.scheme)


def sketch_again(resource: Resource) -> None:
    """The table's sketches made anew from what it holds now, batch by batch."""
    with transaction.atomic():
        resource.sketches.all().delete()
        SketchedBatch.objects.filter(batch__resource=resource).delete()
    for batch in Batch.objects.landed().filter(resource=resource).order_by("pk"):
        sketch_from_lake(batch)


def worn_out() -> Iterable[Resource]:
    """Entries of whose sketched rows more than half were replaced since."""
    summed = Batch.objects.landed().order_by().values("resource").annotate(came=Sum("accepted"), gone=Sum("replaced"))
    left = {pk: came - gone for pk, came, gone in summed.filter(gone__gt=F("came") / 2).values_list("resource", "came", "gone")}
    rows = dict(ItemSketch.objects.filter(resource__in=left).order_by().values_list("resource").annotate(most=Max("rows")))
    return Resource.objects.published().filter(pk__in=[pk for pk, most in rows.items() if most > 2 * left[pk]])


def facts_of(sketch: ItemSketch) -> ItemFacts:
    """What is kept, as a value."""
    shape = Shape(
        sketch.shape.get("shortest", 0), sketch.shape.get("longest", 0),
        tuple((str(pattern), float(share)) for pattern, share in sketch.shape.get("patterns", ())),
        tuple(sketch.shape["digits"]) if sketch.shape.get("digits") else None,
    )
    return ItemFacts(sketch.rows, sketch.nulls, kmv.unpacked(bytes(sketch.ranks)), shape, sketch.tells)


def _write(resource: Resource, facts: Facts, scheme: str) -> None:
    held = {one.field: one for one in resource.sketches.all()}
    keys = {item.field: names.key_of(item.name) for item in resource.items.all()}
    rows, moved = [], []
    for field, new in facts.items():
        before = held.get(field)
        known = facts_of(before) if before is not None and before.scheme == scheme else None
        now = merged(known, new) if known is not None else new
        row = ItemSketch(
            resource=resource, field=field, name_key=keys.get(field, ""), rows=now.rows, nulls=now.nulls, distinct=now.sketch.distinct,
            tells=now.tells, is_telling=now.is_telling, shape=asdict(now.shape), scheme=scheme, ranks=now.sketch.packed,
            updated_at=clock.now(),
        )
        rows.append(row)
        before_posted = known.sketch.ranks[:POSTED] if known is not None and before is not None and before.is_telling else ()
        if (now.sketch.ranks[:POSTED] if now.is_telling else ()) != before_posted:
            moved.append(row)
    ItemSketch.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["resource", "field"], update_fields=list(_COLUMNS)
    )
    _post(resource, moved)


def _post(resource: Resource, moved: list[ItemSketch]) -> None:
    if not moved:
        return
    pks = dict(resource.sketches.filter(field__in=[one.field for one in moved]).values_list("field", "pk"))
    SketchRank.objects.filter(sketch__in=pks.values()).delete()
    SketchRank.objects.bulk_create(
        [
            SketchRank(sketch_id=pks[one.field], rank=rank)
            for one in moved if one.is_telling for rank in kmv.unpacked(bytes(one.ranks)).ranks[:POSTED]
        ],
        batch_size=2_000,
    )


def _rows_of(contract: Contract, batch: Batch) -> Iterator[pa.RecordBatch]:
    """Rows that the newest version holds of the batch, sealed items opened."""
    if not delta.exists(contract.table):
        return
    names_held = [item.field for item in contract.items]
    for file in snapshots.snapshot(contract.table).files_of_batch(batch.pk):
        for part in pq.ParquetFile(file.path).iter_batches(batch_size=_PORTION, columns=[*names_held, BATCH_COLUMN]):
            own = part.filter(pc.equal(part.column(BATCH_COLUMN), pa.scalar(batch.pk)))
            columns = [_opened(contract, item.field, own.column(item.field)) for item in contract.items]
            yield pa.RecordBatch.from_arrays(columns, names=names_held)


def _opened(contract: Contract, field: str, column: "pa.Array[Any]") -> "pa.Array[Any]":
    item = contract.item(field)
    if item is None or not pa.types.is_binary(column.type):
        return column
    return sealing.open_texts(f"{contract.table}.{field}", column).cast(item.arrow_type)
