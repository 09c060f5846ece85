"""The page of exchanges: what each kind shows, what is done there, and that others' exchanges are neither shown nor moved."""

from dataclasses import replace

import pytest
from django.test import Client

from suixin.data.access.models import SubjectKind
from suixin.data.access.tests.factories import filled, grant, node_at
from suixin.data.doors.delta import recipients
from suixin.data.doors.files import building, ordering
from suixin.data.doors.files.models import FileOrder
from suixin.data.doors.models import ExchangeState, Subscription, TableExchange
from suixin.data.doors.subscriptions import subscribing
from suixin.data.doors.tables import declaring
from suixin.data.doors.tests.client import make_caller
from suixin.ground.jobs.models import Job
from suixin.ground.people.models import Account, Application, Organisation, Post
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import sm2_keypair

pytestmark = pytest.mark.django_db
LIST = "/console/exchanges/"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, settings):
    with node_at(tmp_path, monkeypatch):
        (tmp_path / "incoming").mkdir()
        settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path, lake=tmp_path / "lake", source_networks=("127.0.0.0/8",))
        yield


@pytest.fixture
def exchanges(tmp_path):
    """One of each kind, of the bureau's application."""
    make_caller()
    application = Application.objects.select_related("organisation").get(app_id="hospital")
    resource = filled(5)
    grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital")
    target = declaring.declare_target(
        application.organisation, slug="front", name="前置库", address=f"sqlite://{tmp_path}/incoming/x.db", actor=SYSTEM
    )
    table = declaring.declare_exchange(target, application, resource, draft=declaring.ExchangeDraft("people"), actor=SYSTEM)
    told, _ = subscribing.subscribe(application, resource, "http://127.0.0.1:9/hook", actor=SYSTEM)
    recipients.make_token(application, actor=SYSTEM)
    ordering.register_key(application, sm2_keypair().public.hex(), actor=SYSTEM)
    building.build_package(ordering.declare_order(application, resource, ordering.OrderDraft(), actor=SYSTEM), actor=SYSTEM)
    return table, told, application.organisation


def enter(client: Client, role: str, where: Organisation) -> None:
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=where, role=role)
    client.force_login(account)


def test_each_kind_is_listed_with_its_state(client: Client, exchanges) -> None:
    enter(client, "head_of_sharing", exchanges[2])
    told = (
        ("tables", "前置库"), ("files", "待接收"), ("subscriptions", "http://127.0.0.1:9/hook"), ("shares", "sxs_…"),
        ("nonsense", "people"),
    )
    for kind, words in told:
        page = client.get(f"{LIST}?kind={kind}").content.decode()
        assert words in page, kind
        assert "医院系统" in page


def test_exchange_is_paused_resumed_run_and_begun_anew(client: Client, exchanges) -> None:
    table, told, where = exchanges
    enter(client, "head_of_sharing", where)
    address = f"{LIST}tables/{table.pk}/move/"
    assert client.post(address, {"move": "pause"}).status_code == 302
    assert TableExchange.objects.get().state == ExchangeState.PAUSED
    client.post(address, {"move": "resume"})
    client.post(address, {"move": "anew"})
    assert Job.objects.get(kind=declaring.JOB).arguments == {"exchange": table.pk, "is_anew": True}
    client.post(f"{LIST}subscriptions/{told.pk}/move/", {"move": "anew"})
    assert Subscription.objects.get().version == 0
    order = FileOrder.objects.get()
    client.post(f"{LIST}files/{order.pk}/move/", {"move": "run"})
    client.post(f"{LIST}files/{order.pk}/move/", {"move": "pause"})
    assert (FileOrder.objects.get().state, Job.objects.filter(kind=ordering.JOB).count()) == ("paused", 1)
    assert client.post(f"{LIST}nothing/{told.pk}/move/", {"move": "pause"}).status_code == 404


def test_exchange_of_another_body_is_neither_shown_nor_moved(client: Client, exchanges) -> None:
    table, told, _ = exchanges
    enter(client, "head_of_sharing", organisation("人社局", number=2))
    for kind in ("tables", "files", "subscriptions", "shares"):
        assert "医院系统" not in client.get(f"{LIST}?kind={kind}").content.decode()
    assert client.post(f"{LIST}tables/{table.pk}/move/", {"move": "pause"}).status_code == 403
    assert client.post(f"{LIST}subscriptions/{told.pk}/move/", {"move": "pause"}).status_code == 403
    assert Subscription.objects.get().state == ExchangeState.ENABLED
