"""A feed that delivers the whole state: deletions at the source are noticed, half a reading and an empty one never delete."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.db.models import F

from suixin.data.collection import correcting, feeding, holding
from suixin.data.collection.errors import EmptyState, FeedStopped, SourceFault, WrongSource
from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedRun, Hold
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.sources.databases import DatabaseConnector
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server, feed_of, lake_rows, ran, source_of
from suixin.data.collection.tests.sources.test_files import feed_from, put, text
from suixin.data.lake.errors import TooManyDeletions
from suixin.data.lake.models import Batch
from suixin.data.quality.loop.sheets import sheet_of
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["postgres", "sqlite"])
def server(request: pytest.FixtureRequest, reach: Path) -> Iterator[Server]:
    """Each kind of server in turn."""
    opened = servers.sqlite(reach) if request.param == "sqlite" else servers.postgres()
    with opened as found:
        found.people(100)
        yield found


def whole_feed(server: Server, *, most_deleted: int = 20) -> Feed:
    return feed_of(source_of(server), is_whole=True, chunk_rows=30, most_deleted=most_deleted)


def ids() -> list[object]:
    return [row[0] for row in lake_rows("id")]


def test_whole_state_is_one_version_and_tells_what_changed(server: Server) -> None:
    feed = whole_feed(server)
    ran(feed)
    server.run("DELETE FROM people WHERE id IN (3, 4)")
    server.run("UPDATE people SET name = 'x' WHERE id = 5")
    server.people(1, start=101)
    run = ran(feed)
    assert run.sentence == "整表 99 行,接收 99 行,拒收 0 行;新增 1 行,更新 1 行,删除 2 行,未变 97 行。"
    assert (ids(), Batch.objects.count()) == ([1, 2, *range(5, 102)], 2)


def test_reading_that_breaks_off_deletes_nothing_and_the_next_begins_anew(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = whole_feed(server)
    ran(feed)
    read = DatabaseConnector.read

    def breaks_off(self, reading):
        for piece in read(self, reading):
            yield piece
            raise SourceFault("断线")

    with monkeypatch.context() as patch:
        patch.setattr(DatabaseConnector, "read", breaks_off)
        with pytest.raises(SourceFault):
            ran(feed)
    assert (len(ids()), FeedChunk.objects.count()) == (100, 1)
    assert "未变 100 行" in ran(feed).sentence


def test_empty_source_is_a_fault_and_not_the_deletion_of_all(server: Server) -> None:
    feed = whole_feed(server, most_deleted=99)
    ran(feed)
    server.run("DELETE FROM people")
    with pytest.raises(EmptyState, match="一行也没有给"):
        ran(feed)
    assert len(ids()) == 100


def test_too_many_deletions_wait_for_a_person_who_agrees(server: Server) -> None:
    feed = whole_feed(server)
    ran(feed)
    server.run("DELETE FROM people WHERE id > 70")
    with pytest.raises(TooManyDeletions):
        ran(feed)
    with pytest.raises(FeedStopped, match="等人决定"):
        ran(feed)
    held = Hold.objects.get()
    assert (len(ids()), held.rows, held.deleted) == (100, 100, 30)
    holding.decide(held, is_taken=True, actor=SYSTEM, reason="来源确已注销")
    ran(feed)
    assert ids() == list(range(1, 71))


def test_dropped_state_never_lands_and_the_source_is_read_anew(server: Server) -> None:
    feed = whole_feed(server)
    ran(feed)
    server.run("DELETE FROM people WHERE id > 70")
    with pytest.raises(TooManyDeletions):
        ran(feed)
    holding.decide(Hold.objects.get(), is_taken=False, actor=SYSTEM, reason="来源给漏了")
    server.people(31, start=71)
    assert "新增 1 行,更新 0 行,删除 0 行" in ran(feed).sentence
    assert FeedChunk.objects.filter(state=ChunkState.DROPPED).count() == 1


def test_row_that_turned_bad_at_the_source_is_kept_as_it_was(server: Server) -> None:
    feed = whole_feed(server)
    ran(feed)
    server.run("UPDATE people SET name = :long WHERE id = 7", long="长" * 60)
    server.run("DELETE FROM people WHERE id = 8")
    assert "删除 1 行,未变 98 行。有 1 行这次不合格" in ran(feed).sentence
    assert [row for row in lake_rows("id", "name") if row[0] in (7, 8)] == [(7, "人员7")]


def test_progress_counts_rows_that_were_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suixin.data.collection.wholewise._TELL_ROWS", 30)
    seen: list[int] = []
    run = feeding.start_run(whole_feed(server), actor=SYSTEM, in_background=False)
    feeding.work(run, actor=SYSTEM, tell=lambda now: seen.append(now.seen))
    assert (seen, FeedRun.objects.get().read) == ([30, 60, 90], 100)
    FeedRun.objects.update(ended_at=F("started_at") + timedelta(seconds=4))
    assert feeding.rate(FeedRun.objects.get()) == 25


def test_whole_state_needs_key_no_cursor_and_no_other_feed(reach: Path) -> None:
    with servers.sqlite(reach) as server:
        server.people(3)
        feed = feed_of(source_of(server), is_whole=True)
        with pytest.raises(WrongSource, match="整表更新"):
            feed_of(source_of(server), resource=feed.resource)
        with pytest.raises(WrongSource, match="不能设增量列"):
            feed_of(source_of(server), resource=feed.resource, is_whole=True, cursor="changed")


def test_files_are_whole_states_one_after_the_other(reach: Path) -> None:
    put(reach, "一.csv", text("A1", "A2", "A3", "A4", "A5", "A6"))
    feed = feed_from(Kind.FOLDER, str(reach), is_whole=True)
    assert ran(feed).accepted == 6
    put(reach, "二.csv", text("A1", "A2", "A3", "A4", "A5"))
    ran(feed)
    assert "删除 1 行" in feed.files.get(path="二.csv").message
    put(reach, "三.csv", text("A1"))
    with pytest.raises(FeedStopped, match="会删除 4 行"):
        ran(feed)
    holding.decide(Hold.objects.get(), is_taken=True, actor=SYSTEM, reason="来源确已注销")
    assert (ran(feed).accepted, len(lake_rows("code", table="some_table"))) == (1, 1)


def test_same_bytes_after_another_state_are_that_state_again(reach: Path) -> None:
    feed = feed_from(Kind.FOLDER, str(reach), is_whole=True)
    for name, codes in (("一.csv", "ABCDEF"), ("二.csv", "ABCDE"), ("三.csv", "ABCDEF")):
        put(reach, name, text(*codes))
        ran(feed)
    assert len(lake_rows("code", table="some_table")) == 6


def test_row_brought_under_its_right_key_outlives_whole_states_that_still_have_the_wrong_one(tmp_path: Path, reach: Path) -> None:
    wrong = [f"K{number}" for number in (*range(1, 10), 9)]
    put(reach, "一.csv", text(*wrong))
    feed = feed_from(Kind.FOLDER, str(reach), is_whole=True)
    ran(feed)
    batch = Batch.objects.landed().select_related("resource__provider").get()

    with sheet_of(batch, actor=SYSTEM) as made:
        book = openpyxl.load_workbook(made.path)
    book["数据"]["D5"] = "K10"
    book.save(tmp_path / "更正.xlsx")
    assert correcting.take_back(batch, tmp_path / "更正.xlsx", actor=SYSTEM).mended == 1
    put(reach, "二.csv", text(*wrong, "K11"))
    ran(feed)
    assert ("K10",) in lake_rows("code", table="some_table")
    put(reach, "三.csv", text(*wrong[:-1], "K11"))
    ran(feed)
    assert [code for code, in lake_rows("code", table="some_table")] == sorted([*wrong[:-1], "K11"])
