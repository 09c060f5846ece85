"""Sessions end by time, by number, by their owner and with the account."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from suixin.ground.people import oversight, sessions, staff
from suixin.ground.people.actions import create_account
from suixin.ground.people.credentials import StaffSession
from suixin.ground.people.models import Account
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
PASSWORD = "A-long-password"
PAGE = "/console/account/"


@pytest.fixture
def account():
    return create_account("li", PASSWORD, organisation=organisation(), roles=("clerk",))


def signed_in(account):
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Chrome/140.0 Safari/537.36", REMOTE_ADDR="10.0.0.7")
    client.post("/console/login/", {"username": account.username, "password": PASSWORD})
    return client


def is_inside(client):
    return client.get(PAGE).status_code == 200


@pytest.mark.parametrize(("minutes", "sentence"), [(31, "太久没有操作"), (12 * 60 + 1, "太久没有操作")])
def test_idle_session_ends_and_the_login_page_says_why(account, minutes, sentence):
    client = signed_in(account)
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        assert not is_inside(client)
    assert sentence in client.get("/console/login/").content.decode()
    assert not StaffSession.objects.exists()


def test_busy_session_lasts_until_its_longest_time(account):
    client, start = signed_in(account), clock.now()
    for minutes in range(20, 12 * 60, 20):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert is_inside(client), minutes
    with clock.frozen(start + timedelta(hours=12, minutes=1)):
        assert not is_inside(client)
    assert "最长时间" in client.get("/console/login/").content.decode()


def test_fourth_session_ends_the_oldest(account):
    clients = [signed_in(account) for _ in range(4)]
    assert [is_inside(client) for client in clients] == [False, True, True, True]
    assert "会话已被结束" in clients[0].get("/console/login/").content.decode()
    assert "_auth_user_id" not in Session.objects.get(session_key=clients[0].cookies["sessionid"].value).get_decoded()


def test_owner_sees_and_ends_the_other_sessions(account):
    here, there = signed_in(account), signed_in(account)
    page = here.get(PAGE).content.decode()
    assert page.count("Chrome · Linux") >= 2
    assert here.post("/console/account/sessions/end/", {"session": "others"}).status_code == 302
    assert (is_inside(here), is_inside(there)) == (True, False)


def test_change_of_password_ends_all_other_sessions(account):
    here, there = signed_in(account), signed_in(account)
    form = {"password": PASSWORD, "new": "Another-long-1", "again": "Another-long-1"}
    assert here.post("/console/account/password/", form).status_code == 302
    assert (is_inside(here), is_inside(there)) == (True, False)


def test_disabled_account_is_out_at_once(account):
    client = signed_in(account)
    Account.objects.update(is_active=False)
    assert not is_inside(client)


def test_change_of_posts_ends_sessions(account):
    client = signed_in(account)
    create_account("li", PASSWORD, organisation=organisation("乙局", number=2), roles=("clerk",))
    assert not is_inside(client)


def test_administrator_ends_sessions_with_a_reason(account):
    client = signed_in(account)
    assert oversight.end_sessions(account, actor=SYSTEM, reason="设备遗失") == 1
    assert not is_inside(client)


def test_old_sessions_are_dropped(account):
    signed_in(account)
    StaffSession.objects.update(started_at=clock.now() - timedelta(hours=13))
    assert sessions.forget_old() == 1


def test_seeing_a_session_writes_at_most_once_a_minute(account, django_assert_num_queries):
    client = signed_in(account)
    client.get(PAGE)
    session = StaffSession.objects.get()
    client.get(PAGE)
    assert StaffSession.objects.get().seen_at == session.seen_at


def test_given_and_ended_posts_end_sessions(account):
    client = signed_in(account)
    post = staff.give_post(account, actor=SYSTEM, organisation=organisation("丙局", number=3), role="clerk")
    assert not is_inside(client)
    client = signed_in(account)
    staff.end_post(post, actor=SYSTEM, reason="调离")
    assert not is_inside(client)
