"""The lists in a real browser: a clerk looks, files, is answered; every page passes axe and fits, wide and narrow."""

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.data.catalog import actions, demands, standing, systems
from suixin.data.catalog.demands import Wanted
from suixin.data.catalog.models import Demand
from suixin.data.catalog.systems import SystemDraft
from suixin.data.catalog.tests import offices
from suixin.ground.people.models import Account, Organisation
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser import faults, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BASE = "/console/catalogue/"


def _city() -> tuple[offices.Office, Demand, Demand]:
    """Two departments with the same item, a system over one entry, a demand to match and one to answer."""
    office = offices.office()
    askers = Organisation.objects.create(
        uscc="11510900MB00000019", name="市城市管理行政执法局", slug="chengguan", parent=office.city.department.parent
    )
    asker = offices.employ("clerk", askers, "asker")
    entry = actions.publish_resource(offices.entry(office, update_cycle="2", format_type="xlsx；数据库/人大金仓"), actor=SYSTEM)
    actions.publish_resource(offices.entry(office, table="two", title="路灯故障记录", provider=askers.uscc), actor=SYSTEM)
    standing.data_landed(entry, date(2026, 1, 1))
    draft = SystemDraft("lamps-01", "城市照明管理系统", "某科技公司", "2", ("达梦", "mysql"), live_on=date(2020, 1, 31))
    system = systems.keep_system(draft, office.city.department, actor=office.clerk)
    systems.hold_resources(system, [entry], actor=SYSTEM)
    lamps = Wanted("路灯信息", "统一维护全市照明设施，及时派单维修", "《城市道路照明管理办法》第八条", [("名称", entry.code), ("数量", "")])
    first = demands.file_demand(lamps, askers, actor=asker)
    houses = Wanted("不动产登记信息", "核验产权，不再要求申请人提交证明", "《不动产登记暂行条例》第二十五条", [("权利人", "")])
    second = demands.file_demand(houses, askers, actor=asker)
    reason = "按三定规定由该局负责，请在期限内答复"
    return office, first, demands.match_demand(second, actor=office.officer, owner=office.city.department, reason=reason)


def _signed_in(account: str) -> str:
    """A session of that account, as signing in leaves it."""
    client = Client()
    client.force_login(Account.objects.get(username=account))
    return client.cookies["sessionid"].value


@pytest.mark.any_database
@pytest.mark.parametrize("width", [1440, 360])
def test_every_page_of_the_lists_passes_axe_and_fits(browser: "Browser", live_server: LiveServer, width: int) -> None:
    _, to_match, to_answer = _city()
    for account, path in (
        ("data_officer", "lists/"), ("data_officer", "lists/?list=late"), ("data_officer", "demands/"), ("clerk", "demands/new/?q=路灯"),
        ("clerk", "demands/file/"), ("data_officer", f"demands/{to_match.uuid}/"), ("clerk", f"demands/{to_answer.uuid}/"),
        ("data_officer", "systems/"), ("clerk", "systems/lamps-01/"), ("clerk", "systems/new/"), ("data_officer", "sources/"),
        ("data_officer", "sources/item/?name=名称"),
    ):
        page = opened(browser, live_server.url + BASE + path, width, _signed_in(account))
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()


def test_a_clerk_looks_files_and_closes_and_the_officer_matches(browser: "Browser", live_server: LiveServer) -> None:
    _city()
    page = opened(browser, f"{live_server.url}/help", 1440, _signed_in("clerk"))  # the cookie is for the path that is opened first
    page.goto(f"{live_server.url}{BASE}demands/new/")
    page.get_by_label("查已有目录").fill("故障")
    page.get_by_role("button", name="搜索").click()
    assert page.get_by_role("link", name="路灯故障记录").is_visible()
    page.get_by_role("link", name="没有合适的，登记需求").click()
    page.get_by_label("信息项名称").fill("名称")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("使用场景").fill("核对故障位置")
    page.get_by_label("法律依据").fill("某办法第八条")
    page.get_by_label("每月").check()
    page.get_by_label("不限").check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交需求").click()
    page.get_by_role("heading", name="办理过程").wait_for()
    address = page.url
    officer = opened(browser, f"{live_server.url}/help", 1440, _signed_in("data_officer"))
    officer.goto(address)
    code = officer.get_by_role("row", name="路灯故障记录").locator(".code").inner_text()
    officer.get_by_label("已有目录的信息资源代码").fill(code)
    officer.get_by_role("button", name="匹配").click()
    officer.get_by_text("已办理").wait_for()
    page.goto(address)
    assert page.get_by_role("link", name="路灯故障记录").first.is_visible()
    page.get_by_label("理由").fill("已用上")
    page.get_by_role("button", name="关闭需求").click()
    page.get_by_text("已关闭").first.wait_for()
