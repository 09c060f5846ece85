"""Filling in by hand in a real browser: type, paste, keep a draft, check, hand in; axe finds nothing, it fits a small window."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.data.catalog import actions
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.factories import ITEMS
from suixin.data.lake.models import Batch
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser import faults, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = "/console/resources/lamps/fill/"
SEX = ItemSpec("sex", "性别", ItemType.TEXT, 1, code_set="GB/T 2261.1")
PASTE = """([selector, text]) => {
    const held = new DataTransfer();
    held.setData("text/plain", text);
    document.querySelector(selector).dispatchEvent(new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def cookie() -> str:
    office = offices.office()
    actions.publish_resource(offices.entry(office, items=(*ITEMS, SEX)), actor=SYSTEM)
    client = Client()
    client.force_login(Account.objects.get(username="clerk"))
    return client.cookies["sessionid"].value


def pressed(page: "Page", name: str) -> None:
    """The button pressed, the next page there."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def test_typed_pasted_kept_checked_mended_and_handed_in(browser: "Browser", live_server: LiveServer, cookie: str) -> None:
    page = opened(browser, live_server.url + HERE, 1440, cookie)
    page.fill("#r0-0", "L1")
    page.select_option("#r0-4", label="1 男")
    page.evaluate(PASTE, ["#r1-0", "L2\t乙\t1,200\t明天\t女\nL3\t丙\t3\t2022-03-01\t9 未说明的性别\n"])
    assert page.input_value("#r2-4") == "9"
    pressed(page, "存为草稿")
    assert "共 3 行" in page.locator("#main").inner_text()
    pressed(page, "检查")
    assert page.locator("[aria-invalid=true]").count() == 1
    assert "明天" in page.locator("#r1-3-wrong").inner_text()
    assert faults(page) == []
    page.fill("#r1-3", "2022年3月2日")
    pressed(page, "提交入库")
    assert page.url.endswith("/console/resources/lamps/")
    batch = Batch.objects.landed().get()
    assert (batch.rows_in, batch.accepted) == (3, 3)
    page.context.close()


def test_a_block_larger_than_the_page_is_taken_whole(browser: "Browser", live_server: LiveServer, cookie: str) -> None:
    page = opened(browser, live_server.url + HERE, 1440, cookie)
    page.evaluate(PASTE, ["#r0-0", "".join(f"P{number}\t名{number}\n" for number in range(150))])
    page.wait_for_function("document.body.innerText.includes('草稿 150 行')")
    pressed(page, "检查")
    assert "150 行都可以提交" in page.locator("#main").inner_text()
    page.context.close()


@pytest.mark.any_database
@pytest.mark.parametrize("width", [1440, 360])
def test_pages_pass_axe_and_fit(browser: "Browser", live_server: LiveServer, cookie: str, width: int) -> None:
    for path in (HERE, "/console/resources/lamps/"):
        page = opened(browser, live_server.url + path, width, cookie)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()
