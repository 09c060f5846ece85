"""A database's log comes into the lake: inserts, updates and deletions, whole transactions, once, whatever happens between."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from sqlalchemy import text

from suixin.data.collection import capturing, declaring, drifting, logkeeping
from suixin.data.collection.declaring import FeedDraft
from suixin.data.collection.errors import ColumnsChanged, LogLost, SourceFault, WrongSource
from suixin.data.collection.models import Feed
from suixin.data.collection.tests.sources import own_servers
from suixin.data.collection.tests.sources.own_servers import OwnServer
from suixin.data.collection.tests.sources.servers import feed_of, lake_rows, ran, source_of
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("postgres", "mariadb")


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """One server of each kind for all tests."""
    with getattr(own_servers, request.param)() as server:
        yield server


@pytest.fixture
def server(running: OwnServer, reach: Path) -> Iterator[OwnServer]:
    """The server with an empty table `people`, told of by a publication."""
    running.people(0)
    if running.address.startswith("postgresql"):
        running.run("CREATE PUBLICATION city_people FOR TABLE people")
    yield running
    running.run("DROP TABLE IF EXISTS people")
    if running.address.startswith("postgresql"):
        running.run("DROP PUBLICATION IF EXISTS city_people")
        running.forget_log()


def log_feed(server: OwnServer, **options: object) -> Feed:
    return feed_of(source_of(server), reads_log=True, **options)  # type: ignore[arg-type]  # test data


def brought(server: OwnServer, rows: int, **options: object) -> Feed:
    """A feed by the log whose first run brought so many people."""
    server.people(rows)
    feed = log_feed(server, **options)
    ran(feed)
    return feed


def names(server: OwnServer) -> list[tuple[object, ...]]:
    return server.run("SELECT id, name FROM people ORDER BY id")


def test_whole_table_then_every_change_and_deletion(server: OwnServer) -> None:
    server.people(1050)
    feed = log_feed(server, chunk_rows=400)
    first = ran(feed)
    assert (first.state, first.rows_in, first.chunks) == ("done", 1050, 3)
    server.people(5, start=2001)
    server.run("UPDATE people SET name = 'changed' WHERE id <= 10")
    server.run("DELETE FROM people WHERE id BETWEEN 500 AND 599")
    again = ran(feed)
    assert (again.rows_in, "来源删除 100 行" in again.sentence) == (15, True)
    assert lake_rows("id", "name") == names(server)
    assert ran(feed).sentence == "来源的日志里没有这张表的新改动。"


def test_nothing_is_lost_between_the_reading_and_the_log(server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.people(900)
    feed = log_feed(server, chunk_rows=300)
    changes = iter(["DELETE FROM people WHERE id IN (1, 899)", "UPDATE people SET name = 'late' WHERE id IN (2, 898)"])
    real = capturing._land

    def landed(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]  # as it came
        for statement in changes:
            server.run(statement)

    monkeypatch.setattr(capturing, "_land", landed)
    ran(feed)
    assert lake_rows("id", "name") == names(server)


def test_key_that_changes_is_one_row_gone_and_one_come(server: OwnServer) -> None:
    feed = brought(server, 10)
    server.run("UPDATE people SET id = 100 WHERE id = 1")
    server.run("UPDATE people SET id = 1, name = 'took its number' WHERE id = 2")
    ran(feed)
    assert lake_rows("id", "name") == names(server)


def test_emptied_table_is_empty_and_what_comes_after_is_there(server: OwnServer) -> None:
    feed = brought(server, 50)
    server.people(5, start=60)
    server.run("TRUNCATE TABLE people")
    server.people(3, start=70)
    ran(feed)
    assert lake_rows("id", "name") == names(server)
    server.run("TRUNCATE TABLE people")
    ran(feed)
    assert lake_rows("id") == []


def test_last_state_of_a_row_counts_and_rolled_back_changes_do_not(server: OwnServer) -> None:
    feed = brought(server, 10)
    with server.engine.connect() as connection:
        connection.execute(text("DELETE FROM people"))
        connection.rollback()
    server.people(1, start=50)
    for name in ("one", "two", "three"):
        server.run("UPDATE people SET name = :name WHERE id = 50", name=name)
    server.run("DELETE FROM people WHERE id = 3")
    server.people(1, start=3)
    assert ran(feed).rows_in == 2
    assert lake_rows("id", "name") == names(server)


def test_transaction_lands_whole_and_not_before_it_is_committed(server: OwnServer) -> None:
    feed = brought(server, 10, chunk_rows=10)
    with server.engine.connect() as connection:
        connection.execute(text("UPDATE people SET name = 'open' WHERE id <= 3"))
        server.people(4, start=20)
        ran(feed)
        assert (14, "open" in {name for _, name in lake_rows("id", "name")}) == (len(lake_rows("id")), False)
        connection.execute(text("INSERT INTO people SELECT id + 1000, name, amount, changed FROM people"))
        connection.commit()
    run = ran(feed)
    assert (run.chunks, lake_rows("id", "name")) == (1, names(server))


def test_values_of_the_log_are_those_of_a_reading(server: OwnServer) -> None:
    feed = log_feed(server)
    server.run("INSERT INTO people VALUES (1, NULL, 0.10, '2026-01-01 08:00:00'), (2, '', 12345.67, '2026-01-01 09:30:00.125')")
    ran(feed)
    read = lake_rows("id", "name", "amount", "changed")
    server.run("UPDATE people SET id = id + 10")
    ran(feed)
    assert [(row[0] - 10, *row[1:]) for row in lake_rows("id", "name", "amount", "changed")] == read  # type: ignore[operator]  # whole numbers


def test_bad_row_of_the_log_is_kept_with_its_reason_and_the_old_one_stays(server: OwnServer) -> None:
    feed = brought(server, 5)
    server.run("UPDATE people SET name = :long WHERE id = 2", long="长" * 60)
    run = ran(feed)
    assert (run.accepted, run.rejected, (2, "人员2") in lake_rows("id", "name")) == (0, 1, True)


def test_changed_columns_stop_the_feed_and_nothing_of_before_is_lost(server: OwnServer) -> None:
    feed = brought(server, 5)
    server.run("UPDATE people SET name = 'before' WHERE id = 1")
    server.run("ALTER TABLE people ADD COLUMN phone VARCHAR(20)")
    server.run("UPDATE people SET name = 'after', phone = '1' WHERE id = 2")
    with pytest.raises(ColumnsChanged, match="phone"):
        ran(feed)
    drifting.take_drift(feed.drifts.get(state="open"), renames={}, actor=SYSTEM, reason="不采集")
    ran(Feed.objects.get(pk=feed.pk))
    assert lake_rows("id", "name") == names(server)


def test_renamed_column_is_asked_for_where_the_log_has_the_old_name(server: OwnServer) -> None:
    feed = brought(server, 5)
    server.run("UPDATE people SET name = 'before' WHERE id = 1")
    server.run("ALTER TABLE people RENAME COLUMN name TO title")
    with pytest.raises(ColumnsChanged):
        ran(feed)
    drifting.take_drift(feed.drifts.get(state="open"), renames={"name": "title"}, actor=SYSTEM, reason="改名")
    ran(Feed.objects.get(pk=feed.pk))
    assert (1, "before") in lake_rows("id", "name")


def test_restarted_and_killed_server_goes_on_where_it_was(server: OwnServer) -> None:
    feed = brought(server, 20)
    server.run("DELETE FROM people WHERE id = 1")
    server.stop(by=signal.SIGKILL)
    with pytest.raises(SourceFault):
        ran(feed)
    server.start()
    server.people(1, start=500)
    ran(feed)
    assert lake_rows("id", "name") == names(server)


def test_place_that_is_gone_is_told_and_a_full_reading_takes_away_what_went(server: OwnServer) -> None:
    feed = brought(server, 20)
    server.run("DELETE FROM people WHERE id <= 5")
    server.forget_log()
    with pytest.raises(LogLost, match="重新全量读取"):
        ran(feed)
    assert len(lake_rows("id")) == 20
    logkeeping.read_anew(feed, actor=SYSTEM)
    ran(Feed.objects.get(pk=feed.pk))
    assert lake_rows("id", "name") == names(server)


def test_row_that_is_rejected_when_all_is_read_anew_stays_as_it_was(server: OwnServer) -> None:
    feed = brought(server, 20, chunk_rows=10)
    server.run("UPDATE people SET name = :long WHERE id = 2", long="长" * 60)
    server.run("DELETE FROM people WHERE id = 3")
    logkeeping.read_anew(Feed.objects.get(pk=feed.pk), actor=SYSTEM)
    ran(Feed.objects.get(pk=feed.pk))
    assert lake_rows("id", "name") == [(n, f"人员{n}") for n in range(1, 21) if n != 3]


def test_feed_by_queries_becomes_one_by_the_log_and_back(server: OwnServer) -> None:
    server.people(20)
    source = source_of(server)
    feed = feed_of(source)
    ran(feed)
    server.run("DELETE FROM people WHERE id <= 5")
    draft = FeedDraft("people", feed.mapping, reads_log=True, schedule="")
    declaring.declare_source_feed(source, feed.resource, draft, columns=feed.known_columns, actor=SYSTEM, feed=feed)
    ran(feed)
    assert lake_rows("id", "name") == names(server)
    held, back = Feed.objects.get(pk=feed.pk), replace(draft, reads_log=False)
    with pytest.raises(WrongSource, match="停止读日志"):
        declaring.declare_source_feed(source, feed.resource, back, columns=feed.known_columns, actor=SYSTEM, feed=held)
    logkeeping.release_log(held, actor=SYSTEM)
    declaring.declare_source_feed(source, feed.resource, back, columns=feed.known_columns, actor=SYSTEM, feed=held)


def test_paused_feed_gives_the_log_up_after_its_days(server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = brought(server, 5)
    assert feed.source is not None
    declaring.switch_feed(Feed.objects.get(pk=feed.pk), is_paused=True, actor=SYSTEM)
    checked = declaring.check_source(feed.source, actor=SYSTEM)
    assert (checked.is_well, Feed.objects.get(pk=feed.pk).position is not None) == (True, True)
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, log_idle_days=0))
    assert "已释放来源库的日志" in declaring.check_source(feed.source, actor=SYSTEM).health
    assert Feed.objects.get(pk=feed.pk).position is None
