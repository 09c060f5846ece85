"""A clerk imports a sheet in a real browser: progress, then the verdict, without pressing anything; and without JavaScript."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.test_exchange import GOOD, ITEM, book
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.running import deliver
from suixin.ground.people.models import Account
from suixin.site.shell.tests.test_browser import faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _page(browser: "Browser", server: LiveServer, *, width: int = 1440, with_scripts: bool = True) -> tuple["Page", bytes]:
    """The form as a clerk has it, and a workbook with a good entry and a bad one."""
    ours = offices.office().city.department.uscc
    client = Client()
    client.force_login(Account.objects.get(username="clerk"))
    rows = [GOOD | {"provider": ours}, GOOD | {"provider": ours, "title": "广场", "share_type": "看着办"}]
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=with_scripts, bypass_csp=True)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}/console/catalogue/")
    return page, book(rows, [ITEM, ITEM | {"resource": "广场"}])


def test_sheet_is_brought_while_the_page_tells_how_it_stands(browser: "Browser", live_server: LiveServer) -> None:
    page, content = _page(browser, live_server, width=360)
    page.set_input_files("input[type=file]", {"name": "目录.xlsx", "mimeType": "application/octet-stream", "buffer": content})
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/imports/**")
    assert faults(page) == []
    deliver(Job.objects.get().pk)
    page.get_by_role("heading", name="导入结果").wait_for()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_text("可选 无条件共享").count() == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="下载标注问题的文件").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert Resource.objects.count() == 1


def test_without_javascript_a_link_looks_again(browser: "Browser", live_server: LiveServer) -> None:
    page, content = _page(browser, live_server, with_scripts=False)
    page.set_input_files("input[type=file]", {"name": "目录.xlsx", "mimeType": "application/octet-stream", "buffer": content})
    page.get_by_role("button", name="上传并检查").click()
    deliver(Job.objects.get().pk)
    page.get_by_role("link", name="刷新").click()
    assert page.get_by_role("heading", name="导入结果").count() == 1
