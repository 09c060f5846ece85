"""Killed and hurried: the state before or after, nothing between; of two at once one wins."""

import os
import signal
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection, connections

from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing, replaying, starting, subjects
from suixin.ground.flow.errors import StepDecided
from suixin.ground.flow.models import ClockSegment, Instance, Procedure, Step, Transition
from suixin.ground.flow.tests import factories as made
from suixin.ground.notify.models import Notice


class Cut(OperationalError):
    """The connection is gone."""


class Cutting:
    """Lets so many statements through, then does what it is told."""

    def __init__(self, number, end):
        self.left, self.end = number, end

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == -1:  # once: what rolls back is let through
            self.end()
        return execute(sql, params, many, context)


def cut():
    raise Cut


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def rows():
    """Everything that an advance writes."""
    models = (Instance, Step, Transition, ClockSegment, Record, Notice, Procedure)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setitem(subjects.effects, "test.make", lambda effect: Procedure.objects.create(slug="made", title="made"))
    return made.world(made.effective(), made.parallel(), made.straight())


@pytest.mark.django_db
def test_fault_at_any_statement_of_an_advance_leaves_the_state_before(cast):
    instance = made.started("effective", cast["alpha"])
    before, number = rows(), 0
    while True:
        try:
            with connection.execute_wrapper(Cutting(number, cut)):
                advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
            break
        except Cut:
            assert rows() == before, f"statement {number}"
        number += 1
    assert number > 15
    assert (made.open_nodes(instance), Procedure.objects.filter(slug="made").count()) == (["close"], 1)
    assert replaying.replay(instance) == replaying.kept(instance)


def killed(instance, actor, ready):
    """Whether a process of its own was killed while it advanced the instance inside `ready`."""
    connections.close_all()
    if not (pid := os.fork()):
        try:
            with ready:
                advancing.advance(instance.pk, "accept", "approve", actor=actor)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


@contextmanager
def at_commit(*, before):
    """Killed when the transaction is handed to the database, or when the database has said that it is kept."""
    whole = connection.commit

    def commit():
        if not before:
            whole()
        kill()

    setattr(connection, "commit", commit)  # noqa: B010  a method, which mypy lets nobody assign
    yield


@pytest.mark.django_db(transaction=True)
def test_process_killed_at_any_statement_leaves_the_state_before(cast):
    instance = made.started("effective", cast["alpha"])
    before, number = rows(), 0
    while killed(instance, cast["alpha"], connection.execute_wrapper(Cutting(number, kill))):
        assert rows() == before, f"statement {number}"
        number += 1
    assert number >= 12  # a decision that runs an effect writes at least so often
    assert made.open_nodes(instance) == ["close"]
    assert replaying.replay(instance) == replaying.kept(instance)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "node", "effects"), [(True, "accept", 0), (False, "close", 1)])
def test_process_killed_at_the_commit_leaves_the_state_before_or_after(cast, before, node, effects):
    instance = made.started("effective", cast["alpha"])
    assert killed(instance, cast["alpha"], at_commit(before=before))
    assert (made.open_nodes(instance), Procedure.objects.filter(slug="made").count()) == ([node], effects)
    assert replaying.replay(instance) == replaying.kept(instance)
    advancing.advance(instance.pk, node, "approve", actor=cast["alpha"])


def at_once(*works):
    """What each of these gave or raised, all begun at the same moment."""
    barrier, results = Barrier(len(works)), [object()] * len(works)

    def run(number, work):
        try:
            barrier.wait(10)
            results[number] = work()
        except Exception as error:  # noqa: BLE001  what a thread raised is what it gave
            results[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_races_have_one_winner_one_join_and_one_instance(cast):
    two = made.staff("alpha-two", made.organisation("alpha"))
    instance = made.started("straight", cast["alpha"])
    step = made.step_of(instance, "accept")
    results = at_once(*(lambda who=who: advancing.decide(step, "approve", actor=who) for who in (cast["alpha"], two)))
    assert sorted(type(one).__name__ for one in results) == ["Instance", "StepDecided"]
    assert "已由alpha-" in str(next(one for one in results if isinstance(one, StepDecided)))

    for number in range(3):
        other = made.started("parallel", cast["alpha"], data={"area": 1})
        advancing.advance(other.pk, "accept", "approve", actor=cast["alpha"])
        at_once(
            lambda pk=other.pk: advancing.advance(pk, "licence", "approve", actor=cast["beta"]),
            lambda pk=other.pk: advancing.advance(pk, "drain", "approve", actor=cast["delta"]),
        )
        assert made.open_nodes(other) == ["deliver"], number
        assert Step.objects.filter(instance=other, node="deliver").count() == 1

    step = made.step_of(instance, "decide")
    same = at_once(*[lambda: advancing.decide(step, "approve", actor=cast["alpha"], key="once")] * 3)
    assert ([one.pk for one in same], Transition.objects.filter(key="once").count()) == ([instance.pk] * 3, 1)
    begun = at_once(*[
        lambda: starting.start("straight", made.SUBJECT, actor=cast["alpha"], title="一件事", parties={}, key="once")
    ] * 3)
    assert len({one.pk for one in begun}) == 1
