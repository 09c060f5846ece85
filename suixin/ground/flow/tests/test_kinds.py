"""Nodes that nobody decides: effects, measures, child instances; and what is told of all of it."""

from dataclasses import replace

import pytest
from django.db import DatabaseError

from suixin.ground.flow import advancing, jobs, moving, replaying, subjects
from suixin.ground.flow.declaration import Declaration, Node, NodeKind
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.subjects import Measured
from suixin.ground.flow.tests import factories as made
from suixin.ground.jobs import registry, running
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.registry import Given, Kind
from suixin.ground.notify.models import Notice

pytestmark = pytest.mark.django_db
MEASURED = Declaration("measured", "复测", (
    made.task("handle"), Node("again", "复测", NodeKind.MEASURE, after=("handle",), measure="test.well"),
    made.task("close", "again"),
))
LOOP = replace(MEASURED, id="loop", nodes=tuple(
    replace(node, returns_to="handle") if node.id == "again" else node for node in MEASURED.nodes
))
OUTER = Declaration("outer", "上级", (
    Node("inner", "下级", NodeKind.FLOW, procedure="straight"), made.task("close", "inner"),
))


@pytest.fixture
def cast():
    return made.world(made.straight(), made.effective(), MEASURED, LOOP, OUTER)


def measured(instance, monkeypatch, *, is_well):
    found = Measured(is_well, "还剩 3 行不合格", {"rows": 3})
    monkeypatch.setitem(subjects.measures, "test.well", lambda subject, data: found)
    job = Job.objects.filter(kind="flow.measure").latest("pk")
    return jobs.measure(Given(job.arguments, "system", "system"))


@pytest.mark.parametrize(("slug", "is_well", "nodes", "status"), [
    ("measured", True, ["close"], "running"), ("measured", False, [], "rejected"), ("loop", False, ["handle"], "running"),
])
def test_measure_goes_on_or_back_by_what_it_found(cast, monkeypatch, slug, is_well, nodes, status):
    instance = made.started(slug, cast["alpha"])
    advancing.advance(instance.pk, "handle", "approve", actor=cast["alpha"])
    measured(instance, monkeypatch, is_well=is_well)
    measured_again = measured(instance, monkeypatch, is_well=is_well)
    instance.refresh_from_db()
    assert (made.open_nodes(instance), instance.status, "没有复测" in measured_again) == (nodes, status, True)
    assert instance.data["measured"]["figures"] == {"rows": 3}
    assert replaying.replay(instance) == replaying.kept(instance)


def test_measure_that_cannot_be_done_is_told_to_lead_and_bureau(cast, monkeypatch):
    instance = made.started("measured", cast["alpha"])
    advancing.advance(instance.pk, "handle", "approve", actor=cast["alpha"])
    job = Job.objects.filter(kind="flow.measure").latest("pk")
    monkeypatch.setitem(registry.kinds, "flow.measure", Kind("flow.measure", "复测", jobs.measure, failed=jobs.measure_failed))
    assert running.deliver(job.pk) == "failed"  # nothing measures "test.well"
    told = Notice.objects.filter(kind="flow.measure_failed")
    assert {one.account.username for one in told} == {"alpha-head"}
    assert all("没有登记" in one.body and "重试" in one.body for one in told)


def test_effect_that_fails_leaves_the_step_open(cast, monkeypatch):
    def fail(effect):
        raise DatabaseError("no room")

    monkeypatch.setitem(subjects.effects, "test.make", fail)
    instance = made.started("effective", cast["alpha"])
    with pytest.raises(DatabaseError):
        advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    assert made.open_nodes(instance) == ["accept"]


def test_child_instance_carries_its_parent_on(cast):
    outer = made.started("outer", cast["alpha"])
    inner = Instance.objects.get(parent__instance=outer)
    for node in ("accept", "decide"):
        advancing.advance(inner.pk, node, "approve", actor=cast["alpha"])
    assert made.open_nodes(outer) == ["close"]
    assert replaying.replay(outer) == replaying.kept(outer)


def test_child_that_is_refused_refuses_its_parent(cast):
    outer = made.started("outer", cast["alpha"])
    inner = Instance.objects.get(parent__instance=outer)
    advancing.advance(inner.pk, "accept", "reject", actor=cast["alpha"], reason="不受理")
    outer.refresh_from_db()
    assert outer.status == "rejected"


def test_withdrawn_parent_stops_its_child(cast):
    outer = made.started("outer", cast["alpha"])
    moving.withdraw(outer, actor=cast["alpha"], reason="不办了")
    assert set(Instance.objects.values_list("status", flat=True)) == {"withdrawn", "stopped"}
    assert not Step.objects.filter(status="open").exists()


def test_whoever_a_step_waits_for_is_told_once(cast):
    instance = made.started("straight", cast["beta"])
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"], key="k")
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"], key="k")
    told = Notice.objects.filter(account__username="alpha-clerk", kind="flow.step_opened")
    assert told.values_list("title", flat=True).count() == 2
    assert told.latest("pk").href == f"/console/steps/{made.step_of(instance, 'decide').uuid}/"
