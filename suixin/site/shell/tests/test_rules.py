"""Rules of a resource on its pages: chosen, tried, adopted, dismissed, taken off; in a browser too."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.tests.factories import land_rows, node_at
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.quality import version_profiles
from suixin.data.quality.library import suggesting
from suixin.data.quality.models import RuleSuggestion, SuggestionState
from suixin.ground.people.actions import create_account
from suixin.ground.people.models import Organisation
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser import faults, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.django_db(transaction=True)
PLACE = "/console/resources/some_table/rules/"
SAID = {"template": "at_least", "__item": "amount", "__least": "5", "severity": "mark", "reason": "会议纪要"}


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resource]:
    with node_at(tmp_path, monkeypatch):
        made = factories.published()
        rows = [{"code": f"K{n}", "name": "甲", "amount": n, "day": date(2024, 1, 1)} for n in range(60)]
        land_rows(made, pa.Table.from_pylist(rows, schema=pa.schema([pa.field(i.field, i.arrow_type) for i in factories.ITEMS])), sm3="a")
        version_profiles.profile_due(actor=SYSTEM, then=suggesting.suggest_quietly)
        yield made


def _as(role: str, *, of: Organisation | None = None) -> Client:
    client = Client()
    client.force_login(create_account(role, "A-long-password", organisation=of or factories.bureau(), roles=(role,)))
    return client


def test_a_rule_is_chosen_tried_adopted_and_taken_off(entry: Resource) -> None:
    clerk = _as("clerk")
    assert "?template=at_least" in clerk.get(f"{PLACE}new/").content.decode()
    assert "55 个符合，5 个不符合" in clerk.post(f"{PLACE}new/", {**SAID, "_do": "try"}).content.decode()
    assert Resource.objects.get().rules == []
    assert clerk.post(f"{PLACE}new/", {**SAID, "_do": "attach"}).status_code == 302
    text = clerk.get(PLACE).content.decode()
    assert all(told in text for told in ("“数量”应不小于 5", "只标记", "还没有按它判过", "由信息项得出的检查"))
    assert clerk.post(PLACE, {"wish": "detach", "code": "at_least-amount", "reason": ""}).status_code == 422
    assert clerk.post(PLACE, {"wish": "detach", "code": "at_least-amount", "reason": "不用了"}).status_code == 302
    assert Resource.objects.get().rules == []


def test_what_does_not_fit_is_told_beside_its_field(entry: Resource) -> None:
    answer = _as("clerk").post(f"{PLACE}new/", {**SAID, "__least": "很多", "_do": "attach"})
    assert (answer.status_code, "请填数字" in answer.content.decode(), Resource.objects.get().rules) == (422, True, [])


def test_a_suggestion_shows_its_evidence_and_is_adopted_or_dismissed(entry: Resource) -> None:
    clerk, found = _as("clerk"), {one.about: one for one in RuleSuggestion.objects.all()}
    text = clerk.get(PLACE).content.decode()
    assert all(told in text for told in ("“名称”应为 甲 之一", "60 行里 60 行符合，0 行不符合", "“数量”应当填写"))
    told = {"template": "one_of", "__item": "name", "__values": "甲、乙", "severity": "reject", "reason": "采用", "_do": "attach"}
    assert clerk.post(f"{PLACE}new/?suggestion={found['one_of:name'].pk}", told).status_code == 302
    assert Resource.objects.get().contract.rules[0].expression == "\"name\" IN ('甲', '乙')"
    assert clerk.post(PLACE, {"wish": "dismiss", "suggestion": found["required:amount"].pk, "reason": "会空"}).status_code == 302
    states = dict(RuleSuggestion.objects.values_list("about", "state"))
    assert (states["one_of:name"], states["required:amount"]) == (SuggestionState.ACCEPTED, SuggestionState.DISMISSED)
    assert clerk.post(PLACE, {"wish": "suggest"}).status_code == 302
    assert RuleSuggestion.objects.get(about="required:amount").state == SuggestionState.DISMISSED


def test_another_department_neither_sees_nor_sets_rules(entry: Resource) -> None:
    other = _as("clerk", of=organisation("民政局"))
    assert [other.get(PLACE).status_code, other.get(f"{PLACE}new/").status_code] == [403, 403]
    assert other.post(PLACE, {"wish": "suggest"}).status_code == 403
    assert other.get("/console/quality-rules/").status_code == 200


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 360])
def test_a_clerk_adopts_a_rule_in_a_browser(browser: "Browser", live_server: LiveServer, entry: Resource, width: int) -> None:
    cookie = _as("clerk").cookies["sessionid"].value
    for path in ("/console/quality-rules/", PLACE, f"{PLACE}new/", f"{PLACE}new/?template=at_least"):
        page = opened(browser, live_server.url + path, width, cookie)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if "?" not in path:
            page.context.close()
    page.get_by_label("信息项").select_option("amount")
    page.get_by_label("理由").fill("会议纪要")
    page.get_by_role("button", name="采用").click()
    page.wait_for_selector("text=已采用规则")
    page.context.close()
    assert Resource.objects.get().rules[0]["code"] == "at_least-amount"
