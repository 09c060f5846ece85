"""The page of a resource and the card of an entry in a real browser: parts reached, nothing wider than the window, framed elsewhere."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.tests import factories as access
from suixin.data.catalog import dependences
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Resource, Use
from suixin.data.opening import actions as opening
from suixin.data.opening.tests.opened import table_with_rows
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit.actor import SYSTEM
from suixin.site import shots
from suixin.site.shell.tests.test_browser import WIDTHS, faults, opened

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]
PAGE, PUBLIC_PAGE = "/console/resources/some_table/", "/catalogue/some_table"
ELSEWHERE = "http://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the node, its lake empty."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        yield folder


@pytest.fixture
def resource() -> Resource:
    """An open resource that much depends on."""
    found = table_with_rows()
    opening.publish_dataset(found, actor=SYSTEM, reason="试")
    for number in range(9):
        by = By("insight.indicator", f"indicator-{number}", f"指标：公交运行指标第{number}项", found.provider, is_public=True)
        dependences.declare(by, [(found, field, Use.COMPUTED) for field in ("code", "name")])
    return found


@pytest.fixture
def closed() -> Resource:
    """A resource that is not open, so that every reading of it leaves a record."""
    return table_with_rows()


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another origin, on this machine too: browsers keep pages of the internet away from addresses of one's own."""

    body = ""

    def do_GET(self) -> None:
        """The page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>别处</title>{type(self).body}".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name that http.server gives it
        """Nothing is told."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of the other origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def officer() -> str:
    """The session of a data officer."""
    account = Account.objects.create(username="officer", display_name="数据专员")
    Post.objects.create(account=account, organisation=Organisation.objects.get(), role="data_officer")
    return shots.session_cookie("officer")


@pytest.mark.parametrize("width", WIDTHS)
def test_entity_pages_pass_axe_and_fit(browser: Browser, live_server: LiveServer, resource: Resource, width: int) -> None:
    cookie = officer()
    for path in (PAGE, PUBLIC_PAGE, f"{PUBLIC_PAGE}/card"):
        page = opened(browser, live_server.url + path, width, cookie)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.context.close()


def test_parts_are_reached_and_the_slow_one_comes_when_seen(browser: Browser, live_server: LiveServer, closed: Resource) -> None:
    page = opened(browser, live_server.url + PAGE, 1440, officer())
    assert page.locator("#panel-readers table").count() == 0
    page.get_by_role("navigation", name="本页内容").get_by_role("link", name="近 30 天谁读过").click()
    page.locator("#panel-readers table").wait_for()
    assert "officer" in page.locator("#panel-readers").inner_text()
    page.context.close()


def test_page_says_all_without_scripts(browser: Browser, live_server: LiveServer, closed: Resource) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": officer(), "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + PAGE)
    page.get_by_role("link", name="显示这一部分").click()
    assert "officer" in page.locator("#panel-readers").inner_text()
    assert page.locator("#panel-lineage svg").count() >= 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_card_is_shown_in_a_frame_of_another_page(
    browser: Browser, live_server: LiveServer, resource: Resource, elsewhere: str, scheme: Literal["light", "dark"]
) -> None:
    Elsewhere.body = opened(browser, live_server.url + PUBLIC_PAGE, 1440).locator("#card-code").input_value().replace("360", "280")
    page = browser.new_context(color_scheme=scheme, viewport={"width": 280, "height": 500}).new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(elsewhere)
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("link", name=resource.title).get_attribute("href") == live_server.url + PUBLIC_PAGE
    back = frame.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert (back == "rgb(255, 255, 255)") is (scheme == "light")
    assert frame.locator("body").evaluate("(body) => body.scrollWidth") <= 280
    assert [one for one in told if "favicon" not in one] == []
    page.context.close()


def test_no_other_page_of_ours_is_shown_in_a_frame(
    browser: Browser, live_server: LiveServer, resource: Resource, elsewhere: str
) -> None:
    paths = (f"{PUBLIC_PAGE}/card", PUBLIC_PAGE, "/catalogue", "/console/login/")
    Elsewhere.body = "".join(f'<iframe src="{live_server.url}{path}"></iframe>' for path in paths)
    page = browser.new_context().new_page()
    page.goto(elsewhere)
    shown, *others = [frame.url for frame in page.frames[1:]]
    assert shown == f"{live_server.url}{PUBLIC_PAGE}/card"
    assert [url.partition(":")[0] for url in others] == ["chrome-error"] * 3
    page.context.close()
