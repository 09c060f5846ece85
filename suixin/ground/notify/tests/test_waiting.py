"""What waits: digests, quiet hours, posts that nobody holds; and what receipts say later."""

import json
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client

from suixin.ground.audit.models import Record
from suixin.ground.notify import actions, delivering, keeping, kinds, preferences
from suixin.ground.notify.channels.gateway import signature
from suixin.ground.notify.errors import BadPreference, WrongDeliveryState
from suixin.ground.notify.models import Delivery, Notice, Preference, State
from suixin.ground.notify.recipients import Recipient
from suixin.ground.notify.tests import servers
from suixin.ground.notify.tests.factories import MONDAY_NOON, account, settings_of, with_mail
from suixin.ground.people.models import Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
FRIDAY_NIGHT = datetime(2026, 3, 6, 22, 0, tzinfo=clock.CHINA)
MONDAY_EIGHT = datetime(2026, 3, 9, 8, 0, tzinfo=clock.CHINA)
GATEWAYS = {"gateways": (("wecom", "http://127.0.0.1:1/send"),)}


def tell(*to: Recipient, key: str = "k", urgency: str = "normal") -> None:
    actions.send(to, kind="test.told", title=f"事项{key}", href="/console/", key=key, urgency=urgency)


def test_a_digest_keeps_private_titles_in_the_house(tmp_path, monkeypatch):
    monkeypatch.setitem(kinds.registered, "test.told", kinds.Kind("test.told", "一件私事", is_private=True))
    server, held = servers.mail(tmp_path), account(email="w@city.example")
    preferences.prefer(held, preferences.Wishes(is_digest=True), actor=actor_of(held))
    with servers.settings_for(mail=server), server.running():
        with clock.frozen(MONDAY_NOON):
            tell(Recipient.account(held), key="1")
            tell(Recipient.account(held), key="2")
        with clock.frozen(MONDAY_NOON + timedelta(hours=21)):
            delivering.deliver_due()
    text = server.taken[0]["text"]
    assert (text.count("一件私事"), "事项" in text) == (2, False)


def test_what_is_not_urgent_waits_for_the_workday(tmp_path):
    server, held = servers.mail(tmp_path), account(email="w@city.example")
    with servers.settings_for(mail=server), server.running():
        with clock.frozen(FRIDAY_NIGHT):
            tell(Recipient.account(held))
            tell(Recipient.account(held), key="now", urgency="urgent")
            assert delivering.deliver_due() == 1
        with clock.frozen(MONDAY_EIGHT):
            assert delivering.deliver_due() == 1
    assert [mail["subject"] for mail in server.taken] == ["事项now", "事项k"]


def test_a_loop_that_stood_still_does_not_deliver_at_night():
    with with_mail(), clock.frozen(FRIDAY_NIGHT - timedelta(hours=2)):
        tell(Recipient.account(account(email="w@city.example")))
    with with_mail(), clock.frozen(FRIDAY_NIGHT):
        assert delivering.deliver_due() == 0
    assert Delivery.objects.values_list("state", "due_at", "attempts").get() == (State.WAITING, MONDAY_EIGHT, 0)


def test_a_digest_gathers_a_day_once_and_lets_urgent_ones_pass(tmp_path):
    server, held = servers.mail(tmp_path), account(email="w@city.example")
    preferences.prefer(held, preferences.Wishes(is_digest=True), actor=actor_of(held))
    with servers.settings_for(mail=server), server.running():
        with clock.frozen(MONDAY_NOON):
            for number in range(3):
                tell(Recipient.account(held), key=str(number))
            tell(Recipient.account(held), key="now", urgency="urgent")
            assert delivering.deliver_due() == 1
        with clock.frozen(MONDAY_NOON + timedelta(hours=21)):
            assert [delivering.deliver_due(), delivering.deliver_due()] == [1, 0]
    assert [mail["subject"] for mail in server.taken] == ["事项now", "您有 3 条新消息"]
    assert [title in server.taken[1]["text"] for title in ("事项0", "事项1", "事项2")] == [True] * 3
    assert Delivery.objects.filter(state=State.COLLECTED).count() == 3


def test_whoever_first_holds_the_post_is_told():
    bureau = organisation()
    tell(Recipient.post(bureau, "clerk"))
    delivering.deliver_due()
    assert Delivery.objects.get().sentence == "岗位现在无人任职；有人任职后即通知。"
    late = account(organisation=bureau)
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        delivering.deliver_due()
    assert Notice.objects.get().account == late


def test_a_post_that_nobody_holds_for_two_weeks_is_given_up():
    tell(Recipient.post(organisation(), "clerk"))
    with clock.frozen(clock.now() + timedelta(days=15)):
        delivering.deliver_due()
    assert Delivery.objects.get().state == State.GIVEN_UP
    assert not Post.objects.exists()


@pytest.fixture
def sent(tmp_path):
    """A delivery that a gateway took, with mail to fall back on."""
    servers.gateway(tmp_path)
    held = account(email="w@city.example")
    Preference.objects.create(account=held, channels=["wecom", "mail"], wecom="w", changed_at=clock.now())
    with with_mail(), settings_of(**GATEWAYS):
        tell(Recipient.account(held), urgency="urgent")
        Delivery.objects.update(state=State.SENT, sent_at=clock.now())
        yield Delivery.objects.get()


def receive(what: dict[str, str], *, secret: str = servers.SECRET, ago: int = 0, gateway: str = "wecom"):
    body, path = json.dumps({"receipts": [what]}).encode(), "/api/v1/notify/receipts"
    stamp = str(int(clock.now().timestamp()) - ago)
    headers = {"X-Suixin-Gateway": gateway, "X-Suixin-Timestamp": stamp,
               "X-Suixin-Signature": signature("POST", path, stamp, gateway, body, secret=secret.encode())}
    return Client().post(path, body, content_type="application/json", headers=headers)


def test_a_receipt_says_that_it_arrived_and_says_it_once(sent):
    what = {"id": sent.message_id, "state": "delivered"}
    assert [receive(what).json() for _ in range(2)] == [{"taken": 1, "ignored": 0}, {"taken": 0, "ignored": 1}]
    assert Delivery.objects.get().state == State.DELIVERED


def test_a_receipt_that_it_did_not_arrive_leads_to_the_next_channel(sent):
    assert receive({"id": sent.message_id, "state": "failed", "code": "ABSENT"}).json()["taken"] == 1
    assert Delivery.objects.values_list("channel", "state", "code").get() == ("mail", State.WAITING, "ABSENT")


@pytest.mark.parametrize("how", [{"secret": "guessed"}, {"ago": 400}, {"ago": -400}, {"gateway": "sms"}, {"gateway": "../x"}])
def test_a_receipt_of_anybody_else_or_of_another_time_is_refused(sent, how):
    answer = receive({"id": sent.message_id, "state": "delivered"}, **how)
    assert (answer.status_code, answer.json()["code"]) == (401, "notify-401")
    assert Delivery.objects.get().state == State.SENT


def test_an_operator_sends_again_what_failed_and_it_is_on_record(sent):
    with pytest.raises(WrongDeliveryState):
        actions.retry_delivery(sent, actor=cast.operator)
    Delivery.objects.update(state=State.FAILED)
    with pytest.raises(NotAllowed):
        actions.retry_delivery(sent, actor=cast.auditor)
    assert actions.retry_delivery(sent, actor=cast.operator).state == State.WAITING
    assert Record.objects.filter(action="notify.retried").count() == 1


@pytest.mark.parametrize("wishes", [
    {"channels": ["pigeon"]}, {"channels": ["mail", "mail"]}, {"wecom": "a\nb"}, {"quiet_from": time(20)},
])
def test_a_wish_that_cannot_be_kept_is_refused(wishes):
    held = account()
    with pytest.raises(BadPreference):
        preferences.prefer(held, preferences.Wishes(**wishes), actor=actor_of(held))
    with pytest.raises(NotAllowed):
        preferences.prefer(held, preferences.Wishes(), actor=SYSTEM)


def test_a_name_on_a_chat_service_lies_sealed():
    held = account()
    preferences.prefer(held, preferences.Wishes(wecom="wang.wu"), actor=actor_of(held))
    assert Preference.objects.get().wecom == "wang.wu"
    with connection.cursor() as cursor:
        cursor.execute("SELECT wecom FROM notify_preference")
        assert b"wang.wu" not in bytes(cursor.fetchone()[0])
    assert Record.objects.filter(action="notify.preferred").count() == 1


def test_old_messages_are_forgotten_and_waiting_ones_are_not(sent):
    with clock.frozen(clock.now() + timedelta(days=400)):
        assert keeping.forget_old() == 2
    assert not Notice.objects.exists()
