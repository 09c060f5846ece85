"""Guides as the public reads them: searched, of now and of the past, guidance answered."""

from datetime import timedelta

import pytest
from django.test import Client

from suixin.ground.people.tests.factories import tree
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.services.items import actions
from suixin.services.items.models import Item
from suixin.services.items.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> Item:
    """A guide in use."""
    return factories.published(tree().department)


def _page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


@pytest.mark.parametrize("asked", ["开中介", "kaizhongjie", "人力资源"])
def test_guide_is_found_however_it_is_asked_for(item: Item, client: Client, asked: str) -> None:
    assert f"/guides/{item.code}" in _page(client, "/guides/", q=asked)
    assert client.get("/api/v1/items", {"q": asked}).json()["data"][0]["code"] == item.code


def test_ways_in_count_what_stands_behind_them(item: Item, client: Client) -> None:
    page = _page(client, "/guides/")
    assert "人力资源 <span class=\"count\">1</span>" in page
    assert "?firm=06" in page
    assert item.title in _page(client, "/guides/", firm="06")
    assert "没有找到这样的事项" in _page(client, "/guides/", q="火星移民")


def test_guide_shows_limits_side_by_side_materials_and_questions(item: Item, client: Client) -> None:
    page = _page(client, f"/guides/{item.code}")
    for told in ("5 个工作日", "20 个工作日", "申请表", "免提交", "多久能拿证？", "0825-2220001", "在线办理"):
        assert told in page


def test_guidance_tells_the_failing_condition_and_materials_follow_the_situation(item: Item, client: Client) -> None:
    path = f"/guides/{item.code}"
    refused = _page(client, path, a1="自有", a2="2")
    assert "现在还办不了" in refused
    assert "专职人员不足 3 名" in refused
    assert "租赁合同" not in refused
    assert "租赁合同" in _page(client, path, a1="租赁", a2="3")
    assert "还不能确定" in _page(client, path, a1="租赁")
    assert "不是整数" in _page(client, path, a2="三个")


def test_past_dates_and_versions_are_read_as_they_were(item: Item, client: Client) -> None:
    with clock.frozen(clock.now() + timedelta(days=3)):
        revised = actions.revise_item(item, {**item.content, "promise_day": 4}, actor=SYSTEM)
        actions.publish_item(revised, actor=SYSTEM, reason="压缩")
        path, first = f"/guides/{item.code}", (clock.today() - timedelta(days=2)).isoformat()
        assert "4 个工作日" in _page(client, path)
        assert "现在已不是这样办" in _page(client, path, version="1")
        assert "5 个工作日" in _page(client, path, at=first)
        assert client.get(f"/api/v1/items/{item.code}", {"at": first}).json()["elements"]["promiseDay"] == 5
        assert client.get(f"/api/v1/items/{item.code}").json()["version"] == 2


def test_english_guide_shows_what_was_translated_and_marks_the_rest_as_chinese(client: Client) -> None:
    english = {"人力资源服务许可": "Permit for employment services", "申请表": "Application form", "自有": "Owned"}
    rows = [{"english_of": text, "english_text": told} for text, told in english.items()]
    item = factories.published(tree().department, english=rows)
    client.cookies["language"] = "en"
    page = _page(client, f"/guides/{item.code}", a1="自有", a2="3")
    for told in ("<h1>Permit for employment services</h1>", "<b>Application form</b>", ">Owned</label>",
                 '<b><span lang="zh-Hans">营业执照</span></b>', "Telephone for questions"):
        assert told in page
    assert "Permit for employment services" in _page(client, "/guides/", q="人力资源")
    client.cookies["language"] = "zh-hans"
    assert "<h1>人力资源服务许可</h1>" in _page(client, f"/guides/{item.code}")


@pytest.mark.parametrize(("query", "told"), [
    ({"at": "2020-01-01"}, "还没有发布"), ({"at": "昨天"}, "2026-01-31"), ({"version": "9"}, "没有第“9”版"), ({"version": "x"}, "没有第"),
])
def test_wrong_date_or_version_is_a_sentence(item: Item, client: Client, query: dict[str, str], told: str) -> None:
    answer = client.get(f"/guides/{item.code}", query)
    assert answer.status_code == 404
    assert told in answer.content.decode()


def test_basic_catalogue_and_unknown_codes_have_no_guide(item: Item, client: Client) -> None:
    assert client.get(f"/guides/{factories.BASIC}").status_code == 404
    assert client.get("/guides/nothing").status_code == 404


def test_printed_guide_has_a_code_to_scan(item: Item, client: Client) -> None:
    page = _page(client, f"/guides/{item.code}/print")
    assert "data:image/svg+xml" in page
    assert f"/guides/{item.code}?version=1" in page
