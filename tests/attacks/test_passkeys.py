"""Passkeys against thieves, clones and relays: what is not fresh, not ours, not the account's or not this site's is refused."""

import html
import re

import pytest
from django.test import Client

from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import Passkey
from suixin.ground.people.models import Account
from tests.attacks.authenticator import PRESENT, Device

pytestmark = pytest.mark.django_db
PASSWORD = "A-long-password"
ALONE, SECOND, REGISTER = "/console/login/passkey/", "/console/login/second/", "/console/account/passkey/"


def options_on(client: Client, path: str) -> str:
    """The options that the page hands to the browser."""
    found = re.search(r'data-options="([^"]*)"', client.get(path).content.decode())
    assert found is not None
    return html.unescape(found[1])


def registered(username: str = "li", **device: object) -> tuple[Account, Device]:
    """An account with one passkey."""
    account, made, client = create_account(username, PASSWORD), Device(**device), Client()  # type: ignore[arg-type]  # test data
    client.force_login(account)
    answer = client.post(REGISTER, {"name": "钥匙", "credential": made.create(options_on(client, REGISTER))})
    assert answer.status_code == 200
    assert "恢复码" in answer.content.decode()
    return account, made


def half_way(username: str = "li") -> Client:
    """A browser in which the account's password was right."""
    client = Client()
    assert client.post("/console/login/", {"username": username, "password": PASSWORD}).headers["Location"] == SECOND
    return client


def is_inside(client: Client) -> bool:
    client.get("/console/login/next/")
    return client.get("/console/").status_code == 200


def send(client: Client, path: str, credential: str) -> int:
    return client.post(path, {"way": "passkey", "credential": credential}).status_code


def test_passkey_is_the_second_step() -> None:
    _, device = registered()
    client = half_way()
    assert send(client, SECOND, device.get(options_on(client, SECOND))) == 302
    assert is_inside(client)


def test_passkey_alone_signs_in_when_the_device_verified_its_holder(client: Client) -> None:
    _, device = registered()
    form = {"credential": device.get(options_on(client, ALONE)), "next": "/console/resources/"}
    assert client.post(ALONE, form).headers["Location"] == "/console/resources/"
    assert is_inside(client)


def test_passkey_alone_does_not_sign_in_a_holder_who_was_not_verified(client: Client) -> None:
    _, device = registered()
    device.flags = PRESENT
    assert send(client, ALONE, device.get(options_on(client, ALONE))) == 422
    assert not is_inside(client)


def test_passkey_of_another_account_is_refused() -> None:
    registered("li", identifier=b"of-li")
    _, theirs = registered("wang", identifier=b"of-wang")
    client = half_way("li")
    assert send(client, SECOND, theirs.get(options_on(client, SECOND))) == 422
    assert not is_inside(client)


def test_answer_works_once_and_only_for_its_own_challenge() -> None:
    _, device = registered()
    client = half_way()
    answer = device.get(options_on(client, SECOND))
    options_on(client, SECOND)  # a new page, a new challenge
    assert send(client, SECOND, answer) == 422
    other = half_way()
    fresh = device.get(options_on(other, SECOND))
    assert send(client, SECOND, fresh) == 422  # the challenge of another browser
    assert send(other, SECOND, fresh) == 302
    assert send(half_way(), SECOND, fresh) == 422
    assert not is_inside(client)


def test_challenge_of_registering_does_not_sign_in() -> None:
    account, device = registered()
    client = half_way()
    inside = Client()
    inside.force_login(account)
    assert send(client, SECOND, device.get(options_on(inside, REGISTER))) == 422


def test_clone_that_counts_behind_is_refused() -> None:
    _, device = registered()
    client = half_way()
    device.counter = 40
    send(client, SECOND, device.get(options_on(client, SECOND)))
    clone, device.counter = half_way(), 7
    assert send(clone, SECOND, device.get(options_on(clone, SECOND))) == 422
    assert Passkey.objects.get().sign_count == 41


@pytest.mark.parametrize("change", [{"origin": "http://evil.example"}, {"rp_id": "evil.example"}, {"key": Device().key}])
def test_answer_of_another_site_or_key_is_refused(change: dict[str, object]) -> None:
    _, device = registered()
    client = half_way()
    for name, value in change.items():
        setattr(device, name, value)
    assert send(client, SECOND, device.get(options_on(client, SECOND))) == 422


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", "null", "{", '{"id": 1, "response": {}}', '{"response": "x"}', "9" * 100_000,
                                      '{"id":"Y3JlZGVudGlhbC1vZi1hLXRlc3Q","rawId":"x","type":"public-key","response":{"userHandle":[]}}'])
def test_nonsense_is_refused_with_a_sentence(nonsense: str) -> None:
    registered()
    client = half_way()
    options_on(client, SECOND)
    answer = client.post(SECOND, {"way": "passkey", "credential": nonsense})
    assert (answer.status_code, "通行密钥" in answer.content.decode()) == (422, True)


def test_disabled_account_does_not_sign_in_with_its_passkey(client: Client) -> None:
    account, device = registered()
    account.is_active = False
    account.save()
    assert send(client, ALONE, device.get(options_on(client, ALONE))) == 422


def test_guessing_passkeys_is_counted(client: Client) -> None:
    registered()
    for _ in range(10):
        send(client, ALONE, "{}")
    assert send(client, ALONE, "{}") == 429


def test_on_an_address_of_digits_the_page_says_why_not(client: Client) -> None:
    page = client.get(ALONE, headers={"host": "127.0.0.1"}).content.decode()
    assert "localhost" in page
    assert "data-options" not in page
