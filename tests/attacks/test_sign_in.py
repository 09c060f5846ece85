"""The way into the console against guessers, sprayers, thieves of sessions and forgers of addresses."""

import re

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import get_hasher
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django_otp.oath import totp as totp_code

from suixin.ground.people import tokens
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import StaffSession, TokenScope, TotpFactor
from suixin.ground.people.factors import totp
from suixin.ground.people.models import Account
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from tests.attacks.test_pages import CONSOLE, addresses

pytestmark = pytest.mark.django_db
PASSWORD = "A-long-password"
EVIL = ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "///evil.example", "https:evil.example",
        "/console/\r\nSet-Cookie: x=1", "\thttps://evil.example", "http:///evil.example"]  # fmt: skip


def officer() -> tuple[Account, bytes]:
    """A data officer with an authenticator, and its key."""
    account = create_account("officer", PASSWORD, organisation=organisation(), roles=("data_officer",))
    key = totp.key_of(totp.begin(account))
    TotpFactor.objects.update(confirmed_at=clock.now())
    return account, key


def first_step(client: Client, **more: str) -> str:
    return client.post("/console/login/", {"username": "officer", "password": PASSWORD, **more}).headers.get("Location", "")


def second_step(client: Client, key: bytes) -> None:
    client.post("/console/login/second/", {"way": "code", "code": f"{totp_code(key):06}"})


@pytest.mark.slow
def test_ten_thousand_wrong_passwords_leave_one_row_and_no_way_in() -> None:
    create_account("officer", PASSWORD)
    for number in range(10_000):
        request = RequestFactory().post("/console/login/", REMOTE_ADDR="10.0.0.1", HTTP_USER_AGENT=f"agent {number}")
        assert authenticate(request, username="officer", password=PASSWORD if number > 9_000 else f"wrong {number}") is None
    [row] = AccessAttempt.objects.all()
    assert (row.failures_since_start, row.post_data, row.get_data) == (10, "", "")


def test_spraying_one_password_over_many_accounts_is_stopped_at_the_address() -> None:
    for number in range(60):
        create_account(f"person{number}", f"A-long-password-{number}")
    sprayer = Client(REMOTE_ADDR="203.0.113.7")
    told = [sprayer.post("/console/login/", {"username": f"person{n}", "password": "A-long-password-59"}).status_code for n in range(60)]
    assert told == [200] * 50 + [429] * 10
    assert "_auth_user_id" not in sprayer.session
    assert Client().post("/console/login/", {"username": "person59", "password": "A-long-password-59"}).status_code == 302


def test_sprayer_who_owns_an_account_is_not_forgiven_by_signing_in() -> None:
    create_account("mine", PASSWORD)
    sprayer = Client(REMOTE_ADDR="203.0.113.7")
    for number in range(49):
        sprayer.post("/console/login/", {"username": f"person{number}", "password": "x"})
    assert sprayer.post("/console/login/", {"username": "mine", "password": PASSWORD}).status_code == 302
    sprayer.logout()
    sprayer.post("/console/login/", {"username": "person50", "password": "x"})
    assert sprayer.post("/console/login/", {"username": "person51", "password": "x"}).status_code == 429


def test_answer_does_not_tell_which_accounts_exist(client: Client) -> None:
    create_account("there", PASSWORD)
    create_account("off", PASSWORD)
    Account.objects.filter(username="off").update(is_active=False)

    def told(username: str, password: str) -> str:
        page = client.post("/console/login/", {"username": username, "password": password}).content.decode()
        return re.sub(r'value="[^"]*"|<code>[0-9a-f]{32}</code>', "", page)

    assert told("there", "wrong") == told("not-there", "wrong") == told("off", "wrong") == told("off", PASSWORD)


@pytest.mark.parametrize("username", ["there", "not-there"])
def test_password_is_hashed_whether_there_is_an_account_or_not(client: Client, monkeypatch: pytest.MonkeyPatch, username: str) -> None:
    create_account("there", PASSWORD)
    hashed: list[str] = []
    kind = type(get_hasher())
    original = kind.encode

    def encode(self, password, *more, **named):
        hashed.append(password)
        return original(self, password, *more, **named)

    def verify(self, password, encoded):
        hashed.append(password)
        return False

    monkeypatch.setattr(kind, "encode", encode)
    monkeypatch.setattr(kind, "verify", verify)
    client.post("/console/login/", {"username": username, "password": "wrong"})
    assert hashed == ["wrong"]


def test_session_gets_a_new_key_at_each_step_and_a_planted_one_is_worth_nothing(client: Client) -> None:
    _, key = officer()
    planted = client.session
    planted["x"] = 1
    planted.save()
    keys = [planted.session_key]
    client.cookies["sessionid"] = str(planted.session_key)
    first_step(client)
    keys.append(client.session.session_key)
    second_step(client, key)
    client.get("/console/login/next/")
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3
    assert set(Session.objects.values_list("session_key", flat=True)) == {keys[-1]}


def test_half_way_in_nothing_of_the_console_opens(client: Client) -> None:
    officer()
    first_step(client)
    for name, path in CONSOLE:
        if not name.startswith("console-login"):
            for answer in (client.get(path), client.post(path)):
                assert answer.status_code in (302, 405), path
                assert answer.status_code == 405 or answer.headers["Location"].startswith("/console/login/"), path
    assert client.get("/console/login/next/").headers["Location"] == "/console/login/second/"


def test_enrolled_account_cannot_go_round_its_second_factor_by_enrolling_another(client: Client) -> None:
    officer()
    first_step(client)
    for path in ("/console/account/totp/", "/console/account/passkey/", "/console/login/enrol/", "/console/login/password/"):
        assert client.get(path).status_code == 302, path
        assert client.post(path, {"code": "000000", "new": "Another-long-1", "again": "Another-long-1"}).status_code in (302, 405), path
    assert Account.objects.get().check_password(PASSWORD)


def test_every_page_that_takes_a_form_wants_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    account, _ = officer()
    client.force_login(account)
    for name, path in addresses():
        if path.startswith("/console/"):
            assert client.post(path).status_code in (403, 405), name


@pytest.mark.parametrize("target", EVIL)
def test_no_step_of_signing_in_leads_elsewhere(client: Client, target: str) -> None:
    _, key = officer()
    first_step(client, next=target)
    second_step(client, key)
    answer = client.get("/console/login/next/")
    assert answer.headers["Location"].startswith("/console/")
    assert "\n" not in answer.headers["Location"]
    assert "x" not in answer.cookies
    answer = client.post("/console/account/confirm/", {"password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/console/")
    assert "\n" not in answer.headers["Location"]


@pytest.mark.parametrize("username", [
    "a\r\nX: 1", "<script>alert(1)</script>", "{{7*7}}", "x" * 10_000, "\u202eofficer", "' OR 1=1",
])
def test_hostile_name_is_refused_like_any_other(client: Client, username: str) -> None:
    answer = client.post("/console/login/", {"username": username, "password": "x"})
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.content.decode()
    assert "49" not in answer.headers.get("Location", "")


def test_stolen_cookie_ends_with_the_owners_sign_out(client: Client) -> None:
    account, _ = officer()
    client.force_login(account)
    thief = Client()
    thief.cookies["sessionid"] = str(client.session.session_key)
    assert thief.get("/console/account/").status_code == 200
    client.post("/console/logout/")
    assert thief.get("/console/account/").status_code == 302


def test_what_matters_asks_for_the_password_again(client: Client) -> None:
    account, _ = officer()
    client.force_login(account)
    session = client.session
    session["proved_at"] = "2020-01-01T00:00:00+08:00"
    session.save()
    for path in ("/console/account/totp/", "/console/account/passkey/", "/console/account/tokens/"):
        assert client.get(path).headers["Location"].startswith("/console/account/confirm/?next=")
    assert client.post("/console/account/factors/remove/", {"factor": "totp"}).headers["Location"].startswith("/console/account/confirm/")
    assert TotpFactor.objects.exists()
    client.post("/console/account/confirm/", {"password": PASSWORD})
    assert client.get("/console/account/tokens/").status_code == 200


def test_nobody_ends_anothers_session_or_revokes_anothers_token(client: Client) -> None:
    account, _ = officer()
    other = Client()
    other.force_login(create_account("wang", PASSWORD))
    client.force_login(account)
    theirs = StaffSession.objects.get(account__username="wang")
    token, text = tokens.make_token(theirs.account, "脚本", scope=TokenScope.READ, days=30)
    client.post("/console/account/tokens/revoke/", {"token": str(token.pk)})
    assert tokens.bearer_of(text).actor.key == "wang"
    client.post("/console/account/sessions/end/", {"session": str(theirs.pk)})
    client.post("/console/account/sessions/end/", {"session": "9" * 30})
    assert other.get("/console/account/").status_code == 200
