"""Receipts of landed batches: made with the batch, the same after a crash, and whatever byte is changed is named."""

import base64
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq
import pytest

from suixin.data.access import receipts as proving
from suixin.data.catalog.contract import WriteMode
from suixin.data.lake import receipts, repair, sealing, snapshots
from suixin.data.lake.errors import NoReceipt, UnreadableRows
from suixin.data.lake.models import Batch, Receipt
from suixin.data.lake.receipt_form import canonical_json
from suixin.data.lake.receipt_proof import verify_proof
from suixin.data.lake.receipt_verifying import verify_receipt
from suixin.data.lake.tests import factories
from suixin.data.lake.tests.conftest import lake  # noqa: F401 the folder of the lake
from suixin.ground.audit.models import Record
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 9000


def _landed(resource, data, sm3="one"):
    factories.land(resource, data, sm3=sm3)
    return Batch.objects.latest("pk")


def _root(batch):
    return orjson.loads(batch.receipt.line)["root"]


@pytest.fixture
def batch():
    """A batch of three chunks with a key."""
    return _landed(factories.make_resource(), factories.rows(1, COUNT))


@pytest.fixture
def envelope(batch):
    return proving.receipt_file(batch.pk, actor=SYSTEM)


def _verified(content, **more):
    return verify_receipt(content, trusted=list(receipts.known_keys()), **more)


def _csv(folder, table):
    pc_csv.write_csv(table, folder / "rows.csv")
    return folder / "rows.csv"


def test_a_batch_has_a_receipt_that_verifies(batch, envelope, tmp_path):
    rows = factories.rows(1, COUNT)
    verdict = _verified(envelope, rows=_csv(tmp_path, rows))
    assert verdict.is_intact, verdict.faults
    told = orjson.loads(envelope)["receipt"]
    assert told["rows"] == {"source": COUNT, "accepted": COUNT, "rejected": 0, "replaced": 0}
    assert (told["chunks"], told["original"]["sm3"], told["batch"]["version"]) == (3, "one", batch.table_version)
    assert Record.objects.get(action="lake.batch_landed").detail["root"] == told["root"]


def test_parquet_in_any_order_verifies_and_so_does_a_file_of_the_lake(envelope, tmp_path):
    rows = factories.rows(1, COUNT)
    pq.write_table(rows.take(pa.array(range(COUNT - 1, -1, -1))), tmp_path / "rows.parquet")
    assert _verified(envelope, rows=tmp_path / "rows.parquet").is_intact
    assert _verified(envelope, rows=Path(snapshots.snapshot("trial").paths[0])).is_intact


def test_the_root_does_not_depend_on_order_or_pieces_of_arrival(monkeypatch):
    monkeypatch.setattr(receipts, "_salt", lambda table, batch, version=0: (1, bytes(32)))
    data, resources = factories.rows(1, COUNT), [factories.make_resource(f"t{n}") for n in range(3)]
    factories.land(resources[0], data, sm3="a", chunk=COUNT)
    factories.land(resources[1], data, sm3="b", chunk=777)
    factories.land(resources[2], data.take(pa.array(range(COUNT - 1, -1, -1))), sm3="c", chunk=500)
    assert len({receipt.root for receipt in Receipt.objects.all()}) == 1


def test_rows_without_a_key_have_the_order_of_arrival(monkeypatch):
    specs = tuple(replace(spec, is_key=False) for spec in factories.SPECS)
    monkeypatch.setattr(factories, "SPECS", specs)
    monkeypatch.setattr(receipts, "_salt", lambda table, batch, version=0: (1, bytes(32)))
    data = factories.rows(1, 50)
    one = _landed(factories.make_resource("t1", mode=WriteMode.APPEND), data)
    other = _landed(factories.make_resource("t2", mode=WriteMode.APPEND), data.take(pa.array(range(49, -1, -1))), "two")
    assert _root(one) != _root(other)


def test_a_receipt_lost_in_a_crash_is_made_again_from_the_commit(batch, envelope):
    pk, root = batch.pk, _root(batch)
    batch.delete()
    repair.repair()
    again = proving.receipt_file(pk, actor=SYSTEM)
    assert _root(Batch.objects.get()) == root
    volatile = {"signature", "signed_at"}
    one, other = ({k: v for k, v in orjson.loads(e)["receipt"].items() if k not in volatile} for e in (envelope, again))
    assert one == other
    assert _verified(again).is_intact


def test_every_changed_byte_of_a_receipt_is_named(envelope):
    step = max(1, len(envelope) // 150)
    for place in range(0, len(envelope), step):
        changed = bytearray(envelope)
        changed[place] ^= 1
        assert _verified(bytes(changed)).faults, envelope[place - 20 : place + 20]
    assert _verified(envelope[:-1]).faults
    assert _verified(envelope + b" ").faults


@pytest.mark.parametrize(("part", "what"), [
    ("root", "signature"), ("chunks", "signature"), ("salt", "salt"), ("leaves", "root"), ("rows", "signature"),
])
def test_what_was_changed_is_told(envelope, part, what):
    whole = orjson.loads(envelope)
    if part == "salt":
        whole["salt"] = "00" * 32
    elif part == "leaves":
        leaves = bytearray(base64.b64decode(whole["leaves"]))
        leaves[0] ^= 1
        whole["leaves"] = base64.b64encode(leaves).decode()
    elif part == "rows":
        whole["receipt"]["rows"]["accepted"] += 1
    else:
        whole["receipt"][part] = 5 if part == "chunks" else "00" * 32
    faults = [one.what for one in _verified(canonical_json(whole) + b"\n").faults]
    assert what in faults


def test_a_receipt_of_another_signer_is_refused_and_so_is_one_of_nobody(envelope):
    assert [one.what for one in verify_receipt(envelope, trusted=["0" * 32]).faults] == ["signer"]
    assert [one.what for one in verify_receipt(envelope, trusted=[]).faults] == ["signer"]


def test_changed_original_is_named(tmp_path):
    from suixin.data.lake import actions, archive
    from suixin.data.lake.staging import open_stage

    original, resource = factories.small_file(tmp_path), factories.make_resource()
    batch = actions.reserve_batch(resource, archive.archive_file(original, table="trial"), file_name="原件.csv", actor=SYSTEM)
    with open_stage(resource.contract, batch=batch) as stage:
        stage.accept(factories.rows(1, 3))
        written = stage.finish()
    factories.commit(resource, batch, written)
    envelope = proving.receipt_file(batch.pk, actor=SYSTEM)
    assert _verified(envelope, original=original).is_intact
    original.write_bytes(original.read_bytes().replace(b"1", b"3"))
    assert [one.what for one in _verified(envelope, original=original).faults] == ["original"]


def test_a_changed_value_is_named_with_its_chunk(envelope, tmp_path):
    rows = factories.rows(1, COUNT)
    names = rows.column("name").to_pylist()
    names[5000] = "别名"
    [fault] = _verified(envelope, rows=_csv(tmp_path, rows.set_column(1, "name", pa.array(names)))).faults
    assert "第 2 块" in fault.sentence
    assert "4,097 到 8,192" in fault.sentence


def test_a_missing_row_and_a_missing_column_are_named(envelope, tmp_path):
    rows = factories.rows(1, COUNT)
    [fault] = _verified(envelope, rows=_csv(tmp_path, rows.slice(0, COUNT - 1))).faults
    assert "8,999 行" in fault.sentence
    [fault] = _verified(envelope, rows=_csv(tmp_path, rows.drop_columns(["score"]))).faults
    assert "score" in fault.sentence


def test_a_proof_shows_the_row_and_only_the_items_asked_for(envelope, batch):
    key = factories.rows(5000, 5000).column("code")[0].as_py()
    proof = proving.prove_row(envelope, [key], shown=["code", "金额"], actor=SYSTEM)
    verdict, row = verify_proof(proof, trusted=list(receipts.known_keys()))
    assert verdict.is_intact
    assert row == {"编码": key, "金额": "1.25"}
    assert Record.objects.filter(action="lake.row_proven").exists()


def test_every_changed_byte_of_a_proof_is_named(envelope):
    proof = proving.prove_row(envelope, ["k000000001"], shown=["code"], actor=SYSTEM)
    for place in range(0, len(proof), max(1, len(proof) // 100)):
        changed = bytearray(proof)
        changed[place] ^= 1
        assert verify_proof(bytes(changed), trusted=list(receipts.known_keys()))[0].faults, proof[place - 20 : place + 20]


def test_rows_that_were_replaced_are_not_proven(envelope):
    resource = Batch.objects.get().resource
    _landed(resource, factories.rows(1, 10, amount=2), "two")
    for path in set(factories.data_files("trial")) - set(map(Path, snapshots.snapshot("trial").paths)):
        path.unlink()
    with pytest.raises(NoReceipt):
        proving.prove_row(envelope, ["k000000020"], actor=SYSTEM)


def test_an_upsert_s_receipt_holds_what_it_wrote(envelope):
    later = _landed(Batch.objects.get().resource, factories.rows(1, 10, amount=2), "two")
    told = orjson.loads(proving.receipt_file(later.pk, actor=SYSTEM))["receipt"]
    assert told["rows"] == {"source": 10, "accepted": 10, "rejected": 0, "replaced": 10}
    assert told["chunks"] == 1


def test_who_may_not_see_originals_proves_nothing(envelope):
    with pytest.raises(NotAllowed):
        proving.prove_row(envelope, ["k000000001"], actor=cast.outsider)


def test_a_key_that_is_not_there_is_a_sentence(envelope):
    with pytest.raises(UnreadableRows):
        proving.prove_row(envelope, ["nothing"], actor=SYSTEM)
    with pytest.raises(UnreadableRows):
        proving.prove_row(envelope, ["k000000001"], shown=["无此项"], actor=SYSTEM)


def test_sealed_items_are_hashed_by_their_blind_index(monkeypatch):
    specs = tuple(replace(spec, is_sealed=spec.field in ("code", "name")) for spec in factories.SPECS)
    monkeypatch.setattr(factories, "SPECS", specs)
    batch = _landed(factories.make_resource("people"), factories.rows(1, 30))
    envelope = proving.receipt_file(batch.pk, actor=SYSTEM)
    kinds = [kind for _, _, kind in orjson.loads(envelope)["receipt"]["columns"]]
    assert kinds[:2] == ["sealed", "sealed"]
    assert _verified(envelope, rows=Path(snapshots.snapshot("people").paths[0])).is_intact
    blind = sealing.blind_texts("people", "code", pa.array(["k000000001"]))[0].as_py()
    _, row = verify_proof(proving.prove_row(envelope, [blind], actor=SYSTEM), trusted=list(receipts.known_keys()))
    assert "编码" not in row
    assert "金额" in row


def test_a_batch_of_before_has_no_receipt(batch):
    Receipt.objects.all().delete()
    with pytest.raises(NoReceipt):
        proving.receipt_file(batch.pk, actor=SYSTEM)
