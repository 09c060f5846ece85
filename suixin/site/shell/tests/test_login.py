"""Signing in, and failing to."""

import pytest
from django.test import Client

from suixin.ground.people import logins
from suixin.ground.people.actions import create_account

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password"


def sign_in(client: Client, password: str) -> tuple[int, str]:
    answer = client.post("/console/login/", {"username": "officer", "password": password})
    return answer.status_code, answer.content.decode()


def test_right_password_after_too_many_wrong_ones_is_not_even_looked_at(client: Client) -> None:
    create_account("officer", PASSWORD)
    for _ in range(logins.PER_ACCOUNT):
        assert "账号或密码不对" in sign_in(client, "wrong")[1]
    status, page = sign_in(client, PASSWORD)
    assert (status, "登录失败次数过多" in page) == (200, True)


def test_wrong_passwords_are_forgotten_after_the_right_one(client: Client) -> None:
    create_account("officer", PASSWORD)
    for _ in range(logins.PER_ACCOUNT - 1):
        sign_in(client, "wrong")
    assert sign_in(client, PASSWORD)[0] == 302
    client.logout()
    assert "账号或密码不对" in sign_in(client, "wrong")[1]
