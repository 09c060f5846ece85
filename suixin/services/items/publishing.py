"""How an item comes into force: the department drafts, the centre approves, the next version is published.

Path     prepared (who submits) → reviewed (review of the bureau that runs the centre, 5 working days) → published (effect:
         `actions.publish_item`, by whoever decided last, in the same transaction)
Alone    a data officer of that bureau publishes what it drafted itself, as the basic catalogue; the log shows it
Locks    the procedure, then the item, as the last decision takes them
"""

from datetime import date, datetime, time

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, moving, procedures, rights, starting
from suixin.ground.flow.errors import UnknownProcedure
from suixin.ground.flow.models import ACTIVE, LIVE, Instance, Step, StepKind
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.services.items import actions, queries
from suixin.services.items.errors import WrongStateOfItem
from suixin.services.items.models import Item, ItemState
from suixin.services.items.stated import text_of

SLUG, KIND = "items-publication", "items.item"
PREPARED, ALONE = "prepared", "主管部门直接发布"


def running(item: Item) -> Instance | None:
    """The publication of the item that is under way; None when there is none."""
    found = Instance.objects.filter(subject_kind=KIND, subject_key=item.code, procedure__slug=SLUG, status__in=LIVE)
    return found.order_by("-pk").first()


def waiting_step(instance: Instance) -> Step | None:
    """The step of a publication that is active now."""
    return instance.steps.filter(status__in=ACTIVE).select_related("organisation", "assignee").order_by("-pk").first()


def publishes_alone(actor: Actor, item: Item) -> bool:
    """Whether the actor's word is enough: a data officer of the bureau that governs the body."""
    return actor.has_role("data_officer") and policy.may(actor, "items.publish", item)


@transaction.atomic
def submit_item(item: Item, *, actor: Actor, reason: str = "", seen: datetime | None = None) -> Instance:
    """The draft handed on to the centre, or published where the actor's word is enough.

    Raises NotAllowed, IncompleteItem, and WrongStateOfItem when nothing changed or it is handed on already.
    """
    policy.require(actor, "items.draft", item)
    list(Instance.objects.filter(subject_kind=KIND, subject_key=item.code, status__in=LIVE).select_for_update(of=("self",)).order_by("pk"))
    locked = Item.objects.select_for_update(of=("self",)).select_related("organisation", "parent").get(pk=item.pk)
    if seen is not None and locked.updated_at != seen:
        raise WrongStateOfItem(f"事项“{locked}”在您打开之后已被修改，没有提交；请重新打开页面，核对后再提交。")
    if locked.state == ItemState.WITHDRAWN or not locked.is_changed:
        raise WrongStateOfItem(f"事项“{locked}”{locked.get_state_display()}，没有要发布的修改。")
    queries.require_complete(locked)
    instance = _own(locked, actor)
    step = waiting_step(instance)
    if step is None:
        raise WrongStateOfItem(f"事项“{locked}”的发布流程已停下；请在办件页查看原因。")
    audit.record(actor, "items.submitted", locked, basis=reason)
    return advancing.decide(step, "approve", actor=actor, reason=reason)


def guard(deciding: Deciding) -> None:
    """Nothing, when the item may be handed on, on its page or in the inbox. Raises IncompleteItem."""
    if deciding.node == PREPARED:
        queries.require_complete(queries.item_by(deciding.subject.key))


def publish(given: Effect) -> None:
    """The item published by who decided last, as it was handed on. Raises what `publish_item` raises."""
    item = queries.item_by(given.subject.key)
    steps = Step.objects.filter(instance_id=given.instance, node=PREPARED, kind=StepKind.TASK).order_by("-pk")
    handed_on = steps.values_list("done_at", flat=True).first()
    actions.publish_item(
        item, actor=given.actor, reason=given.reason or "按事项审核发布流程", valid_from=planned_start(item),
        seen=handed_on or item.updated_at,
    )


def planned_start(item: Item) -> datetime | None:
    """The planned day of effect when it is still to come; None: at once."""
    planned = text_of(queries.effective_of(item), "plan_effective_date")
    day = date.fromisoformat(planned) if planned else None
    return datetime.combine(day, time.min, clock.CHINA) if day and day > clock.today() else None


def _own(item: Item, actor: Actor) -> Instance:
    """The publication in which the actor takes the first step; one that a colleague began gives way to it."""
    instance = running(item)
    if instance is not None:
        step = waiting_step(instance)
        if step is not None and step.node == PREPARED and step.kind == StepKind.TASK and rights.may_act(actor, step):
            return instance
        if step is not None and step.node != PREPARED:
            where = f"{step.organisation or '审核单位'}“{step.title}”"
            raise WrongStateOfItem(f"事项“{item}”已提交，正在等待{where}；要修改请先撤回或请对方退回。")
        moving.stop(instance, actor=SYSTEM, reason=f"由{actor.name}重新提交")
    place = item.organisation or Organisation.objects.filter(uscc=actor.organisation).first()
    if place is None:
        raise WrongStateOfItem(f"事项“{item}”须由有岗位的人员提交；请登录后在事项页提交。")
    _require_procedure()
    return starting.start(
        SLUG, Subject(KIND, item.code), actor=actor, title=f"发布事项：{item.title}"[:300],
        data={ALONE: publishes_alone(actor, item)}, parties={"provider": place, "bureau": bureau_of(place) or place},
    )


def _require_procedure() -> None:
    """The procedure in force; the one that is shipped when this installation has none yet."""
    try:
        procedures.in_force(SLUG)
    except UnknownProcedure:
        procedures.load_shipped(actor=SYSTEM)
