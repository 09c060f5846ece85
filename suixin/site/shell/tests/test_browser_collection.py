"""Clerk and officer at one feed, in a real browser: a run watched while it reads, its receipts taken, rejected rows typed
again in the fill-in sheet, the work order handed back to be measured; columns that changed decided by the officer.

With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

import suixin
from suixin.data.access import receipts
from suixin.data.access.receipt_checks import verify_receipt
from suixin.data.access.tests.factories import node_at
from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import feeding
from suixin.data.collection.errors import ColumnsChanged
from suixin.data.collection.models import Feed, FeedRun
from suixin.data.collection.tests.sources.servers import Server, feed_of, source_of
from suixin.data.lake.models import Batch
from suixin.data.quality import actions as quality
from suixin.ground.flow import procedures
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser_inbox import check, entered

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = {"li": ("李明", "clerk"), "chen": ("陈静", "data_officer"), "zhou": ("周局", "department_head"), "wu": ("吴昊", "supervision")}
ORDER = "data/quality/procedures/quality-correction.yaml"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with node_at(tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_folders=(str(tmp_path),)))
        change(tmp_path, "CREATE TABLE persons (code TEXT PRIMARY KEY, name TEXT, amount TEXT, day DATE)")
        for number in range(40):
            amount = "约三十" if number % 19 == 7 else f"{number}.5"
            change(tmp_path, f"INSERT INTO persons VALUES ('K{number:03d}', '某培训机构{number}', '{amount}', '2026-01-02')")
        yield tmp_path


@pytest.fixture
def feed(folder: Path) -> Feed:
    """A feed of 40 rows of which two are wrong, its people, and the procedure of work orders."""
    place = factories.bureau()
    Organisation.objects.filter(pk=place.pk).update(is_bureau=True)
    for username, (name, role) in PEOPLE.items():
        Post.objects.create(account=Account.objects.create(username=username, display_name=name), organisation=place, role=role)
    procedures.publish_procedure((Path(suixin.__file__).parent / ORDER).read_text("utf-8"), actor=SYSTEM, note="测试")
    server = Server.__new__(Server)
    server.address = f"sqlite://{folder / 'people.db'}"
    return feed_of(source_of(server), resource=factories.published("open_units"), table="persons", chunk_rows=20)


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "people.db")) as database, database:
        database.execute(statement)


def looked_at(page: "Page", name: str) -> None:
    """The same at three widths."""
    for width in (768, 360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        check(page, name)


def test_clerk_watches_a_run_and_takes_its_receipt(browser: "Browser", live_server: LiveServer, feed: Feed, tmp_path: Path) -> None:
    run = feeding.start_run(feed, actor=SYSTEM, in_background=False)
    page = entered(browser, live_server, "li")

    def look(now: FeedRun) -> None:
        FeedRun.objects.filter(pk=now.pk).update(started_at=clock.now() - timedelta(minutes=4))
        if now.chunks == 1:
            page.goto(f"/console/feeds/runs/{run.uuid}/")
            page.route("**/feeds/runs/**", lambda route: route.abort())  # asks every two seconds: axe would meet a page half swapped
            assert re.search(r"已入库 20 行，预计共 40 行，大约还要 4 分钟", page.locator("#run").inner_text())
            looked_at(page, "run-progress")

    feeding.work(run, actor=SYSTEM, tell=look)
    page.unroute("**/feeds/runs/**")
    page.reload()
    page.get_by_text("来源 40 行,接收 38 行,拒收 2 行").wait_for()
    looked_at(page, "run-done")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载回执").first.click()
    waiting.value.save_as(tmp_path / "receipt.json")
    assert verify_receipt((tmp_path / "receipt.json").read_bytes(), trusted=list(receipts.known_keys())).is_intact


def test_clerk_types_rejected_rows_again_and_hands_the_order_back(browser: "Browser", live_server: LiveServer, feed: Feed) -> None:
    feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    for batch in Batch.objects.select_related("resource__provider").order_by("pk"):
        quality.raise_orders(batch, actor=SYSTEM)
    order = WorkOrder.objects.get()
    page = entered(browser, live_server, "li")
    page.goto(f"/console/orders/{order.number}/")
    looked_at(page, "order-open")
    page.goto(f"/console/resources/open_units/rejects/{Batch.objects.order_by('pk')[0].pk}/")
    looked_at(page, "rejects")
    decided(page, order, "接单", "由我单位更正")
    page.goto("/console/resources/open_units/fill/")
    for line, code in enumerate(("K007", "K026")):
        for column, value in enumerate((code, "某培训机构", "30", "2026-01-02")):
            page.fill(f"#r{line}-{column}", value)
    page.get_by_role("button", name="提交入库", exact=True).click()
    page.wait_for_load_state()
    assert row_count("open_units") == 40
    decided(page, order, "已整改", "两行培训人数已按台账改正")
    page.goto(f"/console/orders/{order.number}/")
    looked_at(page, "order-measured")
    assert page.get_by_text("复测").count()  # what closes it is the annotated sheet, which has tests of its own


def test_officer_approves_a_change_of_columns(browser: "Browser", live_server: LiveServer, feed: Feed, folder: Path) -> None:
    change(folder, "ALTER TABLE persons RENAME COLUMN amount TO trainees")
    change(folder, "ALTER TABLE persons ADD COLUMN remark TEXT")
    with pytest.raises(ColumnsChanged):
        feeding.work(feeding.start_run(feed, actor=SYSTEM, in_background=False), actor=SYSTEM)
    page = entered(browser, live_server, "chen")
    page.goto("/console/data-sources/")
    looked_at(page, "sources-drift")
    assert "列变动 1 处" in page.locator("#main").inner_text()
    page.get_by_role("link", name="人口库").first.click()
    looked_at(page, "source-drift")
    page.get_by_role("link", name="persons", exact=True).click()
    page.get_by_label("列 amount 现在叫什么").select_option("trainees")
    page.locator("[name=reason]").fill("与来源单位核对过，培训人数列改了名")
    looked_at(page, "feed-drift-officer")
    page.get_by_role("button", name="接受新的列").click()
    page.get_by_text("已接受新的列").wait_for()
    done = feeding.work(feeding.start_run(Feed.objects.get(pk=feed.pk), actor=SYSTEM, in_background=False), actor=SYSTEM)
    assert (done.accepted, done.rejected) == (38, 2)


def decided(page: "Page", order: WorkOrder, button: str, reason: str) -> None:
    """The step of the order that waits now, decided on its page."""
    page.goto(f"/console/orders/{order.number}/")
    page.get_by_role("link", name="看现在的环节").click()
    chosen = page.get_by_role("button", name=button, exact=True)
    chosen.locator("xpath=ancestor::form").locator("[name=reason]").fill(reason)
    chosen.click()
    page.wait_for_load_state()
