"""Going back, stopping clocks, giving up, handing on: the whole effect on the rows, and each refusal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from suixin.ground.flow import advancing, assigning, moving, replaying, stopping
from suixin.ground.flow.errors import MissingReason, StepDecided, WrongMove
from suixin.ground.flow.models import ClockSegment, Delegation, Step
from suixin.ground.flow.tests import factories as made
from suixin.ground.notify.models import Notice
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
LAW = {"reason": "等鉴定", "document": "遂字1号", "legal_basis": "行政许可法45条"}


@pytest.fixture
def cast():
    return made.world(made.straight(), made.parallel(), made.special(), made.approved())


def begun(cast, slug="straight", node="decide", **data):
    instance = made.started(slug, cast["alpha"], data=data or None)
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    return instance, made.step_of(instance, node)


def agrees(instance):
    return replaying.replay(instance) == replaying.kept(instance)


def test_supplement_stops_the_step_and_waits_for_the_starter(cast):
    instance = made.started("straight", cast["alpha"])
    step = made.step_of(instance, "accept")
    stopping.ask_supplement(step, ["身份证", "执照"], actor=cast["alpha"])
    asked = Step.objects.get(kind="supplement")
    assert (str(asked.assignee), asked.request["missing"], asked.target) == ("alpha-clerk", ["身份证", "执照"], step)
    instance.refresh_from_db()
    assert (instance.status, made.step_of(instance, "accept").status) == ("supplement", "open")
    assert Step.objects.get(pk=step.pk).status == "stopped"
    with pytest.raises(WrongMove, match="停钟"):
        advancing.decide(step, "approve", actor=cast["alpha"])
    stopping.answer_supplement(asked, actor=cast["alpha"], data={"id_card": True})
    instance.refresh_from_db()
    segment = ClockSegment.objects.get()
    assert (instance.status, instance.data, segment.stopped_at is not None) == ("running", {"id_card": True}, True)
    assert agrees(instance)


def test_supplement_without_a_list_is_refused(cast):
    instance = made.started("straight", cast["alpha"])
    with pytest.raises(MissingReason, match="缺少的材料"):
        advancing.advance(instance.pk, "accept", "supplement", actor=cast["alpha"], data={"missing": [" "]})


def test_supplement_of_what_the_system_started_falls_to_the_post(cast):
    instance = made.started("straight", SYSTEM)
    stopping.ask_supplement(made.step_of(instance, "accept"), ["x"], actor=cast["alpha"])
    asked = Step.objects.get(kind="supplement")
    assert (str(asked.organisation), asked.role, asked.assignee) == ("alpha", "clerk", None)
    advancing.decide(asked, "approve", actor=cast["alpha"])
    assert made.open_nodes(instance) == ["accept"]


def test_return_takes_back_what_lay_between(cast):
    instance, _ = begun(cast, "parallel", "licence", area=400)
    for node in ("licence", "drain", "fire"):
        advancing.advance(instance.pk, node, "approve", actor=SYSTEM)
    moving.return_to(made.step_of(instance, "deliver"), "fire", actor=SYSTEM, reason="漏项")
    assert made.open_nodes(instance) == ["fire"]
    assert made.step_of(instance, "fire").round == 2
    advancing.advance(instance.pk, "fire", "approve", actor=cast["gamma"])
    assert (made.open_nodes(instance), made.step_of(instance, "deliver").round) == (["deliver"], 2)
    assert agrees(instance)


def test_return_cancels_open_steps_behind_the_target(cast):
    instance, step = begun(cast, "parallel", "licence", area=400)
    moving.return_to(step, "accept", actor=SYSTEM, reason="错了")
    assert made.open_nodes(instance) == ["accept"]
    assert set(Step.objects.filter(status="cancelled").values_list("node", flat=True)) == {"fire", "drain"}


@pytest.mark.parametrize(("node", "says"), [("decide", "不能退回"), ("nothing", "环节accept")])
def test_return_goes_only_to_what_was_done_before(cast, node, says):
    _, step = begun(cast)
    with pytest.raises(WrongMove, match=says):
        moving.return_to(step, node, actor=cast["alpha"], reason="x")


def test_starter_withdraws_and_nobody_else(cast):
    instance, step = begun(cast)
    with pytest.raises(NotAllowed):
        moving.withdraw(instance, actor=cast["beta"], reason="x")
    with pytest.raises(MissingReason):
        moving.withdraw(instance, actor=cast["alpha"], reason="")
    moving.withdraw(instance, actor=cast["alpha"], reason="不办了", document="申请书")
    instance.refresh_from_db()
    assert (instance.status, made.open_nodes(instance)) == ("withdrawn", [])
    assert instance.transitions.get(action="withdraw").document == "申请书"
    with pytest.raises(StepDecided, match="取消"):
        advancing.decide(step, "approve", actor=cast["alpha"])
    assert agrees(instance)


def test_head_stops_an_instance(cast):
    instance, _ = begun(cast)
    with pytest.raises(NotAllowed):
        moving.stop(instance, actor=cast["alpha"], reason="x")
    assert moving.stop(instance, actor=cast["alpha-head"], reason="重复").status == "stopped"


@pytest.mark.parametrize("missing", ["reason", "document", "legal_basis"])
def test_suspension_needs_reason_document_and_basis(cast, missing):
    _, step = begun(cast)
    with pytest.raises(MissingReason):
        stopping.suspend(step, actor=cast["alpha"], **{**LAW, missing: " "})


def test_suspended_step_waits_for_nobody_until_resumed(cast):
    instance, step = begun(cast)
    stopping.suspend(step, actor=cast["alpha"], **LAW)
    assert made.open_nodes(instance) == []
    stopping.resume(step, actor=cast["alpha"], reason="鉴定完")
    assert made.open_nodes(instance) == ["decide"]
    with pytest.raises(WrongMove, match="没有挂起"):
        stopping.resume(step, actor=cast["alpha"], reason="再来")
    assert agrees(instance)


def test_suspended_instance_stops_every_branch(cast):
    instance, _ = begun(cast, "parallel", "licence", area=400)
    stopping.suspend(instance, actor=cast["alpha"], **LAW)
    instance.refresh_from_db()
    assert (instance.status, made.open_nodes(instance)) == ("suspended", [])
    stopping.resume(instance, actor=cast["alpha"], reason="好了")
    assert made.open_nodes(instance) == ["licence", "fire", "drain"]


def test_stop_that_needs_an_approver_waits_for_another_person(cast):
    instance, step = begun(cast, "approved")
    stopping.suspend(step, actor=cast["alpha"], **LAW)
    asked = Step.objects.get(kind="approval")
    assert (asked.role, str(asked.organisation), asked.target, made.step_of(instance, "decide")) == (
        "department_head", "alpha", step, asked,
    )
    with pytest.raises(NotAllowed):
        advancing.decide(asked, "approve", actor=cast["alpha"])
    advancing.decide(asked, "approve", actor=cast["alpha-head"])
    step.refresh_from_db()
    assert (step.status, ClockSegment.objects.get().approver) == ("stopped", "alpha-head")
    assert agrees(instance)


def test_nobody_approves_his_own_request(cast):
    _, step = begun(cast, "approved")
    stopping.extend(step, 3, actor=cast["alpha"], reason="忙", document="1号")
    both = made.staff("alpha-clerk", made.organisation("alpha"), "clerk", "department_head")
    with pytest.raises(WrongMove, match="自己提出"):
        advancing.decide(Step.objects.get(kind="approval"), "approve", actor=both)


def test_extension_stays_within_what_is_declared(cast):
    _, step = begun(cast)
    stopping.extend(step, 6, actor=cast["alpha"], reason="忙", document="1号")
    with pytest.raises(WrongMove, match="已延长 6 个"):
        stopping.extend(step, 5, actor=cast["alpha"], reason="忙", document="2号")
    assert ClockSegment.objects.get().days == 6


def test_special_procedure_stops_the_listed_nodes_also_those_that_open_meanwhile(cast):
    instance = made.started("special", cast["alpha"])
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"], reason="须检验", document="检字1号")
    assert set(instance.steps.values_list("node", "status")) == {
        ("accept", "done"), ("site", "open"), ("fire", "stopped"), ("early", "open"),
    }
    advancing.advance(instance.pk, "early", "approve", actor=cast["alpha"])
    assert made.step_of(instance, "late").status == "stopped"
    advancing.advance(instance.pk, "site", "approve", actor=cast["beta"])
    assert made.open_nodes(instance) == ["fire", "late"]
    stood = ClockSegment.objects.get(step__node="fire")
    assert (stood.reason, stood.document, stood.approver) == ("特别程序,时间不计入时限(须检验)", "检字1号", "alpha-clerk")
    assert not ClockSegment.objects.filter(stopped_at=None).exists()
    assert agrees(instance)


def test_claimed_step_is_only_the_claimers_until_released(cast):
    instance, step = begun(cast)
    other = made.staff("alpha-two", made.organisation("alpha"))
    assigning.claim(step, actor=cast["alpha"])
    with pytest.raises(NotAllowed):
        advancing.decide(step, "approve", actor=other)
    assigning.release(step, actor=cast["alpha"])
    advancing.decide(step, "approve", actor=other)
    assert agrees(instance)


def test_steps_are_handed_over_when_a_person_leaves(cast):
    _, step = begun(cast)
    alpha = made.organisation("alpha")
    leaver, stays = made.account("alpha-clerk", alpha), made.account("alpha-two", alpha)
    assigning.claim(step, actor=cast["alpha"])
    head = made.staff("keeper", made.organisation("alpha"), "head_of_sharing")
    assert assigning.hand_over_all(leaver, stays, actor=head, reason="调离", document="遂人〔2026〕3号") == 1
    step.refresh_from_db()
    assert step.assignee == stays
    told = step.transitions.latest("sequence")
    assert (told.action, told.reason, told.document, told.approver) == ("hand_over", "调离", "遂人〔2026〕3号", "keeper")
    with pytest.raises(WrongMove, match="没有“环节decide”所要的岗位"):
        assigning.hand_over(step, made.account("beta-clerk", made.organisation("beta")), actor=head, reason="x")


def test_delegate_decides_for_the_giver_and_is_named(cast):
    instance, step = begun(cast)
    alpha, today = made.organisation("alpha"), clock.today()
    giver, receiver = made.account("alpha-clerk", alpha), made.account("alpha-aide", alpha, "reception")
    aide = made.staff("alpha-aide", alpha, "reception")
    with pytest.raises(NotAllowed):
        advancing.decide(step, "approve", actor=aide)
    delegation = assigning.delegate(
        giver, receiver, alpha, since=today, until=today + timedelta(9), actor=cast["alpha"], reason="出差", document="遂字9号",
    )
    assert (delegation.document, delegation.approver) == ("遂字9号", "alpha-clerk")
    advancing.decide(step, "approve", actor=aide)
    assert instance.transitions.latest("sequence").on_behalf == "alpha-clerk"
    assigning.end_delegation(delegation, actor=cast["alpha"])
    assert Delegation.objects.get().revoked_at is not None


def test_second_supplement_says_why_it_was_not_told_at_once(cast):
    instance = made.started("straight", cast["alpha"])
    step = made.step_of(instance, "accept")
    stopping.ask_supplement(step, ["身份证"], actor=cast["alpha"])
    advancing.decide(Step.objects.get(kind="supplement"), "approve", actor=cast["alpha"])
    with pytest.raises(MissingReason, match="一次告知"):
        stopping.ask_supplement(step, ["执照"], actor=cast["alpha"])
    stopping.ask_supplement(step, ["执照"], actor=cast["alpha"], reason="补来的身份证表明是法人申请")
    assert Step.objects.filter(kind="supplement", status="open").count() == 1


@pytest.fixture
def elsewhere(cast):
    """A procedure whose extension the bureau's supervision approves, and a clerk and the supervisor of that bureau."""
    made.publish(replace(made.straight(), id="law", approvers={"extend": "supervision"}, approving={"extend": "$bureau"}))
    bureau = made.organisation("bureau", parent=made.organisation("root"), is_bureau=True)
    made.staff("own-watch", made.organisation("alpha"), "supervision")
    return made.staff("watch", bureau, "supervision")


def test_extension_that_another_house_approves_waits_there(cast, elsewhere):
    instance, step = begun(cast, "law")
    both = made.staff("alpha-both", made.organisation("alpha"), "clerk", "supervision")
    stopping.extend(step, 3, actor=both, reason="忙", document="1号")  # holds the role, but not there
    asked = Step.objects.get(kind="approval")
    assert (str(asked.organisation), asked.role) == ("bureau", "supervision")
    with pytest.raises(NotAllowed):
        advancing.decide(asked, "approve", actor=made.staff("own-watch", made.organisation("alpha"), "supervision"))
    advancing.decide(asked, "approve", actor=elsewhere)
    segment = ClockSegment.objects.get()
    assert (segment.days, segment.document, segment.approver) == (3, "1号", "watch")
    assert agrees(instance)


def test_starter_is_told_when_the_clock_is_stopped_started_or_given_more(cast):
    instance = made.started("straight", cast["beta"])
    step = made.step_of(instance, "accept")
    stopping.suspend(step, actor=cast["alpha"], **LAW)
    stopping.resume(step, actor=cast["alpha"], reason="鉴定完")
    told = Notice.objects.filter(kind="flow.clock_changed", account__username="beta-clerk").order_by("pk")
    assert [notice.title.split(":")[1] for notice in told] == ["已挂起，停止计时", "已恢复计时"]
    assert "遂字1号；批准人：alpha-clerk" in told[0].body
