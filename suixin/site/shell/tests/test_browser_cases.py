"""One application in a real browser, through every hand: resident, department, approver, window clerk, supervisor; axe at each page."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from suixin.ground.people.residents.tests.factories import NUMBERS, session
from suixin.services.cases.models import Case, State
from suixin.services.cases.tests.factories import town
from suixin.site.shell.tests.test_browser_inbox import check, entered
from suixin.site.shell.tests.test_service_cases import PDF

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def as_resident(browser: "Browser", live_server: LiveServer, width: int = 1440) -> "Page":
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, base_url=live_server.url)
    context.add_cookies([{"name": "resident", "value": "browser-token", "url": live_server.url}])
    return context.new_page()


def test_one_application_through_every_hand(browser: "Browser", live_server: LiveServer, tmp_path: Path) -> None:
    place = town()
    session(place.person, "browser-token")
    paper = tmp_path / "申请表.pdf"
    paper.write_bytes(PDF)
    mine = as_resident(browser, live_server)
    mine.goto(f"/guides/{place.item.code}")
    mine.get_by_role("link", name="在线办理").click()
    check(mine, "case-apply")
    mine.get_by_role("button", name="下一步").last.click()
    mine.get_by_label("租赁").check()
    mine.get_by_label("有几名专职人员？").fill("5")
    mine.get_by_role("button", name="下一步").last.click()
    mine.locator("input[type=file]").first.set_input_files(paper)
    mine.locator("input[type=file]").last.set_input_files(paper)
    check(mine, "case-materials")
    mine.get_by_role("button", name="下一步").last.click()
    mine.get_by_label("到窗口领取").check()
    mine.get_by_label("我声明属实").check()
    mine.get_by_role("button", name="下一步").last.click()
    mine.get_by_role("button", name="提交申请").dblclick()
    mine.wait_for_url("**/my/cases/**")
    case = Case.objects.get()
    assert case.number in mine.inner_text("main")
    check(mine, "my-case")
    clerk, head = entered(browser, live_server, "clerk"), entered(browser, live_server, "department_head")
    for page, word in ((clerk, "受理"), (clerk, "审查通过"), (head, "准予")):
        page.goto(f"/console/service-cases/{case.number}/")
        page.get_by_role("link", name="去办").click()
        page.get_by_role("button", name=word, exact=True).click()
        page.wait_for_load_state()
    clerk.goto(f"/console/service-cases/{case.number}/")
    check(clerk, "service-case")
    clerk.locator("#deliver_to").fill("周玲建")
    clerk.get_by_role("button", name="登记送达").click()
    clerk.wait_for_load_state()
    mine.goto(f"/my/cases/{case.number}/")
    assert "送达回证" in mine.inner_text("main")
    assert Case.objects.get().state == State.CLOSED
    for page in (mine, clerk, head):
        page.context.close()


def test_window_is_worked_by_keyboard_and_pages_fit_a_phone(browser: "Browser", live_server: LiveServer) -> None:
    place = town()
    session(place.person, "browser-token")
    window = entered(browser, live_server, "window")
    window.goto("/console/reception/")
    check(window, "reception")
    window.keyboard.type(place.item.title[:4])  # the field has the focus from the start
    window.keyboard.press("Enter")
    window.get_by_role("link", name=place.item.title).focus()
    window.keyboard.press("Enter")
    window.get_by_role("heading", name="谁来申请").wait_for()
    for text in ("周玲建", NUMBERS["zhou"], "13900000001"):
        window.keyboard.type(text)
        window.keyboard.press("Tab")
    check(window, "reception-who")
    window.keyboard.press("Enter")  # in a field: on
    window.get_by_role("heading", name="申请内容").wait_for()
    for label in ("租赁", "已收纸质", "到窗口领取", "申请人当面声明属实"):
        for one in window.get_by_label(label, exact=True).all():
            one.focus()
            window.keyboard.press("Space")
    check(window, "reception-item")
    window.get_by_label("有几名专职人员？").focus()
    window.keyboard.type("4")
    window.keyboard.press("Enter")
    window.get_by_role("heading", name="核对并提交").wait_for()
    check(window, "reception-review")
    window.get_by_role("button", name="收件", exact=True).focus()
    window.keyboard.press("Enter")
    window.get_by_role("heading", name="这次已收").wait_for()
    case = Case.objects.get()
    phone, boss = as_resident(browser, live_server, 360), entered(browser, live_server, "supervisor", 360)
    for page, path in ((phone, "/my/cases/"), (phone, f"/my/cases/{case.number}/"), (phone, "/my/authorities/"),
                       (boss, "/console/supervision/"), (boss, f"/console/service-cases/{case.number}/"),
                       (boss, "/console/service-cases/")):
        page.goto(path)
        check(page, f"phone{path.replace('/', '-')}")
    for page in (window, phone, boss):
        page.context.close()
