"""Entries of another platform in the catalogue: found under their platform, looked at, asked for across by a department."""

from datetime import timedelta

import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog import canon
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.sharing.cascade import connecting
from suixin.data.sharing.cascade.models import RemoteEntry, RemoteRequest
from suixin.data.sharing.cascade.tests.factories import FakePeer, linked, written
from suixin.ground.people.models import Account, Post
from suixin.ground.people.tests.factories import tree
from suixin.kit import clock

pytestmark = pytest.mark.django_db
ITEMS = [ItemSpec("code", "编码", ItemType.TEXT, 12, is_key=True, nullable=False), ItemSpec("household", "户主姓名", ItemType.TEXT, 30)]


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        connecting.declare()
        yield


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
