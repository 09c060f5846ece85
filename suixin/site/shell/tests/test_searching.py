"""The catalogue is searched on its page, through its JSON door and in the console; each shows what it may."""

import pytest
from django.test import Client

from suixin.data.catalog import actions
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import EntryEvent, Resource, ResourceVersion
from suixin.data.catalog.tests.factories import BUREAU_USCC, bureau
from suixin.ground.people import organisations
from suixin.ground.search import actions as search
from suixin.kit.actor import SYSTEM
from suixin.site import catalogue_lean
from suixin.site.catalogue_api import CataloguePageOut

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = ['"', "'", "*", "NEAR(a b)", "title:a OR b", "a AND NOT b", "(((", "^a", "-a", "{a b}: c", "%_%", "\\", "\x00公交\x00",
           "😀🚌", "a" * 10_000,
           "公" * 10_000, "' OR 1=1 --", "|&!<->", ":*", "\ud7ff\ufffe", "ｇｊｊ", "<script>alert(1)</script>", "0gj", "x公交", "gong0ji"]


def _entry(table: str, title: str, *names: str, is_published: bool = True, **metadata: str) -> Resource:
    bureau()
    items = tuple(ItemSpec(f"f{n}", name, ItemType.TEXT, 50) for n, name in enumerate(names))
    metadata |= {"secrecy_assessment": "保密评〔模拟〕1号", "privacy_assessment": "不涉及"}
    draft = ResourceDraft(Contract("", table, title, items), BUREAU_USCC, "307001", **metadata)  # type: ignore[arg-type]  # test data
    made = actions.propose_resource(draft, actor=SYSTEM)
    return actions.publish_resource(made, actor=SYSTEM, reason="试") if is_published else made


@pytest.fixture
def three() -> None:
    """Two entries in force, one that is only proposed."""
    _entry("bus_line", "公交线路信息", "线路名称", "首班时间", theme="交通运输")
    _entry("parking", "公共停车场信息", "泊位数", "公交<b>接驳</b>", theme="城市管理", share_type="unconditional")
    _entry("bus_secret", "公交线路改造方案", "方案内容", is_published=False)


def _tables(client: Client, **query: str) -> list[str]:
    answer = client.get("/api/v1/catalogue", query)
    assert answer.status_code == 200, answer.content
    CataloguePageOut.model_validate(answer.json())
    return [line["table"] for line in answer.json()["data"]]


@pytest.mark.parametrize("question", ["公交线路", "gongjiaoxianlu", "gjxl", "公交线咯", "公交首班时间", "坐车的线路", "gongjioaxianlu"])
def test_title_stands_before_item_however_it_is_asked_for(three: None, client: Client, question: str) -> None:
    assert _tables(client, q=question)[0] == "bus_line"


def test_public_never_finds_what_is_not_in_force(three: None, client: Client) -> None:
    assert "bus_secret" not in _tables(client, q="公交线路改造方案") + _tables(client)
    assert "公交线路改造方案" not in client.get("/catalogue", {"q": "改造方案"}).content.decode()
    actions.publish_resource(Resource.objects.get(table="bus_secret"), actor=SYSTEM, reason="试")
    assert _tables(client, q="公交线路改造方案")[0] == "bus_secret"
    actions.withdraw_resource(Resource.objects.get(table="bus_secret"), actor=SYSTEM, reason="试")
    assert "bus_secret" not in _tables(client, q="公交线路改造方案")


def test_page_marks_what_was_found_and_escapes_the_rest(three: None, client: Client) -> None:
    page = client.get("/catalogue", {"q": "公交"}).content.decode()
    assert "<mark>公交线路</mark>信息" in page  # a synonym of 公交
    assert "<mark>公交</mark>&lt;b&gt;接驳&lt;/b&gt;" in page
    assert "<b>接驳" not in page


def test_facets_count_under_the_question_and_the_other_choices(three: None, client: Client) -> None:
    answer = client.get("/api/v1/catalogue", {"q": "公交", "theme": "交通运输"}).json()
    assert answer["meta"]["total"] == 1
    assert {one["value"]: one["count"] for one in answer["facets"]["theme"]} == {"交通运输": 1, "城市管理": 1}
    assert {one["value"]: one["count"] for one in answer["facets"]["share"]} == {"conditional": 1}


def test_page_shows_entries_as_they_stand_now(three: None, client: Client) -> None:
    def shown() -> dict[str, str]:
        return {line["table"]: f"{line['title']} {line['provider']}" for line in client.get("/api/v1/catalogue").json()["data"]}

    assert shown() == {"bus_line": "公交线路信息 市数据局", "parking": "公共停车场信息 市数据局"}
    organisations.rename_organisation(bureau(), "市大数据局", "大数据局", actor=SYSTEM, reason="三定")
    actions.withdraw_resource(Resource.objects.get(table="parking"), actor=SYSTEM, reason="试")
    assert shown() == {"bus_line": "公交线路信息 市大数据局"}


@pytest.mark.parametrize("question", HOSTILE)
def test_hostile_text_is_plain_text(three: None, client: Client, question: str) -> None:
    is_refused = "\x00" in question  # the site takes no NUL in any address
    for address in ("/catalogue", "/datasets"):
        assert client.get(address, {"q": question}).status_code == (400 if is_refused else 200)
    is_refused |= len(question) > 200
    assert client.get("/api/v1/catalogue", {"q": question}).status_code == (400 if is_refused else 200)


def test_rebuilding_gives_the_same_and_forgets_what_is_gone(three: None, client: Client) -> None:
    before = _tables(client, q="信息")
    EntryEvent.objects.filter(resource__table="parking").delete()
    ResourceVersion.objects.filter(resource__table="parking").delete()
    Resource.objects.filter(table="parking").delete()
    assert search.rebuild("resource") == 2
    assert _tables(client, q="信息") == [table for table in before if table != "parking"]


def _lean(query: str, **environ: str) -> tuple[list[tuple[str, str]], bytes] | None:
    heads: list[tuple[str, str]] = []
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/catalogue", "QUERY_STRING": query, **environ}
    body = catalogue_lean.answer_or_none(asked, lambda status, headers: heads.extend(headers))  # type: ignore[arg-type]  # WSGI
    return None if body is None else (heads, b"".join(body))


@pytest.mark.parametrize("query", ["", "q=%E5%85%AC%E4%BA%A4", "q=gongjiao&page_size=1", "q=x&theme=%E4%BA%A4%E9%80%9A%E8%BF%90%E8%BE%93"])
def test_lean_route_answers_as_django_does(three: None, client: Client, query: str) -> None:
    through_django = client.get(f"/api/v1/catalogue?{query}")
    lean = _lean(query)
    assert lean is not None
    assert lean[1] == through_django.content
    assert dict(lean[0])["Content-Type"] == through_django.headers["Content-Type"]
    assert dict(lean[0])["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "environ"),
    [("q=%00", {}), ("colour=red", {}), ("page=0", {}), ("q=" + "a" * 201, {}), ("q=%ff", {}), ("", {"REQUEST_METHOD": "POST"}),
     ("", {"HTTP_AUTHORIZATION": "Bearer x"}), ("", {"HTTP_COOKIE": "language=en"}), ("", {"PATH_INFO": "/api/v1/catalogue/x"})],
)
def test_lean_route_leaves_to_django_what_is_not_plain(three: None, query: str, environ: dict[str, str]) -> None:
    assert _lean(query, **environ) is None


def test_lean_route_leaves_a_fault_to_django(three: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_lean, "sought", lambda query: (_ for _ in ()).throw(RuntimeError("broken")))
    assert _lean("q=a") is None
