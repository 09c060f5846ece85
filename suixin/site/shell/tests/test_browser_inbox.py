"""One thing from start to end in a real browser: found in the inbox, claimed, supplemented, suspended, delegated, decided.

With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.tests import factories as made
from suixin.ground.people.models import Account, Organisation
from suixin.kit import clock
from suixin.site import shots
from suixin.site.shell.tests.test_browser import faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1440, 768, 360)
FIELDS = {"店名": "C", "面积": "N", "有无明火": "L"}


def city() -> Instance:
    """A procedure whose suspensions a head approves, several instances of it, and people with names."""
    nodes = made.straight().nodes
    rules = {"approvers": {"suspend": "department_head"}, "fields": FIELDS}
    cast = made.world(Declaration("open-shop", "开办餐馆", nodes, basis="食品安全法", **rules))  # type: ignore[arg-type]  # as declared
    place = Organisation.objects.get(slug="alpha")
    Organisation.objects.filter(slug="alpha").update(name="市场监督管理局", short_name="市监局")
    made.account("wang", place)
    for username, name in (("alpha-clerk", "李明"), ("alpha-head", "周局"), ("wang", "王芳")):
        Account.objects.filter(username=username).update(display_name=name)
    starter = made.staff("alpha-clerk", place)
    data = {"店名": "甲店", "面积": 320, "有无明火": True}
    titles = ("甲店开业许可", "乙火锅店扩建增加营业面积并变更法定代表人的食品经营许可", "丙超市", "丁面馆")
    [first, *rest] = [made.started("open-shop", starter, data=data, title=title) for title in titles]
    for days, colour, one in ((-4, "red", rest[0]), (1, "amber", rest[1])):
        Step.objects.filter(instance=one).update(due_at=clock.now() + timedelta(days=days), colour=colour)
        Instance.objects.filter(pk=one.pk).update(due_at=clock.now() + timedelta(days=days), colour=colour)
    assert cast
    return first


def entered(browser: "Browser", live_server: LiveServer, username: str, width: int = 1440) -> "Page":
    client = Client()
    client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context.new_page()


def check(page: "Page", name: str) -> None:
    """No fault for axe, nothing wider than the window; a picture where they are wanted."""
    shots.settle(page)
    if folder := os.environ.get("PICTURES"):
        size = page.viewport_size
        page.screenshot(path=Path(folder) / f"{name}-{size['width'] if size else 0}.png", full_page=True)
    assert faults(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def fill(page: "Page", move: str, **values: str) -> None:
    """The form of that move, opened, filled and sent."""
    button = page.locator(f"button[value='{move}']")
    folded = page.locator("details:not([open])", has=button)
    if folded.count():
        folded.locator("summary").click()
    for name, value in values.items():
        button.locator("xpath=ancestor::form").locator(f"[name={name}]").fill(value)
    button.click()


def test_one_thing_from_inbox_to_history(browser: "Browser", live_server: LiveServer) -> None:
    instance = city()
    clerk = entered(browser, live_server, "alpha-clerk")
    clerk.goto("/console/?q=甲店")
    clerk.get_by_role("link", name="甲店开业许可").click()
    clerk.get_by_role("button", name="认领").click()
    fill(clerk, "supplement", missing="营业执照\n平面图")
    supplement = Step.objects.get(instance=instance, kind="supplement")
    clerk.goto(f"/console/steps/{supplement.uuid}/")
    assert "营业执照、平面图" in clerk.inner_text("main")
    fill(clerk, "answer", reason="已补交两项")
    task = instance.steps.get(kind="task")
    clerk.goto(f"/console/steps/{task.uuid}/")
    fill(clerk, "suspend", reason="等鉴定结论", legal_basis="行政许可法第四十五条", document="遂市监〔2026〕3号")
    head = entered(browser, live_server, "alpha-head")
    head.goto("/console/")
    head.get_by_role("link", name="甲店开业许可").click()
    assert "等鉴定结论" in head.inner_text("main")
    check(head, "approval")
    head.get_by_role("button", name="同意", exact=True).click()
    clerk.reload()
    fill(clerk, "resume", reason="鉴定结论已出")
    clerk.goto("/console/delegations/")
    clerk.select_option("#id_receiver", label="王芳")
    clerk.fill("#id_until", str(clock.today()))
    clerk.fill("#id_since", str(clock.today()))
    clerk.fill("#id_reason", "出差")
    clerk.get_by_role("button", name="委托").click()
    check(clerk, "delegations")
    other = entered(browser, live_server, "wang")
    other.goto("/console/?holder=delegated")
    other.get_by_role("link", name="甲店开业许可").click()
    other.fill("[name=reason]", "材料齐全")
    other.get_by_role("button", name="受理", exact=True).click()
    assert "已办理" in other.inner_text("main")
    other.goto(f"/console/cases/{instance.uuid}/")
    told = other.inner_text("main")
    for text in ("补正", "已补正", "申请挂起", "恢复", "王芳（代李明）", "周局", "材料齐全"):
        assert text in told, text
    check(other, "case")
    for page in (clerk, head, other):
        page.context.close()


@pytest.mark.any_database
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_pass_axe_and_fit(browser: "Browser", live_server: LiveServer, width: int) -> None:
    instance = city()
    page = entered(browser, live_server, "alpha-clerk", width)
    for name, path in {
        "inbox": "", "inbox-none": "?q=nothing", "step": f"steps/{made.step_of(instance, 'accept').uuid}/",
        "case-new": f"cases/{instance.uuid}/", "cases": "cases/", "started": "started/", "late": "late/",
        "league": "league/?minimum=1", "delegations-none": "delegations/",
    }.items():  # fmt: skip
        page.goto(f"/console/{path}")
        check(page, name)
    page.context.close()


def test_keyboard_is_enough(browser: "Browser", live_server: LiveServer) -> None:
    instance = city()
    page = entered(browser, live_server, "alpha-clerk")
    page.goto("/console/?q=甲店")
    page.locator("input[name=step]").focus()
    page.keyboard.press("Space")
    assert "1" in page.locator("[data-check-all] [role=status]").inner_text()
    page.locator("#bulk-reason").focus()
    page.keyboard.type("齐全")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "1 项全部完成" in page.inner_text("main")
    assert made.step_of(instance, "accept").outcome == "approve"
    page.context.close()
