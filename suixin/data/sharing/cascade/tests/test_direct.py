"""数据直达: our letters as its calls, its answers as letters, over real HTTP; whatever fails is a sentence, and nothing is told twice."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from suixin.data.access.tests.factories import node_at
from suixin.data.doors import callers
from suixin.data.lake.models import Batch
from suixin.data.quality.loop.doubts import Wrong
from suixin.data.sharing.cascade import (
    applying,
    asking,
    connecting,
    landing,
    linking,
    objecting,
    posting,
    running,
    serving,
)
from suixin.data.sharing.cascade.adapters.direct import account, calling, deputy
from suixin.data.sharing.cascade.adapters.direct.account import Issued
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import (
    DirectAccount,
    DirectReport,
    Incoming,
    Intake,
    LetterKind,
    Link,
    Objection,
    RemoteEntry,
    RemoteRequest,
    Way,
)
from suixin.data.sharing.cascade.tests.factories import SECOND, FakePeer, linked
from suixin.data.sharing.cascade.tests.national import RID, ROWS, SECRET, SERVICES, National, national
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import entry
from suixin.ground.link.actions import approve_peer, register_peer
from suixin.ground.link.errors import WrongPeer
from suixin.ground.link.models import Role
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotFound

pytestmark = pytest.mark.django_db
ITEMS = [{"item_name": "编码", "item_field": "CODE", "item_type": "C", "item_length": "12", "is_key": "1"},
         {"item_name": "数量", "item_field": "number", "item_type": "N", "item_length": "9"}]


@pytest.fixture(autouse=True)
def _node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.0/8",)))
        connecting.declare()
        yield


@pytest.fixture
def above():
    with national() as found:
        yield found


def joined(above: National, **issued: Any) -> Link:
    """The platform, registered, approved by a second person, connected, with what it issued."""
    linking.set_platform(code="sn", name="遂宁市平台", level="city", division="510900", actor=SYSTEM)
    peer = account.register_direct("gj", "国家平台", above.address, role=Role.UPPER, actor=SYSTEM, reason="接入函")
    peer = approve_peer(peer, fingerprint=peer.fingerprint, actor=SECOND, reason="已核对")
    bureau, _ = Organisation.objects.get_or_create(uscc="11100000XX0000001A", defaults={"name": "国家数据局", "slug": "national"})
    link = linking.connect(peer, linking.Terms(bureau, "province", "100000", way=Way.DIRECT), actor=SYSTEM, reason="接入函")
    account.set_account(link, Issued(RID, SECRET, SERVICES, **issued), actor=SYSTEM, reason="接入函")
    return link


def test_introduction_whose_key_is_only_called_like_the_deputys_passes_neither_as_a_file_nor_as_a_direct_platform(above):
    linking.set_platform(code="sn", name="遂宁市平台", level="city", division="510900", actor=SYSTEM)
    forged = FakePeer(code="gj", key_id="direct:1")
    with pytest.raises(WrongPeer, match="direct:1"):
        register_peer(forged.introduction(), Role.UPPER, actor=SYSTEM, reason="来函")
    real = account.register_direct("gj", "国家平台", above.address, role=Role.UPPER, actor=SYSTEM, reason="接入函")
    peer = register_peer(forged.introduction(), Role.UPPER, actor=SYSTEM, reason="来函", purpose="direct")  # as before it was refused
    assert (real.signing_key_id, deputy.is_for(real), deputy.is_for(peer)) == ("direct:1", True, False)
    with pytest.raises(WrongLink, match="另一种方式"):
        account.register_direct("gj", "国家平台", above.address, role=Role.UPPER, actor=SYSTEM, reason="接入函")


def test_letters_in_the_name_of_a_direct_platform_are_not_taken_over_the_network(above, monkeypatch):
    joined(above)
    monkeypatch.setattr(callers, "identify", lambda _: None)
    call: Any = SimpleNamespace(request=SimpleNamespace(most_bytes=0), resource="gj", actor=SimpleNamespace(key="cascade-gj"))
    with pytest.raises(NotFound, match="没有这个级联平台"):
        serving.take(call)


def tell(link: Link, number: int, kind: str = "published", code: str = "307/1") -> None:
    """An event of our catalogue, written to the platform."""
    items = [{"name": "编码", "field": "code", "type": "C", "is_key": True}]
    content = {"provider": "11510900XX", "share_type": "conditional", "items": items}
    event = {"number": number, "kind": kind, "code": code, "table": "units", "title": "单位", "provider": "市局", "version": number,
             "digest": "", "content": content}
    posting.post(link, LetterKind.ENTRIES, {"entries": [event]}, rows=1)


def turn(link: Link) -> running.Turn:
    """The worker's turn."""
    return running.run_link(Link.objects.select_related("peer").get(pk=link.pk), actor=SYSTEM)


def test_catalogue_goes_up_is_changed_and_revoked_and_a_refused_entry_is_sent_again(above):
    link = joined(above, names={"cata_title": "catalog_name"})
    above.refuses.add("307/2")
    for number, code in ((1, "307/1"), (2, "307/2"), (3, "307/1")):
        tell(link, number, code=code)
    told = turn(link)
    assert (told.fault, told.sent, Link.objects.get().acknowledged) == ("", 3, 3)
    assert above.calls[-3:] == ["catalog_register", "catalog_register", "catalog_change"]
    sent = above.registered["307/1"]
    assert (sent["up_cata_id"], sent["catalog_name"], sent["share_type"], sent["region_code"]) == ("up-307/1", "单位", "2", "510900")
    assert sent["items"][0]["is_key"] == "1"
    refused = DirectReport.objects.get(state="refused")
    assert (refused.code, "目录名称重复" in refused.sentence, len(refused.faults)) == ("catalog-101", True, 1)
    above.refuses.clear()
    account.replay(refused, actor=SYSTEM, reason="已改名")
    tell(link, 4, "withdrawn")
    assert (turn(link).fault, set(above.registered)) == ("", {"307/2"})
    assert list(DirectReport.objects.values_list("state", flat=True)) == ["done"] * 4


@pytest.mark.parametrize(("mood", "word"), [
    ("broken", "HTTP 500"), ("html", "不是数据直达的"), ("refusing", "失败"), ("slow", "没有答复"), ("skewed", "秒，请校准时钟"),
])  # fmt: skip
def test_fault_is_a_sentence_and_afterwards_everything_is_told_once(above, monkeypatch, mood, word):
    monkeypatch.setattr(calling, "SECONDS", 0.5)
    link = joined(above)
    tell(link, 1)
    above.mood, above.ahead = mood, 900.0 if mood == "skewed" else 0.0
    told = turn(link)
    assert word in told.fault
    assert (Link.objects.get().acknowledged, Link.objects.get().failures, DirectReport.objects.get().state) == (0, 1, "waiting")
    above.mood, above.ahead = "well", 0.0
    above.calls.clear()
    assert (turn(link).fault, turn(link).fault, Link.objects.get().acknowledged) == ("", "", 1)
    assert set(above.registered) == {"307/1"}
    assert above.calls.count("catalog_register") == 1 or mood == "slow"  # what was given up arrived there all the same


def test_wrong_secret_costs_no_letter_and_what_is_not_whole_is_refused_at_once(above):
    link = joined(above)
    account.set_account(link, Issued(RID, "another", SERVICES), actor=SYSTEM, reason="误填")
    tell(link, 1)
    assert "签名不符" in turn(link).fault
    assert (DirectReport.objects.get().state, Link.objects.get().acknowledged) == ("waiting", 0)
    with pytest.raises(WrongLink, match=r"rid；.*/sysapi/…；.*sid"):
        account.set_account(link, Issued(" ", "", {"catalog_query": {"path": "/../etc", "sid": ""}}), actor=SYSTEM, reason="误填")


def test_request_goes_across_and_its_rows_come_down_by_pages_and_are_swept(above):
    city, link, above.most = offices.office(), joined(above), 2  # the platform caps its pages
    above.entries = [
        {"cata_code": f"G{n}", "cata_title": f"名单{n}", "org_name": "部委", "update_time": 100 + n, "items": ITEMS} for n in range(3)
    ] + [{"cata_code": "bad"}]
    assert "一条（bad）不合格式" in turn(link).fault
    assert list(RemoteEntry.objects.values_list("code", flat=True)) == ["G0", "G1", "G2"]
    request = asked(city)
    above.entries.pop()
    assert turn(link).fault == ""
    assert above.requests[str(request.uuid)]["apply_basis"] == "社会救助暂行办法（国务院令第649号）"
    later(link)
    assert (RemoteRequest.objects.get().state, RemoteRequest.objects.get().stage) == ("deciding", "上报待审")
    above.standing = {"status": "5", "opinion": "同意", "service": ROWS}
    above.rows = [{"code": f"k{n}", "number": n} for n in range(5)]
    later(link)
    later(link)
    intake = landing.accept_flow(Intake.objects.get(), entry(city, 0, write_mode="upsert"), actor=city.officer)
    later(link)
    assert (Link.objects.get().sentence, RemoteRequest.objects.get().state) == ("", "agreed")
    intake.refresh_from_db()
    assert (intake.landed, intake.accepted, intake.rejected, intake.sentence) == (3, 5, 0, "")
    above.rows.pop()
    later(link, days=1)
    intake.refresh_from_db()
    assert (intake.landed, intake.state) == (5, "enabled")
    assert Batch.objects.filter(resource=intake.resource).latest("pk").changes == {"deleted": 1}
    above.mood = "repeating"
    later(link, days=1)
    assert "与前一页相同" in Link.objects.get().sentence
    objecting.raise_objection(intake, Wrong({"code": "k1"}, "number", "8", "核查"), actor=city.clerk)
    above.mood = "well"
    later(link)
    later(link)
    assert (Objection.objects.get().state, Objection.objects.get().answer) == ("corrected", "已更正 objection-code=k1")


def asked(city: offices.Office) -> RemoteRequest:
    """A request for the platform's first entry, agreed to here."""
    until = clock.today() + timedelta(days=30)
    said = asking.Statement(["code", "number"], "社会救助暂行办法", "国务院令第649号", "", "核对参保情况用于救助", ["510900"], until)
    drafted = asking.draft_request(RemoteEntry.objects.get(code="G0"), city.asker, said, actor=city.clerk)
    return asking.send_request(drafted, actor=city.head)


def test_rows_wait_to_be_accepted_are_swept_only_when_all_came_and_end_with_the_approval(above):
    city, link, above.most = offices.office(), joined(above, names={"apply_scene": "number"}), 2
    above.entries = [{"cata_code": "G0", "cata_title": "名单", "org_name": "部委", "update_time": 100, "items": ITEMS}]
    above.rows = [{"code": f"k{n}", "number": n} for n in range(5)]
    above.standing = {"status": "5", "opinion": "同意", "service": ROWS}
    turn(link)
    request = asked(city)
    for _ in range(4):
        later(link)
    [part] = Incoming.objects.filter(kind="rows")  # one portion, until somebody accepts
    assert applying.content_of(part)["rows"] == [["k0", "0"], ["k1", "1"]]  # a field called as one of the interface is no such
    intake = landing.accept_flow(Intake.objects.get(), entry(city, 0, write_mode="upsert"), actor=city.officer)
    later(link)
    above.rows.pop()
    above.total = 9
    later(link, days=1)
    assert ("共有 9 条" in Link.objects.get().sentence, gone(intake)) == (True, [])
    above.rows, above.total = [], None
    later(link, days=1)
    intake.refresh_from_db()
    assert (intake.state, "一行也没有给" in intake.sentence, gone(intake)) == ("held", True, [])
    landing.resume_intake(intake, actor=city.officer)
    later(link, days=1)
    assert gone(intake) == [5]
    above.calls.clear()
    request.said["until"] = "2020-01-01"
    RemoteRequest.objects.update(said=request.said)
    later(link, days=1)
    RemoteRequest.objects.update(said=request.said | {"until": "2999-01-01"})
    above.standing = {"status": "4"}
    later(link, days=1)
    assert (RemoteRequest.objects.get().state, "rows" in above.calls) == ("ended", False)


def gone(intake: Intake) -> list[int]:
    """How many rows each batch of the flow deleted, where it did."""
    return [one.changes["deleted"] for one in Batch.objects.filter(resource=intake.resource) if one.changes.get("deleted")]


def test_outage_refuses_no_request_and_a_replayed_one_is_under_way_again(above):
    city, link = offices.office(), joined(above)
    above.entries = [{"cata_code": "G0", "cata_title": "名单", "org_name": "部委", "update_time": 100, "items": ITEMS}]
    turn(link)
    asked(city)
    above.mood = "broken"
    told = [turn(link).fault for _ in range(7)]
    assert (all(told), DirectReport.objects.get().state, RemoteRequest.objects.get().state) == (True, "waiting", "sent")
    above.mood = "well"
    above.refuses.add("G0")
    turn(link)
    turn(link)
    assert (DirectReport.objects.get().code, RemoteRequest.objects.get().state) == ("catalog-101", "refused")
    account.replay(DirectReport.objects.get(), actor=SYSTEM, reason="已商定")
    assert (RemoteRequest.objects.get().state, RemoteRequest.objects.get().answer) == ("sent", "")
    above.refuses.clear()
    turn(link)
    assert (DirectReport.objects.get().state, RemoteRequest.objects.get().state) == ("done", "sent")


def test_old_report_is_not_sent_over_a_newer_one(above):
    link = joined(above)
    above.refuses.add("307/1")
    tell(link, 1)
    turn(link)
    above.refuses.clear()
    tell(link, 2)
    turn(link)
    with pytest.raises(WrongLink, match="盖掉新的"):
        account.replay(DirectReport.objects.get(state="refused"), actor=SYSTEM, reason="重报")
    assert above.registered["307/1"]["cata_version"] == 2


def test_what_nobody_foresaw_of_one_platform_keeps_no_other_from_its_turn(above):
    linked(FakePeer())
    link = joined(above)
    DirectAccount.objects.update(rid="编号")  # as an earlier version took it
    turns = running.run_due(actor=SYSTEM)
    assert [one.link.code for one in turns] == ["gj", "sc"]
    assert ("UnicodeEncodeError" in turns[0].fault, "UnicodeEncodeError" in turns[1].fault) == (True, False)
    assert Link.objects.get(pk=link.pk).failures == 1
    with pytest.raises(WrongLink, match="可打印的英文字符"):
        account.set_account(link, Issued("编号", SECRET, SERVICES), actor=SYSTEM, reason="误填")


def later(link: Link, *, days: int = 0) -> None:
    """A turn when it is time to ask again, or days after."""
    held = link.direct
    held.refresh_from_db()
    moment = str(clock.now() - timedelta(days=days, hours=1))
    rows = {name: {**told, "at": told["at"] and moment} for name, told in held.pulled.items() if name.startswith("rows:")} if days else {}
    held.pulled = {**held.pulled, "at": moment, **rows}
    held.save()
    turn(link)
