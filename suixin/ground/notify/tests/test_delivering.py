"""Deliveries to real providers: a mail server and a gateway that die half-way, and what each answer leads to."""

import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings

from suixin.ground.audit.models import Record
from suixin.ground.notify import actions, delivering, trying
from suixin.ground.notify.models import Attempt, Delivery, Preference, State
from suixin.ground.notify.recipients import Recipient
from suixin.ground.notify.tests import servers
from suixin.ground.notify.tests.factories import MONDAY_NOON, account, settings_of
from suixin.kit import clock
from suixin.kit.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


def tell(*to: Recipient, key: str = "k", urgency: str = "urgent") -> None:
    with clock.frozen(MONDAY_NOON):
        actions.send(to, kind="test.told", title="有新的待办", body="请办理\r\n第二行", href="/console/", key=key, urgency=urgency)


def deliver(*, minutes: int = 0) -> int:
    with clock.frozen(MONDAY_NOON + timedelta(minutes=minutes)):
        return delivering.deliver_due()


def one() -> Delivery:
    return Delivery.objects.get()


def test_a_mail_server_killed_half_way_loses_nothing_and_repeats_only_what_it_did_not_answer(tmp_path):
    server = servers.mail(tmp_path)
    with servers.settings_for(mail=server):
        for number in range(6):
            tell(Recipient.address("mail", f"r{number}@city.example"), key=str(number))
        with server.running(die_after=3):
            deliver()
        assert Counter(Delivery.objects.values_list("state", flat=True)) == {State.SENT: 2, State.UNKNOWN: 1, State.RETRYING: 3}
        with server.running():
            deliver(minutes=10)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}
    found = Counter(mail["id"] for mail in server.taken)
    assert sorted(found.values()) == [1, 1, 1, 1, 1, 2]
    assert set(found) == {f"<{row.message_id}@city.example>" for row in Delivery.objects.all()}


def test_a_gateway_killed_half_way_sends_each_message_exactly_once(tmp_path):
    server = servers.gateway(tmp_path)
    with servers.settings_for(wecom=server):
        for number in range(6):
            tell(Recipient.address("wecom", f"w{number}"), key=str(number))
        with server.running(die_after=3):
            deliver()
        assert Counter(Delivery.objects.values_list("state", flat=True))[State.UNKNOWN] == 1
        with server.running():
            deliver(minutes=10)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}
    assert len(server.taken) == 7
    assert len([line for line in server.taken if not line["is_known"]]) == 6


def test_mail_carries_no_header_of_the_texts_and_the_same_text_for_all(tmp_path):
    server = servers.mail(tmp_path)
    with servers.settings_for(mail=server), server.running():
        tell(Recipient.account(account(email="w@city.example")))
        deliver()
    taken = server.taken[0]
    assert (taken["to"], taken["subject"], taken["text"].split()) == ("w@city.example", "有新的待办", ["请办理", "第二行"])
    assert "Auto-Submitted" in taken["headers"]


@pytest.mark.parametrize(("name", "state"), [("550", State.FAILED), ("451", State.RETRYING)])
def test_refusals_of_mail_are_told_apart_by_their_code(tmp_path, name, state):
    server = servers.mail(tmp_path)
    with servers.settings_for(mail=server), server.running():
        tell(Recipient.address("mail", f"{name}@city.example"))
        tell(Recipient.address("mail", "well@city.example"), key="2")
        deliver()
    assert Delivery.objects.get(key="k").state == state
    assert Delivery.objects.get(key="2").state == State.SENT


@pytest.mark.parametrize(("name", "state", "pause"), [
    ("400", State.FAILED, None), ("422", State.FAILED, None), ("503", State.RETRYING, 0), ("429", State.RETRYING, 1800),
    ("401", State.RETRYING, 0),
])
def test_refusals_of_a_gateway_are_told_apart_and_its_pause_is_kept(tmp_path, name, state, pause):
    server = servers.gateway(tmp_path)
    with servers.settings_for(wecom=server), server.running():
        tell(Recipient.address("wecom", name))
        deliver()
    assert one().state == state
    assert pause is None or one().due_at >= MONDAY_NOON + timedelta(seconds=pause)


def test_a_permanent_failure_goes_on_to_the_next_channel(tmp_path):
    gateway, mail = servers.gateway(tmp_path), servers.mail(tmp_path)
    held = account(email="w@city.example")
    Preference.objects.create(account=held, channels=["wecom", "mail"], wecom="400", changed_at=clock.now())
    with servers.settings_for(mail=mail, wecom=gateway), gateway.running(), mail.running():
        tell(Recipient.account(held))
        deliver()
        deliver(minutes=1)
    assert (one().channel, one().state, len(mail.taken)) == ("mail", State.SENT, 1)
    assert list(Attempt.objects.values_list("channel", "outcome")) == [("wecom", "permanent"), ("mail", "accepted")]


def test_a_provider_that_stays_away_is_left_for_the_next_channel(tmp_path):
    gateway, mail = servers.gateway(tmp_path), servers.mail(tmp_path)
    held = account(email="w@city.example")
    Preference.objects.create(account=held, channels=["wecom", "mail"], wecom="w", changed_at=clock.now())
    with servers.settings_for(mail=mail, wecom=gateway), mail.running():
        for number in range(3):
            tell(Recipient.account(held), key=str(number))
        for hour in range(7):
            deliver(minutes=hour * 60)
    assert len({line["id"] for line in mail.taken}) == len(mail.taken) == 3


def test_a_short_message_says_nothing_of_anybody(tmp_path):
    server = servers.gateway(tmp_path)
    with servers.settings_for(sms=server), server.running():
        tell(Recipient.address("sms", "13800000000"))
        deliver()
    body = server.taken[0]["body"]
    assert (body["title"], body["text"]) == ("新的消息", "【遂心】您有新的消息，请登录工作台查看。")


def test_two_loops_at_once_send_each_message_once(tmp_path):
    server = servers.gateway(tmp_path)
    with servers.settings_for(wecom=server), server.running():
        for number in range(40):
            tell(Recipient.address("wecom", f"w{number}"), key=str(number))
        loops = [servers.loop_process(server) for _ in range(2)]
        assert [loop.wait(120) for loop in loops] == [0, 0]
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}
    assert (len(server.taken), Attempt.objects.count()) == (40, 40)


def test_a_loop_killed_between_hand_over_and_record_leaves_an_unknown_that_is_settled_once(tmp_path):
    server = servers.gateway(tmp_path)
    with servers.settings_for(wecom=server), server.running():
        tell(Recipient.address("wecom", "w"))
        dying = servers.loop_process(server, "import os", "delivering.settle = lambda *_: os.kill(os.getpid(), 9)")
        assert dying.wait(120) == -signal.SIGKILL
        assert (one().state, len(server.taken), Attempt.objects.get().outcome) == (State.SENDING, 1, "")
        with clock.frozen(clock.now() + timedelta(minutes=6)):
            delivering.deliver_due()
            assert one().state == State.UNKNOWN
        with clock.frozen(clock.now() + timedelta(minutes=8)):
            delivering.deliver_due()
    assert (one().state, [line["is_known"] for line in server.taken]) == (State.SENT, [False, True])


@pytest.mark.parametrize(("password", "trusted", "state"), [
    ("right", True, State.SENT), ("wrong", True, State.RETRYING), ("right", False, State.RETRYING),
])
def test_mail_signs_in_only_behind_a_certificate_that_is_trusted(tmp_path, monkeypatch, password, trusted, state):
    server = servers.guarded_mail(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    (settings.SUIXIN.keys / "smtp.secret").write_text(password)
    with settings_of(smtp_url=f"smtp+starttls://post@127.0.0.1:{server.port}", mail_from="suixin@city.example"), server.running():
        tell(Recipient.address("mail", "w@city.example"))
        deliver()
    (settings.SUIXIN.keys / "smtp.secret").unlink()
    assert (one().state, len(server.taken)) == (state, 1 if state == State.SENT else 0)


def test_a_gateway_that_asks_for_a_pause_gets_it_and_only_the_refused_message_counts(tmp_path):
    server = servers.gateway(tmp_path)
    with servers.settings_for(wecom=server), server.running():
        for number, name in enumerate(("429", "w1", "w2")):
            tell(Recipient.address("wecom", name), key=str(number))
        deliver()
        assert list(Delivery.objects.order_by("key").values_list("tries", flat=True)) == [1, 0, 0]
        deliver(minutes=29)
        assert server.taken == []
        deliver(minutes=31)
    assert Counter(Delivery.objects.values_list("state", flat=True)) == {State.SENT: 2, State.RETRYING: 1}


def test_one_message_is_tried_at_once_and_is_on_record(tmp_path):
    server = servers.mail(tmp_path)
    with servers.settings_for(mail=server), server.running():
        assert trying.try_channel("mail", "w@city.example", actor=cast.operator).outcome == "accepted"
        with pytest.raises(NotAllowed):
            trying.try_channel("mail", "w@city.example", actor=cast.clerk)
    assert len(server.taken) == 1
    assert Record.objects.filter(action="notify.tested").count() == 1
