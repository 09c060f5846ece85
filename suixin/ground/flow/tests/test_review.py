"""Rights that end, data that is not declared, children that stand, silence, extensions: each promise once, end to end."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from suixin.ground.flow import advancing, assigning, moving, procedures, replaying, stopping, sweeping
from suixin.ground.flow.canonical import to_mapping
from suixin.ground.flow.declaration import Decision, Declaration, Join, Node, NodeKind, Rule, Silent
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.errors import FaultyProcedure, WrongMove
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.tests import factories as made
from suixin.ground.people import staff as people
from suixin.ground.people.models import Account, Post
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
LAW = {"reason": "等鉴定", "document": "遂字1号", "legal_basis": "行政许可法45条"}


def whole() -> Declaration:
    """sub (the procedure `straight`), then close."""
    return Declaration("whole", "一件事", (
        Node("sub", "子流程", NodeKind.FLOW, ("alpha",), procedure="straight"), made.task("close", "sub"),
    ), lead="alpha")


def agrees(instance):
    return replaying.replay(instance) == replaying.kept(instance)


def test_child_stands_while_its_node_stands_and_is_begun_once():
    cast = made.world(made.straight(), whole())
    parent = made.started("whole", cast["alpha"])
    child = Instance.objects.get(parent__instance=parent)
    stopping.suspend(parent, actor=cast["alpha"], **LAW)
    child.refresh_from_db()
    assert (child.status, made.open_nodes(child)) == ("suspended", [])
    with pytest.raises(WrongMove, match="先恢复上级"):
        stopping.resume(child, actor=cast["alpha"], reason="x")
    stopping.resume(parent, actor=cast["alpha"], reason="好了")
    assert Instance.objects.get(parent__instance=parent).status == "running"
    assert made.open_nodes(child) == ["accept"]
    assert agrees(child)
    assert agrees(parent)


def test_silence_decides_nothing_of_a_child_that_stands():
    silent = Declaration("straight", "默示", (made.task("accept", limit=1, silent=Silent.DEEMED_APPROVED),))
    cast = made.world(silent, whole())
    with clock.frozen(made.MONDAY):
        parent = made.started("whole", cast["alpha"])
        stopping.suspend(parent, actor=cast["alpha"], **LAW)
    with clock.frozen(made.MONDAY + timedelta(20)):
        assert sweeping.sweep().silent == 0
        stopping.resume(parent, actor=cast["alpha"], reason="好了")
        assert sweeping.sweep().silent == 0
    with clock.frozen(made.MONDAY + timedelta(40)):
        assert (sweeping.sweep().silent, sweeping.sweep().silent) == (1, 0)
    parent.refresh_from_db()
    assert made.open_nodes(parent) == ["close"]


@pytest.mark.parametrize(("data", "says"), [
    ({"size": 1}, "没有字段“size”"), ({"area": "大"}, "“area”要填数值"), ({"area": True}, "数值"), ({"area": float("nan")}, "数值"),
])
def test_decision_with_undeclared_or_wrongly_typed_data_is_refused(data, says):
    cast = made.world(made.parallel())
    instance = made.started("parallel", cast["alpha"])
    with pytest.raises(WrongMove, match=says):
        advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"], data=data)
    with pytest.raises(WrongMove, match=says):
        made.started("parallel", cast["alpha"], data=data)
    assert made.open_nodes(instance) == ["accept"]


def tabled(hit: str) -> Declaration:
    """accept → large, when the table says so."""
    rules = (Rule("area > 300", "大"), Rule("area > 100", "中"), Rule("TRUE", "小"))
    return Declaration(
        "tabled", "分级", (made.task("accept"), made.task("large", "accept", when="size = '大'"), made.task("close", "large")),
        fields={"area": "N", "size": "C"}, decisions=(Decision("size", hit, rules),),
    )


@pytest.mark.parametrize(("area", "size", "opened"), [(400, "大", "large"), (200, "中", "close"), (None, "小", "close")])
def test_table_decides_at_the_start_and_guards_follow_it(area, size, opened):
    cast = made.world(tabled("first"))
    instance = made.started("tabled", cast["alpha"], data={"area": area})
    assert instance.data["size"] == size
    with pytest.raises(WrongMove, match="决策表"):
        advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"], data={"size": "小"})
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    assert made.open_nodes(instance) == [opened]
    assert agrees(instance)


def test_unique_table_with_two_answers_starts_nothing():
    cast = made.world(tabled("unique"))
    with pytest.raises(WrongMove, match="只能有一条"):
        made.started("tabled", cast["alpha"], data={"area": 400})
    assert not Instance.objects.exists()


def extended(cast):
    instance = made.started("approved", cast["alpha"])
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    step = made.step_of(instance, "decide")
    stopping.extend(step, 3, actor=cast["alpha"], reason="案情复杂", document="1号")
    return instance, step, Step.objects.get(kind="approval")


def test_extension_takes_effect_when_approved_on_step_and_instance():
    cast = made.world(made.approved())
    with clock.frozen(made.MONDAY):
        instance, step, asked = extended(cast)
        step.refresh_from_db()
        assert step.due_at.astimezone(clock.CHINA).date() == date(2026, 3, 9)
        advancing.decide(asked, "approve", actor=cast["alpha-head"])
    step.refresh_from_db()
    instance.refresh_from_db()
    dues = [one.astimezone(clock.CHINA).date() for one in (step.due_at, instance.due_at, instance.statutory_due_at)]
    assert dues == [date(2026, 3, 12), date(2026, 3, 19), date(2026, 4, 2)]
    assert agrees(instance)


def test_refused_extension_leaves_the_due_date():
    cast = made.world(made.approved())
    _, step, asked = extended(cast)
    due = Step.objects.get(pk=step.pk).due_at
    advancing.decide(asked, "reject", actor=cast["alpha-head"], reason="不必")
    assert (Step.objects.get(pk=step.pk).due_at, step.segments.count()) == (due, 0)


def test_step_past_its_due_date_is_not_extended():
    cast = made.world(made.straight())
    with clock.frozen(made.MONDAY):
        instance = made.started("straight", cast["alpha"])
        advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    with clock.frozen(made.MONDAY + timedelta(30)), pytest.raises(WrongMove, match="已超期"):
        stopping.extend(made.step_of(instance, "decide"), 3, actor=cast["alpha"], reason="忙", document="1号")


def test_request_made_by_a_delegate_is_not_approved_by_the_giver():
    cast = made.world(made.approved())
    alpha, today = made.organisation("alpha"), clock.today()
    aide = made.staff("alpha-aide", alpha, "reception")
    giver = made.account("alpha-clerk", alpha, "clerk")
    instance = made.started("approved", cast["alpha"])
    assigning.delegate(giver, Account.objects.get(username="alpha-aide"), alpha, since=today, until=today, actor=cast["alpha"], reason="x")
    stopping.suspend(made.step_of(instance, "accept"), actor=aide, **LAW)
    both = made.staff("alpha-clerk", alpha, "department_head")
    with pytest.raises(WrongMove, match="自己提出"):
        advancing.decide(Step.objects.get(kind="approval"), "approve", actor=both)
    advancing.decide(Step.objects.get(kind="approval"), "approve", actor=cast["alpha-head"])


def test_delegate_keeps_nothing_that_was_claimed_when_the_delegation_ends():
    cast = made.world(made.straight())
    alpha, today = made.organisation("alpha"), clock.today()
    aide = made.staff("alpha-aide", alpha, "reception")
    giver, receiver = Account.objects.get(username="alpha-clerk"), Account.objects.get(username="alpha-aide")
    instance = made.started("straight", SYSTEM)
    step = made.step_of(instance, "accept")
    given = assigning.delegate(giver, receiver, alpha, since=today, until=today, actor=cast["alpha"], reason="出差")
    assigning.claim(step, actor=aide)
    assert Step.objects.get(pk=step.pk).assignee == receiver
    assigning.end_delegation(given, actor=cast["alpha"])
    with pytest.raises(NotAllowed):
        advancing.decide(step, "approve", actor=aide)


def test_claim_under_a_delegation_is_decided_in_the_givers_name():
    cast = made.world(made.straight())
    alpha, today = made.organisation("alpha"), clock.today()
    aide, giver = made.staff("alpha-aide", alpha, "reception"), Account.objects.get(username="alpha-clerk")
    instance = made.started("straight", SYSTEM)
    receiver = Account.objects.get(username="alpha-aide")
    assigning.delegate(giver, receiver, alpha, since=today, until=today, actor=cast["alpha"], reason="出差")
    assigning.claim(made.step_of(instance, "accept"), actor=aide)
    advancing.advance(instance.pk, "accept", "approve", actor=aide)
    assert instance.transitions.latest("sequence").on_behalf == str(giver)


def test_delegation_is_not_passed_on():
    cast = made.world(made.straight())
    alpha, today = made.organisation("alpha"), clock.today()
    second, third = made.staff("second", alpha, "reception"), made.staff("third", alpha, "reception")
    one, two, three = [Account.objects.get(username=name) for name in ("alpha-clerk", "second", "third")]
    assigning.delegate(one, two, alpha, since=today, until=today, actor=cast["alpha"], reason="x")
    assigning.delegate(two, three, alpha, since=today, until=today, actor=second, reason="x")
    instance = made.started("straight", SYSTEM)
    with pytest.raises(NotAllowed):
        advancing.advance(instance.pk, "accept", "approve", actor=third)
    advancing.advance(instance.pk, "accept", "approve", actor=second)


def test_who_left_decides_no_more_and_the_steps_go_to_a_colleague():
    cast = made.world(made.straight())
    alpha = made.organisation("alpha")
    leaver, stays = made.account("leaver", alpha), made.account("stays", alpha)
    actor = made.staff("leaver", alpha)
    instances = [made.started("straight", SYSTEM), made.started("straight", SYSTEM)]
    for one in instances:
        assigning.claim(made.step_of(one, "accept"), actor=actor)
    Post.objects.filter(account=leaver).update(valid_to=clock.today())
    people.disable_account(leaver, actor=SYSTEM, reason="调离")
    with pytest.raises(NotAllowed):
        advancing.advance(instances[0].pk, "accept", "approve", actor=actor_of(leaver, alpha))
    assert assigning.hand_over_all(leaver, stays, actor=cast["alpha-head"], reason="调离") == 2
    advancing.advance(instances[0].pk, "accept", "approve", actor=made.staff("stays", alpha))
    assert agrees(instances[0])


def test_assignee_whose_post_changed_in_the_same_house_decides_no_more():
    cast = made.world(made.straight())
    alpha = made.organisation("alpha")
    mover = made.staff("mover", alpha)
    instance = made.started("straight", SYSTEM)
    assigning.claim(made.step_of(instance, "accept"), actor=mover)
    Post.objects.filter(account__username="mover").update(role="reception")
    with pytest.raises(NotAllowed):
        advancing.advance(instance.pk, "accept", "approve", actor=actor_of(Account.objects.get(username="mover"), alpha))
    head = cast["alpha-head"]
    assigning.hand_over(made.step_of(instance, "accept"), Account.objects.get(username="alpha-clerk"), actor=head, reason="转岗")


def test_withdrawal_ends_parallel_branches_with_their_stops_and_requests():
    cast = made.world(replace(made.parallel(), approvers={"suspend": "department_head"}))
    instance = made.started("parallel", cast["alpha"], data={"area": 400})
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    stopping.suspend(made.step_of(instance, "fire"), actor=cast["gamma"], **LAW)
    advancing.decide(Step.objects.get(kind="approval"), "approve", actor=cast["gamma-head"])
    stopping.suspend(made.step_of(instance, "drain"), actor=cast["delta"], **LAW)
    moving.withdraw(instance, actor=cast["alpha"], reason="不办了")
    assert not instance.steps.filter(status__in=["open", "stopped"]).exists()
    assert not instance.segments.filter(stopped_at=None).exists()
    assert instance.steps.filter(status="cancelled").count() == 4
    assert agrees(instance)


def test_return_across_a_join_of_any_opens_what_follows_once_more_only():
    cast = made.world(Declaration("any", "任一", (
        made.task("a"), made.task("b"), made.task("c", "a", "b", join=Join.ANY, actions={"approve": "同意", "return": "退回"}),
        made.task("d", "b", "c"),
    )))
    instance = made.started("any", cast["alpha"])
    advancing.advance(instance.pk, "a", "approve", actor=cast["alpha"])
    moving.return_to(made.step_of(instance, "c"), "a", actor=cast["alpha"], reason="漏")
    assert sorted(made.open_nodes(instance)) == ["a", "b"]
    for node in ("b", "c", "a"):
        advancing.advance(instance.pk, node, "approve", actor=cast["alpha"])
    assert (made.open_nodes(instance), made.step_of(instance, "c").round) == (["d"], 2)
    assert instance.steps.filter(node="c").count() == 2
    assert agrees(instance)


@pytest.mark.parametrize(("more", "says"), [
    ({"approvers": {"suspend": "clerk"}}, "approvers.suspend"), ({"approvers": {"extend": "administrator"}}, "approvers.extend"),
])
def test_approver_who_may_not_approve_is_refused_at_publishing(more, says):
    made.world()
    made.staff("admin", made.organisation("alpha"), "administrator")
    with pytest.raises(FaultyProcedure) as caught:
        procedures.publish_procedure(to_mapping(replace(made.straight(), **more)), actor=SYSTEM)
    assert any(fault.startswith(says) and "没有批准挂起和延长的权限" in fault for fault in caught.value.faults)


def test_deciding_role_that_may_not_decide_is_refused_at_publishing():
    made.world()
    made.staff("admin", made.organisation("alpha"), "administrator")
    wrong = Declaration("wrong", "不可办", (made.task("accept", role="administrator", limit=1),), promised=Duration(2))
    with pytest.raises(FaultyProcedure, match=r"nodes\.accept\.role：“系统管理员”没有办理环节的权限"):
        procedures.publish_procedure(to_mapping(wrong), actor=SYSTEM)


def test_silence_approves_once_and_what_follows_opens():
    cast = made.world(Declaration("quiet", "默示", (
        made.task("accept", limit=1, silent=Silent.DEEMED_APPROVED), made.task("close", "accept"),
    )))
    with clock.frozen(made.MONDAY):
        instance = made.started("quiet", cast["alpha"])
    with clock.frozen(made.MONDAY + timedelta(1)):
        assert sweeping.sweep().silent == 0
    with clock.frozen(made.MONDAY + timedelta(2)):
        assert (sweeping.sweep().silent, sweeping.sweep().silent) == (1, 0)
    step = made.step_of(instance, "accept")
    assert (step.outcome, step.is_late, step.decided_by, made.open_nodes(instance)) == ("approve", True, "系统", ["close"])
    assert "默示" in instance.transitions.get(step=step).reason
    assert agrees(instance)
