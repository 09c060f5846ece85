"""The card of an entry in other people's pages, its description for them, the feed of changes: nothing of it can be turned on us."""

import xml.etree.ElementTree as ET
from html import unescape
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.data.catalog import actions
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&]]>\x08'
CARD, ENTRY = "/catalogue/some_table/card", "http://testserver/catalogue/some_table"


def described(client: Client, address: str, **more: str) -> dict[str, object]:
    asked = "&".join(f"{name}={value}" for name, value in more.items())
    answer = client.get(f"/oembed?url={quote(address, safe='')}&{asked}".rstrip("&"))
    told: dict[str, object] = answer.json()
    return told | {"status": answer.status_code, "location": answer.headers.get("Location", "")}


def test_card_may_be_framed_and_nothing_else_may(client: Client) -> None:
    factories.published(is_simulated=True)
    card = client.get(CARD)
    policy = card.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "X-Frame-Options" not in card
    assert "<script" not in card.content.decode()
    assert "Set-Cookie" not in card
    for path in ("/catalogue/some_table", "/catalogue", "/", "/catalogue/none/card", "/oembed", "/catalogue/changes.atom"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Frame-Options"] == "DENY", path


def test_card_is_small_says_the_essentials_and_is_kept(client: Client) -> None:
    factories.published(update_cycle="4", open_type="conditional", open_condition="签协议")
    with CaptureQueriesContext(connection) as asked:
        card = client.get(CARD)
    text = card.content.decode()
    assert len(asked) <= 3
    assert len(text) < 4_000
    for told in ("某资源", "市数据局", "有条件共享", "有条件开放", "每月"):
        assert told in text
    again = client.get(CARD, headers={"if-none-match": card.headers["ETag"]})
    assert (again.status_code, "max-age=300" in again.headers["Cache-Control"]) == (304, True)
    assert "Monthly" in client.get(f"{CARD}?language=en").content.decode()


def test_card_of_what_is_not_in_force_is_not_there(client: Client) -> None:
    resource = actions.propose_resource(factories.draft(), actor=SYSTEM)
    hidden = client.get(CARD)
    assert hidden.status_code == 404
    assert described(client, ENTRY)["status"] == 404
    absent = client.get("/catalogue/nothing/card")  # nobody learns by the sentence what is being prepared
    assert all("，或它没有发布、已撤销；" in one.content.decode() for one in (hidden, absent))
    actions.withdraw_resource(actions.publish_resource(resource, actor=SYSTEM), actor=SYSTEM, reason="试")
    assert client.get(CARD).status_code == 404


def test_hostile_title_stays_text_everywhere(client: Client) -> None:
    resource = factories.published()
    Resource.objects.filter(pk=resource.pk).update(title=EVIL)
    Organisation.objects.update(name=EVIL[:100])
    for path in (CARD, "/catalogue/some_table", "/catalogue/changes.atom"):
        text = client.get(path).content.decode()
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
    html = str(described(client, ENTRY)["html"])
    assert html.count("<") == 2
    assert unescape(html.split('title="')[1].split('"')[0]) == EVIL
    ET.fromstring(client.get("/catalogue/changes.atom").content)


@pytest.mark.parametrize("address", [
    "", "x", "//evil.example/catalogue/some_table", "https://evil.example/catalogue/some_table",
    "javascript:alert(1)//catalogue/some_table",
    "http://testserver@evil.example/catalogue/some_table", "http://evil.example\\@testserver/catalogue/some_table",
    "http://testserver:81/catalogue/some_table", "ftp://testserver/catalogue/some_table", "http://testserver/console/",
    "http://testserver/catalogue/some_table/../../console", "http://testserver/catalogue/some_table%00", "http://[::1",
    "/catalogue/some_table", "http://user:word@testserver/catalogue/some_table",
])
def test_addresses_that_are_not_ours_are_not_described(client: Client, address: str) -> None:
    factories.published()
    found = described(client, address)
    assert found["status"] == 404 or (found["status"] == 400 and "%00" in address)
    assert found["location"] == ""
    assert "html" not in found
    assert "evil" not in str(found)


def test_description_holds_the_frame_of_our_own_address(client: Client) -> None:
    factories.published()
    for address in (ENTRY, f"{ENTRY}/card", f"{ENTRY}?lang=en#x"):
        found = described(client, address)
        assert (found["status"], found["version"], found["type"]) == (200, "1.0", "rich")
        assert f'src="{ENTRY}/card"' in str(found["html"])
    assert described(client, ENTRY, maxwidth="300", maxheight="9999")["width"] == 300
    assert described(client, ENTRY, maxwidth="1")["width"] == 280
    assert described(client, ENTRY, maxwidth="x")["status"] == 400
    assert described(client, ENTRY, format="xml")["status"] == 501


def test_page_of_the_entry_offers_the_code_and_its_description(client: Client) -> None:
    factories.published()
    page = client.get("/catalogue/some_table").content.decode()
    assert 'type="application/json+oembed"' in page
    assert unescape(page).count(f'<iframe src="{ENTRY}/card"') == 1


def test_feed_tells_each_event_once_and_is_well_formed(client: Client) -> None:
    first = factories.published("first")
    actions.withdraw_resource(first, actor=SYSTEM, reason="试", superseded_by=factories.published("second"))
    answer = client.get("/catalogue/changes.atom")
    tree = ET.fromstring(answer.content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    titles = [one.findtext("a:title", "", names) for one in tree.findall("a:entry", names)]
    assert [one.split("：")[0] for one in titles] == ["被取代", "发布", "发布"]
    assert len({one.findtext("a:id", "", names) for one in tree.findall("a:entry", names)}) == 3
    assert client.get("/catalogue/changes.atom", headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    assert "application/atom+xml" in client.get("/catalogue").content.decode()
