"""The list of a window clerk: what its department handles and what its window took in, read each along its index, united."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Organisation
from suixin.kit.actor import Actor
from suixin.services.cases import queries
from suixin.services.cases.models import Application, Case, State
from suixin.services.cases.tests.factories import Town, accepted, opened, town

pytestmark = pytest.mark.django_db
STATES = ("", "live", "accepted", "received", "archived")
KIND = st.tuples(
    st.booleans(), st.booleans(), st.sampled_from([State.ACCEPTED, State.RECEIVED, State.ARCHIVED]), st.sampled_from(["green", "red"]),
)


@pytest.fixture
def place() -> Town:
    made = town()
    for _ in range(3):
        accepted(made)
        opened(made)
    return made


def window_of(place: Town) -> Actor:
    """A clerk of the department's own window: sees what the department handles, and what came in there for others."""
    return replace(place.clerk, roles=frozenset({"reception"}))


def lay(cases: list[Case], kinds: list[tuple[bool, bool, State, str]], ours: Organisation, other: Organisation) -> None:
    """Each case its department's or not, its window's or not, in a state, under a light."""
    for case, (is_own, is_taken, state, colour) in zip(cases, kinds, strict=True):
        Case.objects.filter(pk=case.pk).update(organisation=ours if is_own else other, state=state)
        Application.objects.filter(pk=case.application_id).update(window=ours if is_taken else other)
        Instance.objects.filter(subject_key=case.number).update(colour=colour)


def united(actor: Actor, most: int, **asked: str) -> list[int]:
    narrowing = queries.narrowing(**asked)
    numbers = {pk for one in queries.worklists(actor) for pk in one.filter(narrowing).values_list("pk", flat=True)[:most]}
    return sorted(numbers, reverse=True)[:most]


@settings(max_examples=40, deadline=None, database=None, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(KIND, min_size=6, max_size=6), state=st.sampled_from(STATES), colour=st.sampled_from(["", "red"]),
       most=st.integers(1, 8), is_title=st.booleans())
def test_lists_read_apart_and_united_are_the_list_of_one_condition(
    place: Town, kinds: list[tuple[bool, bool, State, str]], state: str, colour: str, most: int, is_title: bool,
) -> None:
    cases = list(Case.objects.order_by("pk"))
    window = window_of(place)
    lay(cases, kinds, place.city.department, place.city.bureau)
    asked = {"state": state, "colour": colour, "words": cases[0].title[:4] if is_title else ""}
    whole = queries.narrowed(queries.worklist(window), **asked)
    assert united(window, most, **asked) == [case.pk for case in whole][:most]


def test_no_list_of_a_window_is_read_by_a_condition_over_two_tables(place: Town) -> None:
    with CaptureQueriesContext(connection) as asked:
        read = [list(one.values_list("pk", flat=True)) for one in queries.worklists(window_of(place))]
    cases = [one["sql"] for one in asked if 'FROM "cases_case"' in one["sql"]]
    assert (len(read), len(cases), [" OR " in sql for sql in cases]) == (2, 2, [False, False])
    assert len(queries.worklists(place.clerk)) == 1
