"""Which rejected rows of a batch are still open, and what came back for them: claimed, landed, settled.

Open     rejected, and neither accepted since in a corrected sheet nor given up with a reason
Newest   of a row that was handed in again and rejected again, the cells and reasons of the last time
Claim    rows of a sheet under way are nobody else's, so that two sheets at once never land a row twice; who is killed
         in between leaves a claim that the same sheet takes up, or that `mend` settles
Promise  a correction of a correction is one of the batch that came first: all rows are counted there
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction

from suixin.data.access import versions
from suixin.data.lake.models import CORRECTION, Batch, DestroyedRows
from suixin.data.lake.rejects import KeptReject, read_rejects, rejected_numbers
from suixin.data.quality.errors import RowsTaken
from suixin.data.quality.loop.spans import rows_in, spans_of
from suixin.data.quality.models import Correction
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

CHUNK = 16_384
ABANDONED = timedelta(hours=1)
Read = Callable[[int, int], Sequence[KeptReject]]  # batch, offset → rows, empty behind the last


@dataclass(frozen=True, slots=True)
class Returned:
    """What a sheet says: rows handed in again, in its order, and rows given up for a reason."""

    sm3: str
    rows: Sequence[int]
    dropped: Sequence[int]
    reason: str = ""


def root_of(batch: Batch) -> Batch:
    """The batch whose rows are counted: the one that this one corrects, else itself."""
    found = Batch.objects.landed().select_related("resource__provider").filter(pk=batch.corrects or 0).first()
    return found or batch


def feed_of(root: Batch, sm3: str) -> str:
    """Under which feed the corrected rows of a sheet are delivered, once."""
    return f"{CORRECTION}{root.pk}:{sm3}"


def settled_rows(root: Batch) -> set[int]:
    """Rows of the batch that are open no more."""
    found: set[int] = set()
    for one in root.corrections.filter(is_done=True):
        found |= set(rows_in(one.rows)) - set(rows_in(one.bad))
        found |= set(rows_in(one.dropped))
    return found


def open_count(root: Batch) -> int:
    """How many rejected rows of the batch are still open; without reading their cells."""
    if not root.rejected:
        return 0
    settled = settled_rows(root)
    if DestroyedRows.objects.filter(batch=root, rejected__gt=0).exists():  # destroyed ones may be settled too
        return len(set(rejected_numbers(root.resource.table, root.pk)) - settled)
    return root.rejected - len(settled)


def open_rows(root: Batch, *, actor: Actor) -> Iterator[KeptReject]:
    """The open rows as they came last, masked and logged as the actor may see them. Raises NotAllowed."""
    resource = root.resource
    return _open(root, lambda batch, offset: versions.rejected_rows(resource, batch, actor=actor, offset=offset, limit=CHUNK))


def open_for_measuring(root: Batch) -> Iterator[KeptReject]:
    """The open rows, whole, for a measure: nobody sees them."""
    return _open(root, lambda batch, offset: read_rejects(root.resource.table, batch, offset=offset, limit=CHUNK))


@transaction.atomic
def claim(root: Batch, returned: Returned, *, actor: Actor) -> Correction:
    """The rows of the sheet, this sheet's; the same sheet again is the same correction. Raises NotAllowed, RowsTaken."""
    policy.require(actor, "collection.run", root.resource)
    Batch.objects.select_for_update().get(pk=root.pk)
    known = root.corrections.filter(sm3=returned.sm3).first()
    if known is not None:
        return known
    taken, wanted = settled_rows(root), {*returned.rows, *returned.dropped}
    for one in root.corrections.filter(is_done=False):
        taken |= {*rows_in(one.rows), *rows_in(one.dropped)}
    clash = sorted(wanted & taken)
    if clash:
        named = "、".join(map(str, clash[:5]))
        raise RowsTaken(
            f"数据第 {named} 行{'等' if len(clash) > 5 else ''}已更正、已注明不再提供，或正在处理，没有入库；"
            "请重新下载更正表，只改仍未更正的行。"
        )
    return Correction.objects.create(
        batch=root, sm3=returned.sm3, rows=spans_of(returned.rows), dropped=spans_of(returned.dropped),
        reason=returned.reason[:500], by=actor.name[:120], at=clock.now(),
    )


@transaction.atomic
def settle(correction: Correction, landed: Batch | None, *, actor: Actor) -> Correction:
    """The correction with what became of its rows; harmless when repeated. Raises NotAllowed."""
    policy.require(actor, "collection.run", correction.batch.resource)
    held = Correction.objects.select_for_update(of=("self",)).select_related("batch__resource").get(pk=correction.pk)
    if held.is_done:
        return held
    rows = list(rows_in(held.rows))
    numbers = rejected_numbers(held.batch.resource.table, landed.pk) if landed is not None else []
    bad = [rows[number - 1] for number in numbers]
    held.landed, held.bad, held.is_done = landed, spans_of(bad), True
    held.still_bad, held.mended = len(bad), len(rows) - len(bad)
    held.given_up = sum(1 for _ in rows_in(held.dropped))
    held.save()
    audit.record(actor, "quality.rows_corrected", held.batch, basis=held.reason, detail={
        "batch": held.batch_id, "landed": landed.pk if landed else None, "mended": held.mended, "still_bad": held.still_bad,
        "given_up": held.given_up, "sm3": held.sm3,
    })
    return held


def release(correction: Correction, *, actor: Actor) -> None:
    """The claim of a sheet that was refused is given up: its rows are open for another. Raises NotAllowed."""
    policy.require(actor, "collection.run", correction.batch.resource)
    Correction.objects.filter(pk=correction.pk, is_done=False).delete()


def mend(*, actor: Actor = SYSTEM) -> int:
    """How many claims were settled or given up whose process is long gone."""
    old = Correction.objects.filter(is_done=False, at__lt=clock.now() - ABANDONED).select_related("batch__resource__provider")
    done = 0
    for one in old:
        landed = Batch.objects.landed().filter(resource=one.batch.resource, feed=feed_of(one.batch, one.sm3)).first()
        if landed is None and one.rows:
            release(one, actor=actor)
        else:
            settle(one, landed, actor=actor)
        done += 1
    return done


def _open(root: Batch, read: Read) -> Iterator[KeptReject]:
    gone, latest = settled_rows(root), {}
    for one in root.corrections.filter(is_done=True, still_bad__gt=0):
        rows = list(rows_in(one.rows))
        for kept in _all(read, one.landed_id or 0):
            row = rows[kept.row - 1]
            if row not in gone:
                latest[row] = _renumbered(kept, row)
    for kept in _all(read, root.pk):
        if kept.row not in gone:
            yield latest.get(kept.row, kept)


def _all(read: Read, batch: int) -> Iterator[KeptReject]:
    offset = 0
    while found := read(batch, offset):
        yield from found
        offset += len(found)


def _renumbered(kept: KeptReject, row: int) -> KeptReject:
    """A row of a sheet told by its number in the batch that came first."""
    here = f"数据第 {kept.row} 行"
    reasons = tuple(
        {**reason, "sentence": str(reason.get("sentence", "")).replace(here, f"数据第 {row} 行", 1)} for reason in kept.reasons
    )
    return replace(kept, row=row, reasons=reasons)
