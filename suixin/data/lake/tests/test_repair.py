"""What a crash left is put right, and nothing that lives is touched."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from suixin.data.lake import compaction, index_build, repair, storage
from suixin.data.lake.lease import hold_table, is_held
from suixin.data.lake.models import Batch, Lease
from suixin.data.lake.rejects import KeptReject, read_rejects, write_rejects
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories
from suixin.kit import clock

pytestmark = pytest.mark.django_db
DEAD = f"{os.uname().nodename}:999999999:1"


def test_lost_batch_rows_are_made_again_from_the_tables_history():
    factories.land(factories.make_resource(), factories.rows(1, 5), sm3="a")
    before = Batch.objects.values().get()
    Batch.objects.all().delete()
    assert repair.repair().restored == (before["id"],)
    assert Batch.objects.values().get() == before


def test_reservation_of_a_dead_process_goes_with_its_files():
    with factories.staged(factories.make_resource(), factories.rows(1, 5), sm3="a") as (batch, _):
        Batch.objects.update(owner=DEAD)
        done = repair.repair()
        assert (done.dropped, len(done.removed)) == ((batch.pk,), 1)
    assert factories.data_files("trial") == []


def test_reservation_of_a_living_process_stays():
    resource = factories.make_resource()
    with factories.staged(resource, factories.rows(1, 5), sm3="a") as (batch, staged):
        assert repair.repair() == repair.Repaired()
        assert factories.commit(resource, batch, staged).rows == 5


def test_lease_of_a_dead_process_or_a_past_end_is_taken_over():
    for owner, until in ((DEAD, timedelta(hours=1)), ("other-host:1:1", timedelta(seconds=-1))):
        Lease.objects.create(table="trial", owner=owner, until=clock.now() + until)
        with hold_table("trial", wait_seconds=0), hold_table("trial", wait_seconds=0):
            assert is_held("trial")
        assert not is_held("trial")


def test_table_that_another_host_writes_is_left_alone():
    factories.land(factories.make_resource(), factories.rows(1, 5), sm3="a")
    Lease.objects.create(table="trial", owner="other-host:1:1", until=clock.now() + timedelta(hours=1))
    assert repair.repair().busy == ("trial",)


def test_rejects_are_read_back_with_reasons_and_removed_without_a_batch():
    rejects = [
        KeptReject(n, f'["{n}"]', ({"item": "code", "rule": "type", "sentence": "不是日期"},)) for n in range(40_000)
    ]
    write_rejects("trial", 7, rejects)
    assert read_rejects("trial", 7, offset=16_383, limit=3) == rejects[16_383:16_386]
    factories.land(factories.make_resource(), factories.rows(1, 5), sm3="a")
    assert repair.repair().removed == ("rejects/trial/7.parquet",)
    assert read_rejects("trial", 7) == []


def test_compaction_makes_few_files_in_key_order_and_vacuum_removes_the_old_ones():
    resource = factories.make_resource()
    for n in range(9):
        factories.land(resource, factories.rows(1, 90).take(list(range(n, 90, 9))), sm3=f"a{n}")
    assert (snapshot("trial").version, len(snapshot("trial").files), snapshot("trial").rows) == (10, 1, 90)
    assert factories.checksum(snapshot("trial").paths) == factories.checksum_of(factories.rows(1, 90))
    assert repair.vacuum_table("trial") == []
    assert len(repair.vacuum_table("trial", spared=timedelta(seconds=-1))) == 9
    assert factories.data_files("trial") == [Path(path) for path in snapshot("trial").paths]
    assert compaction.compact_table(resource.contract) is None


def test_draft_pointer_of_a_living_index_builder_stays():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 5), sm3="a")
    built = index_build.build_index(resource.contract, snapshot("trial"))
    living, dead = built.with_name(f".{storage.owner()}-ab"), built.with_name(f".{DEAD}-ab")
    living.touch()
    dead.touch()
    repair.repair()
    assert (living.exists(), dead.exists()) == (True, False)


def test_vacuum_goes_through_every_table_and_spares_readers():
    resource = factories.make_resource()
    for n in range(2):
        factories.land(resource, factories.rows(1, 5, amount=n), sm3=f"a{n}")
    assert repair.vacuum() == []
    later = clock.now() + timedelta(hours=7)
    with clock.frozen(later):
        assert len(repair.vacuum()) == 1


def test_batch_remembers_how_many_rows_it_replaced_also_after_a_crash():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 10), sm3="a")
    factories.land(resource, factories.rows(8, 12), sm3="b")
    Batch.objects.all().delete()
    repair.repair()
    found = Batch.objects.order_by("table_version").values_list("accepted", "replaced")
    assert list(found) == [(10, 0), (5, 3)]
    assert snapshot("trial").rows == 12
