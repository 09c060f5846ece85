"""Pages over an empty installation, and who may see which."""

import html

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.tests import factories
from suixin.data.doors.gateway import sampling
from suixin.data.doors.gateway.sampling import Sampled
from suixin.ground.people.actions import create_account
from suixin.ground.people.models import Organisation
from suixin.kit import sealed_bodies
from suixin.kit.actor import SYSTEM
from suixin.site.shell.middleware import Language

pytestmark = pytest.mark.django_db

PORTAL = ["/", "/datasets", "/datasets?q=a&theme=b&sort=rows&page=9", "/catalogue", "/catalogue?level=1&sort=-title", "/api", "/help"]
CONSOLE = ["/console/", "/console/resources/", "/console/upload/", "/console/grants/", "/console/grants/new/", "/console/access/",
           "/console/applications/", "/console/applications/new/"]


@pytest.fixture
def officer(client: Client) -> Client:
    bureau = Organisation.objects.create(uscc="11510900MB0Y12345X", name="遂宁市数据局", slug="bureau")
    client.force_login(create_account("officer", "A-long-password", organisation=bureau, roles=("data_officer",)))
    return client


@pytest.mark.parametrize("path", PORTAL)
def test_portal_page_works_when_there_is_nothing(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", CONSOLE)
def test_console_sends_strangers_to_the_login_page_and_back(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/console/login/?next=/console/")


@pytest.mark.parametrize("fields", [{"username": "a\0b"}, {"a\0b": "x"}, {"reason": ["x", "\0"]}])
def test_zero_byte_in_a_form_is_refused_before_any_page_reads_it(officer: Client, fields: dict[str, object]) -> None:
    for path in ("/console/login/", "/console/upload/", "/console/applications/new/", "/console/grants/new/"):
        assert officer.post(path, fields).status_code == 400


@pytest.mark.parametrize("path", CONSOLE)
def test_console_page_works_when_there_is_nothing(officer: Client, path: str) -> None:
    answer = officer.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_page_opens_in_chinese_whatever_the_browser_prefers(client: Client) -> None:
    assert "开放数据" in client.get("/", headers={"accept-language": "en"}).content.decode()


def test_reader_switches_to_english_and_stays_there(client: Client) -> None:
    assert client.get("/datasets?q=a&lang=en").headers["Location"] == "/datasets?q=a"
    assert '<html lang="en"' in client.get("/datasets").content.decode()


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "///evil.example/"])
def test_language_switch_never_leaves_the_site(path: str) -> None:
    request = RequestFactory().get("/?lang=en")
    request.path = path
    assert Language(lambda _: HttpResponse())(request).headers["Location"] == "/evil.example/"


@pytest.mark.parametrize("path", ["/nothing", "/dataset/none", "/catalogue/none", "/indicator/none", "/dataset/none/chart.json"])
def test_missing_page_has_a_sentence_and_a_way_on(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'role="search"' in answer.content.decode()


def test_pages_carry_the_policy(client: Client) -> None:
    assert client.get("/").headers["Content-Security-Policy"].startswith("default-src 'self';")


def test_rejected_rows_are_not_for_strangers(client: Client) -> None:
    assert client.get("/console/resources/x/rejects/1.csv").headers["Location"].startswith("/console/login/")


def test_entry_that_was_withdrawn_says_what_stands_for_it(client: Client) -> None:
    old, new = factories.published("old_lamps"), factories.published("new_lamps")
    catalog.withdraw_resource(old, actor=SYSTEM, reason="合并", superseded_by=new)
    answer = client.get("/catalogue/old_lamps")
    assert answer.status_code == 404
    assert f"已撤销，由“{new.title}”取代；请看 /catalogue/new_lamps" in answer.content.decode()


def test_enciphered_call_is_printed_on_the_developers_page_and_in_the_description() -> None:
    page, paths = html.unescape(Client().get("/api").content.decode()), Client().get("/api/v1/openapi.json").json()["paths"]
    assert sampling.sealed_code(Sampled("http://testserver", "table_name", "lookup", "your-app-id", {"keys": ["key"]})) in page
    for action in ("lookup", "verify", "rows", "aggregate"):
        told = paths[f"/gateway/{{resource}}/{action}"]["post"]
        [sample] = told["x-codeSamples"]
        assert f'"/gateway/table_name/{action}"' in sample["source"]
        assert told["requestBody"]["content"]["application/json"]["schema"]["anyOf"][1]["required"] == ["encType", "keyId", "key", "data"]
    assert set(sealed_bodies.MEMBERS) == {"encType", "keyId", "key", "data"}
