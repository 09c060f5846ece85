"""Sources that fail in every way: a sentence, what landed stays, the next run goes on, nothing lost or doubled."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import chunks, declaring, drifting, feeding
from suixin.data.collection.errors import (
    AddressRefused,
    ColumnsChanged,
    DriverMissing,
    FeedBusy,
    FeedStopped,
    LoginRefused,
    SourceBusy,
    SourceFault,
    WrongSource,
)
from suixin.data.collection.models import Drift, Feed, FeedRun, RunState, Source
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.relay import dropping
from suixin.data.collection.tests.sources.servers import Server, feed_of, lake_rows, ran, source_of
from suixin.data.lake import storage
from suixin.ground.audit.models import Record
from suixin.ground.jobs.models import Job
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(reach: Path) -> Iterator[Server]:
    with servers.sqlite(reach) as found:
        yield found


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_source_that_drops_in_mid_stream_is_read_on_from_the_last_chunk(kind: str) -> None:
    with getattr(servers, kind)() as server:
        server.people(6000)
        feed = feed_of(source_of(server), chunk_rows=500)
        _, _, rest = server.address.partition("@")[2].partition(":")
        port = int(rest.partition("/")[0])
        with dropping(port, most=150_000) as relay:
            Source.objects.filter(feeds=feed).update(
                address=server.address.replace(f":{port}", f":{relay.port}")
            )
            fresh = Feed.objects.get(pk=feed.pk)
            with pytest.raises(SourceFault, match="再次运行会接着读"):
                ran(fresh)
            landed = row_count("people_list")
            assert 0 < landed < 6000
            relay.most = 1 << 40
            run = ran(Feed.objects.get(pk=feed.pk))
            assert (run.rows_in, row_count("people_list"), len(lake_rows("id"))) == (6000 - landed, 6000, 6000)


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_server_that_is_down_is_a_sentence(kind: str) -> None:
    with getattr(servers, kind)() as server:
        source = source_of(server)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    source.address = f"{server.address.partition('@')[0]}@127.0.0.1:{port}/x"
    checked = declaring.check_source(source, actor=SYSTEM)
    assert (checked.is_well, "连不上 127.0.0.1" in checked.health) == (False, True)


def test_wrong_password_is_a_sentence_and_is_not_tried_again() -> None:
    with servers.mariadb() as server:
        server.people(3)
        feed = feed_of(source_of(server))
        source = feed.source
        assert source is not None
        source.address = server.address.replace("root@", "nobody_here@")
        source.secrets = '{"password": "wrong"}'
        source.save()
        with pytest.raises(LoginRefused, match="拒绝了账号“nobody_here”的登录") as caught:
            ran(Feed.objects.get(pk=feed.pk))
        assert (caught.value.retry, "wrong" in caught.value.sentence) == (False, False)


def test_slow_source_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.postgres() as server:
        server.people(3)
        server.run("CREATE VIEW slow AS SELECT id, name, amount, changed, pg_sleep(3) IS NULL AS waited FROM people")
        feed = feed_of(source_of(server, options={"seconds": 1}), table="slow", order=["id"])
        with pytest.raises(SourceFault, match="没有在时限内答复"):
            ran(feed)


def test_rows_of_a_chunk_that_was_archived_land_from_the_archive(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.people(100)
    feed = feed_of(source_of(server), chunk_rows=40)
    kept = chunks.land
    monkeypatch.setattr(chunks, "land", lambda *args, **named: (_ for _ in ()).throw(SourceFault("断了")))
    with pytest.raises(SourceFault):
        ran(feed)
    monkeypatch.setattr(chunks, "land", kept)
    server.run("DELETE FROM people WHERE id <= 40")  # what was archived lands although the source has it no more
    second = ran(feed)
    assert (second.rows_in, row_count("people_list")) == (60, 100)


def test_second_run_at_once_says_so(server: Server) -> None:
    server.people(5)
    feed = feed_of(source_of(server))
    feeding.start_run(feed, actor=SYSTEM, in_background=False)
    with pytest.raises(FeedBusy, match="已有一次采集"):
        feeding.start_run(feed, actor=SYSTEM, in_background=False)


def test_source_runs_no_more_than_its_limit_at_once(server: Server) -> None:
    server.people(5)
    source = source_of(server, concurrency=1)
    one = feed_of(source)
    FeedRun.objects.create(feed=one, state=RunState.RUNNING, owner=storage.owner(), created_at=clock.now())
    server.run("CREATE VIEW others AS SELECT * FROM people")
    two = feed_of(source, resource=one.resource, table="others", order=["id"])
    with pytest.raises(SourceBusy, match="同时最多运行 1 个"):
        ran(two)


def test_feed_that_is_due_is_enqueued_once_and_its_next_time_set(server: Server) -> None:
    server.people(5)
    feed = feed_of(source_of(server), schedule="30 1 * * *")
    Feed.objects.filter(pk=feed.pk).update(next_at=clock.now() - timedelta(minutes=1))
    first, second = feeding.enqueue_due(actor=SYSTEM), feeding.enqueue_due(actor=SYSTEM)
    assert ([run.feed_id for run in first], second, Job.objects.get(kind="collection.feed").kind) == ([feed.pk], [], "collection.feed")
    following = Feed.objects.get(pk=feed.pk).next_at
    assert following is not None
    assert following > clock.now()


def test_paused_and_expired_sources_do_not_run(server: Server) -> None:
    server.people(5)
    feed = feed_of(source_of(server))
    assert feed.source is not None
    declaring.switch_source(feed.source, is_paused=True, actor=SYSTEM)
    with pytest.raises(FeedStopped, match="已暂停"):
        ran(feed)
    declaring.switch_source(feed.source, is_paused=False, actor=SYSTEM)
    feed.source.expires_on = clock.today() - timedelta(days=1)
    with pytest.raises(FeedStopped, match="到期"):
        ran(feed)


def test_added_column_holds_the_feed_until_a_person_takes_it(server: Server) -> None:
    server.people(5)
    feed = feed_of(source_of(server))
    server.run("ALTER TABLE people ADD COLUMN note VARCHAR(20)")
    with pytest.raises(ColumnsChanged, match="新增列 note"):
        ran(feed)
    assert not feed.chunks.exists()
    drifting.take_drift(Drift.objects.get(), renames={}, actor=SYSTEM, reason="核对过")
    assert (ran(Feed.objects.get(pk=feed.pk)).rows_in, Record.objects.filter(action="collection.decided_drift").count()) == (5, 1)


def test_renamed_column_is_guessed_and_carried_over(server: Server) -> None:
    server.people(5)
    feed = feed_of(source_of(server))
    server.run("ALTER TABLE people RENAME COLUMN name TO full_name")
    with pytest.raises(ColumnsChanged, match="name 可能改名为 full_name"):
        ran(feed)
    drifting.take_drift(Drift.objects.get(), renames={"name": "full_name"}, actor=SYSTEM, reason="核对过")
    ran(Feed.objects.get(pk=feed.pk))
    assert lake_rows("id", "name")[0] == (1, "人员1")


def test_policy_evolve_takes_what_touches_nothing_and_refuse_waits_for_the_source(server: Server) -> None:
    server.people(5)
    feed = feed_of(source_of(server), drift_policy="evolve")
    server.run("ALTER TABLE people ADD COLUMN note VARCHAR(20)")
    assert ran(feed).rows_in == 5
    Feed.objects.filter(pk=feed.pk).update(drift_policy="refuse")
    server.run("ALTER TABLE people DROP COLUMN amount")
    with pytest.raises(ColumnsChanged, match="少了列 amount"):
        ran(Feed.objects.get(pk=feed.pk))
    assert not Drift.objects.exists()


def test_private_address_is_refused_unless_the_installation_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=()))
    from suixin.data.collection.sources import addresses

    refused = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "0.0.0.0", "224.0.0.1", "fe80::1"]
    assert [addresses.is_allowed(one) for one in refused] == [False] * len(refused)
    assert addresses.is_allowed("114.114.114.114")
    with pytest.raises(AddressRefused, match="SUIXIN_SOURCE_NETWORKS"):
        addresses.pinned("localhost", 80)


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("postgresql://u:secret@h/db", WrongSource, "不要写密码"),
        ("oracle://u@h/db", DriverMissing, "oracledb"),
        ("dm://u@h/db", DriverMissing, "dmPython"),
        ("kingbase://u@h/db", DriverMissing, "ksycopg2"),
        ("ftp://h/db", WrongSource, "不认识"),
        ("sqlite:////etc/passwd", AddressRefused, "来源文件夹"),
    ],
)
def test_address_that_cannot_be_is_refused_with_what_to_do(address: str, error: type[Exception], words: str) -> None:
    server = Server.__new__(Server)
    server.address = address
    if error is AddressRefused:
        assert words in declaring.check_source(source_of(server), actor=SYSTEM).health
        return
    with pytest.raises(error, match=words):
        source_of(server)


def test_clerk_of_another_department_may_not_touch_the_source(server: Server) -> None:
    server.people(3)
    feed = feed_of(source_of(server))
    for act in (
        lambda: feeding.start_run(feed, actor=cast.outsider), lambda: declaring.check_source(feed.source, actor=cast.outsider),  # type: ignore[arg-type]  # it has one
        lambda: declaring.switch_feed(feed, is_paused=True, actor=cast.outsider),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_changed_address_forgets_the_kept_password(server: Server) -> None:
    source = source_of(server, secrets={"password": "geheim"})
    draft = declaring.SourceDraft("新名", source.slug, "database", source.organisation, source.address)  # type: ignore[arg-type]  # test data
    assert declaring.edit_source(source, draft, actor=SYSTEM) is False
    assert "geheim" in source.secrets
    assert declaring.edit_source(source, replace(draft, address="postgresql://u@evil.example/db"), actor=SYSTEM) is True
    assert source.secrets == ""


def test_credentials_are_sealed_at_rest_and_in_no_record(server: Server, lake: Path) -> None:
    from django.db import connection

    source = source_of(server, secrets={"password": "sehr-geheim"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM collection_source WHERE id = %s", [source.pk])
        stored = bytes(cursor.fetchone()[0])
    assert b"sehr-geheim" not in stored
    assert not [one for one in Record.objects.all() if "sehr-geheim" in str(one.detail)]


def test_run_that_is_tried_again_after_a_later_one_reads_nothing_twice(server: Server) -> None:
    server.people(90)
    items = tuple(replace(item, is_key=False) for item in servers.ITEMS)
    feed = feed_of(source_of(server), resource=factories.published("people_list", items), cursor="id", chunk_rows=30)
    failed = feeding.start_run(feed, actor=SYSTEM, in_background=False)

    def stop(run: FeedRun) -> None:
        raise SourceFault("断了")

    with pytest.raises(SourceFault):
        feeding.work(failed, actor=SYSTEM, tell=stop)
    assert ran(Feed.objects.get(pk=feed.pk)).rows_in == 60
    feeding.work(failed, actor=SYSTEM)  # the worker's second attempt, an hour late
    assert (row_count("people_list"), failed.feed.runs.get(pk=failed.pk).state) == (90, RunState.FAILED)
