"""The page that shows how to call a resource, and tries a call with the reader's own rights."""

import sqlite3

import pytest
from django.urls import reverse

from suixin.data.access import log
from suixin.data.access.models import SubjectKind
from suixin.data.access.tests.factories import BUREAU, HOSPITAL, filled, grant, node_at
from suixin.ground.people.applications import create_application, set_reach
from suixin.ground.people.models import Account, Application, Organisation, Post
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
PAGE = "/console/resources/people_list/calls/"


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch) as folder:
        yield folder


@pytest.fixture
def clerk(client):
    """A clerk of the hospital, whose department was granted names masked."""
    resource = filled(30, has_lookup=True)
    hospital = Organisation.objects.create(uscc=HOSPITAL, name="市医院", slug="hospital", parent=Organisation.objects.get(uscc=BUREAU))
    account = Account.objects.create(username="clerk", display_name="经办")
    Post.objects.create(account=account, organisation=hospital, role="clerk")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=HOSPITAL, columns=["name", "amount"], doors=["gateway", "verify"])
    return client


def test_it_shows_every_interface_in_every_language(clerk):
    create_application(Organisation.objects.get(uscc=HOSPITAL), "医院系统", app_id="hospital-app", actor=SYSTEM)
    page = clerk.get(PAGE).content.decode()
    for action in ("lookup", "verify", "rows", "aggregate"):
        assert f"POST /gateway/people_list/{action}" in page
    assert page.count("<summary>Java</summary>") == 4
    assert "k00000" not in page


def test_try_shows_what_the_own_grant_shows_and_is_logged(clerk):
    page = clerk.post(PAGE, {"key_code": "k000003", "item": "", "claimed": ""}).content.decode()
    assert ("张*" in page, "13800000003" in page) == (True, False)
    page = clerk.post(PAGE, {"key_code": "k000003", "item": "amount", "claimed": "0.75"}).content.decode()
    assert "<b>一致</b>" in page
    log.settle()
    with sqlite3.connect(log.path()) as connection:
        told = connection.execute("SELECT subject, door, rows, request FROM access ORDER BY id").fetchall()
    assert told == [("clerk", "gateway", 1, "try"), ("clerk", "verify", 1, "try")]


@pytest.mark.parametrize(("form", "status", "word"), [
    ({"key_code": "k000003", "item": "name", "claimed": "张3"}, 403, "name@verify"), ({"key_code": "", "item": ""}, 422, "key_code"),
    ({"key_code": "k000003", "item": "phone", "claimed": "1"}, 403, "phone"), ({"key_code": "none", "item": ""}, 200, "查无"),
])  # fmt: skip
def test_what_is_not_granted_or_not_there_is_told(clerk, form, status, word):
    answer = clerk.post(PAGE, form)
    assert (answer.status_code, word in answer.content.decode()) == (status, True)


def test_reach_of_an_application_is_set_on_its_page_with_a_reason(client):
    bureau = Organisation.objects.create(uscc=BUREAU, name="市数据局", slug="data-bureau")
    create_application(bureau, "系统", app_id="app", actor=SYSTEM)
    account = Account.objects.create(username="head", display_name="负责人")
    Post.objects.create(account=account, organisation=bureau, role="head_of_sharing")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("console-application-reach", args=["app"])
    assert "网段" in client.post(address, {"networks": "10.0.0.0/99", "reason": "收紧"}).content.decode()
    assert client.post(address, {"networks": "10.0.0.0/8\n\n192.168.1.5", "styles": ["irs"], "reason": "收紧"}).status_code == 302
    held = Application.objects.get(app_id="app")
    assert (held.networks, held.styles) == (["10.0.0.0/8", "192.168.1.5/32"], ["irs"])
    assert "10.0.0.0/8" in client.get(reverse("console-application", args=["app"])).content.decode()
    set_reach(held, networks=[], styles=[], actor=SYSTEM, reason="放开")
