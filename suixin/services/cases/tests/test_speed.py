"""What a submission and a decision ask the database, counted: each question costs a worker processor time."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suixin.ground.flow.models import Instance
from suixin.services.cases import handling, queries
from suixin.services.cases.models import Case, State
from suixin.services.cases.tests.factories import accepted, decide, fresh, opened, town

pytestmark = pytest.mark.django_db


def test_submission_and_decisions_ask_a_bounded_number_of_questions(django_assert_max_num_queries) -> None:
    place = town()
    decide(accepted(place), place.clerk)  # procedures are published, questions are made
    with django_assert_max_num_queries(35):
        case = opened(place)
    with django_assert_max_num_queries(46):
        case = decide(case, place.clerk)
    with django_assert_max_num_queries(33):
        case = decide(case, place.clerk)
    assert case.state == State.ACCEPTED


def test_case_in_hand_after_opening_is_the_case_as_it_stands() -> None:
    case = opened(town())
    held = fresh(case)
    assert [getattr(case, field.attname) for field in case._meta.concrete_fields] == [
        getattr(held, field.attname) for field in held._meta.concrete_fields
    ]
    assert (waiting := handling.waiting_step(case)) is not None
    assert waiting.instance == held.reception


def test_numbers_go_on_from_the_last_in_one_statement() -> None:
    place = town()
    with CaptureQueriesContext(connection) as asked:
        numbers = [opened(place).number for _ in range(3)]
    assert [number[-5:] for number in numbers] == ["00001", "00002", "00003"]
    raised = [one["sql"] for one in asked if "cases_counter" in one["sql"]]
    assert len(raised) == 6  # of each case one for itself, one for its receipt


def test_light_and_state_narrow_together_and_names_find_what_goes_on() -> None:
    place = town()
    received, running = opened(place), accepted(place)
    Instance.objects.filter(subject_key=running.number).update(colour="amber")
    everything = queries.worklist(place.clerk)

    def found(**asked: str) -> list[Case]:
        return list(queries.narrowed(everything, **asked))

    assert found(state="live") == [running, received]
    assert found(state="all", colour="amber") == found(state="live", colour="amber") == found(state="accepted", colour="amber") == [running]
    assert found(state="received", colour="amber") == []
    name = received.application.shown_name
    assert found(state="received", words=name) == [received]
    assert found(state="live", words="没有这样的") == []
