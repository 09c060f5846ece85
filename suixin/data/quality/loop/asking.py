"""By which plan somebody who doubts a row knows it: its own on pages, or that of a program of its department.

A share may be given to an application alone (`sharing`): people of its department use what it reads, and art. 26 of Decree 809 lets
them have it checked, while pages show them none of it.
"""

from contextlib import suppress

from suixin.data.access.models import Door, Grant, SubjectKind
from suixin.data.access.plans import Plan, open_plan
from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Application
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import SuixinError


def asker_plan(resource: Resource, *, actor: Actor) -> Plan:
    """The plan by which the asker knows a row: its own, else that of a program of its department. Raises what opening a plan raises."""
    try:
        return open_plan(actor, resource, door=Door.PAGE)
    except SuixinError:
        plan = _programs_plan(resource, actor)
        if plan is None:
            raise
        return plan


def _programs_plan(resource: Resource, actor: Actor) -> Plan | None:
    """The first that a program of the actor's department has for pages; none for who may not read what others provide."""
    if actor.kind is not ActorKind.STAFF or not policy.may_anywhere(actor, "access.read_granted"):
        return None
    own = Application.objects.filter(organisation__uscc=actor.organisation, is_active=True).select_related("organisation")
    granted = Grant.objects.for_resource(resource).filter(subject_kind=SubjectKind.APPLICATION).values("subject_key")
    for application in own.filter(app_id__in=granted).order_by("pk"):
        with suppress(SuixinError):
            return open_plan(application_actor(application), resource, door=Door.PAGE)
    return None
