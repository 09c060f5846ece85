"""Starting and deciding: what opens, who may, who was first, what is told."""

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing, starting
from suixin.ground.flow.errors import MissingReason, StepDecided, UnknownProcedure, WrongMove
from suixin.ground.flow.models import Instance, Step, Transition
from suixin.ground.flow.tests import factories as made
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return made.world(made.straight(), made.parallel(), made.joint(), made.joint(2))


def decide(instance, node, actor, action="approve", **more):
    return advancing.advance(instance.pk, node, action, actor=actor, **more)


def test_instance_starts_with_its_first_step_and_is_on_record(cast):
    instance = made.started("straight", cast["alpha"])
    step = Step.objects.get(instance=instance)
    assert (step.node, step.status, str(step.organisation), step.role, instance.sequence) == ("accept", "open", "alpha", "clerk", 1)
    assert Record.objects.filter(action="flow.start", object_key=str(instance.uuid)).count() == 1


def test_deciding_opens_what_follows_and_ends_what_is_over(cast):
    instance = made.started("straight", cast["alpha"])
    decide(instance, "accept", cast["alpha"])
    assert made.open_nodes(instance) == ["decide"]
    after = decide(instance, "decide", cast["alpha"])
    instance.refresh_from_db()
    assert (instance.status, after.status, instance.finished_at is not None) == ("done", "done", True)
    assert list(instance.transitions.values_list("action", "from_status", "to_status")) == [
        ("start", "", "running"), ("approve", "open", "done"), ("approve", "open", "done"),
    ]


def test_branches_open_by_their_guards_and_join_once(cast):
    instance = made.started("parallel", cast["alpha"], data={"area": 100})
    decide(instance, "accept", cast["alpha"])
    assert made.open_nodes(instance) == ["licence", "drain"]
    decide(instance, "drain", cast["delta"], "reject", reason="管线不通")
    assert made.open_nodes(instance) == ["licence"]
    decide(instance, "licence", cast["beta"])
    assert made.open_nodes(instance) == ["deliver"]
    assert made.step_of(instance, "fire").status == "skipped"


def test_refusal_that_stops_all_cancels_the_others(cast):
    instance = made.started("parallel", cast["alpha"], data={"area": 301})
    decide(instance, "accept", cast["alpha"])
    decide(instance, "licence", cast["beta"], "reject", reason="材料不实")
    instance.refresh_from_db()
    assert instance.status == "rejected"
    assert set(instance.steps.values_list("node", "status")) == {
        ("accept", "done"), ("licence", "done"), ("fire", "cancelled"), ("drain", "cancelled"),
    }


def test_second_decider_reads_who_was_first(cast):
    instance = made.started("straight", cast["alpha"])
    step = made.step_of(instance, "accept")
    advancing.decide(step, "approve", actor=cast["alpha"])
    with pytest.raises(StepDecided, match=r"已由alpha-clerk于 \d{4}-.*结果是“受理”"):
        advancing.decide(step, "reject", actor=cast["alpha"], reason="迟了")


def test_same_key_is_carried_out_once(cast):
    instance = made.started("straight", cast["alpha"], key="a")
    assert made.started("straight", cast["alpha"], key="a").pk == instance.pk
    for _ in range(2):
        advancing.decide(made.step_of(instance, "accept"), "approve", actor=cast["alpha"], key="k")
    assert (Instance.objects.count(), Transition.objects.count(), Step.objects.count()) == (1, 2, 2)


@pytest.mark.parametrize(("who", "error"), [("beta", NotAllowed), ("alpha-head", NotAllowed)])
def test_only_the_post_decides(cast, who, error):
    instance = made.started("straight", cast["alpha"])
    with pytest.raises(error):
        decide(instance, "accept", cast[who])
    assert made.open_nodes(instance) == ["accept"]


def test_refusal_needs_a_reason_and_an_action_must_be_declared(cast):
    instance = made.started("straight", cast["alpha"])
    with pytest.raises(MissingReason, match="不予受理"):
        decide(instance, "accept", cast["alpha"], "reject", reason=" ")
    with pytest.raises(WrongMove, match="受理、不予受理、补正"):
        decide(instance, "accept", cast["alpha"], "return", reason="x")


def test_unknown_procedure_is_named(cast):
    with pytest.raises(UnknownProcedure, match="nothing"):
        starting.start("nothing", made.SUBJECT, actor=cast["alpha"], title="x", parties={})


def test_system_starts_without_account_and_the_lead_is_the_first_organisation(cast):
    instance = made.started("straight", SYSTEM)
    assert (instance.organisation.slug, instance.starter_organisation) == ("alpha", None)


def test_joint_node_waits_for_every_organisation(cast):
    made.publish(made.joint())
    instance = made.started("joint", cast["alpha"])
    for name in ("beta", "gamma"):
        decide(instance, "review", cast[name])
    assert made.open_nodes(instance) == ["review"]
    decide(instance, "review", cast["delta"])
    assert made.open_nodes(instance) == ["close"]


def test_joint_node_is_over_with_its_quorum(cast):
    instance = made.started("joint", cast["alpha"])
    decide(instance, "review", cast["beta"])
    decide(instance, "review", cast["delta"])
    assert made.open_nodes(instance) == ["close"]
    assert sorted(instance.steps.values_list("status", flat=True)) == ["cancelled", "done", "done", "open"]
