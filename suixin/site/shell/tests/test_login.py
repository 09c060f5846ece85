"""Signing in step by step, and failing to: nobody is in before the last step."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django_otp.oath import totp as totp_code

from suixin.ground.audit.models import Record
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import StaffSession, TotpFactor
from suixin.ground.people.factors import recovery, totp
from suixin.ground.people.models import Account
from suixin.ground.people.oversight import reset_factors
from suixin.ground.people.sessions import PROVED
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db

PASSWORD = "A-long-password"
LIMIT = 10


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    answer = client.post("/console/login/", {"username": "officer", "password": password, **more})
    return answer.status_code, answer.headers.get("Location", "") or answer.content.decode()


def with_authenticator(*, role: str = "data_officer") -> tuple[Account, bytes]:
    """An account of a role that must have a second factor, and the key of its authenticator."""
    account = create_account("officer", PASSWORD, organisation=organisation(), roles=(role,))
    key = totp.key_of(totp.begin(account))
    TotpFactor.objects.update(confirmed_at=clock.now())
    return account, key


def is_inside(client: Client) -> bool:
    return client.get("/console/").status_code == 200


def test_right_password_after_too_many_wrong_ones_is_not_even_looked_at(client: Client) -> None:
    create_account("officer", PASSWORD)
    for _ in range(LIMIT):
        assert "账号或密码不对" in sign_in(client, "wrong")[1]
    status, page = sign_in(client)
    assert (status, "登录失败次数过多" in page) == (429, True)  # it was 200: a locked account is told by the status, too


def test_wrong_passwords_are_forgotten_after_the_right_one(client: Client) -> None:
    create_account("officer", PASSWORD)
    for _ in range(LIMIT - 1):
        sign_in(client, "wrong")
    assert sign_in(client) == (302, "/console/")
    assert not AccessAttempt.objects.exists()
    client.logout()
    assert "账号或密码不对" in sign_in(client, "wrong")[1]


def test_right_password_alone_opens_nothing_when_there_is_a_second_factor(client: Client) -> None:
    _, key = with_authenticator()
    assert sign_in(client, next="/console/resources/") == (302, "/console/login/second/")
    assert not is_inside(client)
    answer = client.post("/console/login/second/", {"way": "code", "code": f"{totp_code(key):06}"})
    assert answer.headers["Location"] == "/console/login/next/"
    assert client.get("/console/login/next/").headers["Location"] == "/console/resources/"
    assert is_inside(client)


def test_code_works_once(client: Client) -> None:
    _, key = with_authenticator()
    code = f"{totp_code(key):06}"
    sign_in(client)
    client.post("/console/login/second/", {"way": "code", "code": code})
    client.get("/console/login/next/")
    client.logout()
    sign_in(client)
    answer = client.post("/console/login/second/", {"way": "code", "code": code})
    assert (answer.status_code, "已用过" in answer.content.decode(), is_inside(client)) == (422, True, False)


@pytest.mark.parametrize("hours", [-1, 1])
def test_code_of_a_clock_an_hour_off_is_refused_and_told_to_check_the_clock(client: Client, hours: int) -> None:
    _, key = with_authenticator()
    sign_in(client)
    answer = client.post("/console/login/second/", {"way": "code", "code": f"{totp_code(key, drift=hours * 120):06}"})
    assert answer.status_code == 422
    assert "核对手机时间" in answer.content.decode()


def test_guessing_codes_locks_the_account_like_guessing_passwords(client: Client) -> None:
    _, key = with_authenticator()
    sign_in(client)
    for _ in range(LIMIT):
        client.post("/console/login/second/", {"way": "code", "code": "000000"})
    answer = client.post("/console/login/second/", {"way": "code", "code": f"{totp_code(key):06}"})
    assert (answer.status_code, is_inside(client)) == (429, False)
    assert sign_in(Client())[0] == 429


def test_recovery_code_works_once_in_place_of_the_authenticator(client: Client) -> None:
    account, _ = with_authenticator()
    code, *_ = recovery.make_codes(account)
    for attempt in (client, Client()):
        sign_in(attempt)
        attempt.post("/console/login/second/", {"way": "recovery", "recovery": code.upper()})
        attempt.get("/console/login/next/")
    assert is_inside(client)
    assert recovery.left(account) == recovery.COUNT - 1


def test_role_that_must_have_a_second_factor_enrols_before_it_is_let_in(client: Client) -> None:
    account = create_account("officer", PASSWORD, organisation=organisation(), roles=("auditor",))
    assert sign_in(client) == (302, "/console/login/enrol/")
    assert "登记验证器" in client.get("/console/login/enrol/").content.decode()
    assert "data:image/svg+xml" in client.get("/console/account/totp/").content.decode()
    assert not is_inside(client)
    answer = client.post("/console/account/totp/", {"code": f"{totp_code(totp.key_of(account.totp)):06}"})
    assert answer.content.decode().count("<li><code>") == recovery.COUNT
    assert client.get("/console/login/next/").headers["Location"] == "/console/"
    assert is_inside(client)


def test_reset_factor_must_be_enrolled_anew_and_nobody_resets_the_own(client: Client) -> None:
    account, _ = with_authenticator()
    client.force_login(account)
    reset_factors(account, actor=SYSTEM, reason="手机丢失")
    assert not is_inside(client)
    assert sign_in(client) == (302, "/console/login/enrol/")


def test_password_that_somebody_else_gave_is_changed_first(client: Client) -> None:
    create_account("officer", PASSWORD, must_change=True)
    assert sign_in(client) == (302, "/console/login/password/")
    assert not is_inside(client)
    page = client.post("/console/login/password/", {"new": PASSWORD, "again": PASSWORD})
    assert (page.status_code, "最近 5 次" in page.content.decode()) == (422, True)
    client.post("/console/login/password/", {"new": "Another-long-1", "again": "Another-long-1"})
    assert client.get("/console/login/next/").headers["Location"] == "/console/"
    assert sign_in(Client(), "Another-long-1") == (302, "/console/")


def test_old_password_is_changed_first(client: Client) -> None:
    create_account("officer", PASSWORD)
    Account.objects.update(password_changed_at=clock.now() - timedelta(days=91))
    assert sign_in(client) == (302, "/console/login/password/")


def test_half_way_in_is_void_after_ten_minutes_and_when_the_account_is_disabled(client: Client) -> None:
    with_authenticator()
    sign_in(client)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert client.get("/console/login/second/").headers["Location"].startswith("/console/login/?next=")
    Account.objects.update(is_active=False)
    assert client.get("/console/login/second/").headers["Location"].startswith("/console/login/?next=")


@pytest.mark.parametrize("answer", ["[" * 5000, "{}", "7", '{"id": "\\u0000", "response": {}}', '{"id": "\\ud800", "response": {}}'])
def test_malformed_passkey_is_refused_with_a_sentence(client: Client, answer: str) -> None:
    client.get("/console/login/passkey/")
    told = client.post("/console/login/passkey/", {"credential": answer})
    assert told.status_code == 422
    assert "通行密钥没有通过验证" in told.content.decode()


def test_button_pressed_too_late_leads_back_to_a_page_that_opens(client: Client) -> None:
    client.force_login(create_account("officer", PASSWORD))
    session = client.session
    session[PROVED] = (clock.now() - timedelta(hours=1)).isoformat()
    session.save()
    target = client.post("/console/account/codes/").headers["Location"]
    back = client.post(target, {"password": PASSWORD, "next": target.partition("next=")[2].replace("%2F", "/")})
    assert client.get(back.headers["Location"]).status_code == 200


def test_owner_who_ends_another_session_is_on_record(client: Client) -> None:
    account = create_account("officer", PASSWORD)
    for one in (Client(), client):
        one.force_login(account)
    client.post("/console/account/sessions/end/", {"session": "others"})
    assert StaffSession.objects.count() == 1
    assert Record.objects.get(action="people.sessions_ended").detail == {"sessions_ended": 1}
