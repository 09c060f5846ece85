"""Who may act on a step: who holds its post, to whom it is assigned, whom one of these delegated, or who started."""

from django.db.models import Q, QuerySet

from suixin.ground.flow.models import Delegation, Instance, Step
from suixin.ground.people.models import Account, Organisation, Post, Role
from suixin.ground.security import policy
from suixin.ground.security.rules import scope_of
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind


def require(actor: Actor, step: Step) -> str:
    """For whom the actor acts on the step: "" for itself, else the name of who delegated it. Raises NotAllowed."""
    if is_starters(step):
        if actor.kind is not ActorKind.SYSTEM and not is_starter(actor, step.instance):
            policy.refuse(actor, "flow.act", step)
        return ""
    policy.require(actor, "flow.act", step)
    giver = standing(actor, step)
    if giver is None:
        policy.refuse(actor, "flow.act", step)
    return giver


def may_act(actor: Actor, step: Step) -> bool:
    """Whether the actor may decide the step."""
    if is_starters(step):
        return actor.kind is ActorKind.SYSTEM or is_starter(actor, step.instance)
    return policy.may(actor, "flow.act", step) and standing(actor, step) is not None


def is_starter(actor: Actor, instance: Instance) -> bool:
    """Whether the actor started the instance."""
    return (actor.kind.value, actor.key) == (instance.starter_kind, instance.starter_key)


def is_starters(step: Step) -> bool:
    """Whether the step waits for a starter who has no account and no organisation: somebody outside."""
    return step.organisation_id is None and step.assignee_id is None


def acting_roles() -> list[str]:
    """Roles whose holders may decide steps at all."""
    return [role.value for role in Role if scope_of(frozenset({role.value}), "flow.act") is not None]


def mine(actor: Actor) -> Q:
    """The condition that a step, open or stopped, is the actor's to go on with."""
    own = Q(assignee=Account.objects.filter(username=actor.key).values_list("pk", flat=True).first() or 0)
    place = Organisation.objects.filter(uscc=actor.organisation).values_list("pk", flat=True).first()
    return own | Q(assignee=None, organisation=place, role__in=["", *actor.roles]) if place else own


def standing(actor: Actor, step: Step) -> str | None:
    """"" when the step is the actor's own, the giver's name when it is delegated, None when it is neither."""
    if actor.kind is ActorKind.SYSTEM:
        return ""
    if actor.kind is not ActorKind.STAFF:
        return None
    is_free = step.assignee_id is None
    is_mine = step.assignee_id is not None and Account.objects.filter(pk=step.assignee_id, username=actor.key).exists()
    if (is_free and _holds(actor, step)) or (is_mine and _may_keep(actor, step)):
        return ""
    for delegation in _received(actor).filter(organisation=step.organisation_id).select_related("giver"):
        if step.assignee_id == delegation.giver_id or ((is_free or is_mine) and _held_by(delegation.giver, step)):
            return str(delegation.giver)
    return None


def waiting_for(actor: Actor) -> Q:
    """The condition that an open step waits for the actor."""
    if actor.kind is not ActorKind.STAFF:
        starter = Q(instance__starter_kind=actor.kind.value, instance__starter_key=actor.key)
        return Q(status="open", organisation=None, assignee=None) & starter
    # by number: a name would join two tables, and no index would find the rows
    own = mine(actor)
    for delegation in _received(actor):
        posts = Post.objects.in_force(clock.today()).filter(account=delegation.giver_id, organisation=delegation.organisation_id)
        roles = ["", *posts.values_list("role", flat=True)]
        own |= Q(organisation=delegation.organisation_id) & (
            Q(assignee=delegation.giver_id) | (Q(assignee=None, role__in=roles) if len(roles) > 1 else Q(pk__in=[]))
        )
    return Q(status="open") & own


def _holds(actor: Actor, step: Step) -> bool:
    is_there = step.organisation is not None and step.organisation.uscc == actor.organisation
    return is_there and (not step.role or actor.has_role(step.role))


def _may_keep(actor: Actor, step: Step) -> bool:
    """Whether who has the step may still do it: the post may have ended since, or the delegation under which it was claimed."""
    return step.organisation_id is None or _holds(actor, step) or is_starter(actor, step.instance)


def _held_by(account: Account, step: Step) -> bool:
    posts = account.posts.in_force(clock.today()).filter(organisation=step.organisation_id)
    return (posts.filter(role=step.role) if step.role else posts).exists()


def _received(actor: Actor) -> QuerySet[Delegation]:
    today = clock.today()
    return Delegation.objects.filter(
        receiver__username=actor.key, giver__is_active=True, since__lte=today, until__gte=today, revoked_at=None,
    )
