"""The page of a resource is composed of panels: who sees which, how many questions it asks, that it stays bounded."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.data.access.tests import factories as access
from suixin.data.catalog import dependences
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Resource, Use
from suixin.data.lake.models import Batch
from suixin.data.opening import actions as opening
from suixin.data.opening.tests.opened import table_with_rows
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit.actor import SYSTEM
from suixin.site.shell.panels import registry
from suixin.site.shell.panels.registry import Panel

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, PUBLIC_PAGE = "/console/resources/some_table/", "/catalogue/some_table"
EVERYBODY = ["items", "batches", "quality", "rows", "lineage", "indicators", "dependants", "life", "datasets", "retention"]
QUERIES, PUBLIC_QUERIES = 35, 12


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the node, its lake empty."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        yield folder


def enter(client: Client, role: str) -> Client:
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=Organisation.objects.get(), role=role)
    client.force_login(account)
    return client


def anchors(page: str) -> list[str]:
    """Names of the panels that the page links to, each of which must stand on it."""
    found = re.findall(r'<li><a href="#(\w+)">', page)
    assert all(f'<h2 id="{name}">' in page for name in found)
    return found


@pytest.mark.parametrize(("role", "more"), [
    ("data_officer", ["grants", "cases", "readers"]), ("clerk", ["cases"]), ("auditor", ["grants", "cases", "readers"]),
])
def test_each_reader_is_shown_the_panels_that_are_for_him(client: Client, role: str, more: list[str]) -> None:
    table_with_rows()
    page = enter(client, role).get(PAGE).content.decode()
    assert sorted(anchors(page)) == sorted(EVERYBODY + more)


def test_public_page_holds_nothing_of_the_inside(client: Client) -> None:
    resource = table_with_rows()
    opening.publish_dataset(resource, actor=SYSTEM, reason="试")
    dependences.declare(By("access.grant", "x", "授权给某某局"), [(resource, "name", Use.SHOWN)])
    Batch.objects.filter(resource=resource).update(file_name="内部文件名.csv")
    page = client.get(PUBLIC_PAGE).content.decode()
    assert {"standing", "items", "life", "lineage", "datasets"} <= set(anchors(page))
    assert not {"grants", "cases", "readers", "batches", "dependants", "rows", "retention"} & set(anchors(page))
    for inside in ("授权给某某局", "内部文件名", "发布人", "测试"):
        assert inside not in page


def test_page_asks_no_more_when_there_is_more_to_show(client: Client) -> None:
    resource = table_with_rows()
    opening.publish_dataset(resource, actor=SYSTEM, reason="试")
    enter(client, "data_officer")
    _counted(client, PAGE)  # what a process reads once
    few = _counted(client, PAGE)
    for number in range(150):
        by = By("insight.indicator", f"indicator-{number}", f"指标：指标{number}")
        dependences.declare(by, [(resource, field, Use.COMPUTED) for field in ("code", "name")])
    assert _counted(client, PAGE) == few <= QUERIES
    assert _counted(client, PUBLIC_PAGE) <= PUBLIC_QUERIES
    page = client.get(PAGE).content.decode()
    assert "另有 52 个使用方没有列出" in page
    assert "另有 144 个" in page


def test_slow_panel_is_fetched_alone_and_without_scripts_by_its_link(client: Client) -> None:
    table_with_rows()
    enter(client, "data_officer")
    page = client.get(PAGE).content.decode()
    assert 'hx-get="?panel=readers"' in page
    part = client.get(f"{PAGE}?panel=readers", headers={"HX-Request": "true"}).content.decode()
    assert "data_officer" in part
    assert "<h1>" not in part
    whole = client.get(f"{PAGE}?panel=readers").content.decode()
    assert 'hx-get="?panel=readers"' not in whole


@pytest.mark.parametrize("name", ["readers", "grants", "nonsense"])
def test_panel_that_is_not_for_the_reader_is_not_given_alone_either(client: Client, name: str) -> None:
    table_with_rows()
    enter(client, "clerk")
    assert client.get(f"{PAGE}?panel={name}", headers={"HX-Request": "true"}).status_code == 404


def test_module_adds_a_panel_and_the_page_shows_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    table_with_rows()
    monkeypatch.setattr(registry, "_panels", dict(registry._panels))
    registry.register(Panel("extra", "另一块", 15, "panels/facts.html", lambda seen: [("甲", seen.resource.table)]))
    registry.register(Panel("hidden", "看不到的一块", 16, "panels/facts.html", lambda seen: None))
    page = enter(client, "clerk").get(PAGE).content.decode()
    names = anchors(page)
    assert names[names.index("items") + 1] == "extra"
    assert "hidden" not in names


def test_lineage_draws_files_the_entry_and_what_comes_of_it(client: Client) -> None:
    resource = table_with_rows()
    opening.publish_dataset(resource, actor=SYSTEM, reason="试")
    Batch.objects.filter(resource=resource).update(file_name="某月.csv")
    page = enter(client, "data_officer").get(PAGE).content.decode()
    drawing = page[page.index('id="lineage"') :]
    drawing = drawing[: drawing.index("</svg>")]
    for shown in ("某月.csv", resource.title, "开放数据集", "授权"):
        assert shown in drawing
    assert drawing.count('class="flow-line"') >= 2


def test_empty_resource_says_in_every_panel_what_is_missing(client: Client) -> None:
    resource = table_with_rows()
    Batch.objects.filter(resource=resource).update(state="reserved")
    page = enter(client, "data_officer").get(PAGE).content.decode()
    for told in ("还没有数据入库", "没有被拒绝的行", "没有向社会开放的数据集", "还没有指标用到", "还没有登记的使用方", "还没有授权"):
        assert told in page
    assert Resource.objects.count() == 1


def _counted(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)
