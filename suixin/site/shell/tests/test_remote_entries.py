"""Entries of another platform in the catalogue: found under their platform, looked at, asked for across by a department."""

from datetime import timedelta

import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog import canon
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.tests.factories import published
from suixin.data.sharing.cascade import connecting, linking
from suixin.data.sharing.cascade.models import Link, RemoteEntry, RemoteRequest
from suixin.data.sharing.cascade.tests.factories import FakePeer, linked, written
from suixin.ground.link.models import Peer
from suixin.ground.people.models import Account, Post
from suixin.ground.people.tests.factories import tree
from suixin.ground.search import actions as search
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.site.catalogue_api import CataloguePageOut

pytestmark = pytest.mark.django_db
ITEMS = [ItemSpec("code", "编码", ItemType.TEXT, 12, is_key=True, nullable=False), ItemSpec("household", "户主姓名", ItemType.TEXT, 30)]


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        connecting.declare()
        yield


def asked(client: Client, **query: str) -> CataloguePageOut:
    """The answer of the JSON door, as its schema reads it."""
    return CataloguePageOut.model_validate(client.get("/api/v1/catalogue", query).json())


def told(peer: FakePeer, number: int, kind: str = "published") -> dict[str, object]:
    """An event of the province's catalogue."""
    content = {"items": [canon.item_content(one) for one in ITEMS], "abstract": "全省低保家庭", "share_type": "conditional"}
    return {"number": number, "kind": kind, "code": f"307/{peer.code}", "table": "households", "title": "低保家庭名单",
            "provider": "省民政厅", "version": number, "digest": "", "content": content}


def test_entry_of_the_province_is_found_looked_at_and_asked_for_and_gone_when_it_is_withdrawn(client: Client) -> None:
    peer = FakePeer()
    link, city = linked(peer), tree()
    clerk, head = Client(), Client()
    for name, browser in (("clerk", clerk), ("head_of_sharing", head)):
        account = Account.objects.create(username=name, display_name=name)
        Post.objects.create(account=account, organisation=city.department, role=name)
        browser.force_login(account)
    peer.tells(link, "entries", {"entries": [told(peer, 1)]})
    entry = RemoteEntry.objects.get()
    found = client.get("/catalogue?q=户主姓名").content.decode()
    assert all(text in found for text in ("其他平台的目录", "低保家庭名单", "省平台", "platform=sc"))
    assert "省民政厅" in client.get("/catalogue?platform=sc").content.decode()
    page = client.get(f"/catalogue/platforms/{entry.pk}").content.decode()
    assert all(text in page for text in ("全省低保家庭", "户主姓名", f"/console/cascade/ask/{entry.pk}/"))
    said = {"columns": ["code"], "law": "社会救助暂行办法", "document": "国务院令第649号", "scenario": "核对参保情况用于救助",
            "until": str(clock.today() + timedelta(days=9))}
    ask = f"/console/cascade/ask/{entry.pk}/"
    assert clerk.post(ask, said | {"scenario": "用"}).status_code == 422
    assert clerk.post(ask, said).status_code == 302
    request = RemoteRequest.objects.get()
    place = f"/console/cascade/requests/{request.uuid}/"
    assert (clerk.post(place, {"move": "send"}).status_code, written(link, "ask")) == (403, [])
    assert (head.post(place, {"move": "send"}).status_code, written(link, "ask")[0]["code"]) == (302, "307/sc")
    peer.tells(link, "answer", {"state": "supplement", "stage": "受理", "answer": "请写明条款", "due_at": ""}, about=str(request.uuid))
    assert "请写明条款" in clerk.get(place).content.decode()
    assert clerk.post(place, said | {"move": "supplement", "article": "第五十八条"}).status_code == 302
    assert (head.post(place, {"move": "send"}).status_code, written(link, "ask")[1]["article"]) == (302, "第五十八条")
    peer.tells(link, "entries", {"entries": [told(peer, 2, "withdrawn")]})
    assert "低保家庭名单" not in client.get("/catalogue?q=户主姓名").content.decode()
    assert client.get(f"/catalogue/platforms/{entry.pk}").status_code == 404


def test_programs_find_entries_of_the_province_marked_with_it_narrowed_by_it_and_gone_when_it_withdraws_them(client: Client) -> None:
    peer = FakePeer()
    link = linked(peer)
    published("towns", tuple(ITEMS))
    assert (asked(client, q="户主").elsewhere, [one.platform for one in asked(client, q="户主").data]) == ([], [""])
    peer.tells(link, "entries", {"entries": [told(peer, 1)]})
    found = asked(client, q="户主")
    [beside] = found.elsewhere
    assert (beside.platform, beside.platform_name, beside.provider, beside.share_type) == ("sc", "省平台", "省民政厅", "conditional")
    assert [piece.text for piece in beside.items if piece.marked] == ["户主"]
    assert client.get(beside.url).status_code == 200
    assert [one.table for one in found.data] == ["towns"]
    assert {one.value: one.count for one in found.facets["platform"]} == {"": 1, "sc": 1}
    only = asked(client, platform="sc", share="conditional")
    assert ([one.resource_code for one in only.data], only.meta.total, only.elsewhere) == (["307/sc"], 1, [])
    assert {one.value: one.count for one in only.facets["provider"]} == {"省民政厅": 1}
    assert not asked(client, platform="sc", share="unconditional").data
    assert not asked(client, platform="elsewhere").data
    peer.tells(link, "entries", {"entries": [told(peer, 2, "withdrawn")]})
    assert (asked(client, q="户主").elsewhere, asked(client, platform="sc").data) == ([], [])


def test_the_index_made_again_and_a_platform_under_another_name_are_told_alike(client: Client) -> None:
    peer = FakePeer()
    link = linked(peer)
    peer.tells(link, "entries", {"entries": [told(peer, 1)]})
    before = asked(client, platform="sc")
    search.rebuild("remote_entry")
    assert asked(client, platform="sc") == before
    Peer.objects.update(name="四川省平台")
    link = Link.objects.get(pk=link.pk)
    linking.connect(link.peer, linking.Terms(link.organisation, "province", "510000"), actor=SYSTEM, reason="对端改名")
    assert [one.platform_name for one in asked(client, platform="sc").data] == ["四川省平台"]
