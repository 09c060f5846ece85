"""Receipts handed over and rows proven out of this installation's lake: who may, and on record."""

from collections.abc import Sequence
from pathlib import Path

import orjson

from suixin.data.lake import delta, receipts
from suixin.data.lake.errors import NoReceipt
from suixin.data.lake.models import Batch
from suixin.data.lake.receipt_proof import proof_of
from suixin.data.lake.receipt_rows import rows_of_batch
from suixin.data.lake.receipt_verifying import parsed
from suixin.data.lake.receipts import known_keys, public_key
from suixin.data.lake.snapshots import snapshot
from suixin.ground.audit.actions import record
from suixin.ground.security import policy
from suixin.kit.actor import Actor

__all__ = ["known_keys", "prove_row", "public_key", "receipt_file"]


def receipt_file(batch_id: int, *, actor: Actor) -> bytes:
    """The receipt of a batch as it is handed over. Raises NoReceipt, NotAllowed."""
    batch = Batch.objects.landed().select_related("resource").filter(pk=batch_id).first()
    if batch is None:
        raise NoReceipt(f"没有批次 {batch_id},或它还没有入库。", batch=batch_id)
    policy.require(actor, "quality.view", batch.resource)
    return receipts.envelope_of(batch, batch.resource.table)


def prove_row(envelope: bytes, key: Sequence[str], *, shown: Sequence[str] = (), actor: Actor) -> bytes:
    """The proof of one row, out of the lake. Raises NoReceipt, UnreadableRows, NotAllowed.

    It shows other rows of the chunk too, so it takes the right to see a batch's originals.
    """
    whole = parsed(envelope, {"leaves", "receipt", "salt"})
    statement = whole["receipt"] if whole else None
    told = statement["batch"] if isinstance(statement, dict) else None
    batch = Batch.objects.landed().select_related("resource").filter(pk=told["id"] if isinstance(told, dict) else 0).first()
    if batch is None or batch.table_version is None or not isinstance(statement, dict):
        raise NoReceipt("这不是本系统的回执,或文件被改动过;请重新取得回执,或用 --rows 给出行文件。")
    policy.require(actor, "quality.read_rejects", batch.resource)
    if receipts.destroyed_of(batch, batch.resource.table) is not None:
        raise NoReceipt(f"批次 {batch.pk} 有行已依法销毁,不能再为它的行出具证明;见批次页的销毁记录。", batch=batch.pk)
    proof = proof_of(envelope, rows_of_batch(_paths(batch), batch.pk, statement), key, shown=shown)
    record(actor, "lake.row_proven", batch, detail={"chunk": orjson.loads(proof)["proof"]["chunk"], "shown": sorted(shown)})
    return proof


def _paths(batch: Batch) -> list[str]:
    """Data files that hold the batch's rows: of the version that it made while they are there, else of the newest."""
    table = batch.resource.table
    if not delta.exists(table):
        raise NoReceipt(f"数据表“{table}”尚无数据。")
    own = [file.path for file in snapshot(table, batch.table_version).files_of_batch(batch.pk)]
    if all(Path(path).exists() for path in own):
        return own
    return [file.path for file in snapshot(table).files_of_batch(batch.pk)]
