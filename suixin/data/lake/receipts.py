"""Signed receipts: what was delivered, what became of it, and a root over the rows that were accepted (ADR 0016).

Made     the leaves while rows are written (`series_of`), kept in the commit's facts (`fact_of`); signed when the Batch row is
         finished, so whatever finishes that row after a crash makes the receipt too (`sign_receipt`)
Kept     the signed line with the Batch; leaves in the table's log; the salt nowhere: it is derived from the key of purpose
         `receipt` for (table, batch), so neither database nor lake lets anybody guess rows from a root
Handed   `envelope_of`: {"leaves", "receipt", "salt"} as canonical JSON, to who may read the batch's original rows; when rows
         of the batch were destroyed since, with "destroyed", which says how many, and without the salt
"""

import base64
from collections.abc import Mapping
from datetime import UTC

import orjson
from django.conf import settings
from django.db import models

from suixin.data.catalog.contract import Contract
from suixin.data.lake import canonical, delta
from suixin.data.lake.canonical import CHUNK_ROWS, LeafSeries, Leaves
from suixin.data.lake.errors import NoReceipt
from suixin.data.lake.models import Batch, DestroyedOriginal, DestroyedRows, Receipt
from suixin.data.lake.receipt_form import (
    DESTROYED,
    FORMAT,
    canonical_json,
    digests_of,
    fingerprint_of,
    part,
    salt_digest,
)
from suixin.kit import clock, keyring, merkle
from suixin.kit.keyring import Kind

PURPOSE = "receipt"
WHOLE = "snapshot"  # the mode of a whole state, whose receipt holds the rows that came or changed
FACT = "receipt"


def series_of(contract: Contract, batch_id: int) -> LeafSeries:
    """What takes the accepted rows of a batch in their lasting order and gives their leaves."""
    version, salt = _salt(contract.table, batch_id)
    return LeafSeries(canonical.columns_of(contract), salt, version)


def fact_of(contract: Contract, leaves: Leaves, *, is_whole: bool = False) -> dict[str, object]:
    """What the commit remembers of the rows, enough to make the receipt from it alone."""
    return {
        "columns": [[one.field, one.name, one.kind] for one in leaves.columns],
        "key": list(contract.key),
        "code": contract.code,
        "title": contract.title,
        "contract": contract.version,
        "mode": WHOLE if is_whole else contract.write_mode.value,
        "leaves": base64.b64encode(b"".join(leaves.digests)).decode(),
        "salt": leaves.salt_version,
    }


def sign_receipt(batch: Batch, table: str, facts: Mapping[str, object]) -> Receipt | None:
    """The receipt of a landed batch, made from the facts of its commit; None when it landed before there were receipts.

    Called once more it keeps the one that is there.
    """
    told = facts.get(FACT)
    if not isinstance(told, dict):
        return None
    known = Receipt.objects.filter(batch=batch).first()
    if known is not None:
        return known
    statement = _statement(batch, table, told)
    return Receipt.objects.create(batch=batch, root=str(statement["root"]), line=canonical_json(signed(statement)).decode())


def envelope_of(batch: Batch, table: str) -> bytes:
    """The receipt as it is handed over, with what verifies rows by it. Raises NoReceipt."""
    receipt = Receipt.objects.filter(batch=batch).first()
    if receipt is None or batch.table_version is None:
        raise NoReceipt(f"批次 {batch.pk} 没有回执:它在本系统启用回执之前入库。以后的批次都有回执。", batch=batch.pk)
    told = part(delta.log_entry(table, batch.table_version).facts, FACT)
    whole: dict[str, object] = {"leaves": told["leaves"], "receipt": orjson.loads(receipt.line)}
    if ended := destroyed_of(batch, table):
        return canonical_json({**whole, "destroyed": ended, "salt": ""}) + b"\n"
    _, salt = _salt(table, batch.pk, int(told["salt"]))
    return canonical_json({**whole, "salt": salt.hex()}) + b"\n"


def destroyed_of(batch: Batch, table: str) -> dict[str, object] | None:
    """What the batch lost by destructions since, signed; None when nothing. Without its salt nobody tries what stood there."""
    held = DestroyedRows.objects.filter(batch=batch)
    told = held.filter(models.Q(rows__gt=0) | models.Q(rejected__gt=0)).order_by("pk").select_related("destruction")
    if not (is_original := DestroyedOriginal.objects.filter(sm3=batch.sm3).exists()) and not told:
        return None
    parts = [{"number": one.destruction.number, "rows": one.rows, "rejected": one.rejected} for one in told]
    return signed({"format": DESTROYED, "table": table, "batch": batch.pk, "destructions": parts, "is_original_destroyed": is_original})


def public_key() -> bytes:
    """The public key (65 bytes) under which receipts are signed now."""
    return keyring.of(settings.SUIXIN.keys).public_key(PURPOSE)


def known_keys() -> dict[str, bytes]:
    """Every public key that ever signed receipts here, by fingerprint."""
    versions = keyring.of(settings.SUIXIN.keys).versions(PURPOSE)
    keys = [bytes.fromhex(key.public) for key in versions if key.kind is Kind.SIGN]
    return {fingerprint_of(key): key for key in keys}


def _statement(batch: Batch, table: str, told: Mapping[str, object]) -> dict[str, object]:
    digests = digests_of(str(told["leaves"]))
    _, salt = _salt(table, batch.pk, int(str(told["salt"])))
    return {
        "format": FORMAT,
        "resource": {"code": told["code"], "table": table, "title": told["title"], "contract": told["contract"]},
        "batch": {
            "id": batch.pk, "feed": batch.feed, "sequence": batch.sequence, "version": batch.table_version,
            "mode": told["mode"], "rules": batch.rule_version,
            "reserved_at": batch.created_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        },
        "original": {"name": batch.file_name, "part": batch.part, "sm3": batch.sm3, "size": batch.size},
        "rows": {
            "source": batch.rows_in, "accepted": batch.accepted, "rejected": batch.rejected, "replaced": batch.replaced,
            **batch.changes,
        },
        "columns": told["columns"],
        "key": told["key"],
        "chunk_rows": CHUNK_ROWS,
        "chunks": len(digests),
        "root": merkle.root(digests).hex(),
        "salt_sm3": salt_digest(salt),
        "signed_at": clock.now().astimezone(UTC).isoformat(timespec="milliseconds"),
    }


def signed(statement: Mapping[str, object]) -> dict[str, object]:
    """The statement with key, fingerprint and signature, by the key under which receipts are signed."""
    ring = keyring.of(settings.SUIXIN.keys)
    public = ring.public_key(PURPOSE)
    version = next(key.version for key in reversed(ring.versions(PURPOSE)) if key.public == public.hex())
    said = {**statement, "key_id": f"{PURPOSE}:{version}", "public": public.hex(), "fingerprint": fingerprint_of(public)}
    return {**said, "signature": ring.sign(PURPOSE, canonical_json(said)).value}


def _salt(table: str, batch_id: int, version: int = 0) -> tuple[int, bytes]:
    return keyring.of(settings.SUIXIN.keys).derived(PURPOSE, Kind.INDEX, f"{table}#{batch_id}".encode(), version)
