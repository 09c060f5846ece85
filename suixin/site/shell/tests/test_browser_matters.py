"""A theme applied for on a telephone of 360 px, in a real browser, and followed there; axe at each page."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from suixin.data.catalog.tests import offices
from suixin.ground.people.residents.tests.factories import resident, session
from suixin.services.cases.models import Case
from suixin.services.matters.models import Matter, PartState
from suixin.services.matters.tests.factories import decide
from suixin.services.themes.tests import factories as themes
from suixin.site.shell.tests.test_browser_cases import as_resident
from suixin.site.shell.tests.test_browser_inbox import check, entered
from suixin.site.shell.tests.test_service_cases import PDF

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
