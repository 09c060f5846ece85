"""A resident with a real browser: sign in at the provider, say yes, come back, look around, sign out of both."""

from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from suixin.ground.people.residents.models import Agency, ResidentSession
from suixin.site import assets
from tests.identity.conftest import Identity
from tests.identity.provider import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
MINE = ["/me/", "/me/traces/", "/me/signins/", "/me/firms/", "/me/close/"]


def sign_in(browser: "Browser", site: str, name: str, *, width: int = 360, language: str = "zh") -> "Page":
    """The person's page, reached as a person would."""
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    context.add_cookies([{"name": "language", "value": language, "url": site}])
    page = context.new_page()
    page.goto(f"{site}/login/")
    page.locator("main a.btn-primary").click()
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("button")
    page.click("input[name=allow]")
    page.wait_for_url(f"{site}/me/")
    return page


def faults(page: "Page") -> list[str]:
    """What axe-core finds, and a page that is wider than its window."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]] + ["too wide"] * wide


@pytest.mark.any_database
@pytest.mark.parametrize(("width", "language"), [(360, "zh"), (1440, "zh"), (360, "en")])
def test_pages_of_a_resident_pass_axe(browser: "Browser", live_server: LiveServer, identity: Identity, width: int, language: str) -> None:
    page = sign_in(browser, live_server.url, "feng", width=width, language=language)
    page.goto(f"{live_server.url}/me/firms/")
    page.locator("form[action='/me/firms/act/'] button").click()
    for path in MINE:
        page.goto(live_server.url + path)
        assert faults(page) == [], path
    page.context.close()


@pytest.mark.any_database
def test_pages_of_signing_in_pass_axe(browser: "Browser", live_server: LiveServer, identity: Identity) -> None:
    page = browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True).new_page()
    for path in ("/login/", "/login/province/back?state=x", "/logout/"):
        page.goto(live_server.url + path)
        assert faults(page) == [], path
    page.context.close()


def test_representative_authorises_an_agent_who_accepts(browser: "Browser", live_server: LiveServer, identity: Identity) -> None:
    boss, site = sign_in(browser, live_server.url, "feng"), live_server.url
    boss.goto(f"{site}/me/firms/")
    boss.locator("form[action='/me/firms/act/'] button").click()
    boss.fill("#id_name", "欧阳立秋")
    boss.fill("#id_id_number", "510903180002022342")
    boss.check("input[name=scopes] >> nth=0")
    boss.evaluate("document.querySelector('#id_valid_to').valueAsDate = new Date(Date.now() + 864e5 * 20)")
    boss.get_by_role("button", name="发出授权").click()
    agent = sign_in(browser, site, "ouyang")
    agent.goto(f"{site}/me/firms/")
    agent.get_by_role("button", name="接受", exact=False).first.click()
    assert agent.get_by_role("button", name="以企业名义办理").count() == 1
    assert Agency.objects.in_force().filter(kind="agent").count() == 1
    boss.context.close()
    agent.context.close()


def test_signing_out_here_then_at_the_provider(browser: "Browser", live_server: LiveServer, identity: Identity) -> None:
    page = sign_in(browser, live_server.url, "zhou")
    page.get_by_role("button", name="退出").click()
    assert not ResidentSession.objects.filter(ended_at=None).exists()
    page.get_by_role("link", name="同时退出").click()
    page.locator("input[name=allow]").click()
    page.wait_for_url(f"{live_server.url}/login/")
    page.locator("main a.btn-primary").click()
    assert page.locator("#id_password").count() == 1, "the provider asks for the password again"
    page.context.close()
