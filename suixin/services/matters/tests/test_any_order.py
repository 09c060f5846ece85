"""Whatever is decided in whatever order, a matter ends as the rules of its theme foresee."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from suixin.data.catalog.tests import offices
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import resident
from suixin.services.cases.models import Case
from suixin.services.matters.models import Matter, MatterState, PartState, VisitState
from suixin.services.matters.tests import factories
from suixin.services.matters.tests.factories import decide, declared, in_use, moved, opened
from suixin.services.themes import rules
from suixin.services.themes.parsing import read_theme
from suixin.services.themes.rules import Result, Standing, State
from suixin.services.themes.rules.timing import cycle_of

pytestmark = pytest.mark.django_db
NAMES_OF_PARTS = "abcdef"
STATES = {
    State.APPROVED: PartState.APPROVED, State.REFUSED: PartState.REFUSED, State.NOT_HANDLED: PartState.NOT_HANDLED,
    State.STOPPED: PartState.STOPPED, State.WAITING: PartState.WAITING, State.STARTABLE: PartState.HANDLED,
}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Up to five parts, edges to earlier ones, and perhaps a joint visit."""
    names = NAMES_OF_PARTS[: draw(st.integers(1, 5))]
    parts: list[dict[str, object]] = []
    for place, name in enumerate(names):
        others = list(names[:place])
        needs = sorted(draw(st.sets(st.sampled_from(others), max_size=2))) if others else []
        after = sorted(draw(st.sets(st.sampled_from(others), max_size=2))) if others else []
        parts.append({"id": name, "needs": needs, "after": after, "on_refusal": draw(st.sampled_from(["part", "part", "whole"]))})
    shared = sorted(draw(st.sets(st.sampled_from(names), max_size=3)))
    return parts, [{"id": "site", "parts": shared}] if len(shared) > 1 else []


@settings(max_examples=12, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(graph=graphs(), data=st.data())
def test_whatever_is_decided_in_whatever_order_the_matter_ends_as_the_rules_foresee(
    office: offices.Office, graph: tuple[list[dict[str, object]], list[dict[str, object]]], data: st.DataObject,
) -> None:
    parts, visits = graph
    text = declared("shop", office.city.department, parts, visits)
    theme = read_theme(text)
    if cycle_of(theme, [one.id for one in theme.parts]):
        text = declared("shop", office.city.department, parts)
        theme = read_theme(text)
    with transaction.atomic():
        matter = opened(in_use(text, office.city.department), person_actor(resident("zhou")))
        names, results = [one.id for one in theme.parts], dict[str, Result]()
        while True:
            found = rules.outcome(theme, names, results)
            assert {one.name: one.state for one in matter.parts.all()} == {name: STATES[state] for name, state in found.states.items()}
            begun = matter.parts.exclude(case=None).count()
            assert begun == Case.objects.filter(application=matter.application).count() >= len(results)
            if found.standing is not Standing.OPEN:
                break
            name = data.draw(st.sampled_from([one for one, state in found.states.items() if state is State.STARTABLE]))
            action = data.draw(st.sampled_from(["approve", "approve", "reject"]))
            _ended(matter, name, action, results)
        matter.refresh_from_db()
        assert (matter.state == MatterState.DELIVERING) == bool(found.delivered)
        assert matter.is_live == bool(found.delivered)
        handed_over = Case.objects.filter(application=matter.application, state="granted", part__name__in=found.delivered)
        assert handed_over.count() == len(found.delivered)
        assert not Case.objects.filter(application=matter.application, state__in=("received", "accepted")).exists()
        transaction.set_rollback(True)


def _ended(matter: Matter, name: str, action: str, results: dict[str, Result]) -> None:
    """The part decided so; where a visit comes first, all that share it accepted and the visit held."""
    one = matter.parts.get(name=name)
    visit = matter.visits.exclude(state__in=("held", "dropped")).first()
    if action == "approve" and visit is not None and name in visit.parts:
        decide(one, "approve", times=1)
        moved()
        waiting = matter.visits.get(pk=visit.pk)
        if waiting.state == VisitState.DUE:
            factories.hold(waiting)
        else:
            for other in matter.parts.filter(name__in=visit.parts, state="handled"):
                if other.case is not None and other.case.accepted_at is None:
                    decide(other, "approve", times=1)
            moved()
            if matter.visits.get(pk=visit.pk).state != VisitState.DUE:
                return  # others that share it have not begun yet: nobody may grant before
            factories.hold(visit)
    decide(one, action)
    results[name] = Result.APPROVED if action == "approve" else Result.REFUSED
    moved()
