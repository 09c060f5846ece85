"""The cascade in the browser: two officers join a platform, compare the fingerprint, connect, agree on what flows, change keys."""

import argparse
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.access.tests.factories import make_resource, node_at
from suixin.data.catalog.models import Resource
from suixin.data.sharing.cascade import connecting, reconciling
from suixin.data.sharing.cascade.models import Flow, Intake, Link, LinkState, Outgoing, Platform
from suixin.data.sharing.cascade.tests.factories import FakePeer
from suixin.ground.jobs.models import Job
from suixin.ground.link.introductions import introduction_of
from suixin.ground.link.models import Peer, PeerState
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.tests.factories import tree
from suixin.ground.security.actions import rotate_key
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import sm2_keypair
from suixin.site.cli import cascade as cascade_command

pytestmark = pytest.mark.django_db
HOME = "/console/cascade/"
PAGE = f"{HOME}platforms/sc/"


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch, settings):
    with node_at(tmp_path, monkeypatch):
        settings.SUIXIN = replace(settings.SUIXIN, source_networks=("127.0.0.0/8",))
        connecting.declare()
        yield


@pytest.fixture
def two() -> list[Client]:
    """Two officers of the city's bureau, and a clerk."""
    city, clients = tree(), []
    for name, role in (("one", "data_officer"), ("two", "data_officer"), ("clerk", "clerk")):
        account = Account.objects.create(username=name, display_name=name)
        Post.objects.create(account=account, organisation=city.bureau if role == "data_officer" else city.department, role=role)
        client = Client()
        client.force_login(account)
        clients.append(client)
    return clients


def press(client: Client, move: str, page: str = PAGE, **given: object) -> int:
    """The answer's status to a button of the page, with what was typed."""
    return client.post(page, {"move": move, "reason": "川数函〔2026〕1 号", **given}).status_code


def joined(one: Client, other: Client) -> FakePeer:
    """The province's platform, registered by one, approved by the other, connected."""
    peer = FakePeer()
    identity = {"code": "sn", "name": "遂宁市平台", "level": "city", "division": "510900", "address": "http://127.0.0.1:8"}
    assert press(one, "identity", f"{HOME}joining/", **identity) == 302
    file = SimpleUploadedFile("sc.json", peer.introduction())
    assert press(one, "register", f"{HOME}joining/", file=file, role="upper") == 302
    fingerprint = introduction_of(peer.introduction()).fingerprint
    assert fingerprint not in one.get(PAGE).content.decode()  # it is heard, not copied
    assert press(one, "approve", fingerprint=fingerprint) == 422
    assert press(other, "approve", fingerprint="0000") == 422
    assert press(other, "approve", fingerprint=fingerprint) == 302
    bureau = Organisation.objects.filter(is_bureau=True).first()
    assert bureau is not None
    terms = {"organisation": bureau.slug, "level": "province", "division": "510000"}
    assert press(one, "connect", way="folder", **terms) == 422
    assert press(one, "connect", way="http", **terms) == 302
    return peer


def test_platform_is_joined_by_two_officers_stopped_held_and_resumed(two: list[Client]) -> None:
    one, other, clerk = two
    joined(one, other)
    assert (Platform.objects.get().code, Peer.objects.get().state, Link.objects.get().state) == ("sn", "active", "active")
    assert introduction_of(one.get(f"{HOME}introduction.json").content).code == "sn"
    assert (clerk.get(PAGE).status_code, clerk.get(f"{HOME}joining/").status_code, press(clerk, "stop")) == (200, 403, 403)
    assert (press(one, "run"), press(one, "reconcile", day="2026-11-29"), press(one, "tell")) == (302, 302, 302)
    assert list(Job.objects.order_by("pk").values_list("kind", "arguments__day")) == [
        ("cascade.run", None), ("cascade.reconcile", "2026-11-29")]
    assert Link.objects.get().catalogue == 0
    Link.objects.update(state=LinkState.HELD, sentence="两端不同")
    assert (press(one, "run"), press(one, "resume", after="0")) == (400, 302)
    assert (press(one, "suspend"), Peer.objects.get().state) == (302, PeerState.SUSPENDED)
    assert (press(other, "activate"), press(one, "stop"), Link.objects.get().state) == (302, 302, LinkState.STOPPED)


def test_flows_are_offered_paused_accepted_and_new_keys_confirmed_on_the_page(two: list[Client]) -> None:
    one, other, _ = two
    peer, link = joined(one, other), Link.objects.get()
    Resource.objects.filter(pk=make_resource("people_list").pk).update(provider=Organisation.objects.get(is_bureau=False, name="市民政局"))
    offer = {"resource": "people_list", "basis": "条例第二十四条", "until": "2099-01-01"}
    assert press(one, "offer", **offer | {"resource": "nothing"}) == 422
    assert press(one, "offer", **offer) == 302
    flow = Flow.objects.get()
    assert (press(one, "pause_flow", flow=str(flow.uuid)), Flow.objects.get().state) == (302, "paused")
    told = {"title": "省级名单", "items": [{"field": "nothing", "name": "没有的"}], "key": ["code"]}
    peer.tells(link, "flow", told, about="00000000-0000-0000-0000-000000000001")
    refused = one.post(PAGE, {"move": "accept", "intake": str(Intake.objects.get().uuid), "resource": "people_list"})
    assert (refused.status_code, "没有的" in refused.content.decode()) == (422, True)
    new = FakePeer(keys=sm2_keypair())
    peer.tells(link, "keys", {"introduction": new.introduction().decode()})
    assert "确认对端的新公钥" in one.get(HOME).content.decode()
    fingerprint = introduction_of(new.introduction()).fingerprint
    assert (press(one, "accept_keys", fingerprint="00"), press(one, "accept_keys", fingerprint=fingerprint)) == (422, 302)
    assert Peer.objects.get().signing_key == new.keys.public.hex()


def test_counts_that_were_read_back_are_shown_with_what_only_one_end_has(two):
    one, other, _ = two
    joined(one, other)
    Link.objects.update(way="direct")
    reconciling.keep(
        Link.objects.get(), clock.today(), is_outward=True, ours={"messages": 31, "rows": 29}, theirs={"messages": 30, "rows": 29},
        missing=["目录 307/2"], different=["资源 307/3"],
    )
    for page in (HOME, PAGE):
        shown = one.get(page).content.decode()
        assert all(text in shown for text in ("回读登记", "只有一端有：目录 307/2", "版本不同：资源 307/3", "不一致，待处理"))


def typed(*words: str) -> None:
    """What `suixin cascade` does with these words."""
    parser = argparse.ArgumentParser()
    cascade_command.add_arguments(parser)
    cascade_command.run(parser.parse_args([*words, "--as", "one", "--reason", "电话核对"]))


def test_keys_are_told_again_and_announced_ones_refused_from_the_shell(two, capsys):
    one, other, _ = two
    peer = joined(one, other)
    rotate_key("link", actor=SYSTEM, reason="年度更换")
    typed("tell-keys", "sc")
    assert ("已再次告知省平台" in capsys.readouterr().out, Outgoing.objects.filter(kind="keys").count()) == (True, 1)
    peer.tells(Link.objects.get(), "keys", {"introduction": FakePeer(keys=sm2_keypair()).introduction().decode()})
    typed("refuse-keys", "sc")
    assert ("没有确认省平台" in capsys.readouterr().out, Peer.objects.get().next_keys) == (True, {})
