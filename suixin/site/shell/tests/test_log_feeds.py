"""A feed by a database's log on its pages: offered where there is a log, told what is missing, read anew, given up."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.tests import factories
from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedRun
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server
from suixin.ground.audit.models import Record
from suixin.kit import clock
from suixin.site.shell.tests.test_data_sources import LIST, enter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A PostgreSQL with a table, and the platform allowed to reach it."""
    with node_at(tmp_path, monkeypatch), servers.postgres() as found:
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.0/8",)))
        found.people(3)
        yield found


def log_feed(client: Client, server: Server) -> Feed:
    """A feed by the log, made on the pages; it has read nothing yet."""
    enter(client, "clerk", factories.bureau())
    factories.published("people_list", servers.ITEMS)
    form = {"name": "人口库", "slug": "people-db", "organisation": factories.bureau().pk, "address": server.address, "concurrency": "2"}
    assert client.post(f"{LIST}new/?kind=database", form).status_code == 302
    columns = {f"column_{n}": field for n, field in enumerate(("id", "name", "amount", "changed"))}
    more = {"reads_log": "on", "cursor": "", "order": "", "overlap": "0", "schedule": "", "drift_policy": "hold"}
    answer = client.post(f"{LIST}people-db/feeds/new/?table=people&entry=people_list", {**columns, **more})
    assert answer.status_code == 302, answer.content.decode()
    return Feed.objects.get()


def test_log_is_offered_and_what_is_missing_is_told_as_statements(client: Client, server: Server) -> None:
    feed = log_feed(client, server)
    page = client.get(f"/console/feeds/{feed.uuid}/").content.decode()
    assert feed.reads_log
    assert "CREATE PUBLICATION" in page
    assert "按数据库日志，含删除" in page
    assert 'name="reads_log"' in client.get(f"/console/feeds/{feed.uuid}/edit/").content.decode()


def test_feed_with_a_place_is_read_anew_and_given_up(client: Client, server: Server) -> None:
    feed = log_feed(client, server)
    assert 'value="anew"' not in client.get(f"/console/feeds/{feed.uuid}/").content.decode()
    for move, verb in (("anew", "collection.asked_full_reading"), ("release", "collection.released_log")):
        Feed.objects.update(position={"log": {"at": [1]}})
        assert f'value="{move}"' in client.get(f"/console/feeds/{feed.uuid}/").content.decode()
        client.post(f"/console/feeds/{feed.uuid}/move/", {"move": move})
        assert (Feed.objects.get().position, Record.objects.filter(action=verb).count()) == (None, 1)
    assert Feed.objects.get().is_paused


def test_other_feeds_have_no_log_to_give_up(client: Client, server: Server) -> None:
    feed = log_feed(client, server)
    Feed.objects.update(reads_log=False)
    told = client.post(f"/console/feeds/{feed.uuid}/move/", {"move": "release"}, follow=True).content.decode()
    assert "不按日志采集" in told


def test_chunk_that_a_person_dropped_is_not_told_as_waiting(client: Client, server: Server) -> None:
    feed = log_feed(client, server)
    run = FeedRun.objects.create(feed=feed, state="done", created_at=clock.now())
    for number, state in enumerate((ChunkState.DROPPED, ChunkState.ARCHIVED), 1):
        FeedChunk.objects.create(feed=feed, run=run, sequence=number, state=state, sm3="0" * 64, size=1, rows=3, place={}, at=clock.now())
    page = client.get(f"/console/feeds/runs/{run.uuid}/").content.decode()
    assert (page.count("已作废，没有入库"), page.count("已归档，等待入库")) == (1, 1)
