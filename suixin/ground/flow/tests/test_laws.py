"""What always holds: any sequence of operations leaves legal rows, the log gives them again, branches agree in any order."""

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from suixin.ground.flow import advancing, assigning, calendars, clocking, moving, replaying, stopping
from suixin.ground.flow.errors import FlowError
from suixin.ground.flow.models import ACTIVE, ClockSegment, Instance, Step
from suixin.ground.flow.tests import factories as made
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # no shrinking: it takes minutes
examples = settings(max_examples=20, deadline=None, phases=QUICK, suppress_health_check=list(HealthCheck))
LAW = {"reason": "等鉴定", "document": "1号", "legal_basis": "45条"}
OPERATIONS = {
    "approve": lambda step, actor: advancing.decide(step, "approve", actor=actor),
    "reject": lambda step, actor: advancing.decide(step, "reject", actor=actor, reason="不行"),
    "return": lambda step, actor: moving.return_to(step, "accept", actor=actor, reason="错了"),
    "ask": lambda step, actor: stopping.ask_supplement(step, ["材料"], actor=actor),
    "suspend": lambda step, actor: stopping.suspend(step, actor=actor, **LAW),
    "resume": lambda step, actor: stopping.resume(step, actor=actor, reason="好了"),
    "suspend all": lambda step, actor: stopping.suspend(step.instance, actor=actor, **LAW),
    "resume all": lambda step, actor: stopping.resume(step.instance, actor=actor, reason="好了"),
    "extend": lambda step, actor: stopping.extend(step, 2, actor=actor, reason="忙", document="1号"),
    "claim": lambda step, actor: assigning.claim(step, actor=actor),
    "release": lambda step, actor: assigning.release(step, actor=actor),
    "withdraw": lambda step, actor: moving.withdraw(step.instance, actor=actor, reason="不办了"),
}
BRANCHES = {
    "licence": ("beta", ["suspend", "resume", "approve"]), "drain": ("delta", ["claim", "release", "approve"]),
    "fire": ("gamma", ["suspend", "resume", "reject"]),
}


@pytest.fixture
def cast():
    return made.world(made.everything(), made.parallel())


def require_legal(instance):
    """The rows agree with one another, with the log and with the clock."""
    row = Instance.objects.get(pk=instance.pk)
    steps, segments = list(row.steps.all()), list(ClockSegment.objects.filter(instance=row).exclude(kind="extension"))
    active = [step for step in steps if step.status in ACTIVE]
    running = [segment for segment in segments if segment.stopped_at is None]
    assert row.is_live == bool(active)
    assert row.is_live or not running
    assert all((step.done_at is None) == (step in active) for step in steps)
    assert all(step.done_at is None or step.done_at >= step.opened_at for step in steps)
    assert all(segment.stopped_at is None or segment.stopped_at >= segment.started_at for segment in segments)
    stopping_all = any(segment.step_id is None for segment in running)
    special = {step.pk for step in steps if step.node == "site"}
    held = {segment.step_id for segment in running if not (segment.kind == "special" and segment.step_id in special)}
    for step in active:
        is_stopped = step.kind not in ("supplement", "approval") and (stopping_all or step.pk in held)
        assert (step.status == "stopped") == is_stopped
    assert (row.status == "suspended") == stopping_all
    assert replaying.replay(row) == replaying.kept(row)
    assert clocking.reckon(Instance.objects.get(pk=row.pk)) == {}


@examples
@given(st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 9), st.sampled_from([0, 1, 40, -1])), max_size=14))
def test_any_sequence_of_operations_leaves_legal_rows(cast, operations):
    with transaction.atomic():
        now = made.MONDAY
        with clock.frozen(now):
            instance = made.started("everything", cast["alpha"])
        note(operations)
        for name, which, hours in operations:
            now += timedelta(hours=hours)  # also back
            steps = list(Step.objects.filter(instance=instance, status__in=ACTIVE).select_related("instance"))
            with clock.frozen(now), contextlib.suppress(FlowError, NotAllowed):
                if steps:
                    OPERATIONS[name](steps[which % len(steps)], SYSTEM if which % 3 == 0 else cast["alpha"])
            with clock.frozen(now):
                require_legal(instance)
        transaction.set_rollback(True)


@examples
@given(st.permutations(["licence", "fire", "drain"]), st.sets(st.sampled_from(["fire", "drain"])))
def test_branches_end_the_same_in_any_order(cast, order, refused):
    with transaction.atomic():
        instance = made.started("parallel", cast["alpha"], data={"area": 400})
        advancing.advance(instance.pk, "accept", "approve", actor=SYSTEM)
        for node in order:
            assert "deliver" not in made.open_nodes(instance)
            advancing.advance(instance.pk, node, "reject" if node in refused else "approve", actor=SYSTEM, reason="x")
        assert made.open_nodes(instance) == ["deliver"]
        assert set(instance.steps.values_list("node", "status", "outcome", "round")) == {
            ("accept", "done", "approve", 1), ("deliver", "open", "", 1),
            *((node, "done", "reject" if node in refused else "approve", 1) for node in order),
        }
        transaction.set_rollback(True)


@examples
@given(st.permutations([name for name, (_, works) in BRANCHES.items() for _ in works]))
def test_branches_agree_however_what_is_done_in_them_is_interleaved(cast, order):
    with transaction.atomic(), clock.frozen(made.MONDAY):
        instance = made.started("parallel", cast["alpha"], data={"area": 400})
        advancing.advance(instance.pk, "accept", "approve", actor=SYSTEM)
        ahead = {name: iter(works) for name, (_, works) in BRANCHES.items()}
        for name in order:
            OPERATIONS[next(ahead[name])](made.step_of(instance, name), cast[BRANCHES[name][0]])
            require_legal(instance)
        due = calendars.current().nth_workday_after(made.MONDAY.date(), 1)
        assert set(instance.steps.values_list("node", "status", "outcome", "assignee", "due_at__date")) >= {
            ("licence", "done", "approve", None, calendars.current().nth_workday_after(made.MONDAY.date(), 5)),
            ("fire", "done", "reject", None, calendars.current().nth_workday_after(made.MONDAY.date(), 7)),
            ("deliver", "open", "", None, due),
        }
        assert ClockSegment.objects.filter(instance=instance).count() == 2
        transaction.set_rollback(True)


def test_clock_set_back_an_hour_leaves_no_time_before_it_began(cast):
    with clock.frozen(made.MONDAY):
        instance = made.started("everything", cast["alpha"])
    with clock.frozen(made.MONDAY - timedelta(hours=1)):
        advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
        require_legal(instance)
    assert Step.objects.get(node="accept").done_at == made.MONDAY


@pytest.mark.parametrize("days", [1, 3, 7])
def test_suspension_and_resumption_shift_the_due_date_by_the_days_between(cast, days):
    with clock.frozen(made.MONDAY):
        instance = made.started("everything", cast["alpha"])
        step = made.step_of(instance, "accept")
        stopping.suspend(step, actor=cast["alpha"], **LAW)
    calendar = calendars.current()
    later = calendar.nth_workday_after(made.MONDAY.date(), days)
    with clock.frozen(made.MONDAY.replace(month=later.month, day=later.day)):
        stopping.resume(step, actor=cast["alpha"], reason="好了")
    before, after = step.due_at, Step.objects.get(pk=step.pk).due_at
    assert before is not None
    assert after is not None
    assert calendar.workdays_between(before.date(), after.date()) == days


def test_advance_keeps_to_its_statements(cast, django_assert_max_num_queries):
    instance = made.started("parallel", cast["alpha"], data={"area": 1})
    for node in ("accept", "licence"):
        advancing.advance(instance.pk, node, "approve", actor=SYSTEM)
    with django_assert_max_num_queries(20):
        advancing.advance(instance.pk, "drain", "approve", actor=cast["delta"], key="k")
