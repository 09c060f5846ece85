"""Control database, lake and archive put apart by force: each disagreement is found, mended without loss, and then gone."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions, mending
from suixin.data.collection.mending import Disagreements, Mended
from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedRun, Run
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server, feed_of, lake_rows, ran, source_of
from suixin.data.lake import snapshots, storage
from suixin.data.lake.models import Batch, Lease
from suixin.data.lake.repair import lost_batches, repair
from suixin.ground.audit.models import Record
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
DEAD = f"{os.uname().nodename}:999999999:1"


@pytest.fixture
def server(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_folders=(str(tmp_path),)))
    with servers.sqlite(tmp_path) as found:
        yield found


def forgotten(table: str, *, last: int) -> None:
    """The lake as an older copy had it: the newest versions of the table are not there."""
    log = storage.table_folder(table) / "_delta_log"
    for path in sorted(log.glob("*.json"))[-last:]:
        path.unlink()
    snapshots.forget_snapshots()


def test_nothing_disagrees_after_ordinary_work(server: Server) -> None:
    server.people(30)
    ran(feed_of(source_of(server), chunk_rows=10))
    assert mending.disagreements() == Disagreements()
    assert mending.mend(actor=SYSTEM) == Mended()


def test_chunks_that_the_lake_lost_land_again_from_the_archive_in_order(server: Server) -> None:
    server.people(30)
    feed = feed_of(source_of(server), chunk_rows=10, cursor="id")
    ran(feed)
    server.run("DELETE FROM people")  # nobody could read them again
    forgotten("people_list", last=2)
    assert (row_count("people_list"), len(lost_batches())) == (10, 2)
    assert mending.mend(actor=SYSTEM).waiting == 2
    assert FeedChunk.objects.filter(state=ChunkState.ARCHIVED).count() == 2
    ran(Feed.objects.get(pk=feed.pk))
    assert ([row[0] for row in lake_rows("id")], mending.disagreements().lost) == (list(range(1, 31)), ())
    assert Record.objects.filter(action="collection.lost_batch").count() == 2


def test_file_that_the_lake_lost_lands_again(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,乙,2,2024-01-02\n", "utf-8")
    actions.run_feed(path, actor=SYSTEM, resource=factories.published())
    path.unlink()
    forgotten("some_table", last=1)
    assert mending.mend(actor=SYSTEM).waiting == 1
    assert [one.status for one in actions.land_waiting(actor=SYSTEM)] == ["landed"]
    assert (row_count("some_table"), Batch.objects.landed().count(), mending.disagreements()) == (2, 1, Disagreements())


def test_lost_batch_after_which_others_landed_is_left_to_a_person(server: Server) -> None:
    server.people(10)
    feed = feed_of(source_of(server), chunk_rows=10)
    ran(feed)
    forgotten("people_list", last=1)
    server.run("UPDATE people SET name = 'newer'")
    ran(feed)
    found = mending.disagreements()
    assert (found.lost, len(found.stuck), mending.mend(actor=SYSTEM)) == ((), 1, Mended())
    assert {row[1] for row in lake_rows("id", "name")} == {"newer"}


def test_waiting_chunk_without_its_original_is_read_again(server: Server) -> None:
    server.people(10)
    feed = feed_of(source_of(server), chunk_rows=10)
    run = FeedRun.objects.create(feed=feed, state="failed", created_at=clock.now())
    FeedChunk.objects.create(
        feed=feed, run=run, sequence=1, sm3="0" * 64, size=1, archive_path="archive/people_list/x.sealed", rows=10, place={}, at=clock.now()
    )
    assert [chunk.sequence for chunk in mending.disagreements().chunks] == [1]
    assert mending.mend(actor=SYSTEM).read_again == 1
    assert (ran(feed).rows_in, row_count("people_list")) == (10, 10)


def test_control_database_older_than_the_lake_neither_skips_nor_doubles(server: Server) -> None:
    server.people(30)
    feed = feed_of(source_of(server), chunk_rows=10)
    ran(feed)
    FeedRun.objects.all().delete()  # with its chunks: the control database of the day before
    Batch.objects.all().delete()
    server.run("UPDATE people SET name = 'newer'")
    assert len(repair().restored) == 3
    assert mending.disagreements().ahead == ()
    ran(Feed.objects.get(pk=feed.pk))
    assert (row_count("people_list"), {row[1] for row in lake_rows("id", "name")}) == (30, {"newer"})


def test_feed_that_appends_and_is_behind_its_table_is_paused(server: Server) -> None:
    server.people(10)
    items = tuple(item.__class__(item.field, item.name, item.type, item.length, item.scale) for item in servers.ITEMS)
    feed = feed_of(source_of(server), resource=factories.published("people_list", items), cursor="id", chunk_rows=10)
    ran(feed)
    FeedRun.objects.all().delete()
    Feed.objects.filter(pk=feed.pk).update(position=None)
    assert mending.mend(actor=SYSTEM).paused == (str(feed),)
    assert Feed.objects.get(pk=feed.pk).is_paused


def test_run_of_a_dead_process_ends_and_its_lease_is_freed(server: Server) -> None:
    server.people(3)
    feed = feed_of(source_of(server))
    FeedRun.objects.create(feed=feed, state="running", owner=DEAD, created_at=clock.now())
    Lease.objects.create(table="people_list", owner=DEAD, until=clock.now())
    assert (mending.mend(actor=SYSTEM).ended, repair().freed) == (1, ("people_list",))
    assert "进程中断" in feed.runs.get().sentence
    assert ran(feed).accepted == 3


def test_original_that_nothing_names_goes_only_when_asked_for(tmp_path: Path, lake: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("代码,名称,数量,日期\nK1,甲,1,2024-01-01\n", "utf-8")
    actions.run_feed(path, actor=SYSTEM, resource=factories.published())
    named = next(one for one in (lake / "archive").rglob("*.sealed"))
    orphan, fresh = named.with_name("a.sealed"), named.with_name("b.sealed")
    for one in (orphan, fresh):
        shutil.copyfile(named, one)
    os.utime(orphan, (1, 1))
    assert mending.mend(actor=SYSTEM) == Mended()
    assert [Path(name).name for name in mending.forget_unnamed(actor=SYSTEM)] == ["a.sealed"]
    assert (named.exists(), fresh.exists(), orphan.exists()) == (True, True, False)


def test_original_that_is_gone_is_told(tmp_path: Path, lake: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text("代码,名称,数量,日期\nK1,甲,1,2024-01-01\n", "utf-8")
    actions.run_feed(path, actor=SYSTEM, resource=factories.published())
    named = next(one for one in (lake / "archive").rglob("*.sealed"))
    named.unlink()
    assert mending.disagreements().missing == (named.relative_to(lake).as_posix(),)
    assert Run.objects.get().archive_path == mending.disagreements().missing[0]


@pytest.mark.parametrize("kept", [{"feed": "correction:1:abc"}, {"changes": {"inserted": 3, "deleted": 1}, "feed": ""}])
def test_what_would_lose_its_meaning_by_landing_alone_is_told_and_left(server: Server, kept: dict[str, object]) -> None:
    server.people(10)
    ran(feed_of(source_of(server)))
    FeedChunk.objects.all().delete()
    Batch.objects.update(**kept)
    forgotten("people_list", last=1)
    found = mending.disagreements()
    assert (len(found.lost), len(found.stuck)) == (0, 1)
