"""A theme applied for on a telephone of 360 px, in a real browser, and followed there; axe at each page."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from suixin.data.catalog.tests import offices
from suixin.ground.people.residents.tests.factories import NAMES, NUMBERS, resident, session
from suixin.services.cases.models import Case
from suixin.services.matters.models import Matter, PartState
from suixin.services.matters.tests.factories import decide
from suixin.services.themes.tests import factories as themes
from suixin.site.shell.tests.test_browser_cases import as_resident
from suixin.site.shell.tests.test_browser_inbox import check, entered
from suixin.site.shell.tests.test_service_cases import PDF

if TYPE_CHECKING:
    from typing import Literal

    from playwright.sync_api import Browser, Page

    Role = Literal["button", "link"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_resident_applies_for_a_theme_on_a_telephone(browser: "Browser", live_server: LiveServer, tmp_path: Path) -> None:
    office = offices.office()
    themes.published("hr", office.city.department, office.city.bureau)
    session(resident("zhou"), "browser-token")
    paper = tmp_path / "申请表.pdf"
    paper.write_bytes(PDF)
    phone = as_resident(browser, live_server, 360)
    phone.goto("/themes/hr/?q1=yes")
    check(phone, "theme-result")
    assert phone.locator(".gantt-strips").is_visible()
    phone.get_by_role("link", name="一次申请").first.click()
    phone.get_by_role("button", name="下一步").last.click()
    phone.get_by_label("名称").fill("好人力")
    check(phone, "theme-apply")
    phone.get_by_role("button", name="下一步").last.click()
    phone.get_by_label("租赁").check()
    phone.get_by_label("有几名专职人员？").fill("5")
    phone.get_by_role("button", name="下一步").last.click()
    for number in range(phone.locator("input[type=file]").count()):
        phone.locator("input[type=file]").nth(number).set_input_files(paper)
    phone.get_by_role("button", name="下一步").last.click()
    phone.get_by_label("到窗口领取").check()
    phone.get_by_label("我声明属实").check()
    phone.get_by_role("button", name="下一步").last.click()
    phone.get_by_role("button", name="一次提交").dblclick()
    phone.wait_for_url("**/my/matters/**")
    matter = Matter.objects.get()
    assert matter.number in phone.inner_text("main")
    assert Case.objects.count() == 1
    for path in (f"/my/matters/{matter.number}/", "/my/cases/", "/my/calendar/", "/my/messages/"):
        phone.goto(path)
        check(phone, f"phone{path.replace('/', '-')[:12]}")
    decide(matter.parts.get(name="first"), "approve")  # committed: what follows is done at once
    assert matter.parts.get(name="second").state == PartState.HANDLED
    clerk = entered(browser, live_server, "clerk", 360)
    for path in ("/console/matters/", f"/console/matters/{matter.number}/"):
        clerk.goto(path)
        check(clerk, f"console{path.replace('/', '-')[:18]}")
    for page in (phone, clerk):
        page.context.close()


def test_window_takes_in_a_theme_by_keyboard_alone(browser: "Browser", live_server: LiveServer) -> None:
    office = offices.office()
    themes.published("hr", office.city.department, office.city.bureau)
    offices.employ("reception", office.city.bureau, "window")
    page = entered(browser, live_server, "window")
    page.goto("/console/reception/")
    page.keyboard.type("开办")  # the field has the focus from the start
    page.keyboard.press("Enter")
    go(page, "link", "开办人力公司")
    page.get_by_role("heading", name="先问申请人的情形").wait_for()
    check(page, "reception-theme")
    tick(page, "是")
    go(page, "button", "下一步")
    page.get_by_role("heading", name="谁来申请").wait_for()
    for text in (NAMES["zhou"], NUMBERS["zhou"], "13900000001"):
        page.keyboard.type(text)  # so has the first question
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # in a field: on
    page.get_by_role("heading", name="申请内容").wait_for()
    for label in ("租赁", "已收纸质", "到窗口领取", "申请人当面声明属实"):
        tick(page, label)
    write(page, {"名称": "好人力", "人数": "9", "有几名专职人员？": "4"})
    check(page, "reception-theme-form")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="核对并提交").wait_for()
    check(page, "reception-theme-review")
    go(page, "button", "收件")
    page.get_by_role("heading", name="这次已收").wait_for()
    check(page, "reception-taken")
    matter = Matter.objects.get()
    phone = entered(browser, live_server, "window", 360)
    for path in ("/console/reception/themes/hr/", "/console/reception/themes/hr/?q1=yes", f"/console/matters/{matter.number}/receipt/",
                 f"/console/reception/?visit={matter.application.visit}"):
        phone.goto(path)
        check(phone, f"phone{path.partition('?')[0].replace('/', '-')[-30:]}{len(path)}")
    for one in (page, phone):
        one.context.close()


def go(page: "Page", role: "Role", name: str) -> None:
    """That link or button pressed by the keyboard."""
    page.get_by_role(role, name=name, exact=True).last.focus()
    page.keyboard.press("Enter")


def tick(page: "Page", label: str) -> None:
    """Every choice of that name chosen by the keyboard."""
    for one in page.get_by_label(label, exact=True).all():
        one.focus()
        page.keyboard.press("Space")


def write(page: "Page", told: dict[str, str]) -> None:
    """Each field, by its label, written into by the keyboard."""
    for label, text in told.items():
        page.get_by_label(re.compile(f"^{label}")).first.focus()
        page.keyboard.type(text)
