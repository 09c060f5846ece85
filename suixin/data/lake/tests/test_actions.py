"""Batches land once, as new versions, and replace rows by key."""

import pyarrow as pa
import pytest

from suixin.data.catalog.contract import WriteMode
from suixin.data.lake import delta
from suixin.data.lake.models import Batch
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories
from suixin.ground.audit.models import Record

pytestmark = pytest.mark.django_db


def test_batch_lands_as_a_new_version_with_its_row_and_record():
    done = factories.land(factories.make_resource(), factories.rows(1, 2500), sm3="a1")
    batch = Batch.objects.get()
    assert (done.version, done.rows, done.added) == (1, 2500, 2500)
    assert (batch.state, batch.table_version, batch.accepted) == ("landed", 1, 2500)
    assert snapshot("trial").rows == 2500
    assert Record.objects.filter(action="lake.batch_landed").count() == 1


def test_same_delivery_again_answers_the_earlier_version():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 10), sm3="a1")
    factories.land(resource, factories.rows(11, 20), sm3="a2")
    again = factories.land(resource, factories.rows(1, 10), sm3="a1")
    assert (again.version, again.is_earlier) == (1, True)
    assert snapshot("trial").rows == 20
    assert Batch.objects.count() == 2


def test_upsert_replaces_rows_by_key_and_leaves_other_files_alone():
    resource = factories.make_resource()
    for number, first in enumerate((1, 101, 201)):
        factories.land(resource, factories.rows(first, first + 99), sm3=f"a{number}")
    before = {file.path for file in snapshot("trial").files}
    done = factories.land(resource, factories.rows(150, 160, amount=9), sm3="b")
    assert (done.rows, done.replaced) == (300, 11)
    assert len(before & {file.path for file in snapshot("trial").files}) == 2
    wanted = factories.rows(1, 149), factories.rows(150, 160, amount=9), factories.rows(161, 300)
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(*wanted)


def test_append_keeps_every_row():
    resource = factories.make_resource(mode=WriteMode.APPEND)
    factories.land(resource, factories.rows(1, 10), sm3="a")
    assert factories.land(resource, factories.rows(1, 10), sm3="b").rows == 20


def test_rows_out_of_order_come_to_lie_in_key_order():
    data = factories.rows(1, 200_000)
    shuffled = data.take([(number * 7919) % 200_000 for number in range(200_000)])
    factories.land(factories.make_resource(), shuffled, sm3="a", chunk=30_000)
    (file,) = snapshot("trial").files
    assert [group.ranges["code"][0] for group in file.groups] == [f"k{1 + 65_536 * n:09d}" for n in range(4)]
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(data)


def test_row_numbers_taken_meanwhile_are_given_anew():
    resource = factories.make_resource(mode=WriteMode.APPEND)
    with factories.staged(resource, factories.rows(1, 10), sm3="a") as (batch, staged):
        factories.land(resource, factories.rows(11, 15), sm3="b")
        factories.commit(resource, batch, staged)
    ranges = sorted(file.ranges["__id"] for file in snapshot("trial").files)
    assert ranges == [(1, 5), (6, 15)]


def test_change_feed_tells_every_inserted_row():
    factories.land(factories.make_resource(), factories.rows(1, 3), sm3="a")
    changes = pa.table(delta.open_table("trial").load_cdf(starting_version=1)).to_pylist()
    assert [row["_change_type"] for row in changes] == ["insert"] * 3


def test_data_files_are_read_only():
    factories.land(factories.make_resource(), factories.rows(1, 3), sm3="a")
    assert all(path.stat().st_mode & 0o222 == 0 for path in factories.data_files("trial"))
