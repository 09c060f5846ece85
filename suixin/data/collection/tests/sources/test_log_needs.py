"""What a log needs is asked for in words that an administrator can type; what it costs the source is watched."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.tests import factories
from suixin.data.collection import declaring, logkeeping
from suixin.data.collection.errors import LogLost, LogRefused, WrongSource
from suixin.data.collection.models import Feed, RunKind
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.tests.sources import own_servers, servers
from suixin.data.collection.tests.sources.own_servers import OwnServer
from suixin.data.collection.tests.sources.servers import feed_of, lake_rows, ran, source_of
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def running() -> Iterator[OwnServer]:
    """One PostgreSQL for all tests."""
    with own_servers.postgres() as server:
        yield server


@pytest.fixture
def server(running: OwnServer, reach: Path) -> Iterator[OwnServer]:
    """The server without tables, publications and slots."""
    yield running
    for statement in ("DROP TABLE IF EXISTS people", "DROP TABLE IF EXISTS notes", "DROP PUBLICATION IF EXISTS city"):
        running.run(statement)
    running.forget_log()


def test_server_that_writes_too_little_is_told_what_to_type(reach: Path) -> None:
    with servers.postgres() as found:
        found.people(3)
        if found.run("SHOW wal_level") == [("logical",)]:
            pytest.skip("the PostgreSQL of the tests has wal_level=logical: its refusal is not tried")
        with pytest.raises(LogRefused) as refused:
            ran(feed_of(source_of(found), reads_log=True))
    assert "ALTER SYSTEM SET wal_level = 'logical';" in refused.value.sentence
    assert 'FOR TABLE "public"."people"' in refused.value.sentence


def test_account_without_rights_is_told_what_to_type(server: OwnServer) -> None:
    server.people(3)
    server.run("DROP ROLE IF EXISTS reader")
    server.run("CREATE ROLE reader LOGIN")
    server.run("GRANT SELECT ON people TO reader")
    source = source_of(server)
    declaring.edit_source(source, replace(_draft(server), address=server.address.replace("postgres@", "reader@")), actor=SYSTEM)
    told = logkeeping.missing_for_log(feed_of(source, reads_log=True))
    server.run("DROP OWNED BY reader")
    assert 'ALTER ROLE "reader" REPLICATION;' in told
    assert "wal_level" not in told


def test_key_that_old_rows_do_not_tell_is_asked_for(server: OwnServer) -> None:
    server.run("CREATE TABLE people (number BIGINT PRIMARY KEY, id BIGINT NOT NULL UNIQUE, name VARCHAR(80))")
    server.run("CREATE PUBLICATION city FOR TABLE people")
    feed = feed_of(source_of(server), reads_log=True)
    assert 'ALTER TABLE "public"."people" REPLICA IDENTITY FULL;' in logkeeping.missing_for_log(feed)
    server.run("ALTER TABLE people REPLICA IDENTITY FULL")
    assert logkeeping.missing_for_log(feed) == ""
    server.run("INSERT INTO people VALUES (1, 10, 'a'), (2, 20, 'b')")
    ran(feed)
    server.run("DELETE FROM people WHERE number = 1")
    server.run("UPDATE people SET id = 21 WHERE number = 2")
    ran(feed)
    assert lake_rows("id", "name") == [(21, "b")]


def test_long_values_that_did_not_change_are_asked_for(server: OwnServer) -> None:
    server.run("CREATE TABLE notes (id BIGINT PRIMARY KEY, title VARCHAR(50), body TEXT)")
    server.run("ALTER TABLE notes ALTER COLUMN body SET STORAGE EXTERNAL")
    server.run("CREATE PUBLICATION city FOR TABLE notes")
    items = (ItemSpec("id", "编号", ItemType.INTEGER, is_key=True, nullable=False), ItemSpec("title", "标题", ItemType.TEXT, 50))
    target = factories.published("notes_list", (*items, ItemSpec("body", "正文", ItemType.MEMO)))
    server.run("INSERT INTO notes SELECT n, 'first', repeat(md5(n::text), 200) FROM generate_series(1, 5) n")
    feed = feed_of(source_of(server), resource=target, table="notes", reads_log=True)
    ran(feed)
    before = lake_rows("id", "body", table="notes_list")
    server.run("UPDATE notes SET title = 'second', id = id + CASE WHEN id = 5 THEN 95 ELSE 0 END")
    ran(feed)
    assert lake_rows("id", "title", table="notes_list") == [(n, "second") for n in (1, 2, 3, 4, 100)]
    assert [body for _, body in lake_rows("id", "body", table="notes_list")] == [body for _, body in before]


def test_dry_run_tells_what_is_missing_and_makes_no_slot(server: OwnServer) -> None:
    server.people(3)
    feed = feed_of(source_of(server), reads_log=True)
    with pytest.raises(LogRefused, match="CREATE PUBLICATION"):
        ran(feed, kind=RunKind.DRY)
    server.run("CREATE PUBLICATION city FOR ALL TABLES")
    assert "可接收 3 行" in ran(feed, kind=RunKind.DRY).sentence
    assert server.run("SELECT slot_name FROM pg_replication_slots") == []


def test_log_that_piles_up_is_shown_and_warned_of_and_moves_on_when_read(server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.people(3)
    server.run("CREATE PUBLICATION city FOR TABLE people")
    feed = feed_of(source_of(server), reads_log=True)
    ran(feed)
    assert feed.source is not None
    server.run("CREATE TABLE notes AS SELECT n, repeat('x', 500) AS body FROM generate_series(1, 20000) n")
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, log_warn_gigabytes=0))
    checked = declaring.check_source(feed.source, actor=SYSTEM)
    kept = Feed.objects.get(pk=feed.pk).log_state["retained"]
    assert (checked.is_well, "占着来源库的磁盘" in checked.health, kept > 5 << 20) == (False, True, True)
    for _ in range(2):  # a slot lets go behind the server's next note of running transactions, which a checkpoint writes
        server.run("CHECKPOINT")
        ran(feed)
    declaring.check_source(feed.source, actor=SYSTEM)
    assert Feed.objects.get(pk=feed.pk).log_state["retained"] < kept


def test_other_table_of_the_same_name_is_not_taken_for_the_old_one(server: OwnServer) -> None:
    server.people(3)
    server.run("CREATE PUBLICATION city FOR ALL TABLES")
    feed = feed_of(source_of(server), reads_log=True)
    ran(feed)
    server.run("DROP TABLE people")
    server.people(2, start=50)
    with pytest.raises(LogLost, match="不是原来那张"):
        ran(feed)


def test_log_is_refused_where_it_cannot_work(server: OwnServer, reach: Path) -> None:
    server.people(1)
    source = source_of(server)
    with pytest.raises(WrongSource, match="增量列"):
        feed_of(source, cursor="id", reads_log=True)
    with servers.sqlite(reach) as found:
        found.people(1)
        feed = feed_of(source_of(found), resource=factories.published(f"t_{secrets.token_hex(3)}", servers.ITEMS), reads_log=True)
        with pytest.raises(WrongSource, match="SQLite 的日志读不了"):
            ran(feed)


def test_mariadb_without_its_log_is_told_what_to_type(reach: Path) -> None:
    with servers.mariadb() as found:
        found.people(3)
        if found.run("SELECT @@log_bin") != [(0,)]:
            pytest.skip("the MariaDB of the tests writes its log: its refusal is not tried")
        told = logkeeping.missing_for_log(feed_of(source_of(found), reads_log=True))
    assert "log_bin" in told
    assert "SET GLOBAL binlog_row_metadata = 'FULL';" in told


def test_mariadb_tables_that_the_log_does_not_tell_of_are_refused_or_stop(reach: Path) -> None:
    with own_servers.mariadb() as found:
        found.run("CREATE TABLE parents (id BIGINT PRIMARY KEY)")
        found.people(3)
        feed = feed_of(source_of(found), reads_log=True)
        ran(feed)
        found.run("CREATE TABLE other LIKE people")
        found.run("RENAME TABLE people TO old, other TO people")
        with pytest.raises(LogLost, match="说不清行"):
            ran(feed)
        found.run("ALTER TABLE people ADD CONSTRAINT up FOREIGN KEY (id) REFERENCES parents (id) ON DELETE CASCADE")
        assert "外键 up 的级联" in logkeeping.missing_for_log(feed)


def _draft(server: OwnServer) -> declaring.SourceDraft:
    return declaring.SourceDraft("人口库", "people", Kind.DATABASE, factories.bureau(), server.address)
