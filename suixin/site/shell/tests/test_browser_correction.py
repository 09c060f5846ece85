"""A quality work order from the inbox to its end in a real browser: taken, the sheet downloaded, mended, uploaded, measured, closed."""

from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.data.quality import actions as quality
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.running import deliver
from suixin.ground.people.actions import create_account
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser_inbox import check, entered
from suixin.site.shell.tests.test_corrections import ITEMS, ROWS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def mended(page: "Page", folder: Path, **cells: str) -> None:
    """The order's sheet downloaded, those cells put right, sent back."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载更正表").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    book = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        book["数据"][cell] = value
    book.save(path)
    page.set_input_files("#correction-file", path)
    page.get_by_role("button", name="上传更正表").click()
    page.wait_for_load_state()


@pytest.mark.parametrize("width", [1440, 360])
def test_clerk_closes_a_quality_order_by_the_annotated_sheet(
    browser: "Browser", live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    path = tmp_path / "表.csv"
    path.write_text(ROWS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(path, actor=SYSTEM, resource=factories.published(items=ITEMS))
        batch = Batch.objects.landed().select_related("resource__provider").get()
        create_account("clerk", "A-long-password", organisation=batch.resource.provider, roles=("clerk",))
        order = quality.turn_into_order(batch, actor=SYSTEM)
        page = entered(browser, live_server, "clerk", width)
        page.goto("/console/")
        page.get_by_role("link", name=order.title).first.click()
        page.get_by_role("button", name="接单").click()
        page.wait_for_load_state()
        page.goto(f"/console/orders/{order.number}/")
        check(page, "correction-order")
        mended(page, tmp_path, F5="2")
        assert "1 行更正入库，1 行仍不合格" in page.inner_text("main")
        mended(page, tmp_path, E5="13900139002")
        assert "都已更正" in page.inner_text("main")
        check(page, "correction-uploaded")
        page.get_by_role("link", name="看现在的环节").click()
        page.get_by_role("button", name="已整改").click()
        page.wait_for_load_state()
        deliver(Job.objects.get(kind="flow.measure").pk)
        page.goto(f"/console/orders/{order.number}/")
        assert "办结" in page.inner_text("main")
        assert not WorkOrder.objects.get(number=order.number).is_open
        check(page, "correction-closed")
        page.context.close()
