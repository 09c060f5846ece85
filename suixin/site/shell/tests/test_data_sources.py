"""Pages of sources and feeds: a clerk registers, adds, tries, runs, decides; others see and do nothing of it."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.data.access.tests.factories import node_at
from suixin.data.access.versions import row_count
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import agents, feeding
from suixin.data.collection.errors import ColumnsChanged
from suixin.data.collection.models import Drift, Feed, FeedRun, Hold, Source
from suixin.ground.jobs.models import Job
from suixin.ground.people.applications import create_application
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import SuixinError

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/console/data-sources/"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where sources may lie, with a database in it."""
    with node_at(tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_folders=(str(tmp_path),)))
        with sqlite3.connect(tmp_path / "people.db") as database:
            database.execute("CREATE TABLE people (code TEXT PRIMARY KEY, name TEXT, amount NUMERIC, day DATE)")
            database.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", [(f"K{n}", "某人", n, "2026-01-02") for n in range(40)])
        database.close()
        yield tmp_path


def enter(client: Client, role: str, where: Organisation) -> Organisation:
    account = Account.objects.create(username=f"{role}-{where.pk}", display_name=role)
    Post.objects.create(account=account, organisation=where, role=role)
    client.force_login(account)
    return where


def registered(client: Client, folder: Path) -> Source:
    """A source registered by the signed-in clerk of the bureau."""
    form = {
        "name": "人口库", "slug": "people-db", "organisation": factories.bureau().pk, "address": f"sqlite://{folder / 'people.db'}",
        "option_password": "ganz-geheim", "option_seconds": "60", "concurrency": "2",
    }
    answer = client.post(f"{LIST}new/?kind=database", form)
    assert answer.status_code == 302, answer.content.decode()
    return Source.objects.get()


def with_feed(client: Client, folder: Path, **more_fields: str) -> Feed:
    """A feed of the table into an entry."""
    registered(client, folder)
    factories.published()
    form = {f"column_{n}": field for n, field in enumerate(("code", "name", "amount", "day"))}
    more = {"cursor": "", "order": "", "overlap": "0", "schedule": "30 1 * * *", "drift_policy": "hold"}
    answer = client.post(f"{LIST}people-db/feeds/new/?table=people&entry=some_table", {**form, **more, **more_fields})
    assert answer.status_code == 302, answer.content.decode()
    return Feed.objects.get()


def test_clerk_registers_a_source_and_checks_it_and_the_password_is_never_shown(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    source = registered(client, folder)
    page = client.post(f"{LIST}people-db/move/", {"move": "check"}, follow=True).content.decode()
    assert "SQLite 连接正常,可读的表和视图 1 个" in page
    assert Source.objects.get().secrets == '{"password": "ganz-geheim"}'
    for path in (LIST, f"{LIST}{source.slug}/", f"{LIST}{source.slug}/edit/"):
        assert "ganz-geheim" not in client.get(path).content.decode()


def test_edit_with_an_empty_password_keeps_it(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    source = registered(client, folder)
    form = {"name": "新名称", "address": source.address, "option_password": "", "option_seconds": "30", "concurrency": "1"}
    assert client.post(f"{LIST}people-db/edit/", form).status_code == 302
    kept = Source.objects.get()
    assert (kept.name, kept.options, "ganz-geheim" in kept.secrets) == ("新名称", {"seconds": 30}, True)


@pytest.mark.parametrize("kind", ["database", "http", "folder", "sftp", "s3", "push"])
def test_form_of_each_kind_opens_and_tells_what_is_missing(client: Client, kind: str) -> None:
    enter(client, "clerk", factories.bureau())
    assert client.get(f"{LIST}new/?kind={kind}").status_code == 200
    assert client.post(f"{LIST}new/?kind={kind}", {"name": "x"}).status_code == 422
    assert not Source.objects.exists()


def test_address_with_a_password_is_refused_with_a_sentence(client: Client) -> None:
    enter(client, "clerk", factories.bureau())
    form = {"name": "x", "slug": "some-db", "organisation": factories.bureau().pk, "address": "postgresql://u:p@h/d", "concurrency": "2"}
    answer = client.post(f"{LIST}new/?kind=database", form)
    assert (answer.status_code, "不要写密码" in answer.content.decode(), Source.objects.exists()) == (422, True, False)


def test_tables_and_entries_are_offered_and_columns_of_equal_names_matched(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    registered(client, folder)
    factories.published()
    first = client.get(f"{LIST}people-db/feeds/new/").content.decode()
    assert '<option value="people">people' in first
    second = client.get(f"{LIST}people-db/feeds/new/?table=people&entry=some_table").content.decode()
    assert '<option value="amount" selected>数量（amount）' in second


def test_run_is_enqueued_watched_and_told(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    feed = with_feed(client, folder)
    assert feed.next_at is not None
    answer = client.post(f"/console/feeds/{feed.uuid}/move/", {"move": "run"})
    run = FeedRun.objects.get()
    assert answer.headers["Location"] == f"/console/feeds/runs/{run.uuid}/"
    assert Job.objects.filter(kind="collection.feed").count() == 1
    waiting = client.get(answer.headers["Location"]).content.decode()
    assert ("正在排队" in waiting, "<noscript>" in waiting) == (True, True)
    feeding.work(run, actor=SYSTEM)
    assert "来源 40 行,接收 40 行,拒收 0 行" in client.get(answer.headers["Location"]).content.decode()
    assert row_count("some_table") == 40


def test_second_run_at_once_is_told_on_the_page(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    feed = with_feed(client, folder)
    client.post(f"/console/feeds/{feed.uuid}/move/", {"move": "run"})
    assert "已有一次采集" in client.post(f"/console/feeds/{feed.uuid}/move/", {"move": "dry"}, follow=True).content.decode()


def test_change_of_columns_is_shown_and_decided(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    feed = with_feed(client, folder)
    with sqlite3.connect(folder / "people.db") as database:
        database.execute("ALTER TABLE people RENAME COLUMN name TO full_name")
    database.close()
    with pytest.raises(ColumnsChanged):
        feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    page = client.get(f"/console/feeds/{feed.uuid}/").content.decode()
    assert ("等待决定" in page, 'value="full_name" selected' in page) == (True, True)
    form = {"move": "take", "reason": "与来源单位核对过", "rename_0": "full_name"}
    client.post(f"/console/feeds/{feed.uuid}/drift/", form)
    assert (Drift.objects.get().state, Feed.objects.get().mapping["full_name"]) == ("taken", "name")


def test_held_whole_table_is_shown_and_decided(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    feed = with_feed(client, folder, is_whole="on", most_deleted="20")
    feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    with sqlite3.connect(folder / "people.db") as database:
        database.execute("DELETE FROM people WHERE amount >= 30")
    database.close()
    with pytest.raises(SuixinError, match="会删除"):
        feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    assert "现有 40 行,这一次会删除 10 行,超过允许的 20 %" in client.get(f"/console/feeds/{feed.uuid}/").content.decode().replace("，", ",")
    form = {"hold": str(Hold.objects.get().uuid), "move": "take", "reason": "与来源单位核对过"}
    client.post(f"/console/feeds/{feed.uuid}/drift/", form)
    feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    assert row_count("some_table") == 30


def test_whole_table_by_hand_deletes_what_is_not_in_the_file(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    resource = factories.published()
    for codes, fields in (("ABCDEF", {}), ("ABCDE", {"is_whole": "on", "most_deleted": "20"})):
        content = ("代码,名称,数量,日期\n" + "".join(f"{code},甲,1.5,2022-03-01\n" for code in codes)).encode()
        client.post("/console/upload/", {"file": SimpleUploadedFile("表.csv", content), "resource": resource.pk, **fields})
    assert row_count("some_table") == 5
    refused = client.post("/console/upload/", {"file": SimpleUploadedFile("表.csv", content), "is_whole": "on"})
    assert "请选择归入的资源" in refused.content.decode()


def test_clerk_of_another_department_sees_and_does_nothing(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    feed = with_feed(client, folder)
    other = Client()
    enter(other, "clerk", organisation("民政局", number=9))
    assert "people-db" not in other.get(LIST).content.decode()
    for path in (f"{LIST}people-db/", f"{LIST}people-db/edit/", f"{LIST}people-db/feeds/new/", f"/console/feeds/{feed.uuid}/"):
        assert other.get(path).status_code == 403
    assert other.post(f"{LIST}people-db/move/", {"move": "pause"}).status_code == 403
    assert other.post(f"/console/feeds/{feed.uuid}/move/", {"move": "run"}).status_code == 403


def test_list_costs_the_same_for_one_and_for_many(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    one = registered(client, folder)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for number in range(5):
        Source.objects.create(
            slug=f"s-{number}", name="x", kind="database", organisation=one.organisation, address=one.address, created_at=one.created_at
        )
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(few) == len(many)


def test_entry_of_another_department_is_no_target(client: Client, folder: Path) -> None:
    enter(client, "clerk", factories.bureau())
    registered(client, folder)
    factories.published()
    Resource.objects.update(provider=organisation("民政局", number=9))
    answer = client.get(f"{LIST}people-db/feeds/new/?table=people&entry=some_table")
    assert "请选择表和目录" in answer.content.decode()


def front_machine(client: Client, **more: str) -> Source:
    """A front machine registered by the signed-in clerk, heard once."""
    create_application(factories.bureau(), "前置机", app_id="front-app")
    form = {"name": "人社前置机", "slug": "front", "organisation": factories.bureau().pk, "option_application": "front-app",
            "option_silent": "15", "concurrency": "2", **more}
    answer = client.post(f"{LIST}new/?kind=agent", form)
    assert answer.status_code == 302, answer.content.decode()
    beat = {"version": "0.3.0", "host": "front-1", "time_ms": int(clock.now().timestamp() * 1000), "spool_chunks": 3,
            "spool_bytes": 5 << 20, "spool_limit": 1 << 30,
            "streams": [{"name": "jobs", "what": "postgresql jobs", "columns": [{"name": "code", "is_key": True}]}]}
    agents.hear("front", json.dumps(beat).encode(), actor=Actor(ActorKind.APPLICATION, "front-app", "前置机"))
    return Source.objects.get()


def test_page_of_a_front_machine_shows_heartbeat_version_spool_and_streams(client: Client) -> None:
    enter(client, "clerk", factories.bureau())
    front_machine(client)
    page = client.get(f"{LIST}front/").content.decode()
    assert [word for word in ("front-1", "0.3.0", "3 块，5.0 MB", "postgresql jobs", "POST /api/v1/agent/front") if word not in page] == []
    client.post(f"{LIST}front/move/", {"move": "check"})
    assert (Source.objects.get().is_well, "那边待发 3 块" in Source.objects.get().health) == (True, True)


def test_feed_of_a_front_machine_asks_for_no_cursor_of_ours(client: Client) -> None:
    enter(client, "clerk", factories.bureau())
    front_machine(client)
    factories.published()
    form = client.get(f"{LIST}front/feeds/new/?table=jobs&entry=some_table").content.decode()
    assert ('name="cursor"' in form, 'name="column_0"' in form) == (False, True)
    client.post(f"{LIST}front/feeds/new/?table=jobs&entry=some_table", {"column_0": "code", "schedule": "", "drift_policy": "hold"})
    assert (Feed.objects.get().mapping, Feed.objects.get().cursor) == ({"code": "code"}, "")


def test_firm_gives_data_only_with_number_use_and_end_of_its_agreement(client: Client) -> None:
    where = factories.bureau()
    Organisation.objects.filter(pk=where.pk).update(kind="enterprise")
    enter(client, "clerk", where)
    form = {"name": "水务", "slug": "water", "organisation": where.pk, "option_application": "a", "concurrency": "2", "purpose": "用水统计"}
    assert "协议的编号" in client.post(f"{LIST}new/?kind=push", form).content.decode()
    ends = clock.today() + timedelta(days=20)
    form |= {"agreement": "数供〔2026〕7号", "expires_on": ends.isoformat()}
    assert client.post(f"{LIST}new/?kind=push", form).status_code == 302
    page = client.get(f"{LIST}water/").content.decode()
    assert ("数供〔2026〕7号" in page, "还有 20 天" in page) == (True, True)
