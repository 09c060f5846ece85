"""Which passwords are taken: each rule with its sentence."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.people import oversight, passwords
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import FormerPassword
from suixin.ground.people.errors import WeakPassword, WrongPassword
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

PASSWORD = "A-long-password"


@pytest.mark.django_db
@pytest.mark.parametrize(("password", "sentence"), [
    ("Ab1-", "至少 10 个字符"), ("alllowercaseletters", "至少 3 类"), ("12345678901234", "至少 3 类"), ("lower1234567", "至少 3 类"),
    ("Zhangsanfeng-1", "不能与您的账号名"), ("Password123", "常见密码"),
    ("password123!", "常见密码"), ("#2024Password!", "常见密码"), (PASSWORD, "最近 5 次"),
])
def test_weak_password_is_refused_with_the_rule(password, sentence):
    account = create_account("zhangsanfeng", PASSWORD)
    with pytest.raises(WeakPassword, match=sentence):
        passwords.require_strong(password, account)


@pytest.mark.django_db
def test_last_five_passwords_are_not_taken_again_older_ones_are():
    account = create_account("li", PASSWORD)
    for number in range(5):
        with pytest.raises(WeakPassword):
            passwords.renew_password(account, PASSWORD)
        passwords.renew_password(account, f"Another-long-{number}")
    passwords.renew_password(account, PASSWORD)
    assert FormerPassword.objects.count() == 5


@pytest.mark.django_db
def test_password_is_due_when_given_or_old():
    account = create_account("li", PASSWORD)
    assert not passwords.is_due(account)
    with clock.frozen(clock.now() + timedelta(days=91)):
        assert passwords.is_due(account)
    given_one = oversight.give_password(account, actor=SYSTEM, reason="忘记密码")
    assert account.check_password(given_one)
    assert passwords.is_due(account)
    passwords.require_strong(passwords.made_up(), account)


@pytest.mark.django_db
def test_wrong_current_password_is_told():
    with pytest.raises(WrongPassword):
        passwords.require_own(create_account("li", PASSWORD), "x")


@given(st.text(min_size=1))
def test_kinds_are_between_one_and_four(password):
    assert 1 <= passwords.kinds_of(password) <= 4


def test_made_up_password_always_has_enough_kinds():
    assert all(passwords.kinds_of(passwords.made_up()) >= 3 for _ in range(100))
