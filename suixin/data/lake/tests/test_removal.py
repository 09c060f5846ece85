"""Keys that a source deleted go in the commit that brings rows: out of the table, its index and its counts."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from suixin.data.catalog.models import Resource
from suixin.data.lake import index, index_build, receipts, removal
from suixin.data.lake.actions import Committed
from suixin.data.lake.models import Batch
from suixin.data.lake.receipt_verifying import verify_receipt
from suixin.data.lake.removal import Keys
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories

pytestmark = pytest.mark.django_db


def keys(resource: Resource, folder: Path, *numbers: int) -> Keys:
    """The keys as a file."""
    file = removal.KeyFile(resource.contract, folder / "keys.parquet")
    for number in numbers:
        file.add(pa.RecordBatch.from_pylist([{"code": f"k{number:09d}"}], pa.schema([pa.field("code", pa.string())])))
    return file.finish()


def landed(resource: Resource, rows: pa.Table, gone: Keys, *, sm3: str) -> Committed:
    with factories.staged(resource, rows, sm3=sm3) as (batch, written):
        return factories.commit(resource, batch, replace(written, gone=gone))


@pytest.fixture
def resource() -> Resource:
    """An entry with 300 rows and an index."""
    made = factories.make_resource()
    factories.land(made, factories.rows(1, 300), sm3="a")
    index.build_index(made.contract, snapshot("trial"))
    return made


def test_rows_come_change_and_go_in_one_version(resource: Resource, tmp_path: Path) -> None:
    done = landed(resource, factories.rows(300, 302), keys(resource, tmp_path, 5, 6, 999), sm3="b")
    expected = pa.concat_tables([factories.rows(1, 4), factories.rows(7, 302)])
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(expected)
    assert (done.rows, Batch.objects.latest("pk").replaced, Batch.objects.latest("pk").changes) == (300, 3, {"deleted": 2})


def test_key_that_goes_and_comes_again_in_one_batch_is_there(resource: Resource, tmp_path: Path) -> None:
    landed(resource, factories.rows(5, 5, amount=9), keys(resource, tmp_path, 5), sm3="b")
    assert snapshot("trial").rows == 300
    assert Batch.objects.latest("pk").changes == {}


def test_batch_without_rows_only_takes_away_and_the_index_knows(resource: Resource, tmp_path: Path) -> None:
    landed(resource, factories.rows(1, 0), keys(resource, tmp_path, 1, 300), sm3="b")
    index.build_index(resource.contract, snapshot("trial"))
    held = index.open_index("trial")
    assert [held.get((f"k{number:09d}",)) is None for number in (1, 2, 300)] == [True, False, True]


@pytest.fixture
def never_anew(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on no index is built from all rows."""
    monkeypatch.setattr(index_build, "_all_rows", lambda *_: pytest.fail("built anew"))


@pytest.mark.usefixtures("never_anew")
def test_index_applies_what_came_and_went_in_several_versions(resource: Resource, tmp_path: Path) -> None:
    landed(resource, factories.rows(300, 302, amount=9), keys(resource, tmp_path, 5, 6, 999), sm3="b")
    landed(resource, factories.rows(6, 6, amount=8), keys(resource, tmp_path, 7, 301), sm3="c")
    index.build_index(resource.contract, snapshot("trial"))
    held = index.open_index("trial")
    found = [held.get((f"k{number:09d}",)) for number in (4, 5, 6, 7, 300, 301, 302)]
    assert [one and one["amount"] for one in found] == ["1.25", None, "8.00", None, "9.00", None, "9.00"]
    assert held.count_rows() == snapshot("trial").rows == 299


def test_index_is_built_anew_where_files_of_what_went_are_gone(resource: Resource, tmp_path: Path) -> None:
    [before] = snapshot("trial").paths
    landed(resource, factories.rows(1, 0), keys(resource, tmp_path, 5), sm3="b")
    Path(before).unlink()
    index.build_index(resource.contract, snapshot("trial"))
    assert (index.open_index("trial").get(("k000000005",)), index.open_index("trial").count_rows()) == (None, 299)


def test_receipt_tells_how_many_went_and_is_good(resource: Resource, tmp_path: Path) -> None:
    landed(resource, factories.rows(301, 302), keys(resource, tmp_path, 5), sm3="b")
    content = receipts.envelope_of(Batch.objects.latest("pk"), "trial")
    assert json.loads(content)["receipt"]["rows"]["deleted"] == 1
    assert verify_receipt(content, trusted=set(receipts.known_keys())).is_intact


def test_rows_of_earlier_batches_of_one_delivery_are_named(resource: Resource, tmp_path: Path) -> None:
    feed = Batch.objects.get().feed
    factories.land(resource, factories.rows(1, 10), sm3="b")
    gone = removal.keys_brought(resource.contract, tmp_path / "brought.parquet", feed=feed, before=2)
    landed(resource, factories.rows(20, 21), gone, sm3="c")
    expected = pa.concat_tables([factories.rows(1, 10), factories.rows(20, 21)])
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(expected)
    assert removal.keys_brought(resource.contract, tmp_path / "none.parquet", feed="other", before=9) == ()

