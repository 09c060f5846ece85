"""The quality board in a real browser: from the city to a cell by clicking, a receipt downloaded, no fault of access.

With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from suixin.data.access import receipts
from suixin.data.access.receipt_checks import verify_receipt
from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.ground.people.actions import create_account
from suixin.kit.actor import SYSTEM
from suixin.site import assets, shots
from suixin.site.shell.tests.test_browser import faults
from suixin.site.shell.tests.test_browser_inbox import entered

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = "代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,乙,多,2024-01-02\nK3,丙,3,2024-01-03\n"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    assets.install_assets(with_tests=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; tests use the database beside it
    with sync_playwright() as playwright:
        started = shots.launch(playwright)
        yield started
        started.close()


def _looked_at(page: "Page", name: str) -> None:
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is wider than the screen"
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("width", [1440, 360])
def test_an_officer_finds_the_bad_cell_and_takes_the_receipt(
    browser: "Browser", live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    original = tmp_path / "表.csv"
    original.write_text(ROWS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(original, actor=SYSTEM, resource=factories.published())
        create_account("officer", "A-long-password", organisation=factories.bureau(), roles=("data_officer",))
        page = entered(browser, live_server, "officer", width)
        page.goto("/console/quality/")
        _looked_at(page, f"quality-{width}")
        for selector, name in (("main td a >> nth=0", "department"), ("main td a >> nth=0", "resource"), ("main td a >> nth=0", "batch")):
            page.click(selector)
            _looked_at(page, f"quality-{name}-{width}")
        with page.expect_download() as waiting:
            page.click("text=下载回执")
        waiting.value.save_as(tmp_path / "receipt.json")
        assert verify_receipt((tmp_path / "receipt.json").read_bytes(), trusted=list(receipts.known_keys()), original=original).is_intact
        page.click("text=查看被拒绝的行")
        assert page.inner_text(".tag-bad") == "多"


def test_the_way_from_the_city_to_a_cell_is_gone_by_keyboard(
    browser: "Browser", live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = tmp_path / "表.csv"
    original.write_text(ROWS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(original, actor=SYSTEM, resource=factories.published())
        batch = Batch.objects.select_related("resource__provider").get()
        create_account("officer", "A-long-password", organisation=factories.bureau(), roles=("data_officer",))
        page = entered(browser, live_server, "officer", 1440)
        page.goto("/console/quality/")
        table = "/console/resources/some_table"
        for step in (f"/console/quality/{batch.resource.provider.slug}/", f"{table}/quality/", f"{table}/batches/{batch.pk}/",
                     f"{table}/rejects/{batch.pk}/"):
            page.locator(f'main a[href="{step}"]').first.focus()
            page.keyboard.press("Enter")
            page.wait_for_url(f"**{step}")
        assert page.locator("td .tag-bad", has_text="多").count() == 1
        page.context.close()
