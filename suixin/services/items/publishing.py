"""How an item comes into force: the department drafts, the centre approves, the next version is published.

Path     prepared (who submits) → reviewed (review of the bureau that runs the centre, 5 working days) → published (effect:
         `actions.publish_item`, by whoever decided last, in the same transaction)
Alone    a data officer of that bureau publishes what it drafted itself, as the basic catalogue; the log shows it
Locks    the procedure, then the item, as the last decision takes them
"""

from datetime import date, datetime, time

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing, publishing, starting
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.procedures import require_procedure
from suixin.ground.flow.publishing import ALONE, PREPARED, waiting_step
from suixin.ground.flow.subjects import Deciding, Effect, Subject
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.items import actions, queries
from suixin.services.items.errors import WrongStateOfItem
from suixin.services.items.models import Item, ItemState
from suixin.services.items.stated import text_of

__all__ = ["PREPARED", "guard", "planned_start", "publish", "publishes_alone", "running", "submit_item", "waiting_step"]

SLUG, KIND = "items-publication", "items.item"


def running(item: Item) -> Instance | None:
    """The publication of the item that is under way; None when there is none."""
    return publishing.under_way(SLUG, _subject(item)).first()


def publishes_alone(actor: Actor, item: Item) -> bool:
    """Whether the actor's word is enough: a data officer of the bureau that governs the body."""
    return actor.has_role("data_officer") and policy.may(actor, "items.publish", item)


@transaction.atomic
def submit_item(item: Item, *, actor: Actor, reason: str = "", seen: datetime | None = None) -> Instance:
    """The draft handed on to the centre, or published where the actor's word is enough.

    Raises NotAllowed, IncompleteItem, and WrongStateOfItem when nothing changed or it is handed on already.
    """
    policy.require(actor, "items.draft", item)
    publishing.hold(SLUG, _subject(item))
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
    actions.publish_item(
        item, actor=given.actor, reason=given.reason or "按事项审核发布流程", valid_from=planned_start(item),
        seen=publishing.handed_on_at(given.instance) or item.updated_at,
    )


def planned_start(item: Item) -> datetime | None:
    """The planned day of effect when it is still to come; None: at once."""
    planned = text_of(queries.effective_of(item), "plan_effective_date")
    day = date.fromisoformat(planned) if planned else None
    return datetime.combine(day, time.min, clock.CHINA) if day and day > clock.today() else None


def _own(item: Item, actor: Actor) -> Instance:
    def begin() -> Instance:
        place = item.organisation or Organisation.objects.filter(uscc=actor.organisation).first()
        if place is None:
            raise WrongStateOfItem(f"事项“{item}”须由有岗位的人员提交；请登录后在事项页提交。")
        require_procedure(SLUG)
        return starting.start(
            SLUG, _subject(item), actor=actor, title=f"发布事项：{item.title}"[:300],
            data={ALONE: publishes_alone(actor, item)}, parties={"provider": place, "bureau": bureau_of(place) or place},
        )

    def refusal(step: Step) -> WrongStateOfItem:
        where = f"{step.organisation or '审核单位'}“{step.title}”"
        return WrongStateOfItem(f"事项“{item}”已提交，正在等待{where}；要修改请先撤回或请对方退回。")

    return publishing.own(running(item), actor=actor, begin=begin, refusal=refusal)


def _subject(item: Item) -> Subject:
    return Subject(KIND, item.code)
