"""Tables of real servers come into the lake row by row, once, whatever happens between."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from suixin.data.access.versions import row_count
from suixin.data.collection import declaring
from suixin.data.collection.errors import SourceFault, TableGone
from suixin.data.collection.models import Feed, RunKind, RunState
from suixin.data.collection.opening import connector_of
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server, feed_of, lake_rows, ran, source_of
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def server(request: pytest.FixtureRequest, reach: Path) -> Iterator[Server]:
    """Each kind of server in turn."""
    opened = servers.sqlite(reach) if request.param == "sqlite" else getattr(servers, request.param)()
    with opened as found:
        yield found


def test_whole_table_lands_in_chunks_and_again_without_doubling(server: Server) -> None:
    server.people(1050)
    feed = feed_of(source_of(server), chunk_rows=400)
    first = ran(feed)
    assert (first.state, first.rows_in, first.accepted, first.rejected, first.chunks) == ("done", 1050, 1050, 0, 3)
    again = ran(feed)
    assert (again.rows_in, row_count("people_list")) == (1050, 1050)


def test_cursor_brings_only_what_came_later(server: Server) -> None:
    server.people(250)
    feed = feed_of(source_of(server), cursor="changed", chunk_rows=100)
    assert ran(feed).rows_in == 250
    assert ran(feed).sentence == "来源没有新的行。"
    server.people(70, start=251, minute=2)
    assert (ran(feed).rows_in, row_count("people_list")) == (70, 320)


def test_check_tells_tables_and_count_tells_progress(server: Server) -> None:
    server.people(10)
    feed = feed_of(source_of(server))
    assert feed.source is not None
    checked = declaring.check_source(feed.source, actor=SYSTEM)
    assert (checked.is_well, "可读的表和视图 1 个" in checked.health) == (True, True)
    assert ran(feed).expected == 10


def test_values_arrive_exactly_with_nulls_and_time_zones(server: Server) -> None:
    server.run(f"CREATE TABLE people ({server.columns})")
    server.run("INSERT INTO people VALUES (1, NULL, 0.10, '2026-01-01 08:00:00'), (2, '', 12345.67, '2026-01-01 09:30:00')")
    server.run("INSERT INTO people VALUES (3, :n, -1, '2026-01-02 00:00:00')", n="“引号”,逗号\n换行")
    assert (ran(feed_of(source_of(server))).rejected, len(lake_rows("id"))) == (0, 3)
    [one, two, three] = lake_rows("id", "name", "amount", "changed")
    assert one == (1, None, Decimal("0.10"), datetime(2026, 1, 1, 0, 0, tzinfo=UTC))
    assert (two[2], three[1:3]) == (Decimal("12345.67"), ("“引号”,逗号\n换行", Decimal("-1.00")))


def test_bad_rows_are_kept_with_reasons_and_counts_add_up(server: Server) -> None:
    server.people(20)
    server.run("UPDATE people SET name = :long WHERE id = 7", long="长" * 60)
    run = ran(feed_of(source_of(server)))
    assert (run.rows_in, run.accepted, run.rejected) == (20, 19, 1)


def test_equal_cursor_values_are_neither_lost_nor_doubled(server: Server) -> None:
    server.people(300)
    server.run("UPDATE people SET changed = '2026-01-01 08:00:00'")
    feed = feed_of(source_of(server), cursor="changed", chunk_rows=70)
    assert (ran(feed).rows_in, ran(feed).rows_in, row_count("people_list")) == (300, 0, 300)


def test_overlap_brings_late_rows_of_an_earlier_instant(server: Server) -> None:
    server.people(200, start=10)
    feed = feed_of(source_of(server), cursor="id", overlap=50)
    ran(feed)
    server.run("UPDATE people SET name = 'changed late' WHERE id = 200")
    assert ran(feed).rows_in == 51
    assert (200, "changed late") in lake_rows("id", "name")


def test_range_is_read_again_and_the_cursor_stays(server: Server) -> None:
    server.people(500)
    feed = feed_of(source_of(server), cursor="changed")
    ran(feed)
    before = Feed.objects.get(pk=feed.pk).position
    server.run("UPDATE people SET name = 'again' WHERE id < 100")
    run = ran(feed, kind=RunKind.BACKFILL, range_=("2026-01-01 08:00", "2026-01-01 08:01"))
    assert (run.rows_in, Feed.objects.get(pk=feed.pk).position) == (99, before)
    assert (5, "again") in lake_rows("id", "name")


def test_dry_run_judges_and_keeps_nothing(server: Server) -> None:
    server.people(30)
    server.run("UPDATE people SET name = :long WHERE id = 7", long="长" * 60)
    feed = feed_of(source_of(server))
    run = ran(feed, kind=RunKind.DRY)
    assert ("会拒收 1 行" in run.sentence, run.findings["rejects"]) == (True, [{"row": 7, "reasons": "姓名/length"}])
    assert not feed.chunks.exists()


def test_table_dropped_ends_with_a_sentence_and_what_landed_stays(server: Server) -> None:
    server.people(30)
    feed = feed_of(source_of(server))
    ran(feed)
    server.run("DROP TABLE people")
    with pytest.raises(TableGone, match="没有表“people”"):
        ran(feed)
    assert (row_count("people_list"), feed.runs.first().state) == (30, RunState.FAILED)  # type: ignore[union-attr]  # there is one


def test_source_is_only_ever_read(server: Server) -> None:
    server.people(3)
    with connector_of(source_of(server)) as connector, pytest.raises(SourceFault), connector.connected() as connection:  # type: ignore[attr-defined]  # the promise of its connections
        connection.execute(text("DELETE FROM people"))
    assert len(server.run("SELECT 1 FROM people")) == 3


def test_names_that_would_break_sql_are_quoted(server: Server) -> None:
    wild = 'we"ird; drop` table' if server.address.startswith("sqlite") else "we ird; drop` table"
    quote = server.engine.dialect.identifier_preparer.quote
    server.run(f"CREATE TABLE {quote(wild)} (id BIGINT PRIMARY KEY, {quote('select')} VARCHAR(20))")
    server.run(f"INSERT INTO {quote(wild)} VALUES (1, 'a')")
    feed = feed_of(source_of(server), table=wild, mapping={"id": "id", "select": "name"}, cursor="id")
    assert (ran(feed).rows_in, lake_rows("id", "name")) == (1, [(1, "a")])
