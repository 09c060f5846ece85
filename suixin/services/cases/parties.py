"""Who is a party of an application, and who may read a case: the applicant, its agent, co-signers; staff by right; who is consulted."""

from collections.abc import Sequence
from functools import reduce

from django.db import models
from django.db.models import Q

from suixin.ground.people.models import Organisation, Post
from suixin.ground.people.queries import actor_of, either, within
from suixin.ground.people.residents.models import Agency, AgencyScope, Resident
from suixin.ground.people.residents.rules import AGENCY_LEVEL
from suixin.ground.prepared import Prepared, given
from suixin.ground.security import policy
from suixin.ground.security.rules import Scope
from suixin.ground.security.subjects import subject_indexes
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.services.cases.attached import MessageKind
from suixin.services.cases.errors import UnknownCase
from suixin.services.cases.models import Application, Case

_POSTS = Prepared(lambda: Post.objects.in_force(given("today", models.DateField())).filter(
    account__username=given("username", models.CharField()), account__is_active=True,
).select_related("account", "organisation").defer("account__mobile").order_by("pk"))


def resident_of(actor: Actor) -> Resident | None:
    """The resident that acts, when one does."""
    if actor.kind is not ActorKind.RESIDENT:
        return None
    return Resident.objects.filter(uuid=actor.key, is_active=True, closed_at=None).first()


def indexes_of(resident: Resident | None) -> tuple[str, ...]:
    """What a proven number is found by; nothing below real name, where it is not proven."""
    return subject_indexes(resident.id_number) if resident is not None and resident.trust >= AGENCY_LEVEL else ()


def stands_for(id_number: str, uscc: str) -> bool:
    """Whether the person of that number may act for the firm of that code today, as an agency in force says."""
    rows = Agency.objects.in_force().filter(firm__uscc=uscc, resident__is_active=True, resident__closed_at=None).select_related("resident")
    held = [one.resident for one in rows if one.may(AgencyScope.AFFAIRS)]
    return any(one is not None and one.id_number == id_number and indexes_of(one) for one in held)


def of_party(actor: Actor, prefix: str = "") -> Q:
    """The condition that applications are the actor's: its firm's, or its own, handed in by itself or for it."""
    resident = resident_of(actor)
    if resident is None:
        return Q(pk__in=[])
    if actor.organisation:
        return Q(**{f"{prefix}uscc": actor.organisation})
    own = Q(**{f"{prefix}actor_kind": actor.kind.value, f"{prefix}actor_key": actor.key, f"{prefix}uscc": ""})
    return own | Q(**{f"{prefix}subject_index__in": indexes_of(resident), f"{prefix}uscc": ""})


def of_signer(actor: Actor, prefix: str = "") -> Q:
    """The condition that the actor is one of those who sign with the applicant."""
    resident = resident_of(actor)
    return Q(**{f"{prefix}signatures__subject_index__in": indexes_of(resident)}) if resident else Q(pk__in=[])


def is_party(actor: Actor, application: Application) -> bool:
    """Whether the application is the actor's."""
    return Application.objects.filter(of_party(actor), pk=application.pk).exists()


def may_read(actor: Actor, case: Case) -> bool:
    """Whether the actor may read the case."""
    if actor.kind is ActorKind.RESIDENT:
        return Application.objects.filter(of_party(actor) | of_signer(actor), pk=case.application_id).exists()
    window = case.application.window
    is_window = window is not None and actor.has_role("reception") and window.uscc == actor.organisation
    return policy.may(actor, "cases.view", case) or is_window or is_consulted(actor, case)


def is_consulted(actor: Actor, case: Case) -> bool:
    """Whether the actor's organisation was asked for an opinion."""
    asked = case.messages.filter(kind=MessageKind.CONSULTATION, organisation__uscc=actor.organisation)
    return bool(actor.organisation) and policy.may_anywhere(actor, "cases.handle") and asked.exists()


def may_read_key(actor: Actor, number: str) -> bool:
    """`may_read` by the case's number, for attachments and submissions."""
    case = Case.objects.select_related("application", "organisation").filter(number=number).first()
    return case is not None and may_read(actor, case)


def case_of(number: str, *, actor: Actor) -> Case:
    """The case, when the actor may read it. Raises UnknownCase, which does not tell absent from hidden."""
    rows = Case.objects.select_related("application__window", "organisation", "version__item", "reception", "handling")
    found = rows.filter(number=number).first()
    if found is None or not may_read(actor, found):
        raise UnknownCase("没有这个办件，或您不能查看；请从“我的办件”或办件列表打开。")
    return found


def visible(actor: Actor) -> Q:
    """The condition that cases lie within a member of staff's reach. Of many cases ask each of `ways_to_see` for itself instead."""
    return reduce(either, ways_to_see(actor))


def ways_to_see(actor: Actor) -> Sequence[Q]:
    """Why a member of staff sees a case, one or two conditions: its department's, its window's.

    Each goes along an index of its own, departments are named by number; one with the other, over two tables, reads all cases.
    """
    seen = within(actor, "cases.view", "organisation")
    if policy.reach(actor, "cases.view") is Scope.OWN and actor.organisation:
        seen = Q(organisation=_number_of(actor.organisation))
    if not (seen and actor.has_role("reception") and actor.organisation):
        return (seen,)
    return (seen, Q(application__window=_number_of(actor.organisation)))


def _number_of(uscc: str) -> int:
    return Organisation.objects.filter(uscc=uscc).values_list("pk", flat=True).first() or 0


def require_party(actor: Actor, case: Case) -> None:
    """Nothing, when the case is the actor's, or the actor's window took it in. Raises NotAllowed."""
    application = case.application
    is_window = actor.kind is ActorKind.STAFF and policy.may(actor, "cases.receive", case) and (
        (application.actor_kind, application.actor_key) == (actor.kind.value, actor.key)
        or (application.window is not None and application.window.uscc == actor.organisation)
    )
    if not is_window and not (policy.may(actor, "cases.apply", None) and is_party(actor, application)):
        policy.refuse(actor, "cases.apply", case)


def starter_of(application: Application, actor: Actor) -> Actor:
    """Who the runs of the application's cases are started by: who handed it in, which may be who acts; the system when that is gone."""
    if application.actor_kind == ActorKind.RESIDENT.value:
        role = "firm_agent" if application.uscc and not application.is_by_agent else "resident"
        return Actor(ActorKind.RESIDENT, application.actor_key, application.actor_name, roles=frozenset({role}))
    if (actor.kind.value, actor.key) == (application.actor_kind, application.actor_key):
        return actor if policy.may_anywhere(actor, "flow.start") else SYSTEM
    held = _POSTS.rows(username=application.actor_key, today=clock.today())
    actor = actor_of(held[0].account, posts=held) if held else SYSTEM
    return actor if policy.may_anywhere(actor, "flow.start") else SYSTEM
