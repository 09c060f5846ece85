"""One list of all instances, what one started, and who sees which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q

from suixin.ground.flow import rights
from suixin.ground.flow.errors import UnknownStep
from suixin.ground.flow.models import LIVE, Colour, Instance, InstanceStatus, Step, Transition
from suixin.ground.flow.queries.paging import CAP, OF_INSTANCES, Slice, capped_count, slice_of
from suixin.ground.people.models import Organisation, OrganisationQuerySet
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.ground.security.rules import Scope
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind

ORDERS = ("due_at", "-started_at", "started_at")
DUES = {"today": 0, "three": 3, "week": 7}  # days from today


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What the list is narrowed to; `status` "live" means those that are not over, `due` one of DUES or "past".

    What is over is due no more: with a `due` only instances that are not over are found.
    """

    procedure: str = ""
    organisation: str = ""
    status: str = "live"
    colour: str = ""
    due: str = ""
    order: str = "due_at"
    after: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of instances; `total` at most CAP + 1."""

    cases: Slice[Instance]
    total: int

    @property
    def is_capped(self) -> bool:
        """Whether there are more than are counted."""
        return self.total > CAP


def instances(actor: Actor, filters: CaseFilters) -> CasePage:
    """Instances led by organisations where the actor may look (`flow.view`), under the filters.

    Source  reference/flow-engine.md: 1 million rows in under 200 ms; organisations are named by number, so that the list
            goes along an index and needs no join to find its rows
    """
    found = Instance.objects.filter(_led(actor, filters.organisation))
    if filters.procedure:
        found = found.filter(procedure__slug=filters.procedure)
    if filters.status == "live":
        found = found.filter(status__in=LIVE)
    elif filters.status in InstanceStatus.values:
        found = found.filter(status=filters.status)
    if filters.colour in Colour.values:
        found = found.filter(colour=filters.colour)
    if (span := _span(filters.due)) is not None:
        found = found.filter(due_at__lt=span, status__in=LIVE) if filters.status in ("", "live", *LIVE) else found.none()
    order = filters.order if filters.order in ORDERS else "due_at"
    if order == "due_at" and span is None and filters.status not in ("live", *LIVE):  # no index keeps when what is over was due
        order = "-started_at"
    return CasePage(slice_of(found, order, shown=OF_INSTANCES, after=filters.after, size=filters.size), capped_count(found))


def started_by(actor: Actor, *, status: str = "", after: str = "", size: int = 50) -> Slice[Instance]:
    """Instances that the actor started, newest first."""
    found = Instance.objects.filter(starter_kind=actor.kind, starter_key=actor.key)
    if status == "live":
        found = found.filter(status__in=LIVE)
    elif status in InstanceStatus.values:
        found = found.filter(status=status)
    return slice_of(found, "-started_at", shown=OF_INSTANCES, after=after, size=size)


def may_see(actor: Actor, instance: Instance) -> bool:
    """Whether the actor may read the whole of the instance."""
    if (instance.starter_kind, instance.starter_key) == (actor.kind, actor.key) or policy.may(actor, "flow.view", instance):
        return True
    reach = within(actor, "flow.view", "organisation")
    own = Q(assignee__username=actor.key) if actor.kind is ActorKind.STAFF else Q(pk__in=[])  # keys of other kinds are no usernames
    asked = Step.objects.filter(reach | own | rights.waiting_for(actor), instance=instance)
    began = Q(pk__in=[]) if instance.starter_organisation_id is None else within(actor, "flow.view")
    return (
        asked.exists()
        or Organisation.objects.filter(began, pk=instance.starter_organisation_id or 0).exists()
        or Transition.objects.filter(instance=instance, actor_kind=actor.kind, actor_key=actor.key).exists()
    )


def instance_for(actor: Actor, uuid: UUID) -> Instance:
    """The instance, for who may see it. Raises UnknownStep, NotAllowed (which names nothing)."""
    found = Instance.objects.select_related("procedure", "version", "organisation", "starter_organisation").filter(uuid=uuid).first()
    if found is None:
        raise UnknownStep("没有这个办件；请从待办或办件列表进入。")
    if not may_see(actor, found):
        policy.refuse(actor, "flow.view", found)
    return found


def step_for(actor: Actor, uuid: UUID) -> Step:
    """The step with its instance, for who may see that. Raises UnknownStep, NotAllowed (which names nothing)."""
    related = ("instance__procedure", "instance__version", "instance__organisation", "instance__starter_organisation",
               "organisation", "assignee", "target", "procedure")
    found = Step.objects.select_related(*related).filter(uuid=uuid).first()
    if found is None:
        raise UnknownStep("没有这个环节；请从待办列表进入。")
    if not rights.may_act(actor, found) and not may_see(actor, found.instance):
        policy.refuse(actor, "flow.view", found)
    return found


def organisations_of(actor: Actor, verb: str = "flow.view") -> OrganisationQuerySet:
    """Organisations where the actor may do `verb`."""
    return Organisation.objects.filter(within(actor, verb))


def _led(actor: Actor, slug: str) -> Q:
    is_all = policy.reach(actor, "flow.view") is Scope.ALL
    if is_all and not slug:
        return Q()
    places = organisations_of(actor)
    if slug:
        place = places.filter(slug=slug).first()
        places = places.below(place.lineage) if place else places.none()
    return _among(list(places.values_list("pk", flat=True)))


def _among(numbers: Sequence[int]) -> Q:
    return Q(organisation_id=numbers[0]) if len(numbers) == 1 else Q(organisation_id__in=numbers)


def _span(due: str) -> datetime | None:
    """The instant before which it is due."""
    if due == "past":
        return clock.now()
    return None if due not in DUES else _midnight(clock.today() + timedelta(days=DUES[due] + 1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.CHINA)
