"""Closed for a week, killed at any statement, hurried: nothing lost, nothing twice, and the applicant knows a day."""

import os
import random
import signal
from collections import Counter as Counted
from datetime import date

import pytest
from django.db import connection, connections

from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing, calendars, replaying
from suixin.ground.flow.models import Transition
from suixin.ground.flow.workdays import day_of
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import handling, queries
from suixin.services.cases.attached import Document
from suixin.services.cases.models import Case, State
from suixin.services.cases.tests.factories import accepted, fresh, opened, town
from tests.cast import data_officer

DECISIONS = {"accept": "clerk", "examine": "clerk", "decide": "head"}
PAPERS = ("receipt", "acceptance", "grant")


def closed_week() -> list[date]:
    """The next five working days, on which nobody works any more."""
    days = [calendars.current().nth_workday_after(clock.today(), n) for n in range(1, 6)]
    for day in days:
        calendars.set_day(day, False, "停电检修", actor=data_officer, reason="政务大厅停电检修一周")
    return days


@pytest.mark.django_db
def test_week_of_closed_doors_moves_promise_law_and_reception_and_the_applicant_is_told_the_day() -> None:
    place = town()
    waiting, running = opened(place), accepted(place)
    before = [queries.next_of(waiting).by, queries.lines_of(running).promised, queries.lines_of(running).statutory]
    days = closed_week()
    after = [queries.next_of(fresh(waiting)).by, queries.lines_of(fresh(running)).promised, queries.lines_of(fresh(running)).statutory]
    calendar, today = calendars.current(), clock.today()
    assert [calendar.workdays_between(today, day_of(one)) for one in after if one] == [5, 5, 20]  # still as many days as before
    for old, new in zip(before, after, strict=True):
        assert old is not None
        assert new is not None
        assert day_of(new) > max(days)
        assert new > old
    assert queries.next_of(fresh(running)).by == after[1]
    assert Transition.objects.filter(action="recomputed", instance=running.handling, reason__contains="停电检修").exists()


class Killing:
    """Lets so many statements of this process through, then kills it."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def worked(numbers: list[str], people: dict[str, Actor], statements: int) -> bool:
    """Whether a process of its own came to the end of all that waits, before it was killed at that statement."""
    connections.close_all()
    if not (pid := os.fork()):
        try:
            with connection.execute_wrapper(Killing(statements)):
                for number in numbers:
                    _finish(number, people)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return not os.WIFSIGNALED(status)


def _finish(number: str, people: dict[str, Actor]) -> None:
    while True:
        case = Case.objects.select_related("reception", "handling").get(number=number)
        step = handling.waiting_step(case)
        if step is None or step.node not in DECISIONS:
            return
        advancing.decide(step, "approve", actor=people[DECISIONS[step.node]], key=f"{step.uuid}")


@pytest.mark.django_db(transaction=True)
def test_worker_killed_again_and_again_loses_no_decision_and_makes_none_twice() -> None:
    place, dice = town(), random.Random(510900)
    numbers = [opened(place).number for _ in range(3)]
    people, killed, reach = {"clerk": place.clerk, "head": place.head}, 0, 40
    while not worked(numbers, people, dice.randrange(reach)):
        killed, reach = killed + 1, reach + 40
        assert killed < 60, "it does not get on"
    assert killed > 3
    for number in numbers:
        case = Case.objects.select_related("reception", "handling").get(number=number)
        assert (case.state, case.decision) == (State.GRANTED, "granted")
        assert tuple(case.documents.order_by("pk").values_list("kind", flat=True)) == PAPERS
        for run in (case.reception, case.handling):
            assert run is not None
            assert replaying.replay(run) == replaying.kept(run)
            assert sorted(run.transitions.values_list("sequence", flat=True)) == list(range(1, run.sequence + 1))
    assert len(set(Document.objects.values_list("number", flat=True))) == len(PAPERS) * len(numbers)
    told = Counted(Record.objects.filter(action__startswith="cases.").values_list("action", flat=True))
    assert (told["cases.accepted"], told["cases.document_issued"]) == (len(numbers), len(PAPERS) * len(numbers))
