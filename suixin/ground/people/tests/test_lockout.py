"""Failures are counted per account and per address, alike for names that are no account; nothing grows for ever."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.test import RequestFactory

from suixin.ground.audit.models import Record
from suixin.ground.people import lockout, oversight
from suixin.ground.people.actions import create_account
from suixin.ground.people.errors import TooManyFailures
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
PASSWORD = "A-long-password"


def request_from(address="10.0.0.1", forwarded=""):
    return RequestFactory().post("/console/login/", REMOTE_ADDR=address, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))


def fail(username="li", address="10.0.0.1"):
    return authenticate(request_from(address), username=username, password="wrong")


@pytest.mark.parametrize("name", ["li", "nobody-of-that-name"])
def test_account_that_failed_often_waits_whether_there_is_one_or_not(name):
    create_account("li", PASSWORD)
    for number in range(10):
        lockout.require_may_try(request_from(), name)
        fail(name.upper() if number % 2 else name, f"10.0.1.{number}")
    with pytest.raises(TooManyFailures, match="这个账号"):
        lockout.require_may_try(request_from(), name)
    assert authenticate(request_from(), username="li", password=PASSWORD) is None or name != "li"
    lockout.require_may_try(request_from(), "wang")


def test_spraying_over_many_accounts_from_one_address_is_stopped():
    for number in range(200):
        fail(f"account{number}")
    with pytest.raises(TooManyFailures, match="地址"):
        lockout.require_may_try(request_from(), "wang")
    lockout.require_may_try(request_from("10.0.0.2"), "wang")
    assert AccessAttempt.objects.count() == 50


def test_a_thousand_failures_leave_one_row():
    for _ in range(1000):
        fail()
    [row] = AccessAttempt.objects.all()
    assert (row.failures_since_start, row.post_data, row.get_data) == (10, "", "")


def test_what_no_longer_counts_is_dropped():
    for _ in range(10):
        fail()
    AccessAttempt.objects.update(attempt_time=clock.now() - timedelta(minutes=15, seconds=1))
    lockout.require_may_try(request_from(), "li")
    fail("wang")
    assert [row.username for row in AccessAttempt.objects.all()] == ["wang"]


def test_whole_network_of_an_ipv6_home_is_one_address():
    for number in range(50):
        fail(f"account{number}", f"2001:db8::{number + 1:x}")
    with pytest.raises(TooManyFailures, match="地址"):
        lockout.require_may_try(request_from("2001:db8::ffff"), "wang")
    lockout.require_may_try(request_from("2001:db8:0:1::1"), "wang")


def test_forged_forwarded_header_makes_no_new_address():
    for number in range(50):
        authenticate(request_from(forwarded=f"1.2.3.{number}"), username=f"a{number}", password="wrong")
    with pytest.raises(TooManyFailures, match="地址"):
        lockout.require_may_try(request_from(forwarded="9.9.9.9"), "wang")


def test_administrator_unlocks_with_a_reason():
    account = create_account("Li", PASSWORD)
    for _ in range(10):
        fail("Li")
    oversight.unlock(account, actor=SYSTEM, reason="本人来电")
    lockout.require_may_try(request_from(), "li")
    assert Record.objects.get(action="people.unlocked").basis == "本人来电"


def test_failures_and_the_lock_out_are_on_record_but_not_what_comes_after():
    for _ in range(30):
        fail()
    actions = list(Record.objects.values_list("action", flat=True))
    assert (actions.count("people.sign_in_failed"), actions.count("people.locked_out")) == (9, 1)


def test_record_names_an_account_but_never_what_was_typed_into_the_wrong_field():
    create_account("li", PASSWORD)
    fail("LI")
    fail("510903180101055035")
    known, unknown = Record.objects.filter(action="people.sign_in_failed").order_by("pk").values_list("object_key", flat=True)
    assert known == "li"
    assert unknown.startswith("unknown-")
    assert "5109" not in unknown


def test_nobody_locks_the_passkeys_of_an_address_by_typing_a_name(client):
    for number in range(12):
        client.post("/console/login/", {"username": " passkey 10.0.0.1", "password": "x"}, REMOTE_ADDR=f"10.0.9.{number}")
    lockout.require_may_try(request_from(), lockout.passkey_name(request_from()))
