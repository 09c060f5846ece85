"""How an entry comes into force: a person's proposal goes through the procedure `catalog-publication`.

Path     prepared (who proposed) → confirmed (head of the department, or of its sharing) → reviewed (bureau, 2 working
         days) → published (effect: `actions.publish_resource`, by whoever decided last, in the same transaction)
Bureau   what a bureau itself proposes skips both confirmations by guard; the log shows it; the assessments it states too
Machine  loads of the system and of the command line publish directly, as its administrator answers for them
Source   国务院令第809号 art. 13 and 17; standards/data.md 2.2 SLA-01, SLA-02
"""

from datetime import datetime

from django.db import transaction

from suixin.data.catalog import objections, rules
from suixin.data.catalog.errors import IncompleteEntry, WrongState
from suixin.data.catalog.models import Resource, ResourceState
from suixin.ground.flow import advancing, moving, publishing, starting
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.procedures import require_procedure as require_procedure
from suixin.ground.flow.publishing import ALONE as ALONE
from suixin.ground.flow.publishing import PREPARED as PREPARED
from suixin.ground.flow.publishing import handed_on_at as handed_on_at
from suixin.ground.flow.publishing import waiting_step as waiting_step
from suixin.ground.flow.subjects import Deciding, Subject
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind

SLUG = "catalog-publication"
KIND = "catalog.resource"
CONFIRMING = ("confirmed", "shared")
CONFIRMERS = {"department_head": "部门负责人", "head_of_sharing": "共享工作机构负责人"}
CONFIRMER = "确认人"  # like `ALONE` a field of the procedure's declaration, shown to people by this name


def publishes_alone(actor: Actor, resource: Resource) -> bool:
    """Whether the actor's word is enough: a data officer of the bureau that governs the provider."""
    return actor.has_role("data_officer") and policy.may(actor, "catalog.publish", resource)


def running(resource: Resource) -> Instance | None:
    """The publication of the entry that is under way; None when there is none."""
    return publishing.under_way(SLUG, _subject(resource)).first()


def newest(resource: Resource) -> Instance | None:
    """The newest publication of the entry, over or not."""
    return publishing.publications(SLUG, _subject(resource)).first()


@transaction.atomic
def begin(resource: Resource, *, actor: Actor) -> Instance | None:
    """The publication of a proposed entry, at its first step in the proposer's inbox; the one under way if there is one.

    None where nobody signs in to take that step: the system and the command line confirm directly.
    """
    under_way = running(resource)
    if under_way is not None or actor.kind is not ActorKind.STAFF or not Account.objects.filter(username=actor.key).exists():
        return under_way
    policy.require(actor, "catalog.propose", resource)
    provider = resource.provider
    data = {ALONE: publishes_alone(actor, resource), CONFIRMER: confirmer_of(provider)}
    require_procedure(SLUG)
    return starting.start(
        SLUG, _subject(resource), actor=actor, title=f"发布目录：{resource.title}", data=data,
        parties={"provider": provider, "bureau": bureau_of(provider) or provider},
    )


@transaction.atomic
def submit(resource: Resource, *, actor: Actor, reason: str = "", seen: datetime | None = None) -> Instance:
    """The entry, as it stands now, handed on: to the head of the department, or published where the actor's word is enough.

    Raises NotAllowed, IncompleteEntry, Objected, and WrongState when it is not proposed or already handed on.
    """
    policy.require(actor, "catalog.propose", resource)
    hold(resource)
    locked = Resource.objects.select_for_update().get(pk=resource.pk)
    if locked.state != ResourceState.PROPOSED:
        raise WrongState(f"目录“{locked.title}”{locked.get_state_display()}，不用再提交。")
    if seen is not None and locked.updated_at != seen:
        raise WrongState(f"目录“{locked.title}”在您打开之后已被修改，没有提交；请重新打开页面，核对后再提交。")
    require_complete(locked)
    objections.require_none(locked)
    instance = _own(locked, actor)
    step = waiting_step(instance)
    if step is None:  # an instance that runs has an active step; only a stopped one has not
        raise WrongState(f"目录“{locked.title}”的发布流程已停下；请在办件页查看原因。")
    return advancing.decide(step, "approve", actor=actor, reason=reason)


def hold(resource: Resource) -> None:
    """The publication under way, locked for this transaction: always before its entry, as its last step does."""
    publishing.hold(SLUG, _subject(resource))


def require_complete(resource: Resource) -> None:
    """Nothing, when all is stated that the department's head answers for, assessments first. Raises IncompleteEntry.

    Source  国务院令第809号 art. 13
    """
    gaps = rules.gaps_of(resource.stated, resource.contract.items)
    if gaps:
        told = "；".join(sentence for _, sentence in gaps)
        raise IncompleteEntry(f"目录“{resource.title}”还不能提交审核：{told}。", fields=[name for name, _ in gaps])


def guard(deciding: Deciding) -> None:
    """Nothing, when the entry may be handed on, on its page or in the inbox. Raises IncompleteEntry."""
    if deciding.node == PREPARED:
        require_complete(Resource.objects.get(code=deciding.subject.key))


def approval_of(instance: int) -> tuple[str, datetime] | None:
    """Who of the department agreed in that publication or change, and when; None where nobody had to."""
    confirmed = Step.objects.filter(instance_id=instance, node__in=CONFIRMING, outcome="approve").order_by("-done_at").first()
    if confirmed is None or confirmed.done_at is None:
        return None
    return confirmed.decided_by, confirmed.done_at


def end(resource: Resource, *, actor: Actor, reason: str) -> None:
    """The publication under way ended, as its entry is withdrawn; part of the caller's transaction."""
    instance = running(resource)
    if instance is not None:
        moving.stop(instance, actor=SYSTEM, reason=f"目录已撤销（{actor.name}）：{reason}"[:500])


def _own(resource: Resource, actor: Actor) -> Instance:
    alone = publishes_alone(actor, resource)

    def first() -> Instance:
        begun = begin(resource, actor=actor)
        if begun is None:
            raise WrongState(f"目录“{resource.title}”须由有岗位的人员提交；请登录后在目录页提交。")
        return begun

    def refusal(step: Step) -> WrongState | None:
        where = f"{step.organisation or resource.provider}“{step.title}”"
        return None if alone else WrongState(f"目录“{resource.title}”已提交，正在等待{where}；要修改请先撤回或请对方退回。")

    return publishing.own(running(resource), actor=actor, begin=first, refusal=refusal)


def _subject(resource: Resource) -> Subject:
    return Subject(KIND, resource.code)


def confirmer_of(provider: Organisation) -> str:
    """Who answers for the department there: its head, else the head of its sharing."""
    held = set(Post.objects.in_force(clock.today()).filter(organisation=provider, role__in=CONFIRMERS).values_list("role", flat=True))
    return next((name for role, name in CONFIRMERS.items() if role in held), CONFIRMERS["department_head"])
