"""One source for each item, as the bureau and a department see it: found, looked at, decided, excepted; in a browser too."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.tests import factories
from suixin.data.quality.models import DuplicateFinding, Exemption, FindingState
from suixin.data.quality.radar import scanning
from suixin.data.quality.radar.tests.world import World, world
from suixin.ground.people.models import Account
from suixin.kit import clock
from suixin.site.shell.tests.test_browser import faults, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/console/catalogue/duplicates/"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with factories.node_at(tmp_path, monkeypatch):
        made = world()
        scanning.scan_all()
        yield made


def _as(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name))
    return client


def test_the_bureau_sees_pairs_with_their_evidence_and_the_proposed_source(
    city: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    officer = _as("data_officer")
    with django_assert_max_num_queries(25):
        text = officer.get(PATH).content.decode()
    for told in ("firms名录", "taxpayers名录", "100% 的值相同", "建议数源", "400 行"):
        assert told in text
    assert _as("clerk").get(PATH).status_code == 403


def test_the_source_is_decided_for_what_was_chosen(city: World) -> None:
    name = DuplicateFinding.objects.get(left_field="name")
    told = {"finding": [name.pk], "wish": str(city.register.pk), "reason": "三定规定"}
    assert _as("data_officer").post(PATH, told).status_code == 302
    assert DuplicateFinding.objects.filter(state=FindingState.CONFIRMED).get() == name
    text = _as("data_officer").get(PATH, {"state": "confirmed"}).content.decode()
    assert ("三定规定" in text, "住所" in text) == (True, False)


@pytest.mark.parametrize(("changed", "word"), [
    ({"reason": ""}, "没有裁定"), ({"wish": ""}, "请选择哪一边"), ({"wish": "999999"}, "请选择哪一边"), ({"finding": ["x"]}, "没有选中"),
    ({"finding": []}, "没有选中"),
])
def test_an_incomplete_decision_is_told_and_changes_nothing(city: World, changed: dict[str, object], word: str) -> None:
    told = {"finding": [one.pk for one in DuplicateFinding.objects.all()], "wish": "none", "reason": "口径不同"} | changed
    answer = _as("data_officer").post(PATH, told)
    assert (answer.status_code, word in answer.content.decode()) == (422, True)
    assert not DuplicateFinding.objects.exclude(state=FindingState.OPEN).exists()


def test_an_entry_shows_what_others_hold_alike(city: World) -> None:
    text = _as("clerk").get(f"/console/resources/{city.register.table}/").content.decode()
    assert ("taxpayers名录" in text, "批准例外" in text) == (True, False)
    assert "批准例外" in _as("data_officer").get(f"/console/resources/{city.register.table}/").content.decode()


def test_the_bureau_records_an_exception(city: World) -> None:
    path = f"/console/resources/{city.copy.table}/exemption/"
    until = clock.today() + timedelta(days=30)
    assert _as("clerk").get(path).status_code == 403
    assert _as("data_officer").post(path, {"fields_chosen": ["name"], "basis": "", "until": until}).status_code == 422
    assert _as("data_officer").post(path, {"fields_chosen": ["name"], "basis": "税收征管法", "until": until}).status_code == 302
    assert Exemption.objects.get().fields == ["name"]
    assert "税收征管法" in _as("data_officer").get(f"/console/resources/{city.copy.table}/").content.decode()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 360])
def test_the_bureau_decides_in_a_browser(browser: "Browser", live_server: LiveServer, city: World, width: int) -> None:
    cookie = _as("data_officer").cookies["sessionid"].value
    for path in (f"/console/resources/{city.copy.table}/exemption/", f"/console/resources/{city.copy.table}/", PATH):
        page = opened(browser, live_server.url + path, width, cookie)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if path != PATH:
            page.context.close()
    page.get_by_label("不是重复").check()
    page.get_by_label("理由").fill("口径不同")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=已裁定 4 对信息项")
    page.context.close()
    assert DuplicateFinding.objects.filter(state=FindingState.DISMISSED).count() == 4
