"""The resource page of the console: readings leave a record, a dataset is taken off the portal with a reason."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import F
from django.test import Client

from suixin.data.access import log
from suixin.data.access.tests import factories as access
from suixin.data.catalog.models import Resource
from suixin.data.lake.models import Batch
from suixin.data.opening import actions as opening
from suixin.data.opening.tests.opened import table_with_rows
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/console/resources/some_table/"


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the node, its lake empty."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        yield folder


def enter(client: Client, role: str) -> None:
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=Organisation.objects.get(), role=role)
    client.force_login(account)


def readings() -> list[tuple[str, str, int]]:
    log.settle()
    if not log.path().exists():
        return []
    with sqlite3.connect(log.path()) as connection:
        return connection.execute("SELECT subject, action, rows FROM access").fetchall()


def test_preview_of_a_resource_that_is_not_open_leaves_one_record(client: Client) -> None:
    table_with_rows()
    enter(client, "data_officer")
    assert client.get(PAGE).status_code == 200
    assert readings() == [("data_officer", "preview", 3)]


def test_preview_of_an_open_resource_leaves_none(client: Client) -> None:
    opening.publish_dataset(table_with_rows(), actor=SYSTEM, reason="试")
    enter(client, "data_officer")
    assert client.get(PAGE).status_code == 200
    assert readings() == []


@pytest.mark.parametrize(("role", "may"), [("data_officer", True), ("auditor", False), ("leader", False)])
def test_buttons_and_links_are_shown_to_who_may_use_them(client: Client, role: str, may: bool) -> None:
    resource = table_with_rows()
    Batch.objects.filter(resource=resource).update(rejected=2, rows_in=F("accepted") + 2)
    enter(client, role)
    page = client.get(PAGE).content.decode()
    assert ("授权给部门" in page) is may
    assert ("/rejects/" in page) is may


@pytest.mark.parametrize(("role", "heading"), [
    ("data_officer", "等您确认的目录"), ("department_head", "待确认的目录"), ("clerk", ""),
])
def test_proposals_are_called_the_readers_own_only_where_one_word_is_enough(client: Client, role: str, heading: str) -> None:
    Resource.objects.filter(pk=table_with_rows().pk).update(state="proposed")
    enter(client, role)
    told = client.get("/console/").context["desk"]
    assert [stat.value for stat in told.figures if stat.label == "待确认目录"] == (["1"] if heading else [])
    assert (len(told.proposals.rows) if told.proposals else 0) == bool(heading)
    assert f">{heading}</h2>" in client.get("/console/").content.decode() or not heading


def test_officer_takes_a_dataset_off_the_portal_with_a_reason(client: Client) -> None:
    dataset = opening.publish_dataset(table_with_rows(), actor=SYSTEM, reason="试")
    enter(client, "data_officer")
    assert client.post(PAGE, {"reason": ""}).status_code == 422
    assert client.post(PAGE, {"reason": "发现个人信息"}).status_code == 302
    dataset.refresh_from_db()
    assert dataset.state == "withdrawn"


def test_clerk_takes_nothing_off_the_portal(client: Client) -> None:
    dataset = opening.publish_dataset(table_with_rows(), actor=SYSTEM, reason="试")
    enter(client, "clerk")
    assert client.post(PAGE, {"reason": "试"}).status_code == 422
    assert Client(enforce_csrf_checks=True).post(PAGE, {"reason": "试"}).status_code == 403
    dataset.refresh_from_db()
    assert dataset.state == "published"


@pytest.mark.parametrize(("role", "sees"), [("clerk", False), ("data_officer", True)])
def test_grants_of_a_resource_are_shown_to_whom_the_grants_page_is_open(client: Client, role: str, sees: bool) -> None:
    access.grant(table_with_rows(), basis="某号文件")
    enter(client, role)
    assert ("某号文件" in client.get(PAGE).content.decode()) is sees
