"""How departments stand with their cases: counted by the database, by department and light, along its indexes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q

from suixin.ground.flow.models import LIT
from suixin.ground.flow.models import LIVE as RUNS
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import parties
from suixin.services.cases.models import LIVE, Case
from suixin.services.cases.queries import RUNNING


@dataclass(frozen=True, slots=True)
class Department:
    """How a department stands with its cases."""

    name: str
    live: int
    amber: int
    red: int
    beyond_law: int
    unexplained: int


def board(actor: Actor) -> list[Department]:
    """Departments within reach, those that are late first."""
    found: dict[int, Counter[str]] = {}
    for number, figure, count in (one for part in _parts(actor) for one in _counted(part)):
        found.setdefault(number, Counter())[figure] += count
    names = dict(Organisation.objects.filter(pk__in=found).values_list("pk", "name"))
    places = [
        Department(names[number], one["live"], one["amber"], one["red"], one["beyond"], one["unexplained"])
        for number, one in found.items()
    ]
    return sorted(places, key=lambda one: (-one.beyond_law, -one.red, -one.amber, one.name))


def _parts(actor: Actor) -> list[Q]:
    """The cases within reach as conditions of which never two are true of a case."""
    first, *others = parties.ways_to_see(actor)
    return [first, *(other & ~first for other in others)]


def _counted(part: Q) -> Iterator[tuple[int, str, int]]:
    """(department's number, figure, how many) of these cases."""
    rows = Case.objects.filter(part).order_by()
    for number, live in rows.filter(state__in=LIVE).values_list("organisation").annotate(n=Count("*")):  # of the index alone
        yield number, "live", live
    lit = rows.filter(state__in=RUNNING, handling__status__in=RUNS, handling__colour__in=LIT)
    beyond = Count("handling", filter=Q(handling__statutory_due_at__lt=clock.now()))  # of what is green nothing is beyond the law
    for number, colour, count, late in lit.values_list("organisation", "handling__colour").annotate(n=Count("*"), late=beyond):  # as above
        yield number, colour, count
        yield number, "beyond", late
    waiting = rows.filter(cards__explained_at=None, cards__isnull=False)
    for number, cards in waiting.values_list("organisation").annotate(n=Count("cards")):
        yield number, "unexplained", cards
