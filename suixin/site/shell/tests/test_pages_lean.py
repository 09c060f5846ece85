"""Public pages before Django: made once for as long as what they show stands, and never stale."""

from datetime import timedelta

import pytest
from django.test import Client

from suixin.data.catalog import actions as catalogue
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.factories import BUREAU_USCC, bureau
from suixin.ground.people.tests.factories import tree
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.services.items import actions
from suixin.services.items.models import Item
from suixin.services.items.tests import factories
from suixin.services.themes import actions as theme_actions
from suixin.services.themes import queries as themes
from suixin.services.themes.tests import factories as theme_factories
from suixin.site import pages_lean

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    pages_lean.forget()
    monkeypatch.setattr(pages_lean, "close_old_connections", lambda: None)  # the test's own transaction


@pytest.fixture
def item() -> Item:
    """A guide in use."""
    return factories.published(tree().department)


class Lean:
    """The door before Django, with Django's answers counted."""

    def __init__(self, **more: str) -> None:
        self.made, self.more = 0, more

    def django(self, environ, start_response):
        self.made += 1
        answer = Client().get(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        start_response(f"{answer.status_code} OK", list(answer.headers.items()))
        return [answer.content]

    def get(self, path: str, query: str = "") -> tuple[str, str, dict[str, str]]:
        told: list[tuple[str, list[tuple[str, str]]]] = []
        environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": query, "HTTP_HOST": "testserver", **self.more}
        body = pages_lean.answer_or_none(environ, lambda status, headers, *_: told.append((status, headers)), self.django)  # type: ignore[arg-type]  # WSGI
        assert body is not None
        return told[0][0], b"".join(body).decode(), dict(told[0][1])


def test_guide_is_rendered_once_for_each_version(item: Item) -> None:
    lean, path = Lean(), f"/guides/{item.code}"
    first, second = lean.get(path), lean.get(path)
    assert (first[0], second[0], lean.made) == ("200 OK", "200 OK", 1)
    assert second[1] == first[1]
    assert second[2]["X-Trace-Id"] != first[2].get("X-Trace-Id")
    assert second[2]["Content-Security-Policy"] == first[2]["Content-Security-Policy"]
    actions.pause_item(item, actor=SYSTEM, reason="系统升级")
    assert "系统升级" in lean.get(path)[1]
    assert lean.made == 2
    with clock.frozen(clock.now() + timedelta(days=1)):
        actions.publish_item(Item.objects.get(pk=item.pk), actor=SYSTEM, reason="恢复", valid_from=clock.now() + timedelta(days=2))
        assert "系统升级" in lean.get(path)[1]
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert "系统升级" not in lean.get(path)[1]  # the planned day has come


def test_page_of_all_guides_is_rendered_once_until_something_is_published(item: Item) -> None:
    lean = Lean()
    assert lean.get("/guides/")[1] == lean.get("/guides/")[1]
    assert lean.made == 1
    actions.pause_item(item, actor=SYSTEM, reason="系统升级")
    assert "已暂停办理" in lean.get("/guides/")[1]
    assert lean.made == 2


def test_who_has_a_cookie_or_a_parameter_is_left_to_django(item: Item) -> None:
    environ = {"PATH_INFO": f"/guides/{item.code}", "REQUEST_METHOD": "GET", "QUERY_STRING": "", "HTTP_HOST": "testserver"}
    for more in ({"HTTP_COOKIE": "language=en"}, {"QUERY_STRING": "version=1"}, {"REQUEST_METHOD": "POST"}, {"PATH_INFO": "/guides"}):
        assert pages_lean._address({**environ, **more}) == ""
    assert pages_lean._address(environ) == environ["PATH_INFO"]


def entry(table: str, title: str) -> Resource:
    """An entry in force."""
    bureau()
    contract = Contract("", table, title, (ItemSpec("f1", "线路名称", ItemType.TEXT, 50),))
    draft = ResourceDraft(contract, BUREAU_USCC, "307001", secrecy_assessment="保密评〔模拟〕1号", privacy_assessment="不涉及")
    made = catalogue.propose_resource(draft, actor=SYSTEM)
    return catalogue.publish_resource(made, actor=SYSTEM, reason="试")


def test_search_of_the_catalogue_is_rendered_once_for_each_question_until_an_entry_changes() -> None:
    first, lean = entry("bus_line", "公交线路信息"), Lean()
    pages = [lean.get("/catalogue", "q=公交")[1] for _ in range(2)]
    assert (pages[0], lean.made) == (pages[1], 1)
    assert lean.get("/catalogue", "q=停车")[1] != pages[0]
    assert lean.made == 2
    entry("bus_stop", "公交站点信息")
    assert "站点信息" in lean.get("/catalogue", "q=公交")[1]
    catalogue.withdraw_resource(first, actor=SYSTEM, reason="试")
    assert "线路信息" not in lean.get("/catalogue", "q=公交")[1]


def test_a_pause_shows_at_once_in_the_search_over_everything_the_list_of_guides_and_the_guides_of_a_theme() -> None:
    office = offices.office()
    theme = theme_factories.published("hr", office.city.department, office.city.bureau)
    code = themes.published(themes.newest_version(theme)).offers["first"].code
    lean, asked = Lean(), [("/search", "q=开办"), ("/guides/", ""), (f"/guides/{code}", "")]
    for path, query in asked:
        assert "/themes/hr/" in lean.get(path, query)[1], path
    theme_actions.pause_theme(theme, actor=SYSTEM, reason="系统升级")
    for path, query in asked:
        assert lean.get(path, query)[1] == Client().get(f"{path}?{query}").content.decode(), path
    assert lean.made == 6


def test_schemes_that_a_proxy_tells_are_kept_apart() -> None:
    entry("bus_line", "公交线路信息")
    plain, secure = Lean(), Lean(HTTP_X_FORWARDED_PROTO="https")
    plain.get("/catalogue")
    secure.get("/catalogue")
    assert (plain.made, secure.made) == (1, 1)


def test_what_no_stamp_tells_shows_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    entry("bus_line", "公交线路信息")
    lean = Lean()
    lean.get("/catalogue")
    monkeypatch.setattr(pages_lean, "SECONDS", -1.0)
    lean.get("/catalogue")
    assert lean.made == 2


def test_page_in_another_language_or_of_a_signed_in_person_is_never_kept_for_all() -> None:
    environ = {"PATH_INFO": "/catalogue", "REQUEST_METHOD": "GET", "QUERY_STRING": "q=a", "HTTP_HOST": "testserver"}
    assert pages_lean._address(environ) == "/catalogue?q=a"
    left = ({"HTTP_COOKIE": "language=en"}, {"HTTP_AUTHORIZATION": "Bearer x"}, {"HTTP_HX_REQUEST": "true"}, {"REQUEST_METHOD": "HEAD"})
    for more in (*left, {"QUERY_STRING": "q=" + "a" * 1_000}, {"HTTP_HOST": "elsewhere.example"}, {"HTTP_HOST": ""}):
        assert pages_lean._address({**environ, **more}) == ""
