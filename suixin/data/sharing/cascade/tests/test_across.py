"""Requests and objections across: asked at one platform, decided at the other by its own procedure, told at both."""

from datetime import timedelta
from uuid import uuid4

import pytest

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog import canon
from suixin.data.quality.loop.doubts import Wrong
from suixin.data.sharing import violations
from suixin.data.sharing.cascade import answering, asking, landing, objecting, returning, violating
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import (
    Flow,
    Intake,
    Objection,
    PeerDoubt,
    PeerRequest,
    RemoteEntry,
    RemoteRequest,
)
from suixin.data.sharing.cascade.tests.factories import FakePeer, linked, written
from suixin.data.sharing.models import Share, Violation
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import decide, entry
from suixin.ground.flow import stopping
from suixin.ground.flow.models import Step
from suixin.ground.link.models import Peer, Role
from suixin.kit import clock
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {
    "columns": ["code", "number"], "law": "社会救助暂行办法", "document": "国务院令第649号", "article": "",
    "scenario": "核对参保情况用于救助", "divisions": [], "row_filter": "number < 5", "asker": "省民政厅", "uscc": "11510000XX0000001A",
}


@pytest.fixture(autouse=True)
def _node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        yield


def test_request_of_a_peer_is_supplemented_and_granted_by_our_procedure_and_its_rows_flow():
    city, peer = offices.office(), FakePeer()
    link, resource = linked(peer), entry(city)
    about, said = str(uuid4()), {**SAID, "code": resource.code, "until": f"{clock.today() + timedelta(days=30)}"}
    peer.tells(link, "ask", said, about=about)
    part = PeerRequest.objects.get().part
    answering.write_answers(link)
    assert [(one["state"], one["stage"], bool(one["due_at"])) for one in written(link, "answer")] == [("deciding", "提供部门审核", True)]
    stopping.ask_supplement(Step.objects.get(node="reviewed"), ["请写明条款"], actor=city.provider_clerk)
    answering.write_answers(link)
    assert [written(link, "answer")[-1][name] for name in ("state", "answer")] == ["supplement", "请写明条款"]
    peer.tells(link, "ask", said | {"article": "第五十八条"}, about=about)
    decide(part.instance, city.provider_clerk)
    decide(part.instance, city.provider_head, reason="符合条件")
    assert answering.write_answers(link) == 1
    assert not Flow.objects.exists()  # not before its rows are provided
    decide(part.instance, city.provider_clerk)
    answering.write_answers(link)
    assert written(link, "answer")[-1]["state"] == "agreed"
    assert written(link, "flow")[0]["request"] == about
    assert Share.objects.get().grant.subject_key == "cascade-sc"
    returning.write_flow(Flow.objects.get())
    [rows] = written(link, "rows")
    assert rows["columns"] == ["code", "number"]
    assert {row[1] for row in rows["rows"]} <= {"0", "1", "2", "3", "4", None}


def test_request_that_cannot_be_taken_is_answered_with_the_reason():
    peer = FakePeer()
    link = linked(peer)
    peer.tells(link, "ask", {**SAID, "code": "no/1", "until": "2030-01-01"}, about=str(uuid4()))
    assert [(one["state"], "没有已发布" in one["answer"]) for one in written(link, "answer")] == [("refused", True)]


def test_we_ask_a_peer_with_the_consent_of_the_head_of_sharing_and_are_told_where_it_stands():
    city, peer = offices.office(), FakePeer()
    link = linked(peer)
    content = canon.content_of(entry(city))
    peer.tells(link, "entries", {"entries": [{
        "number": 1, "kind": "published", "code": "307/1", "table": "t", "title": "省级名单", "provider": "省厅", "version": 1,
        "digest": "", "content": content,
    }]})
    until = clock.today() + timedelta(days=9)
    said = asking.Statement(["code"], "社会救助暂行办法", "国务院令第649号", "", "核对参保情况用于救助", [], until)
    remote = RemoteEntry.objects.get()
    with pytest.raises(WrongLink, match=r"没有信息项 salary；.*使用依据.*至少"):
        asking.draft_request(remote, city.asker, asking.Statement(["salary"], "", "", "", "用", [], until), actor=city.clerk)
    request = asking.draft_request(remote, city.asker, said, actor=city.clerk)
    with pytest.raises(NotAllowed):
        asking.send_request(request, actor=city.clerk)
    asking.send_request(request, actor=city.head)
    assert written(link, "ask")[0]["code"] == "307/1"
    due = clock.now() + timedelta(days=10)
    answer = {"state": "deciding", "stage": "提供部门审核", "answer": "", "due_at": due.isoformat()}
    peer.tells(link, "answer", answer, about=str(request.uuid))
    held = RemoteRequest.objects.get()
    assert (held.state, held.stage, held.due_at) == ("deciding", "提供部门审核", due)


def test_objection_of_a_peer_becomes_a_doubt_here_and_its_verdict_goes_back():
    city, peer = offices.office(), FakePeer()
    link, resource = linked(peer), entry(city)
    flow = returning.offer_flow(
        link, resource, divisions=[], columns=["code", "number"], basis="条例第二十四条", until=clock.now() + timedelta(days=9),
        actor=city.officer,
    )
    about = str(uuid4())
    said = {"row": {"code": "k000003"}, "field": "number", "expected": "8", "evidence": "实地核查", "flow": str(flow.uuid), "asker": "省厅"}
    peer.tells(link, "doubt", said, about=about)
    doubt = PeerDoubt.objects.get().doubt
    assert objecting.write_verdicts(link) == 0
    doubt.state, doubt.answer = "refuted", "核实无误，系上月数据"
    doubt.save()
    assert objecting.write_verdicts(link) == 1
    assert written(link, "verdict") == [{"state": "refuted", "answer": "核实无误，系上月数据"}]
    peer.tells(link, "doubt", said | {"row": {"code": "nobody"}}, about=str(uuid4()))
    assert written(link, "verdict")[-1]["state"] == "refused"


def test_our_objection_names_the_row_by_its_whole_key_and_takes_the_verdict():
    city, peer = offices.office(), FakePeer()
    link, resource = linked(peer), entry(city)
    items = [{"field": "code", "name": "编码"}, {"field": "number", "name": "数量"}]
    peer.tells(link, "flow", {"title": "省级名单", "items": items, "key": ["code"]}, about=str(uuid4()))
    intake = landing.accept_flow(Intake.objects.get(), resource, actor=city.officer)
    with pytest.raises(WrongLink, match="全部主键"):
        objecting.raise_objection(intake, Wrong({}, "number", "8", "核查"), actor=city.clerk)
    objecting.raise_objection(intake, Wrong({"code": "k000003"}, "number", "8", "核查"), actor=city.clerk)
    assert written(link, "doubt")[0]["row"] == {"code": "k000003"}
    peer.tells(link, "verdict", {"state": "corrected", "answer": "已更正"}, about=str(Objection.objects.get().uuid))
    assert (Objection.objects.get().state, Objection.objects.get().answer) == ("corrected", "已更正")


def test_rows_that_did_not_return_in_time_and_divisions_left_out_are_found():
    city, peer = offices.office(), FakePeer()
    link, resource = linked(peer), entry(city)
    Peer.objects.update(role=Role.LOWER)
    until = clock.now() + timedelta(days=90)
    flow = returning.offer_flow(link, resource, divisions=[], columns=["code"], basis="条例第二十四条", until=until, actor=city.officer)
    assert violations.detect() == 0
    Flow.objects.update(divisions=["511000"], state="held", sentence="主键被脱敏")
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert violations.detect() == 2
    found = Violation.objects.filter(kind="not_returned").order_by("key")
    assert [(one.key.partition(":")[0], one.organisation) for one in found] == [("flow", resource.provider), ("return", resource.provider)]
    assert "主键被脱敏" in found[0].evidence
    Flow.objects.update(divisions=["510000"])
    returning.switch_flow(flow, is_paused=False, actor=city.officer)
    returning.write_flow(flow)
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert [one.key for one in violating.not_returned()] == []
