"""Who is told what by message: a step that waits, a supplement that is asked for, an end. Sent in the same transaction."""

from suixin.ground.flow.models import Instance, Step, StepKind, StepStatus
from suixin.ground.flow.records import Book
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Account
from suixin.kit.actor import ActorKind

OPENED, ASKED, FINISHED = "flow.step_opened", "flow.supplement_asked", "flow.finished"
KINDS = (Kind(OPENED, "新的待办"), Kind(ASKED, "需要补正", urgency="urgent"), Kind(FINISHED, "办件办结"))
_PEOPLE = (StepKind.TASK, StepKind.JOINT, StepKind.SUPPLEMENT, StepKind.APPROVAL)


def tell(book: Book) -> None:
    """Messages about what was changed in the book: to whom each new step waits for, to the starter at the end."""
    for step in book.opened:
        if step.status == StepStatus.OPEN and step.kind in _PEOPLE:
            _tell_step(book.instance, step)
    instance = book.instance
    if not instance.is_live and instance.parent_id is None and instance.starter_kind == ActorKind.STAFF.value:
        starter = Account.objects.filter(username=instance.starter_key, is_active=True).first()
        if starter is not None and starter.username != book.actor.key:
            notify.send(
                [Recipient.account(starter)], kind=FINISHED, title=f"{instance.title}:{instance.get_status_display()}",
                body=instance.outcome, href=f"/console/cases/{instance.uuid}/", key=f"instance:{instance.uuid}",
            )


def _tell_step(instance: Instance, step: Step) -> None:
    to = []
    if step.assignee_id is not None:
        to = [Recipient("account", step.assignee_id)]
    elif step.organisation is not None and step.role:
        to = [Recipient.post(step.organisation, step.role)]
    if to:
        is_asked = step.kind == StepKind.SUPPLEMENT
        missing = step.request.get("missing", []) if is_asked else []
        notify.send(
            to, kind=ASKED if is_asked else OPENED, title=f"{step.title}:{instance.title}",
            body="\n".join(f"缺:{one}" for one in missing), href=f"/console/steps/{step.uuid}/", key=f"step:{step.uuid}",
        )
