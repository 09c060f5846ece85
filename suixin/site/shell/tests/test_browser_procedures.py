"""Pages of procedures in a real browser: axe finds nothing, they fit, regions scroll by keyboard, checking tells all faults."""

from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from suixin.ground.people.tests.factories import Tree
from suixin.site.shell.tests.test_browser import faults, opened
from suixin.site.shell.tests.test_procedures import CHANGED, RESTAURANT, city, entered, published

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["city"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = "/console/procedures/open-restaurant/"
ASKED = "simulate/?start=2026-11-30&data.area=500&days.licence=12&from.1=2026-12-08&to.1=2026-12-11"
PATHS = ["/console/procedures/", "/console/procedures/new/", HERE, HERE + ASKED]


def clipped(page: "Page") -> list[str]:
    """Lines of text that are wider than their box, as the browser draws them."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll('.flow-box, .flow-chip')].flatMap(group => {
        const box = group.querySelector('rect').getBoundingClientRect();
        return [...group.querySelectorAll('text')].filter(text => {
            const line = text.getBoundingClientRect();
            return line.right > box.right || line.left < box.left || line.bottom > box.bottom + 2 || line.top < box.top - 2;
        }).map(text => text.textContent);
    })""")
    return found


@pytest.mark.any_database
@pytest.mark.parametrize("width", [1440, 360])
def test_pages_pass_axe_fit_and_clip_nothing(browser: "Browser", live_server: LiveServer, city: Tree, width: int) -> None:
    published()
    published(CHANGED)
    cookie = entered().cookies["sessionid"].value
    for path in PATHS:
        page = opened(browser, live_server.url + path, width, cookie)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert clipped(page) == [], path
        page.context.close()


def test_faults_are_told_beside_the_drawing_and_regions_scroll_by_keyboard(
    browser: "Browser", live_server: LiveServer, city: Tree
) -> None:
    page = opened(browser, f"{live_server.url}/console/procedures/new/", 360, entered().cookies["sessionid"].value)
    page.fill("textarea", RESTAURANT.replace("limit: 7wd", "limit: soon").replace("silent: deemed-approved", "silnt: x"))
    page.get_by_role("button", name="检查").click()
    page.wait_for_selector(".flow-wrong")
    assert page.locator(".flow-faults li").count() == 2
    assert faults(page) == []
    page.locator(".flow-region").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.flow-region').scrollLeft > 0")
    page.context.close()
