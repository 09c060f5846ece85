"""Signing in with a real browser: authenticator, passkey (a virtual one of Chromium), recovery code, forced change, lock-out.

Passkeys need a host name, so the browser goes to http://localhost.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django_otp.oath import totp as totp_code
from pytest_django.live_server_helper import LiveServer

from suixin.ground.people.actions import create_account
from suixin.ground.people.factors import totp
from suixin.ground.people.models import Account, Organisation
from suixin.site.shell.tests.test_browser import faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD, NEW = "A-long-password", "Another-long-1"


@pytest.fixture
def page(browser: "Browser", live_server: LiveServer) -> Iterator["Page"]:
    """A fresh browser at the login page of a site by name."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto(live_server.url.replace("127.0.0.1", "localhost") + "/console/login/")
    yield opened
    context.close()


def member(*, role: str = "auditor", must_change: bool = False) -> Account:
    """An account that must have a second factor, unless its role says otherwise."""
    place = Organisation.objects.create(uscc="11510900MB0Y12345X", name="遂宁市数据局", slug="bureau")
    return create_account("li", PASSWORD, organisation=place, roles=(role,), must_change=must_change)


def sign_in(page: "Page", password: str = PASSWORD) -> None:
    page.get_by_label("账号").fill("li")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def sign_out(page: "Page") -> None:
    page.get_by_role("button", name="退出").click()
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/console/login/")


def virtual_authenticator(page: "Page") -> None:
    """A platform authenticator in the browser that verifies its holder."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_authenticator_is_enrolled_on_the_way_in_and_asked_for_from_then_on(page: "Page") -> None:
    account = member()
    sign_in(page)
    page.get_by_role("link", name=re.compile("登记验证器")).click()
    assert page.locator("img.qr").evaluate("image => image.naturalWidth > 100")
    key = totp.key_of(totp.begin(account))
    page.get_by_label("6 位验证码").fill(f"{totp_code(key, drift=-1):06}")
    page.get_by_role("button", name="启用验证器").click()
    codes = page.locator(".codes code").all_inner_texts()
    page.get_by_role("link", name=re.compile("继续")).click()
    assert page.get_by_role("button", name="退出").is_visible()
    sign_out(page)
    sign_in(page)
    page.get_by_label("6 位验证码").fill(f"{totp_code(key):06}")
    page.get_by_role("button", name="继续", exact=True).click()
    assert page.get_by_role("button", name="退出").is_visible()
    sign_out(page)
    sign_in(page)
    page.get_by_text("用恢复码").first.click()
    page.get_by_label("恢复码").fill(codes[0])
    page.get_by_role("button", name="用恢复码继续").click()
    assert page.get_by_role("button", name="退出").is_visible()


def test_passkey_is_registered_then_asked_as_second_step_then_enough_alone(page: "Page") -> None:
    member()
    virtual_authenticator(page)
    sign_in(page)
    page.get_by_role("link", name=re.compile("登记通行密钥")).click()
    page.get_by_label("给它起个名称").fill("办公电脑")
    page.get_by_role("button", name="登记这个设备").click()
    page.get_by_role("link", name=re.compile("继续")).click()
    sign_out(page)
    sign_in(page)
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url("**/console/")
    sign_out(page)
    page.get_by_role("link", name="用通行密钥登录").click()
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url("**/console/")
    page.goto(page.url + "account/")
    assert page.get_by_text("通行密钥 办公电脑").is_visible()


def test_passkey_that_the_device_does_not_have_is_told_in_a_sentence(page: "Page") -> None:
    virtual_authenticator(page)
    page.get_by_role("link", name="用通行密钥登录").click()
    page.get_by_role("button", name="使用通行密钥").click()
    page.get_by_text("没有完成").wait_for()


def test_given_password_is_changed_before_anything_opens(page: "Page") -> None:
    member(role="clerk", must_change=True)
    sign_in(page)
    page.get_by_label("新密码", exact=False).first.fill(NEW)
    page.get_by_label("再输一遍新密码").fill(NEW)
    page.get_by_role("button", name="保存并继续").click()
    assert page.get_by_role("button", name="退出").is_visible()


def test_locked_account_is_told_so(page: "Page") -> None:
    member()
    guesser = Client()
    for _ in range(10):
        guesser.post("/console/login/", {"username": "li", "password": "wrong"})
    sign_in(page)
    assert page.get_by_text("登录失败次数过多").is_visible()


@pytest.mark.any_database
@pytest.mark.parametrize("width", [1440, 360])
def test_pages_of_ones_account_pass_axe(browser: "Browser", live_server: LiveServer, width: int) -> None:
    inside = Client()
    inside.force_login(member())
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    base = live_server.url.replace("127.0.0.1", "localhost")
    context.add_cookies([{"name": "sessionid", "value": inside.cookies["sessionid"].value, "url": base}])
    page = context.new_page()
    for path in ("account/", "account/password/", "account/totp/", "account/passkey/", "account/tokens/", "account/confirm/"):
        page.goto(f"{base}/console/{path}")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
