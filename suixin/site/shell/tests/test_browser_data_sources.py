"""A clerk's whole work on a source in a real browser: register, check, add a feed, try, run, decide changed columns; narrow too.

With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.tests.factories import node_at
from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import feeding
from suixin.data.collection.errors import ColumnsChanged
from suixin.data.collection.models import Feed, FeedRun
from suixin.ground.people.models import Account, Post
from suixin.kit.actor import SYSTEM
from suixin.site import assets, shots
from suixin.site.shell.tests.test_browser_inbox import check, entered

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    assets.install_assets(with_tests=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; tests use the database beside it
    with sync_playwright() as playwright:
        started = shots.launch(playwright)
        yield started
        started.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with node_at(tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_folders=(str(tmp_path),)))
        change(tmp_path, "CREATE TABLE persons (code TEXT PRIMARY KEY, name TEXT, amount NUMERIC, day DATE)")
        for number in range(40):
            change(tmp_path, f"INSERT INTO persons VALUES ('K{number:03d}', '某单位', {number}.5, '2026-01-02')")
        yield tmp_path


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "people.db")) as database, database:
        database.execute(statement)


def worked() -> None:
    """What a worker would do with the run that waits."""
    run = FeedRun.objects.get(state="waiting")
    feeding.work(run, actor=SYSTEM)


def clerk() -> None:
    account = Account.objects.create(username="li", display_name="李明")
    Post.objects.create(account=account, organisation=factories.bureau(), role="clerk")
    factories.published("open_units")


def test_clerk_registers_a_source_and_brings_its_table_in(browser: "Browser", live_server: LiveServer, folder: Path) -> None:
    clerk()
    page = entered(browser, live_server, "li")
    page.goto("/console/data-sources/")
    check(page, "sources-empty")
    page.get_by_role("link", name="登记来源").click()
    check(page, "source-new")
    typed = {"name": "人社局就业库", "slug": "jobs-db", "address": f"sqlite://{folder / 'people.db'}", "option_password": "x"}
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=organisation]").select_option(index=1)
    page.get_by_role("button", name="登记来源").click()
    page.get_by_role("button", name="现在检查").click()
    page.get_by_text("可读的表和视图 1 个").first.wait_for()
    check(page, "source")
    page.get_by_role("link", name="添加采集任务").click()
    page.locator("[name=table]").select_option("persons")
    page.locator("[name=entry]").select_option("open_units")
    check(page, "feed-choose")
    page.get_by_role("button", name="下一步：对应列").click()
    check(page, "feed-mapping")
    page.get_by_role("button", name="保存").click()
    check(page, "feed")
    page.get_by_role("button", name="现在运行").click()
    check(page, "feed-run-waiting")
    worked()
    page.get_by_text("来源 40 行,接收 40 行").wait_for()
    check(page, "feed-run-done")
    assert row_count("open_units") == 40


def test_clerk_decides_changed_columns_on_a_narrow_screen(browser: "Browser", live_server: LiveServer, folder: Path) -> None:
    test_clerk_registers_a_source_and_brings_its_table_in(browser, live_server, folder)
    feed = Feed.objects.get()
    change(folder, "ALTER TABLE persons RENAME COLUMN name TO full_name")
    change(folder, "ALTER TABLE persons ADD COLUMN remark TEXT")
    with pytest.raises(ColumnsChanged):
        feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    page = entered(browser, live_server, "li", width=360)
    for name, path in (("sources", ""), ("source", "jobs-db/"), ("source-new", "new/?kind=http")):
        page.goto(f"/console/data-sources/{path}")
        check(page, name)
    page.goto(f"/console/feeds/{feed.uuid}/")
    check(page, "feed-drift")
    wide = entered(browser, live_server, "li")
    wide.goto(f"/console/feeds/{feed.uuid}/")
    check(wide, "feed-drift")
    page.locator("[name=reason]").fill("与来源单位核对过，姓名列改了名")
    page.get_by_role("button", name="接受新的列").click()
    page.get_by_text("已接受新的列").wait_for()
    page.get_by_role("button", name="试运行").click()
    worked()
    page.get_by_text("会拒收 0 行").wait_for()
    check(page, "feed-run-dry")
