"""Putting a batch into its table, exactly once.

    batch = reserve_batch(resource, archived, file_name=..., part=..., actor=...)
    with open_stage(contract, batch=batch) as stage:         # accept, reject, ...
        staged = stage.finish()
    committed = commit_batch(contract, staged, batch=batch, verdict=..., actor=...)

A delivery is known by (feed, sequence); a file's default is its SM3 and the table inside it. Between the
Delta commit and the saved Batch row a crash may come: the commit remembers the batch, so the next
`reserve_batch` of the same delivery, or `repair`, finishes the row. Whether the actor may bring data is
decided by the caller (collection). Call outside a database transaction.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deltalake import DeltaTable
from django.db import transaction

from suixin.data.catalog import standing
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource
from suixin.data.lake import deliveries, delta, receipts, storage, whole
from suixin.data.lake.archive import Archived
from suixin.data.lake.compaction import MOST_FILES, compact_table
from suixin.data.lake.errors import CommitConflict, MiscountedBatch, TableBusy, translated
from suixin.data.lake.lease import hold_table, renew
from suixin.data.lake.models import Batch, BatchState
from suixin.data.lake.snapshots import snapshot, snapshot_of
from suixin.data.lake.upsert import change_of
from suixin.data.lake.writer import Staged, renumbered
from suixin.ground.audit.actions import record
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import SuixinError

log = logging.getLogger(__name__)
_ATTEMPTS = 5
_FACT_FIELDS = (
    "file_name",
    "part",
    "sm3",
    "size",
    "archive_path",
    "rows_in",
    "accepted",
    "rejected",
    "replaced",
    "changes",
    "normalised",
    "scores",
    "indicators",
    "rule_version",
    "rule_results",
    "code_sets",
)
_NOT_TOLD: dict[str, object] = {  # by older commits
    "replaced": 0, "changes": {}, "indicators": {}, "rule_version": "", "rule_results": {}, "code_sets": {},
}
_VERDICT_FIELDS = frozenset({
    "rows_in", "accepted", "rejected", "normalised", "scores", "indicators", "rule_version", "rule_results", "code_sets",
})


@dataclass(frozen=True, slots=True)
class Committed:
    """A batch that is in the table.

    `version` that it made, `rows` and `files` of that version, rows `added` by it, rows `replaced` by key;
    `is_earlier`: it had landed before and nothing was done now.
    """

    version: int
    rows: int
    added: int
    replaced: int = 0
    is_earlier: bool = False
    files: int = 0


def reserve_batch(
    resource: Resource,
    archived: Archived,
    *,
    file_name: str,
    part: str = "",
    feed: str = "",
    sequence: int = 1,
    contract: Contract | None = None,
    actor: Actor = SYSTEM,
) -> Batch:
    """The Batch row to be filled; a landed one when the same (feed, sequence) is in the table already.

    `contract` is the resource's, when the caller has read it.
    Raises  TableBusy - another living process, or another thread, works on the same delivery
            SchemaMismatch - the table at rest has other columns than the contract
    """
    contract = contract or resource.contract
    feed = feed or f"{archived.sm3}/{part}"
    deliveries.begin(contract.table, feed, sequence)
    try:
        batch = _reserved(resource, archived, contract, place=(file_name, part, feed, sequence), actor=actor)
    except BaseException:
        deliveries.end(contract.table, feed, sequence)
        raise
    if batch.state == BatchState.LANDED:
        deliveries.end(contract.table, feed, sequence)
    return batch


def _reserved(
    resource: Resource, archived: Archived, contract: Contract, *, place: tuple[str, str, str, int], actor: Actor
) -> Batch:
    file_name, part, feed, sequence = place
    with hold_table(contract.table), translated(f"登记数据表“{contract.table}”的批次"):
        held = delta.ensure_table(contract)
        snapshot_of(contract.table, held)  # for `staging`, which asks for the first free row number
        version = delta.landed_version(held, feed, sequence)
        if version is not None:
            return finish_from_log(resource, delta.log_entry(contract.table, version), actor=actor)
        reserved = Batch.objects.filter(resource=resource, feed=feed, sequence=sequence).first()
        if reserved and reserved.owner != storage.owner() and storage.owner_lives(reserved.owner):
            raise TableBusy(f"文件“{file_name}”正由另一个进程入库，请稍后查看结果。", batch=reserved.pk)
        batch = reserved or Batch(resource=resource, feed=feed, sequence=sequence)
        batch.state, batch.owner, batch.table_version = BatchState.RESERVED, storage.owner(), None
        batch.file_name, batch.part, batch.created_at = file_name, part, clock.now()
        batch.sm3, batch.size, batch.archive_path = archived.sm3, archived.size, archived.relative_path
        batch.save()
        return batch


def commit_batch(
    contract: Contract,
    staged: Staged,
    *,
    batch: Batch,
    verdict: Mapping[str, object] | None = None,
    actor: Actor = SYSTEM,
) -> Committed:
    """Make the staged rows part of the table, once, and save `batch` as landed; many small files become few.

    Shape   verdict: rows_in, accepted, rejected, normalised, scores, indicators; goes into `batch`
    Raises  MiscountedBatch - verdict and files disagree
            CommitConflict, TableBusy, DiskFull - nothing was committed, nothing is left
    """
    for name, value in (verdict or {}).items():
        if name in _VERDICT_FIELDS:
            setattr(batch, name, value)
    try:
        _require_counts(batch, staged)
        with hold_table(contract.table), translated(f"提交数据表“{contract.table}”"):
            done = _commit_or_find(contract, staged, batch)
            crash.point("committed")
            landed = finish_from_log(batch.resource, delta.log_entry(contract.table, done.version), actor=actor)
    except BaseException:
        _give_up(contract, staged, batch)
        raise
    finally:
        deliveries.end(contract.table, batch.feed, batch.sequence)
    crash.point("row_saved")
    for name in (*_FACT_FIELDS, "state", "table_version", "owner"):
        setattr(batch, name, getattr(landed, name))
    try:
        if done.files > MOST_FILES:
            compact_table(contract)
    except SuixinError:
        log.exception("batch %s is in %s, but its files were not put together", batch.pk, contract.table)
    return done


def finish_from_log(resource: Resource, entry: delta.LogEntry, *, actor: Actor = SYSTEM) -> Batch:
    """The landed Batch row of a commit, made or completed from what the commit remembers; the same when called again."""
    facts = entry.facts
    place = {"resource": resource, "feed": str(facts["feed"]), "sequence": int(str(facts["sequence"]))}
    with transaction.atomic():
        found = Batch.objects.select_for_update().filter(**place).first()
        if found is not None and found.state == BatchState.LANDED and found.table_version == entry.version:
            return found
        values = _NOT_TOLD | {name: facts[name] for name in _FACT_FIELDS if name in facts}
        values |= {"state": BatchState.LANDED, "table_version": entry.version, "owner": ""}
        first = {"id": facts["batch"], "created_at": datetime.fromisoformat(str(facts["created_at"]))}
        batch = found or Batch(**place, **first)
        for name, value in values.items():
            setattr(batch, name, value)
        batch.save(force_insert=found is None, update_fields=None if found is None else list(values))
        standing.data_landed(resource, batch.created_at.astimezone(clock.CHINA).date())
        receipt = receipts.sign_receipt(batch, resource.table, facts)
        detail = {"table": resource.table, "version": entry.version, "rows": batch.accepted}
        record(actor, "lake.batch_landed", batch, detail=detail | ({"root": receipt.root} if receipt else {}))
    return batch


def _require_counts(batch: Batch, staged: Staged) -> None:
    if (batch.rows_in, batch.accepted, batch.rejected) != (staged.rows + staged.rejected, staged.rows, staged.rejected):
        raise MiscountedBatch(
            f"文件“{batch.file_name}”行数不符：读到 {batch.rows_in} 行，判定接受 {batch.accepted} 行、拒收 {batch.rejected} 行，"
            f"实际写入 {staged.rows} 行、拒收记录 {staged.rejected} 行。本批次未入库，请联系管理员。"
        )


def _commit_or_find(contract: Contract, staged: Staged, batch: Batch) -> Committed:
    for attempt in range(_ATTEMPTS):
        renew(contract.table)
        base = delta.ensure_table(contract)
        earlier = delta.landed_version(base, batch.feed, batch.sequence)
        if earlier is not None:
            staged.abandon(keep_rejects=True)
            return Committed(earlier, snapshot(contract.table, earlier).rows, staged.rows, is_earlier=True)
        first_free = snapshot_of(contract.table, base).next_row_id
        if staged.rows and first_free > staged.first_id and staged.leaves is not None:
            staged = renumbered(contract, staged, first_free)
        try:
            return _commit_once(contract, staged, base, batch)
        except CommitConflict:
            if attempt == _ATTEMPTS - 1:
                staged.abandon()
                raise
    raise AssertionError("the loop above returns or raises")


def _commit_once(contract: Contract, staged: Staged, base: DeltaTable, batch: Batch) -> Committed:
    held = snapshot_of(contract.table, base)
    leaves = staged.leaves
    if staged.whole is not None:
        compared = whole.compare(contract, staged, held)
        change, leaves = compared.change, compared.leaves
        batch.replaced, batch.changes = compared.replaced, compared.counts
    else:
        upserted = change_of(contract, staged, held)
        change, batch.replaced = upserted.change, upserted.replaced + upserted.deleted
        batch.changes = {"deleted": upserted.deleted} if upserted.deleted else {}
    crash.point("files_written")
    facts: dict[str, object] = {name: getattr(batch, name) for name in _FACT_FIELDS}
    facts |= {
        "batch": batch.pk,
        "feed": batch.feed,
        "sequence": batch.sequence,
        "created_at": batch.created_at.isoformat(),
    }
    if leaves is not None:
        facts[receipts.FACT] = receipts.fact_of(contract, leaves, is_whole=staged.whole is not None)
    try:
        version = delta.commit(base, contract.table, change, facts=facts)
    except Exception:
        if _has_landed(contract.table, batch):
            raise
        whole.abandon(change, but=staged.folder)
        raise
    if staged.folder not in {file.path.parent for file in change.added}:
        staged.abandon(keep_rejects=True)  # of a whole state: the rows that changed lie in files of their own
    files = len(held.files) + len(change.added) - len(change.removed)
    return Committed(version, held.rows + staged.rows - batch.replaced, staged.rows, batch.replaced, files=files)


def _give_up(contract: Contract, staged: Staged, batch: Batch) -> None:
    """Undo a batch that is not in the table; one that is stays, for `finish_from_log` or `repair`."""
    if _has_landed(contract.table, batch):
        return
    staged.abandon()
    Batch.objects.reserved().filter(pk=batch.pk).delete()


def _has_landed(table: str, batch: Batch) -> bool:
    return delta.exists(table) and delta.landed_version(delta.open_table(table), batch.feed, batch.sequence) is not None
