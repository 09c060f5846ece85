"""How departments stand: counted by the database, the same as one by one, and nobody counted twice."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suixin.ground.flow.models import Instance
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import parties, queries, standings
from suixin.services.cases.attached import Card
from suixin.services.cases.models import Application, Case
from suixin.services.cases.standings import Department
from suixin.services.cases.tests.factories import Town, accepted, opened, town

pytestmark = pytest.mark.django_db


def one_by_one(actor: Actor) -> list[Department]:
    """What the board has to say, counted over all cases within reach."""
    found: dict[str, Counter[str]] = {}
    for case in Case.objects.filter(parties.visible(actor)):
        run, one = case.handling, found.setdefault(case.organisation.name, Counter())
        one["live"] += case.is_live
        one["unexplained"] += case.cards.filter(explained_at=None).count()
        if run is not None and run.is_live and case.state in queries.RUNNING and run.colour != "green":
            one[run.colour] += 1
            one["beyond"] += run.statutory_due_at is not None and run.statutory_due_at < clock.now()
    counted = [Department(name, *(one[key] for key in ("live", "amber", "red", "beyond", "unexplained"))) for name, one in found.items()]
    return sorted(counted, key=lambda one: (-one.beyond_law, -one.red, -one.amber, one.name))


@pytest.fixture
def place() -> Town:
    """Cases of two departments in every light, with cards."""
    made = town()
    cases = [accepted(made) for _ in range(5)] + [opened(made)]
    others = Organisation.objects.create(uscc="11510900XX0099999X", name="另一部门", slug="other", parent=made.city.bureau.parent)
    for case, colour, late in zip(cases, ("amber", "red", "red", "green", "amber", ""), (0, 1, 0, 0, 0, 0), strict=True):
        Instance.objects.filter(subject_key=case.number).update(colour=colour or "green")
        if late:
            Instance.objects.filter(subject_key=case.number).update(statutory_due_at=clock.now() - timedelta(days=1))
    Case.objects.filter(pk__in=[case.pk for case in cases[2:4]]).update(organisation=others)
    for case, line, explained in ((cases[0], "promised", None), (cases[0], "query", clock.now()), (cases[2], "query", None)):
        Card.objects.create(case=case, colour="yellow", line=line, reason="慢", given_by="x", given_at=clock.now(), explained_at=explained)
    return made


def test_figures_are_those_of_cases_counted_one_by_one(place: Town) -> None:
    taken = list(Case.objects.order_by("pk").values_list("application", flat=True)[1:4])
    Application.objects.filter(pk__in=taken).update(window=place.city.department)
    both = replace(place.clerk, roles=frozenset({"supervision", "reception"}))  # its department's, and others' that its window took in
    assert len(standings.board(both)) == 2
    for actor in (place.supervisor, place.clerk, place.window, both):
        assert standings.board(actor) == one_by_one(actor), actor
    assert [one.beyond_law for one in standings.board(place.supervisor)] == [1, 0]


def test_board_asks_four_questions_that_group_however_many_cases_there_are(place: Town) -> None:
    standings.board(place.supervisor)
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            standings.board(place.supervisor)
        assert len(asked) == 4
        assert ["GROUP BY" in one["sql"] for one in asked] == [True, True, True, False]
        accepted(place)
