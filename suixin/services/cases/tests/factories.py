"""A city whose department handles an item, with whom it takes: clerk, head, window clerk, supervisor; and who applies."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from suixin.data.catalog.tests import offices
from suixin.ground.flow import advancing
from suixin.ground.people.residents.models import Resident
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import NAMES, NUMBERS, resident
from suixin.ground.people.tests.factories import Tree
from suixin.kit.actor import Actor
from suixin.services.cases import handling, opening
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.models import Application, Case
from suixin.services.cases.opening import Applicant, Handed, Request
from suixin.services.items.models import Item, ItemVersion
from suixin.services.items.tests import factories as items

BOTH = {1: Handed(MaterialState.UPLOADED), 3: Handed(MaterialState.UPLOADED)}


@dataclass
class Town:
    """The people and the item."""

    city: Tree
    clerk: Actor
    head: Actor
    window: Actor
    supervisor: Actor
    item: Item
    person: Resident

    @property
    def version(self) -> ItemVersion:
        """The version in force."""
        return self.item.versions.select_related("item__organisation").latest("number")

    @property
    def applicant(self) -> Actor:
        """The resident, acting."""
        return person_actor(self.person)


def town(**more: object) -> Town:
    """The town with its item published; `more` are elements of the item that differ."""
    office = offices.office()
    window = offices.employ("reception", office.city.bureau, "window")
    supervisor = offices.employ("supervision", office.city.bureau, "supervisor")
    item = items.published(office.city.department, **more)
    return Town(office.city, office.clerk, office.head, window, supervisor, item, resident("zhou"))


def application(place: Town, token: UUID | None = None, *, actor: Actor | None = None, **more: object) -> Application:
    """An application of the town's resident."""
    who = Applicant(NAMES["zhou"], NUMBERS["zhou"], "13900000001")
    request = Request(token=token or uuid4(), applicant=who, **more)  # type: ignore[arg-type]  # test data
    return opening.record_application(request, actor=actor or place.applicant)


def opened(place: Town, *, handed: Mapping[int, Handed] | None = None, **more: object) -> Case:
    """A case of the town's resident, received."""
    made = application(place, **more)  # type: ignore[arg-type]  # test data
    return opening.open_case(made, place.version, actor=place.applicant, handed=BOTH if handed is None else handed)


def decide(case: Case, actor: Actor, action: str = "approve", **more: object) -> Case:
    """The case after its waiting step was decided."""
    held = Case.objects.select_related("reception", "handling").get(pk=case.pk)
    step = handling.waiting_step(held)
    assert step is not None
    advancing.decide(step, action, actor=actor, **more)  # type: ignore[arg-type]  # test data
    return fresh(case)


def fresh(case: Case) -> Case:
    """The case as it stands."""
    return Case.objects.select_related("reception", "handling", "application", "organisation", "version__item").get(pk=case.pk)


def accepted(place: Town) -> Case:
    """A case that was accepted."""
    return decide(opened(place), place.clerk)
