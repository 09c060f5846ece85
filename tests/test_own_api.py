"""The API of who calls with a personal access token."""

import pytest
from django.test import Client

from suixin.ground.people import tokens
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import PersonalToken, TokenScope
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock

pytestmark = pytest.mark.django_db


def bearer(scope: TokenScope = TokenScope.READ) -> dict[str, str]:
    account = create_account("li", "A-long-password", display_name="李四", organisation=organisation(), roles=("clerk",))
    return {"authorization": f"Bearer {tokens.make_token(account, '脚本', scope=scope, days=1)[1]}"}


def test_it_works(client: Client) -> None:
    answer = client.get("/api/v1/me", headers=bearer())
    assert answer.json() | {"organisation": ""} == {"name": "李四", "account": "li", "organisation": "", "roles": ["clerk"]}
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_one_may_read_is_listed(client: Client) -> None:
    headers = bearer()
    assert client.get("/api/v1/me/resources", headers=headers).json() == {"data": [], "links": {"next": None}}
    assert client.get("/api/v1/me/resources?before=1", headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/me/resources"])
def test_without_a_token_the_answer_says_how(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    assert "我的账号" in answer.json()["message"]


def test_session_of_a_browser_is_no_token(client: Client) -> None:
    client.force_login(create_account("wang", "A-long-password"))
    assert client.get("/api/v1/me").status_code == 401


def test_revoked_token_is_refused_on_open_addresses_too(client: Client) -> None:
    headers = bearer()
    PersonalToken.objects.update(revoked_at=clock.now())
    assert client.get("/api/v1/datasets", headers=headers).status_code == 401


@pytest.mark.parametrize(("scope", "status", "code"), [(TokenScope.READ, 403, "api-4031"), (TokenScope.WRITE, 405, "api-405")])
def test_token_for_reading_does_not_write(client: Client, scope: TokenScope, status: int, code: str) -> None:
    answer = client.post("/api/v1/datasets", headers=bearer(scope))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_token_opens_no_page_of_the_console(client: Client) -> None:
    assert client.get("/console/", headers=bearer()).status_code == 302


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"[1, 2"])
def test_body_that_is_no_json_is_a_sentence_of_ours(body: bytes) -> None:
    answer = Client().post("/api/v1/notify/receipts", body, content_type="application/json")
    told = answer.json()
    assert answer.status_code == 400
    assert {"code", "message", "trace_id"} <= set(told) <= {"code", "message", "trace_id", "faults"}, told
