"""The sweeper: lights turn, silence decides, people are told; each once, however often and by however many it is run."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.ground.flow import advancing, clocking, procedures, silence, subjects, sweeping
from suixin.ground.flow.declaration import Declaration, Escalation, Node, NodeKind, Silent
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.models import ClockSegment, Instance, SilentTrial, Step, Transition
from suixin.ground.flow.subjects import Effect
from suixin.ground.flow.sweeping import Swept, sweep
from suixin.ground.flow.tests.factories import MONDAY, account, organisation, started, step_of, straight, task, world
from suixin.ground.jobs import paging
from suixin.ground.notify.models import Notice
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.clock import CHINA

AMBER, RED = datetime(2026, 3, 6, 0, 0, tzinfo=CHINA), datetime(2026, 3, 10, 0, 0, tzinfo=CHINA)


def begin(declaration: Declaration, times: int = 1) -> list[Instance]:
    cast = world(declaration)
    with clock.frozen(MONDAY):
        return [started(declaration.id, cast["alpha"], title=f"第{n}件") for n in range(times)]


def at(moment: datetime) -> Swept:
    with clock.frozen(moment):
        return sweep()


def silent(silence: Silent = Silent.DEEMED_APPROVED) -> Declaration:
    return Declaration("silent", "默示", (task("drain", silent=silence), task("close", "drain", where="beta")))


@pytest.mark.django_db
def test_lights_turn_amber_and_red_once() -> None:
    [instance] = begin(straight())
    assert at(MONDAY) == Swept()
    assert at(AMBER) == Swept(amber=1)
    assert at(AMBER) == Swept()
    assert at(RED).red == 1
    assert at(RED) == Swept()
    assert step_of(instance, "accept").colour == "red"


@pytest.mark.django_db
def test_clock_set_back_an_hour_changes_nothing() -> None:
    [instance] = begin(straight())
    at(RED)
    assert at(RED - timedelta(hours=1)) == Swept()
    assert step_of(instance, "accept").colour == "red"
    assert at(RED) == Swept()


@pytest.mark.django_db
def test_a_step_overdue_since_the_last_sweep_goes_straight_to_red() -> None:
    begin(straight())
    swept = at(datetime(2026, 3, 20, tzinfo=CHINA))
    assert (swept.amber, swept.red) == (0, 2)  # the step, and the instance it belongs to


@pytest.mark.django_db
def test_lights_that_nobody_turned_are_seen() -> None:
    begin(straight())
    with clock.frozen(RED + timedelta(minutes=9)):
        assert sweeping.lag() > timedelta(minutes=9)
        sweep()
        assert sweeping.lag() == timedelta()


@pytest.mark.django_db
def test_what_is_stopped_or_done_keeps_its_light() -> None:
    [instance] = begin(straight())
    Step.objects.update(status="stopped")
    Instance.objects.update(status="suspended")
    assert at(RED + timedelta(days=90)) == Swept()
    assert step_of(instance, "accept").colour == "green"


@pytest.mark.django_db
@pytest.mark.parametrize(("silence", "outcome", "then"), [
    (Silent.DEEMED_APPROVED, "approve", "running"), (Silent.DEEMED_REJECTED, "reject", "rejected"),
])
def test_silence_decides_once_after_the_due_date(silence: Silent, outcome: str, then: str) -> None:
    [instance] = begin(silent(silence))
    assert at(RED - timedelta(seconds=2)).silent == 0
    assert at(RED).silent == 1
    assert at(RED).silent == 0
    step = step_of(instance, "drain")
    assert (step.status, step.outcome, step.decided_by) == ("done", outcome, "系统")
    assert Transition.objects.filter(instance=instance, action=outcome).count() == 1
    instance.refresh_from_db()
    assert instance.status == then


@pytest.mark.django_db
def test_head_of_department_is_told_first_then_supervision_of_the_bureau() -> None:
    [instance] = begin(straight())
    head = account("alpha-head", organisation("alpha"))
    watch = account("watch", organisation("bureau", parent=organisation("root"), is_bureau=True), "supervision")
    assert at(RED).escalated == 1
    assert at(RED).escalated == 0
    assert at(datetime(2026, 3, 12, 23, tzinfo=CHINA)).escalated == 0
    assert at(datetime(2026, 3, 13, tzinfo=CHINA)).escalated == 1
    assert at(datetime(2026, 9, 13, tzinfo=CHINA)).escalated == 0
    told = Notice.objects.filter(kind="flow.escalated").order_by("pk")
    assert [notice.account for notice in told] == [head, watch]
    assert step_of(instance, "accept").escalated == 2
    assert Transition.objects.filter(instance=instance, action="escalated").count() == 2


@pytest.mark.django_db
def test_declared_escalations_replace_the_default_and_may_come_before_the_due_date() -> None:
    rungs = (Escalation(0, "clerk", "beta"), Escalation(-2, "clerk"))
    begin(Declaration("told", "提醒", (task("accept", escalations=rungs),)))
    assert at(datetime(2026, 3, 5, 23, tzinfo=CHINA)).escalated == 0
    assert at(AMBER).escalated == 1
    assert at(RED).escalated == 1
    titles = Notice.objects.filter(kind="flow.escalated").order_by("pk").values_list("account__username", "title")
    assert [(name, title.split("：")[0]) for name, title in titles] == [("alpha-clerk", "即将到期"), ("beta-clerk", "已超期")]


@pytest.mark.django_db
def test_lights_are_turned_in_chunks_and_messages_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "CHUNK", 2)
    monkeypatch.setattr(sweeping, "READ", 4)
    begin(straight(), times=5)
    with clock.frozen(RED):
        assert sweep(limit=3) == Swept(red=5, escalated=3)
        assert sweep(limit=3) == Swept(escalated=2)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_do_each_thing_once() -> None:
    begin(straight(), times=6)
    begin(silent(), times=6)
    barrier, found = Barrier(2), list[Swept]()

    def run() -> None:
        try:
            barrier.wait(10)
            found.append(sweep(RED + timedelta(days=2)))
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    rest = sweep(RED + timedelta(days=2))  # what one had skipped because the other held it
    every = [*found, rest]
    assert len(found) == 2
    assert sum(one.silent for one in every) == 6
    assert sum(one.escalated for one in every) == Transition.objects.filter(action="escalated").count() == 6
    assert Notice.objects.filter(kind="flow.escalated").count() == 6
    assert Step.objects.filter(status="open", due_at__lt=RED).exclude(colour="red").count() == 0
    assert clocking.RECOMPUTED not in Transition.objects.values_list("action", flat=True)


@pytest.mark.django_db
def test_silence_that_cannot_decide_keeps_no_other_step_from_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Effect) -> None:
        raise ValueError("a module's own fault")

    monkeypatch.setitem(subjects.effects, "test.fail", fail)
    effect = Node("make", "办成", NodeKind.AUTO, after=("accept",), effect="test.fail")
    begin(Declaration("failing", "有错", (task("accept", silent=Silent.DEEMED_APPROVED), effect)))
    [other] = begin(silent())
    monkeypatch.setattr(paging, "SIZE", 1)
    swept = at(RED)
    assert (swept.silent, swept.red, swept.escalated) == (1, 1, 1)
    assert step_of(other, "drain").status == "done"
    failing = Step.objects.get(node="accept")
    assert (failing.status, failing.colour) == ("open", "red")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An instance whose silence fails; how often it was tried."""
    tried: list[int] = []

    def fail(given: Effect) -> None:
        tried.append(given.instance)
        raise ValueError("a module's own fault")

    monkeypatch.setitem(subjects.effects, "test.fail", fail)
    effect = Node("make", "办成", NodeKind.AUTO, after=("accept",), effect="test.fail")
    begin(Declaration("failing", "有错", (task("accept", silent=Silent.DEEMED_APPROVED), effect)))
    return tried


@pytest.mark.django_db
def test_silence_that_fails_is_tried_again_after_twice_as_long_each_time_a_day_at_most(failing: list[int]) -> None:
    for minutes, times in ((0, 1), (0.5, 1), (1, 2), (2, 2), (3, 3), (6, 3), (7, 4)):
        at(RED + timedelta(minutes=minutes))
        assert len(failing) == times, minutes
    assert [silence.delay(tries) for tries in (1, 2, 11, 12, 1_000)] == [
        timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=1024), timedelta(days=1), timedelta(days=1),
    ]


@pytest.mark.django_db
def test_bureau_is_told_once_with_the_reason_when_silence_fails_again_and_again(failing: list[int]) -> None:
    bureau = organisation("bureau", parent=Organisation.objects.get(slug="root"))
    Organisation.objects.filter(pk=bureau.pk).update(is_bureau=True)
    officer = account("officer", bureau, "data_officer")
    for tries in range(1, silence.TOLD + 3):
        assert Notice.objects.filter(account=officer, kind=silence.STUCK.name).count() == int(tries > silence.TOLD)
        at(RED + timedelta(days=tries))
    assert len(failing) == silence.TOLD + 2
    assert "ValueError" in Notice.objects.get(kind=silence.STUCK.name, account=officer).body
    assert silence.stuck() == 1


@pytest.mark.django_db
def test_step_that_was_decided_after_all_is_not_stuck_any_more(failing: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(silence.TOLD):
        at(RED + timedelta(days=days))
    monkeypatch.setitem(subjects.effects, "test.fail", lambda _: None)
    assert at(RED + timedelta(days=silence.TOLD)).silent == 1
    assert (SilentTrial.objects.count(), silence.stuck(), len(failing)) == (0, 0, silence.TOLD)


@pytest.mark.django_db
def test_step_that_cannot_be_told_of_stands_before_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = begin(straight(), times=2)
    tell = sweeping._tell

    def fail(instance: Instance, step: Step, rung: Escalation) -> None:
        if instance.pk == first.pk:
            raise ValueError("a fault of a channel")
        tell(instance, step, rung)

    monkeypatch.setattr(sweeping, "_tell", fail)
    monkeypatch.setattr(sweeping, "LIMIT", 1)  # of what is done in a turn, not of what is looked at
    monkeypatch.setattr(paging, "SIZE", 1)
    assert at(RED).escalated >= 1
    assert set(Transition.objects.filter(action="escalated").values_list("instance", flat=True)) == {second.pk}
    assert step_of(first, "accept").escalated == 0


@pytest.mark.django_db
def test_measure_that_hangs_is_told_to_whom_its_node_names() -> None:
    node = Node("again", "复测", NodeKind.MEASURE, measure="test.well", limit=Duration(1), escalations=(Escalation(0, "clerk", "beta"),))
    begin(Declaration("hanging", "复测", (node,)))
    assert at(RED).escalated == 1
    assert Notice.objects.get(kind="flow.escalated").account.username == "beta-clerk"


@pytest.mark.django_db
def test_sweep_that_turned_a_light_meanwhile_does_not_outlive_new_dates() -> None:
    [instance] = begin(straight())
    held = Instance.objects.select_related("version__procedure").get(pk=instance.pk)
    steps = list(held.steps.all())
    segment = ClockSegment(instance=held, step=steps[0], kind="extension", started_at=MONDAY, days=9)
    Step.objects.update(colour="red")  # by a sweep, after the rows were read
    with clock.frozen(MONDAY):
        found = list(clocking.foreseen(held, procedures.declaration_of(held.version), steps=steps, segments=[segment]))
    values = {type(row).__name__: values for row, values in found}
    assert values["Step"]["colour"] == "green"


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(["sweep", "twice", "person", "back"]), st.integers(0, 6)), min_size=1, max_size=8))
def test_silence_fires_once_and_only_when_nobody_was_first(moves: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        [instance], now, fired = begin(silent()), MONDAY, 0
        due = step_of(instance, "drain").due_at
        assert due is not None
        for what, days in moves:
            now += timedelta(days=-days if what == "back" else days)
            was_open = step_of(instance, "drain").status == "open"
            with clock.frozen(now):
                if what == "person" and was_open:
                    advancing.advance(instance.pk, "drain", "approve", actor=SYSTEM, key="person")
                found = [sweep().silent for _ in range(2 if what == "twice" else 1)] if what != "person" else []
            assert found in ([], [0], [1], [1, 0], [0, 0])
            assert not sum(found) or (was_open and now > due)
            fired += sum(found)
        decided = Transition.objects.filter(instance=instance, node="drain", action="approve")
        assert decided.count() == int(step_of(instance, "drain").status == "done") >= fired
        assert Step.objects.filter(instance=instance, node="close").count() == decided.count()
        transaction.set_rollback(True)
