"""Pages in a real browser: axe-core finds nothing, nothing is wider than the window, the keyboard works.

Needs Chromium (SUIXIN_CHROMIUM or on PATH) and axe-core in node_modules; without them the tests fail with a sentence.
"""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.ground.people.actions import create_account
from suixin.ground.people.models import Organisation
from suixin.site import assets, shots

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

AXE = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
PORTAL = ["/", "/datasets", "/datasets?q=none", "/catalogue", "/api", "/help", "/nothing", "/console/login/"]
CONSOLE = ["/console/", "/console/resources/", "/console/upload/", "/console/grants/", "/console/grants/new/", "/console/access/",
           "/console/applications/", "/console/applications/new/"]
WIDTHS = (1440, 360)


def opened(browser: "Browser", address: str, width: int, cookie: str = "") -> "Page":
    """The page at that width, charts drawn; with the policy by-passed only for axe's own script."""
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address)
    shots.settle(page)
    return page


def faults(page: "Page") -> list[str]:
    """What axe-core finds: rule and first element."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


def officer_cookie() -> str:
    """The session of a data officer of a fresh bureau."""
    bureau = Organisation.objects.create(uscc="11510900MB0Y12345X", name="遂宁市数据局", slug="bureau")
    create_account("officer", "A-long-password", organisation=bureau, roles=("data_officer",))
    return shots.session_cookie("officer")


@pytest.mark.parametrize("width", WIDTHS)
def test_portal_pages_pass_axe(browser: "Browser", live_server: LiveServer, width: int) -> None:
    for path in PORTAL:
        page = opened(browser, live_server.url + path, width)
        assert faults(page) == [], path
        page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_console_pages_pass_axe(browser: "Browser", live_server: LiveServer, width: int) -> None:
    cookie = officer_cookie()
    for path in CONSOLE:
        page = opened(browser, live_server.url + path, width, cookie)
        assert page.url.endswith(path)
        assert faults(page) == [], path
        page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_people_pages_pass_axe_and_fit(browser: "Browser", live_server: LiveServer, width: int) -> None:
    city = Organisation.objects.create(uscc="11510900008701231C", name="某市人民政府", slug="city")
    bureau = Organisation.objects.create(
        uscc="11510900MB0Y12345X", name="某市数据局", slug="bureau", parent=city, is_bureau=True, public_name="某市开放平台"
    )
    other = create_account("li", "A-long-password", organisation=city, roles=("leader",))
    administrator = create_account("root", "A-long-password", organisation=bureau, roles=("administrator",))
    client = Client()
    client.force_login(administrator)
    cookie = client.cookies["sessionid"].value
    paths = ["people/", "people/new/", "people/import/", f"people/{other.pk}/", "organisations/", "organisations/bureau/", "roles/"]
    for path in paths:
        page = opened(browser, f"{live_server.url}/console/{path}", width, cookie)
        assert page.url.endswith(path)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()


def test_nothing_is_wider_than_a_small_window(browser: "Browser", live_server: LiveServer) -> None:
    for path in PORTAL:
        page = opened(browser, live_server.url + path, 360)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.context.close()


def test_first_tab_reaches_the_skip_link_and_it_works(browser: "Browser", live_server: LiveServer) -> None:
    page = opened(browser, live_server.url + "/datasets", 1440)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()
