"""Pages of messages: one's own, how one is told, the outbox without texts."""

import pytest
from django.test import Client

from suixin.ground.notify import actions
from suixin.ground.notify.models import Delivery, Notice, Preference, State
from suixin.ground.notify.recipients import Recipient
from suixin.ground.notify.tests.factories import account
from suixin.ground.people.models import Account
from suixin.ground.people.tests.factories import organisation

pytestmark = pytest.mark.django_db


def enter(client: Client, role: str = "clerk", number: int = 1) -> Account:
    held = account(role, organisation=organisation(number=number), role=role)
    client.force_login(held)
    return held


def tell(to: Account, key: str = "k", href: str = "/console/notices/?show=unread") -> None:
    actions.send([Recipient.account(to)], kind="test.told", title=f"事项{key}", body="<b>请办理</b>", href=href, key=key)


def test_bell_counts_the_unread_and_the_list_shows_them_escaped(client):
    held = enter(client)
    tell(held)
    page = client.get("/console/notices/").content.decode()
    assert '<b class="count">1<' in page
    assert "&lt;b&gt;请办理" in page


def test_a_notice_is_opened_and_then_read(client):
    tell(enter(client))
    answer = client.post("/console/notices/read/", {"notice": str(Notice.objects.get().uuid), "wish": "open"})
    assert answer["Location"] == "/console/notices/?show=unread"
    assert '<b class="count">' not in client.get("/console/notices/").content.decode()


def test_all_are_read_at_once_and_only_ones_own(client):
    tell(enter(client))
    tell(account("li"))
    client.post("/console/notices/read/", {"notice": "all"})
    assert Notice.objects.filter(read_at=None).count() == 1
    other = Notice.objects.get(read_at=None)
    client.post("/console/notices/read/", {"notice": str(other.uuid), "wish": "open"})
    assert Notice.objects.filter(read_at=None).count() == 1


def test_a_long_list_is_paged_and_filtered(client):
    held = enter(client)
    for number in range(35):
        tell(held, key=str(number))
    first = client.get("/console/notices/?show=unread").content.decode()
    assert first.count("notice-line ") == 30
    oldest = Notice.objects.order_by("-pk")[29].pk
    assert client.get(f"/console/notices/?before={oldest}").content.decode().count("notice-line ") == 5


def test_preferences_are_kept_and_shown_again(client):
    enter(client)
    asked = {"is_own": "on", "first": "wecom", "second": "mail", "wecom": "wang.wu", "has_quiet": "on", "quiet_from": "20:00",
             "quiet_until": "07:30"}
    assert client.post("/console/account/notices/", asked).status_code == 302
    assert Preference.objects.get().channels == ["wecom", "mail"]
    page = client.get("/console/account/notices/").content.decode()
    assert 'value="wang.wu"' in page
    assert 'value="20:00"' in page
    assert client.post("/console/account/notices/", {**asked, "quiet_until": ""}).status_code == 422


def test_operator_sees_state_and_reason_and_never_text_or_address(client):
    enter(client, "operator")
    actions.send([Recipient.address("mail", "zhang@city.example")], kind="test.told", title="张三的事项", key="k")
    Delivery.objects.update(state=State.FAILED, sentence="发信服务器拒绝了这封邮件。", code="550")
    page = client.get("/console/outbox/?state=failed").content.decode()
    assert "发信服务器拒绝了这封邮件。" in page
    assert "张三" not in page
    assert "zhang@" not in page
    assert client.post("/console/outbox/retry/", {"delivery": str(Delivery.objects.get().uuid)}).status_code == 302
    assert Delivery.objects.get().state == State.WAITING


def test_auditor_looks_only_and_a_clerk_does_not_even_look(client):
    enter(client, "auditor")
    Delivery.objects.create(recipient="x", kind="k", key="k", title="t", channel="mail", state=State.FAILED,
                            created_at="2026-01-01T00:00Z", due_at="2026-01-01T00:00Z")
    assert "重发" not in client.get("/console/outbox/").content.decode()
    assert client.post("/console/outbox/retry/", {"delivery": str(Delivery.objects.get().uuid)}).status_code == 403
    other = Client()
    enter(other, number=2)
    assert other.get("/console/outbox/").status_code == 403
