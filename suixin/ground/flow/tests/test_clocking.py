"""Due dates of rows: what stops them, what a change of the calendar does to them, what the time line shows."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.ground.flow import advancing, calendars, clocking, recomputing, workdays
from suixin.ground.flow.declaration import Declaration, Node
from suixin.ground.flow.models import ClockSegment, Instance, SegmentKind, Step, Transition
from suixin.ground.flow.tests.factories import MONDAY, parallel, started, step_of, straight, task, world
from suixin.ground.flow.workdays import Stop
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.registry import Given
from suixin.kit import clock
from suixin.kit.clock import CHINA
from tests.cast import data_officer

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def began(declaration: Declaration, when: datetime = MONDAY) -> Instance:
    cast = world(declaration)
    with clock.frozen(when):
        return started(declaration.id, cast["alpha"])


def segment(instance: Instance, kind: str, start: str, end: str | None, **more: object) -> None:
    ended = at(end) if end else None
    ClockSegment.objects.create(instance=instance, kind=kind, started_at=at(start), stopped_at=ended, **more)


def reckoned(instance: Instance, when: str) -> tuple[Instance, Step]:
    with clock.frozen(at(when)):
        clocking.reckon(instance)
    instance.refresh_from_db()
    return instance, step_of(instance, "accept")


def test_started_instance_and_step_have_due_dates() -> None:
    instance = began(straight())
    instance, step = reckoned(instance, "2026-03-02 10:00")
    assert step.due_at == at("2026-03-09 23:59:59")
    assert step.amber_at == at("2026-03-06 00:00")
    assert step.escalate_at == step.due_at
    assert instance.due_at == at("2026-03-16 23:59:59")
    assert instance.statutory_due_at == at("2026-03-30 23:59:59")
    assert (step.colour, instance.colour) == ("green", "green")


def test_colour_follows_the_instant_and_an_extension_brings_green_back() -> None:
    instance = began(straight())
    assert reckoned(instance, "2026-03-06 08:00")[1].colour == "amber"
    assert reckoned(instance, "2026-03-10 00:00")[1].colour == "red"
    segment(instance, SegmentKind.EXTENSION, "2026-03-10 00:00", None, step=step_of(instance, "accept"), days=10)
    instance, step = reckoned(instance, "2026-03-10 00:00")
    assert step.colour == "green"
    assert step.due_at == at("2026-03-23 23:59:59")
    assert instance.due_at == at("2026-03-30 23:59:59")


def test_supplement_special_time_and_suspension_do_not_count_for_the_instance() -> None:
    instance = began(straight())
    other = step_of(instance, "accept")
    segment(instance, SegmentKind.SUPPLEMENT, "2026-03-03 10:00", "2026-03-05 10:00")
    segment(instance, SegmentKind.SPECIAL, "2026-03-04 10:00", "2026-03-06 10:00", step=other)
    segment(instance, SegmentKind.SUSPEND, "2026-03-09 10:00", "2026-03-10 10:00", step=other)
    instance, step = reckoned(instance, "2026-03-10 11:00")
    assert instance.due_at == at("2026-03-20 23:59:59")
    assert instance.statutory_due_at == at("2026-04-03 23:59:59")
    assert step.due_at == at("2026-03-13 23:59:59")


def test_stopped_step_keeps_its_colour() -> None:
    instance = began(straight())
    Step.objects.filter(instance=instance).update(status="stopped")
    Instance.objects.filter(pk=instance.pk).update(status="suspended")
    segment(instance, SegmentKind.SUSPEND, "2026-03-03 10:00", None)
    instance.refresh_from_db()
    instance, step = reckoned(instance, "2026-06-01 10:00")
    assert (step.colour, instance.colour) == ("green", "green")


def test_own_steps_of_a_special_procedure_are_not_stopped_by_it() -> None:
    node: Node = task("accept", is_special=True)
    instance = began(Declaration("special", "检验", (node,)))
    segment(instance, SegmentKind.SPECIAL, "2026-03-02 09:00", None, step=None)
    assert reckoned(instance, "2026-03-03 10:00")[1].due_at == at("2026-03-09 23:59:59")


def test_without_promise_the_law_counts_and_without_limit_nothing_is_due() -> None:
    free = replace(straight(), id="free", promised=None, nodes=(task("accept", limit=None),))
    instance, step = reckoned(began(free), "2026-03-02 10:00")
    assert instance.due_at == instance.statutory_due_at == at("2026-03-30 23:59:59")
    assert step.due_at is step.amber_at is step.escalate_at is None


def test_edited_day_moves_open_dues_and_is_logged_with_old_and_new() -> None:
    instance = began(straight())
    reckoned(instance, "2026-03-02 10:00")
    with clock.frozen(at("2026-03-03 10:00")):
        changed = calendars.set_day(date(2026, 3, 5), is_workday=False, name="", actor=data_officer, reason="停电")
    assert changed.recomputed == 1
    assert step_of(instance, "accept").due_at == at("2026-03-10 23:59:59")
    told = Transition.objects.get(instance=instance, action="recomputed")
    assert told.data["changed"]["due_at"] == ["2026-03-16T23:59:59+08:00", "2026-03-17T23:59:59+08:00"]
    assert "停电" in told.reason
    instance.refresh_from_db()
    assert told.sequence == instance.sequence


def test_day_that_touches_nothing_open_recomputes_nothing() -> None:
    instance = began(straight())
    reckoned(instance, "2026-03-02 10:00")
    for day in (date(2026, 2, 26), date(2026, 5, 20)):
        assert calendars.set_day(day, is_workday=False, name="", actor=data_officer, reason="停电").recomputed == 0
    assert not Transition.objects.filter(action="recomputed").exists()


def test_many_are_recomputed_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = began(straight())
    reckoned(instance, "2026-03-02 10:00")
    monkeypatch.setattr(calendars, "AT_ONCE", 0)
    changed = calendars.set_day(date(2026, 3, 5), is_workday=False, name="", actor=data_officer, reason="停电")
    job = Job.objects.get(uuid=changed.job)
    assert recomputing.recompute(Given(job.arguments, job.actor_kind, job.actor_key)) == "重算到期时间：改变 1 件。"
    told = Transition.objects.get(action="recomputed")
    assert (told.actor_key, told.actor_name) == (data_officer.key, data_officer.name)
    assert step_of(instance, "accept").due_at == at("2026-03-10 23:59:59")
    assert recomputing.recompute(Given(job.arguments, "system", "system")) == "重算到期时间：改变 0 件。"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 4, 10)), st.booleans(), max_size=6))
def test_recomputation_after_edits_equals_computation_from_scratch(edits: dict[date, bool]) -> None:
    with transaction.atomic():
        instance = began(straight())
        segment(instance, SegmentKind.SUSPEND, "2026-03-04 10:00", "2026-03-06 10:00")
        clocking.reckon(instance)
        for day, is_workday in edits.items():
            calendars.set_day(day, is_workday=is_workday, name="", actor=data_officer, reason="试验")
        assert clocking.reckon(Instance.objects.get(pk=instance.pk)) == {}
        held, limit = Instance.objects.get(pk=instance.pk), straight().promised
        stop = Stop(at("2026-03-04 10:00"), at("2026-03-06 10:00"))
        assert limit is not None
        assert held.due_at == workdays.due(MONDAY, limit, calendars.current(), stops=[stop])
        transaction.set_rollback(True)


def test_time_line_shows_every_step_and_stop_from_start_to_the_last_date() -> None:
    cast = world(parallel())
    with clock.frozen(MONDAY):
        instance = started("parallel", cast["alpha"], data={"area": 100})
    with clock.frozen(MONDAY + timedelta(days=1)):
        advancing.decide(step_of(instance, "accept"), "approve", actor=cast["alpha"])
    segment(instance, SegmentKind.SUSPEND, "2026-03-04 10:00", "2026-03-05 10:00", step=step_of(instance, "licence"))
    with clock.frozen(MONDAY + timedelta(days=3)):
        instance.refresh_from_db()
        line = clocking.timeline(instance)
    assert [bar.step.node for bar in line.bars] == ["accept", "licence", "drain"]
    assert line.bars[0].end == MONDAY + timedelta(days=1)
    assert line.bars[1].spans[0].label == "挂起"
    assert line.start == MONDAY
    assert line.end == instance.due_at


def test_reckoning_takes_few_queries(django_assert_max_num_queries) -> None:
    instance = began(straight())
    reckoned(instance, "2026-03-02 10:00")
    with django_assert_max_num_queries(6), clock.frozen(at("2026-03-02 11:00")):
        clocking.reckon(instance)
