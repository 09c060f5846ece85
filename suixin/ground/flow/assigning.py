"""Whose a step is: claim, release, hand over, hand over all when a person leaves, delegate for a time."""

from datetime import date

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import carrying, rights
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import ACTIVE, Delegation, Instance, Step
from suixin.ground.flow.records import Book
from suixin.ground.flow.refusals import require_reason, require_waiting
from suixin.ground.flow.taking import take
from suixin.ground.people.models import Account, Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind


@transaction.atomic
def claim(step: Step, *, actor: Actor) -> Instance:
    """The instance with the step taken by the actor; harmless when it already is. Raises NotAllowed, StepDecided, WrongMove."""
    book, held, on_behalf = _own(step, actor)
    account = Account.objects.get(username=actor.key) if actor.kind is ActorKind.STAFF else None
    if account is None:
        raise WrongMove(f"只有工作人员能领取“{held.title}”。")
    if held.assignee_id == account.pk:
        return book.instance
    if held.assignee_id is not None:
        raise WrongMove(f"“{held.title}”已由{held.assignee}领取;请刷新页面。")
    book.note("claim", held, on_behalf=on_behalf, given={"to": account.username})
    return _assigned(book, held, account)


@transaction.atomic
def release(step: Step, *, actor: Actor) -> Instance:
    """The instance with the step back before its post. Raises NotAllowed, StepDecided, WrongMove."""
    book, held, on_behalf = _own(step, actor)
    if held.assignee_id is None or held.organisation_id is None or not held.role:
        raise WrongMove(f"“{held.title}”没有领取,或只能由指定的人办理,不能退还。")
    book.note("release", held, on_behalf=on_behalf)
    return _assigned(book, held, None)


@transaction.atomic
def hand_over(step: Step, to: Account, *, actor: Actor, reason: str, document: str = "") -> Instance:
    """The instance with the step before `to`, who must hold its post. Raises NotAllowed, StepDecided, WrongMove, MissingReason."""
    book = take(step.instance_id, actor)
    return _handed(book, book.step(step.pk), to, reason, document)


@transaction.atomic
def hand_over_all(account: Account, to: Account, *, actor: Actor, reason: str, document: str = "") -> int:
    """How many steps of a person who leaves are before `to` now. Raises NotAllowed, WrongMove, MissingReason."""
    waiting = Step.objects.filter(assignee=account, status__in=ACTIVE).order_by("instance_id", "pk").values_list("instance_id", "pk")
    done = 0
    for instance_id, pk in list(waiting):
        book = take(instance_id, actor)
        held = book.step(pk)
        if held.assignee_id == account.pk and held.status in ACTIVE:
            _handed(book, held, to, reason, document)
            done += 1
    return done


@transaction.atomic
def delegate(
    giver: Account, receiver: Account, organisation: Organisation, *, since: date, until: date, actor: Actor, reason: str,
    document: str = "",
) -> Delegation:
    """The delegation: `receiver` does the steps of `giver` in that organisation, both days included.

    Raises NotAllowed, WrongMove, MissingReason.
    """
    _require_giver(actor, giver, organisation)
    require_reason(str(giver), "委托", reason=reason)
    if giver.pk == receiver.pk or since > until or until < clock.today():
        raise WrongMove("委托须给另一个人,结束日期不早于开始日期和今天;请更正。")
    for person in (giver, receiver):
        posts = person.posts.in_force(clock.today()).filter(organisation=organisation, role__in=rights.acting_roles())
        if not person.is_active or not posts.exists():
            raise WrongMove(f"{person}在“{organisation}”没有办理环节的岗位,不能委托或受托;请选本单位在岗的办理人员。")
    same = Delegation.objects.filter(giver=giver, receiver=receiver, organisation=organisation, revoked_at=None)
    if same.filter(since__lte=until, until__gte=since).exists():
        raise WrongMove(f"这段时间已委托给{receiver},不用再委托;要改日期,请先结束原来的委托。")
    made = Delegation.objects.create(
        giver=giver, receiver=receiver, organisation=organisation, since=since, until=until, reason=reason[:300],
        document=document[:200], approver=actor.name[:120], created_at=clock.now(),
    )
    told = {"giver": giver.username, "receiver": receiver.username, "document": document[:200]}
    audit.record(actor, "flow.delegated", made, basis=reason, detail=told)
    return made


@transaction.atomic
def end_delegation(delegation: Delegation, *, actor: Actor) -> Delegation:
    """The delegation, over now; harmless when it is. Raises NotAllowed."""
    held = Delegation.objects.select_for_update(of=("self",)).select_related("giver", "organisation").get(pk=delegation.pk)
    _require_giver(actor, held.giver, held.organisation)
    if held.revoked_at is None:
        held.revoked_at = clock.now()
        held.save(update_fields=["revoked_at"])
        audit.record(actor, "flow.delegation_ended", held)
    return held


def may_hold(account: Account, step: Step) -> bool:
    """Whether the account holds the post that the step waits for."""
    posts = account.posts.in_force(clock.today()).filter(organisation=step.organisation_id)
    return account.is_active and (posts.filter(role=step.role) if step.role else posts).exists()


def _own(step: Step, actor: Actor) -> tuple[Book, Step, str]:
    book = take(step.instance_id, actor)
    held = book.step(step.pk)
    on_behalf = rights.require(actor, held)
    require_waiting(held)
    return book, held, on_behalf


def _handed(book: Book, step: Step, to: Account, reason: str, document: str) -> Instance:
    on_behalf = (rights.standing(book.actor, step) or "") if rights.may_act(book.actor, step) else None
    if on_behalf is None:
        policy.require(book.actor, "flow.hand_over", step)
    require_reason(step.title, "移交", reason=reason)
    if step.status not in ACTIVE:
        require_waiting(step)
    if not may_hold(to, step):
        raise WrongMove(f"{to}没有“{step.title}”所要的岗位,不能接办;请先安排岗位,或移交给有这个岗位的人。")
    book.note(
        "hand_over", step, reason=reason, document=document, on_behalf=on_behalf or "", given={"to": to.username},
        approver="" if on_behalf is not None else book.actor.name,  # of who moves what is somebody else's
    )
    return _assigned(book, step, to)


def _assigned(book: Book, step: Step, to: Account | None) -> Instance:
    book.put(step, assignee_id=to.pk if to else None)
    return carrying.carry(book)


def _require_giver(actor: Actor, giver: Account, organisation: Organisation) -> None:
    if (actor.kind, actor.key) != (ActorKind.STAFF, giver.username):
        policy.require(actor, "flow.hand_over", organisation)
