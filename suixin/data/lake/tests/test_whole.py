"""A whole state is compared with the table: only what changed is written, told and receipted, deletions included."""

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from suixin.data.lake import delta, index, receipts, repair, storage
from suixin.data.lake.errors import EmptyWhole, TooManyDeletions
from suixin.data.lake.models import Batch
from suixin.data.lake.parquet import GROUP_ROWS
from suixin.data.lake.receipt_verifying import verify_receipt
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories
from suixin.data.lake.whole import CHANGES
from suixin.data.lake.writer import Whole

pytestmark = pytest.mark.django_db
WHOLE = Whole()


def changed(first: int, last: int, *amended: int, left_out: tuple[int, ...] = ()) -> pa.Table:
    """Rows of which some have another amount, and some are missing."""
    rows = factories.rows(first, last)
    keys = rows.column("code").to_pylist()
    wanted = {f"k{number:09d}" for number in amended}
    amounts = [9 if key in wanted else amount for key, amount in zip(keys, rows.column("amount").to_pylist(), strict=True)]
    rows = rows.set_column(2, "amount", pa.array(amounts, pa.decimal128(12, 2)))
    return rows.filter(pc.invert(pc.is_in(rows.column("code"), pa.array([f"k{number:09d}" for number in left_out], pa.string()))))


def feed(version: int) -> Counter[str]:
    """Rows of the change feed of one version, by kind."""
    told = pa.table(delta.open_table("trial").load_cdf(starting_version=version, ending_version=version))
    return Counter(map(str, told.column("_change_type").to_pylist()))


def test_only_what_changed_is_told_deletions_included():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 300), sm3="a", whole=WHOLE)
    state = changed(1, 301, 7, 8, left_out=(9,))
    done = factories.land(resource, state, sm3="b", whole=WHOLE)
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(state)
    assert feed(done.version) == {"insert": 1, "update_preimage": 2, "update_postimage": 2, "delete": 1}
    batch = Batch.objects.latest("pk")
    assert batch.changes == {"inserted": 1, "updated": 2, "deleted": 1, "unchanged": 297, "kept": 0}
    assert batch.accepted - batch.replaced == 0


def test_rows_that_did_not_change_keep_number_and_batch():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 300), sm3="a")
    factories.land(resource, changed(1, 300, 7), sm3="b", whole=WHOLE)
    rows = pa.concat_tables(pq.read_table(path) for path in snapshot("trial").paths).sort_by("code").to_pylist()
    first = Batch.objects.earliest("pk").pk
    assert [row["__id"] for row in rows if row["__batch"] == first] == [n for n in range(1, 301) if n != 7]
    assert [row["code"] for row in rows if row["__batch"] != first] == ["k000000007"]


def test_same_state_again_adds_no_file_and_tells_nothing():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 50), sm3="a")
    before = snapshot("trial").paths
    done = factories.land(resource, factories.rows(1, 50), sm3="b", whole=WHOLE)
    assert (snapshot("trial").paths, snapshot("trial").version) == (before, done.version)
    assert not (storage.table_folder("trial") / CHANGES).exists()


def test_receipt_covers_what_came_or_changed_and_verifies():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 50), sm3="a")
    factories.land(resource, changed(1, 51, 7, left_out=(3,)), sm3="b", whole=WHOLE)
    batch = Batch.objects.latest("pk")
    content = receipts.envelope_of(batch, "trial")
    told = json.loads(content)["receipt"]
    assert (told["batch"]["mode"], told["rows"]["inserted"], told["rows"]["updated"], told["rows"]["deleted"]) == ("snapshot", 1, 1, 1)
    rows = next(Path(path) for path in snapshot("trial").paths if f"/b{batch.pk}-" in path)
    assert verify_receipt(content, trusted=set(receipts.known_keys()), rows=rows).is_intact


def test_more_deletions_than_agreed_change_nothing():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 100), sm3="a")
    before, files = snapshot("trial"), factories.data_files("trial")
    with pytest.raises(TooManyDeletions, match="100 行中的 21 行"):
        factories.land(resource, factories.rows(22, 100), sm3="b", whole=WHOLE)
    assert (snapshot("trial"), factories.data_files("trial")) == (before, files)
    assert factories.land(resource, factories.rows(22, 100), sm3="b", whole=Whole(20, 21)).rows == 79


@pytest.mark.parametrize("most", [20, 100])
def test_empty_state_is_never_a_deletion_of_all(most):
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 100), sm3="a")
    with pytest.raises(EmptyWhole):
        factories.land(resource, factories.rows(1, 0), sm3="b", whole=Whole(most))
    assert snapshot("trial").rows == 100


def test_row_whose_key_was_rejected_is_not_deleted():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 100), sm3="a")
    assert land_keeping(resource, ["k000000100"], unreadable=0) == {"deleted": 1, "kept": 1}
    assert snapshot("trial").rows == 99


def test_nothing_is_deleted_while_a_rejected_key_cannot_be_read():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 100), sm3="a")
    assert land_keeping(resource, ["k000000100"], unreadable=1) == {"deleted": 0, "kept": 2}


def land_keeping(resource, keys: list[str], *, unreadable: int) -> dict[str, int]:
    """A state without rows 99 and 100, of which some were rejected."""
    from suixin.data.lake import actions
    from suixin.data.lake.archive import Archived
    from suixin.data.lake.staging import open_stage

    batch = actions.reserve_batch(resource, Archived("b", 9, "archive/b"), file_name="b.csv")
    with open_stage(resource.contract, batch=batch, whole=WHOLE) as stage:
        stage.accept(factories.rows(1, 98))
        stage.keep_keys(pa.table({"code": keys}), unreadable)
        factories.commit(resource, batch, stage.finish())
    return {name: Batch.objects.latest("pk").changes[name] for name in ("deleted", "kept")}


def test_state_in_any_order_over_many_spans_is_compared_whole(monkeypatch):
    monkeypatch.setattr("suixin.data.lake.whole.SPAN_GROUPS", 1)
    last = GROUP_ROWS * 3
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, last), sm3="a", chunk=50_000)
    state = changed(0, last, 1, GROUP_ROWS, GROUP_ROWS + 1, last, left_out=(2, last - 1)).sort_by([("score", "descending")])
    done = factories.land(resource, state, sm3="b", chunk=50_000, whole=WHOLE)
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(state)
    assert feed(done.version) == {"insert": 1, "update_preimage": 4, "update_postimage": 4, "delete": 2}


def test_key_index_follows_deletions():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 100), sm3="a")
    index.build_index(resource.contract, snapshot("trial"))
    factories.land(resource, changed(1, 100, 7, left_out=(9,)), sm3="b", whole=WHOLE)
    index.build_index(resource.contract, snapshot("trial"))
    found = index.open_index("trial")
    assert (found.count_rows(), found.get(("k000000009",))) == (99, None)


def test_vacuum_takes_change_data_of_old_versions():
    from datetime import timedelta

    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 100), sm3="a")
    factories.land(resource, changed(1, 100, 7), sm3="b", whole=WHOLE)
    assert repair.repair() == repair.Repaired()
    assert any(CHANGES in path for path in repair.vacuum_table("trial", spared=timedelta(seconds=-1)))
    assert not list((storage.table_folder("trial") / CHANGES).rglob("*.parquet"))
