"""A message is written with what it tells of, once for each recipient, kind and key."""

from typing import Any

import pytest
from django.db import transaction

from suixin.ground.notify import actions
from suixin.ground.notify.errors import BadMessage
from suixin.ground.notify.models import Delivery, Notice, Preference, State
from suixin.ground.notify.recipients import Recipient
from suixin.ground.notify.tests.factories import MONDAY_NOON, account, with_mail
from suixin.ground.people.models import Account, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


def tell(*to: Recipient, key: str = "k", **more: Any) -> int:
    return actions.send(to, kind="test.told", title=more.pop("title", "有新的待办"), key=key, **more)


def test_it_works():
    with with_mail(), clock.frozen(MONDAY_NOON):
        assert tell(Recipient.account(account(email="w@city.example")), body="请办理", href="/console/") == 1
    notice, delivery = Notice.objects.get(), Delivery.objects.get()
    assert (notice.title, notice.body, notice.href, notice.read_at) == ("有新的待办", "请办理", "/console/", None)
    assert (delivery.channel, delivery.state, delivery.due_at) == ("mail", State.WAITING, MONDAY_NOON)


def test_nobody_is_told_twice_under_one_key():
    bureau = organisation()
    held = account(email="w@city.example", organisation=bureau)
    to = Recipient.post(bureau, "clerk"), Recipient.account(held), Recipient.address("mail", "a@b.example")
    with with_mail():
        counts = [tell(*to) for _ in range(2)]
    assert counts == [2, 0]
    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 2)


def test_a_post_is_told_by_its_present_holders():
    bureau = organisation()
    account("gone", organisation=bureau)
    Post.objects.update(valid_to=clock.today())
    account("off", organisation=bureau)
    account("here", organisation=bureau)
    account("other", organisation=bureau, role="review")
    Account.objects.filter(username="off").update(is_active=False)
    tell(Recipient.post(bureau, "clerk"))
    assert list(Notice.objects.values_list("account__username", flat=True)) == ["here"]


def test_a_post_that_nobody_holds_waits_in_the_outbox():
    bureau = organisation()
    assert [tell(Recipient.post(bureau, "clerk")) for _ in range(2)] == [1, 0]
    waiting = Delivery.objects.get()
    assert (waiting.channel, waiting.state, waiting.role) == ("", State.WAITING, "clerk")


def test_a_message_falls_with_its_transaction():
    with transaction.atomic():
        tell(Recipient.account(account("li")))
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


@pytest.mark.parametrize("fault", [
    {"key": ""}, {"key": "k" * 201}, {"title": "\r\n"}, {"href": "//evil.example/"}, {"href": "https://evil.example"},
    {"href": "/a\nb"}, {"href": "/\\evil.example"}, {"urgency": "never"},
])
def test_a_faulty_message_is_refused(fault):
    with pytest.raises(BadMessage):
        tell(Recipient.account(account()), **fault)


@pytest.mark.parametrize("address", ["", "a@b.example\r\nBcc: x@y.example", " a@b.example"])
def test_an_address_cannot_carry_a_header(address):
    with pytest.raises(BadMessage):
        tell(Recipient.address("mail", address))


def test_a_title_stays_on_one_line_and_within_its_length():
    tell(Recipient.account(account()), title="甲\r\nBcc: x@y.example" + "乙" * 300)
    title = Notice.objects.get().title
    assert (title[:17], len(title), title[-1]) == ("甲 Bcc: x@y.exampl", 200, "…")


def test_without_a_channel_that_reaches_only_the_notice_is_written():
    with with_mail():
        tell(Recipient.account(account()))
    Preference.objects.create(account=account("li", email="l@city.example"), channels=[], changed_at=clock.now())
    with with_mail():
        tell(Recipient.account(Account.objects.get(username="li")), key="2")
    assert (Notice.objects.count(), Delivery.objects.count()) == (2, 0)


def test_telling_many_costs_a_constant_number_of_queries(django_assert_max_num_queries):
    bureau = organisation()
    for number in range(8):
        account(f"c{number}", email=f"c{number}@city.example", organisation=bureau)
    with with_mail(), django_assert_max_num_queries(10):
        assert tell(Recipient.post(bureau, "clerk")) == 8


def test_a_notice_is_read_by_its_own_account_only():
    mine = account()
    tell(Recipient.account(mine), Recipient.account(account("li")))
    with pytest.raises(NotAllowed):
        actions.mark_read(mine, None, actor=actor_of(account("zhao")))
    assert actions.mark_read(mine, None, actor=actor_of(mine)) == 1
    assert list(Notice.objects.filter(read_at=None).values_list("account__username", flat=True)) == ["li"]
