"""The pages of exchange: each kind set up from a grant, moved, shown with its state; others' are neither shown nor moved."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from django.test import Client

from suixin.data.access.actions import revoke_grant
from suixin.data.access.models import Door, Grant, SubjectKind
from suixin.data.access.tests.factories import filled, grant, node_at
from suixin.data.catalog.models import Resource
from suixin.data.collection.declaring import SourceDraft, declare_source
from suixin.data.collection.sources.base import Kind
from suixin.data.doors.errors import MessageRefused
from suixin.data.doors.files import building, ordering
from suixin.data.doors.files.models import FileOrder, ReceiverKey
from suixin.data.doors.models import (
    DeadLetter,
    ExchangeRun,
    ExchangeState,
    ShareToken,
    Subscription,
    TableExchange,
    Target,
)
from suixin.data.doors.proxies.models import Proxy
from suixin.data.doors.subscriptions import delivering, subscribing
from suixin.data.doors.tables import declaring, running
from suixin.data.doors.tests.client import make_caller
from suixin.data.sharing import usage
from suixin.ground.jobs.models import Job
from suixin.ground.people.models import Account, Application, Organisation, Post
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import sm2_keypair

pytestmark = pytest.mark.django_db
HOME = "/console/exchange/"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, settings):
    with node_at(tmp_path, monkeypatch):
        (tmp_path / "incoming").mkdir()
        settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path, lake=tmp_path / "lake", source_networks=("127.0.0.0/8",))
        yield tmp_path


@pytest.fixture
def application() -> Application:
    """The hospital's system, of the bureau, granted five rows at every door."""
    make_caller()
    found = Application.objects.select_related("organisation").get(app_id="hospital")
    grant(filled(5), subject_kind=SubjectKind.APPLICATION, subject_key="hospital", doors=[one.value for one in Door])
    return found


def enter(client: Client, role: str, where: Organisation) -> None:
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=where, role=role)
    client.force_login(account)


def receiver(client: Client, application: Application, address: str) -> Target:
    told = {"organisation": application.organisation.pk, "name": "前置库", "slug": "front", "address": address, "password": "pass-word-9"}
    assert client.post(f"{HOME}tables/receivers/new/", told).status_code == 302
    return Target.objects.get()


def subscribed(client: Client, application: Application) -> tuple[Subscription, str]:
    [one] = application_grants(client, "subscriptions")
    told = {"application": application.pk, "url": "http://127.0.0.1:9/hook"}
    page = client.post(one, told).content.decode()
    return Subscription.objects.get(), page


def application_grants(client: Client, kind: str) -> list[str]:
    """Addresses that the page of choices leads to."""
    page = client.get(f"{HOME}{kind}/new/")
    return [cell.href for row in page.context["choices"].rows for cell in row if cell.href]


def test_rows_arrive_in_a_database_that_was_registered_on_a_page_and_leave_a_receipt(client: Client, application, home) -> None:
    enter(client, "head_of_sharing", application.organisation)
    target = receiver(client, application, f"sqlite://{home}/incoming/x.db")
    assert target.is_well
    [address] = application_grants(client, "tables")
    form = client.get(address).context["form"]
    told = {name: form[name].initial for name in form.fields if name.startswith("column_")}
    told |= {"application": application.pk, "target": target.pk, "table": "people", "amount": "changes", "schedule": ""}
    told["column_1"] = "full_name"
    assert client.post(address, {**told, "schedule": "nonsense"}).status_code == 422
    page = client.post(address, told)
    exchange = TableExchange.objects.get()
    assert (page.status_code, exchange.mapping["name"]) == (302, "full_name")
    client.post(page.headers["Location"], {"move": "run"})
    running.run_exchange(TableExchange.objects.get(), actor=SYSTEM)
    with closing(sqlite3.connect(home / "incoming" / "x.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM (SELECT full_name FROM people)").fetchone() == (5,)
    shown = client.get(page.headers["Location"]).content.decode()
    assert "一致" in shown
    assert "pass-word-9" not in shown + client.get(f"{HOME}tables/receivers/front/").content.decode()
    receipt = client.get(f"{HOME}receipts/{ExchangeRun.objects.get().pk}.json")
    assert orjson.loads(receipt.content)
    assert "suixin receipt verify" in client.get(f"{HOME}receipts/").content.decode()


def test_exchange_is_paused_resumed_begun_anew_and_its_database_disabled(client: Client, application, home) -> None:
    enter(client, "head_of_sharing", application.organisation)
    target = receiver(client, application, f"sqlite://{home}/incoming/x.db")
    exchange = declaring.declare_exchange(
        target, application, filled_resource(application), draft=declaring.ExchangeDraft("people"), actor=SYSTEM)
    here = f"{HOME}tables/{exchange.uuid}/"
    client.post(here, {"move": "pause"})
    assert TableExchange.objects.get().state == ExchangeState.PAUSED
    for wish in ("resume", "anew"):
        client.post(here, {"move": wish})
    assert Job.objects.get(kind=declaring.JOB).arguments == {"exchange": exchange.pk, "is_anew": True}
    where = f"{HOME}tables/receivers/front/"
    assert client.post(where, {"move": "disable", "reason": ""}).status_code == 422
    client.post(where, {"move": "disable", "reason": "换库"})
    client.post(where, {"move": "rotate", "reason": "到期", "password": "another-9"})
    target.refresh_from_db()
    assert (target.is_active, target.is_well, target.secret) == (False, None, "another-9")
    with pytest.raises(Exception, match="停用"):
        running.run_exchange(TableExchange.objects.get(), actor=SYSTEM)


def filled_resource(application: Application) -> Resource:
    return Grant.objects.get(subject_key=application.app_id).resource


def test_secret_is_shown_once_letters_go_again_and_changes_are_replayed(client: Client, application, monkeypatch) -> None:
    enter(client, "head_of_sharing", application.organisation)
    told, page = subscribed(client, application)
    here, sent = f"{HOME}subscriptions/{told.uuid}/", []
    assert told.secret in page
    assert told.secret not in client.get(here).content.decode()
    client.post(here, {"move": "replay", "version": "0", "reason": "接收方丢失"})

    def refuse(*_, **__):
        raise MessageRefused("接收方不收这条消息(HTTP 400)")

    monkeypatch.setattr(delivering, "send", refuse)
    for _ in range(delivering.REFUSALS):
        delivering.deliver(told, actor=SYSTEM)
    assert "HTTP 400" in client.get(here).content.decode()
    assert "1 条未达" in client.get(HOME).content.decode()
    monkeypatch.setattr(subscribing, "send", lambda _, name, body, **__: sent.append(name))
    client.post(here, {"move": "all"})
    assert (len(sent), DeadLetter.objects.get().sent_at is None) == (1, False)
    assert [one.rows for one in usage.calls_since(clock.now() - timedelta(days=1)) if one.grant] == [5]
    DeadLetter.objects.update(sent_at=None)
    revoke_grant(Grant.objects.get(), actor=SYSTEM, reason="到期")
    client.post(here, {"move": "all"})
    assert len(sent) == 1
    rotated = client.post(here, {"move": "rotate", "reason": "到期"}).content.decode()
    assert Subscription.objects.get().secret in rotated
    assert Subscription.objects.get().secret != told.secret


def test_profile_file_is_issued_rotated_and_revoked(client: Client, application) -> None:
    enter(client, "head_of_sharing", application.organisation)
    page = client.post(f"{HOME}recipients/", {"application": application.pk, "days": "30"}).content.decode()
    assert "bearerToken" in page
    here = f"{HOME}recipients/{ShareToken.objects.get().pk}/"
    assert "bearerToken" in client.post(here, {"move": "rotate", "reason": "到期"}).content.decode()
    assert "bearerToken" not in client.get(here).content.decode()
    client.post(here, {"move": "revoke", "reason": "泄露"})
    assert [one.revoked_at is None for one in ShareToken.objects.order_by("pk")] == [False, True]


def test_interface_is_registered_by_one_and_approved_by_another(client: Client, application) -> None:
    resource = filled_resource(application)
    source = declare_source(SourceDraft(
        "民政接口", "civil", Kind.HTTP, resource.provider, "http://127.0.0.1:9/api", {"paths": "/persons", "auth": "none"}), actor=SYSTEM)
    enter(client, "clerk", resource.provider)
    told = {
        "source": source.pk, "method": "POST", "path": "persons", "parameters": "code=id", "fixed": '{"kind": "person"}', "rows": "data",
        "members": "name=xm", "sample": "code=A1", "seconds": "2", "per_second": "9", "reason": "实时查询",
    }
    address = f"{HOME}proxies/new/?resource={resource.table}"
    assert client.post(address, {**told, "parameters": "code"}).status_code == 422
    page = client.post(address, told)
    assert (page.status_code, Proxy.objects.get().is_well) == (302, False)
    assert client.post(page.headers["Location"], {"move": "approve", "reason": "同意"}).status_code == 403
    Proxy.objects.update(is_well=True)
    client = Client()
    enter(client, "head_of_sharing", resource.provider)
    assert "待批准" in client.get(HOME).content.decode()
    assert client.post(page.headers["Location"], {"move": "approve", "reason": "同意"}).status_code == 302
    assert (Proxy.objects.get().state, Proxy.objects.get().fixed) == ("active", {"kind": "person"})


def test_packages_are_ordered_for_a_key_made_paused_and_given_another_key(client: Client, application) -> None:
    enter(client, "department_head", application.organisation)
    [one] = application_grants(client, "files")
    told = {"application": application.pk, "key": "no key", "form": "csv", "is_automatic": "on", "days": "9"}
    refused = client.post(one, told)
    assert (refused.status_code, FileOrder.objects.count(), ReceiverKey.objects.count()) == (422, 0, 0)
    client.post(one, told | {"key": sm2_keypair().public.hex()})
    order, first = FileOrder.objects.get(), ReceiverKey.objects.get()
    building.build_package(order, actor=SYSTEM)
    here = f"{HOME}files/{order.uuid}/"
    for wish, state in (("run", "enabled"), ("pause", "paused"), ("resume", "enabled")):
        assert client.post(here, {"move": wish}).status_code == 302
        assert FileOrder.objects.get().state == state
    assert Job.objects.filter(kind=ordering.JOB).count() == 1
    assert client.post(here, {"move": "key", "key": "04ab"}).status_code == 422
    assert client.post(here, {"move": "key", "key": sm2_keypair().public.hex()}).status_code == 302
    assert ReceiverKey.objects.get(ended_at=None).fingerprint != first.fingerprint
    page = client.get(here).content.decode()
    assert all(word in page for word in ("待接收", "suixin package open", ReceiverKey.objects.get(ended_at=None).fingerprint))
    assert "待接收" in client.get(f"{HOME}files/").content.decode()


def test_another_body_sees_and_moves_nothing(client: Client, application, home) -> None:
    enter(client, "department_head", application.organisation)
    target = receiver(client, application, f"sqlite://{home}/incoming/x.db")
    table = declaring.declare_exchange(
        target, application, filled_resource(application), draft=declaring.ExchangeDraft("people"), actor=SYSTEM)
    told, _ = subscribed(client, application)
    client = Client()
    enter(client, "head_of_sharing", organisation("人社局", number=2))
    for path in ("", "tables/", "files/", "subscriptions/", "proxies/", "recipients/", "receipts/"):
        page = client.get(f"{HOME}{path}")
        assert page.status_code == 200
        assert "医院系统" not in page.content.decode()
    order = FileOrder.objects.create(application=application, resource=table.resource, created_at=clock.now())
    for path in (f"tables/{table.uuid}/", f"files/{order.uuid}/", f"subscriptions/{told.uuid}/", "tables/receivers/front/"):
        assert client.get(f"{HOME}{path}").status_code == 403
        assert client.post(f"{HOME}{path}", {"move": "pause"}).status_code == 403
