"""Two departments in a real browser: from "I need data" to granted, supplemented, delayed, disputed, corrected and ended.

With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.errors import NoGrant
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.access.tests.factories import node_at
from suixin.data.quality.models import Doubt
from suixin.data.sharing.models import Part, Share
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office
from suixin.ground.people.models import Account
from suixin.kit import clock
from suixin.site import assets, shots
from suixin.site.shell.tests.test_browser import faults, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    assets.install_assets(with_tests=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; tests use the database beside it
    with sync_playwright() as playwright:
        started = shots.launch(playwright)
        yield started
        started.close()


class Desks:
    """A page for each person; `at` opens an address there."""

    def __init__(self, browser: "Browser", server: LiveServer, width: int) -> None:
        self.browser, self.server, self.width = browser, server, width
        self.pages: dict[str, Page] = {}

    def at(self, account: str, path: str) -> "Page":
        """That person's page, at that address."""
        if account not in self.pages:
            client = Client()
            client.force_login(Account.objects.get(username=account))
            self.pages[account] = opened(self.browser, f"{self.server.url}/help", self.width, client.cookies["sessionid"].value)
        page = self.pages[account]
        page.goto(self.server.url + path)
        return page

    def part(self, account: str) -> "Page":
        """The page of the one part there is."""
        return self.at(account, f"/console/sharing/parts/{Part.objects.get().uuid}/")

    def decide(self, account: str, word: str, *, opinion: str = "") -> None:
        """The step that waits for that person, decided."""
        page = self.part(account)
        page.locator("a.btn-primary[href*='/steps/']").click()
        if opinion:
            page.locator("#decide_reason").fill(opinion)
        page.get_by_role("button", name=word, exact=True).click()
        page.wait_for_load_state()

    def looked_at(self, page: "Page", name: str) -> None:
        """No fault of access, nothing wider than the screen."""
        assert faults(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= self.width, name
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=str(Path(folder) / f"sharing-{name}-{self.width}.png"), full_page=True)


def ask(desks: Desks) -> None:
    """Picked, stated, submitted by the clerk, consented to by the head."""
    page = desks.at("clerk", "/console/sharing/pick/?table=people_list")
    page.get_by_label("新申请的名称").fill("低保资格核对")
    desks.looked_at(page, "pick")
    page.get_by_role("button", name="放入申请").click()
    page.get_by_role("link", name="填写").click()
    for label, text in (("使用依据", "社会救助暂行办法"), ("文号", "国务院令第649号"), ("使用场景", "核对低保申请人")):
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_label("使用时限").fill(clock.today().replace(year=clock.today().year + 1).isoformat())
    desks.looked_at(page, "statement")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("已填好").wait_for()
    page.get_by_role("button", name="提交，请负责人同意").click()
    page.get_by_text("待本部门负责人同意").wait_for()
    desks.decide("head_of_sharing", "同意提出", opinion="属于本部门职责")


def supplement(desks: Desks, condition: str = "active = true") -> None:
    """Told once what is missing; the clerk states better and submits again."""
    page = desks.part("supplier")
    page.locator("a.btn-primary[href*='/steps/']").click()
    page.get_by_text("要求补正").click()
    page.get_by_label("缺少的材料或内容").fill("缺少使用范围的说明")
    page.get_by_role("button", name="一次告知补正").click()
    page.wait_for_load_state()
    page = desks.part("clerk")
    page.get_by_text("缺少使用范围的说明").first.wait_for()
    page.get_by_label("使用范围（行条件）").fill(condition)
    page.get_by_role("button", name="保存并提交").click()
    page.get_by_text("提供部门审核").first.wait_for()


def delay(desks: Desks) -> None:
    """Ten working days more, by consent of the bureau."""
    page = desks.part("supplier")
    page.locator("a.btn-primary[href*='/steps/']").click()
    page.get_by_text("延长时限").click()
    form = page.locator("details[open]")
    form.get_by_label("延长几个工作日").fill("10")
    form.get_by_label("理由").fill("须会商医保局")
    form.get_by_label("文号").fill("延期〔2026〕1号")
    form.get_by_role("button", name="延长").click()
    page.wait_for_load_state()
    desks.decide("supervision", "同意")


def dispute(desks: Desks) -> None:
    """Refused with a reason; the departments negotiate, and the provider answers anew."""
    desks.decide("supplier", "报负责人审定", opinion="建议不同意")
    desks.decide("supplier-head", "不同意共享", opinion="与本数据无关")
    page = desks.part("clerk")
    page.get_by_label("诉求和理由").fill("依据写明了第五十八条")
    page.get_by_role("button", name="提出争议").click()
    page = desks.part("supplier-head")
    page.get_by_role("link", name="看争议").click()
    page.locator("#id_outcome").select_option("share")
    page.locator("#id_text").fill("重新答复")
    desks.looked_at(page, "dispute")
    page.get_by_role("button", name="登记结果").click()
    page.get_by_text("已了结").first.wait_for()
    desks.decide("supplier", "报负责人审定", opinion="符合共享条件")
    desks.decide("supplier-head", "同意共享", opinion="同意")


def use_and_correct(desks: Desks) -> None:
    """How to call is told, use recorded, a wrong row told of."""
    share = Share.objects.get()
    page = desks.at("clerk", f"/console/sharing/shares/{share.uuid}/")
    page.get_by_text("GET /api/v1/datasets/people_list/rows").wait_for()
    desks.looked_at(page, "share")
    page.get_by_role("link", name="申请校核").click()
    page.get_by_label("编码").fill("k000002")
    page.get_by_label("哪一项有误").select_option(label="数量")
    page.get_by_label("应为").fill("12")
    page.get_by_label("依据").fill("台账第三页")
    page.get_by_role("button", name="提交校核申请").click()
    page.wait_for_url("**/doubts/")
    assert Doubt.objects.get().field == "number"


def end(desks: Desks) -> None:
    """Terminated by the provider; the clerk owes a receipt."""
    share = Share.objects.get()
    address = f"/console/sharing/shares/{share.uuid}/"
    page = desks.at("supplier-head", address)
    page.get_by_label("终止理由").fill("系统下线")
    page.get_by_label("与需求方协商情况").fill("三日已与救助局商定")
    page.get_by_role("button", name="终止共享").click()
    page.get_by_text("待主管部门备案").wait_for()
    page = desks.at("clerk", address)
    page.get_by_label("处置情况").fill("前置库中的表已删除")
    page.get_by_role("button", name="提交回执").click()
    page.get_by_text("前置库中的表已删除").first.wait_for()


def test_two_departments_from_need_to_disposal(
    browser: "Browser", live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with node_at(tmp_path, monkeypatch):
        city: Office = offices.office()
        resource = offices.entry(city)
        desks = Desks(browser, live_server, 1440)
        for work in (ask, supplement, delay, dispute):
            work(desks)
        assert open_plan(city.clerk, resource, door=Door.ROWS).fields[:2] == ("code", "name")
        use_and_correct(desks)
        end(desks)
        with pytest.raises(NoGrant):
            open_plan(city.clerk, resource, door=Door.ROWS)


@pytest.mark.any_database
@pytest.mark.parametrize("width", [1440, 360])
def test_every_page_of_sharing_passes_axe_and_fits(
    browser: "Browser", live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    with node_at(tmp_path, monkeypatch):
        city = offices.office()
        part = offices.agreed(city, offices.entry(city))
        waiting = offices.asked(city, offices.entry(city, table="other_list"))
        desks = Desks(browser, live_server, width)
        share = Share.objects.get(part=part)
        for account, path, name in (
            ("clerk", "", "desk"), ("clerk", f"requests/{part.request.uuid}/", "request"), ("supplier", f"parts/{waiting.uuid}/", "part"),
            ("supplier-head", f"shares/{share.uuid}/", "provided"), ("supplier", "supply/", "supply"),
            ("data_officer", "board/", "board"), ("data_officer", "traffic/", "traffic"), ("supervision", "violations/", "violations"),
        ):
            desks.looked_at(desks.at(account, f"/console/sharing/{path}"), name)
