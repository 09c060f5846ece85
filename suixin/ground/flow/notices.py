"""Who is told what by message: a step that waits, a supplement that is asked for, an end. Sent in the same transaction."""

from suixin.ground.flow.models import Instance, Step, StepKind, StepStatus
from suixin.ground.flow.records import Book
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.models import Account, Organisation
from suixin.kit.actor import ActorKind

OPENED, ASKED, FINISHED, CLOCK = "flow.step_opened", "flow.supplement_asked", "flow.finished", "flow.clock_changed"
STUCK = "flow.measure_failed"
KINDS = (
    Kind(OPENED, "新的待办"), Kind(ASKED, "需要补正", urgency="urgent"), Kind(FINISHED, "办件办结"), Kind(CLOCK, "停钟或延长"),
    Kind(STUCK, "复测没有做成", urgency="urgent"),
)
_CLOCKS = {"suspend": "已挂起，停止计时", "resume": "已恢复计时", "extend": "已延长时限"}  # 行政许可法 art. 42, 45: who applied is told
_PEOPLE = (StepKind.TASK, StepKind.JOINT, StepKind.SUPPLEMENT, StepKind.APPROVAL)


def tell(book: Book) -> None:
    """Messages about what was changed in the book: to whom each new step waits for, to the starter of clocks and the end."""
    for step in book.opened:
        if step.status == StepStatus.OPEN and step.kind in _PEOPLE:
            _tell_step(book.instance, step)
    clocks = [told for told in book.notes if told.action in _CLOCKS]
    instance = book.instance
    if instance.parent_id is not None or (instance.is_live and not clocks):
        return
    starter = _starter(book)
    if starter is None:
        return
    to, href = [Recipient.account(starter)], f"/console/cases/{instance.uuid}/"
    for told in clocks:
        what = f"{told.step.title}:" if told.step else ""
        papers = "；".join(filter(None, [told.document, f"批准人：{told.approver}" if told.approver else ""]))
        notify.send(
            to, kind=CLOCK, title=f"{what}{_CLOCKS[told.action]}:{instance.title}"[:200], href=href,
            body=f"理由：{told.reason}\n{papers}".strip(), key=f"clock:{instance.uuid}:{told.sequence}",
        )
    if not instance.is_live:
        notify.send(
            to, kind=FINISHED, title=f"{instance.title}:{instance.get_status_display()}", body=instance.outcome, href=href,
            key=f"instance:{instance.uuid}",
        )


def _starter(book: Book) -> Account | None:
    """The account that started the instance, when it is not the one that acts now."""
    if book.instance.starter_kind != ActorKind.STAFF.value or book.instance.starter_key == book.actor.key:
        return None
    return Account.objects.filter(username=book.instance.starter_key, is_active=True).first()


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
            is_first=True,  # the step is new
        )


def tell_stuck(step: Step, sentence: str, *, lead: Organisation, bureau: Organisation | None) -> None:
    """That the step's measuring was given up: to the heads of the lead, to the officers of the bureau; once a failed job."""
    to = [Recipient.post(lead, "department_head"), *([Recipient.post(bureau, "data_officer")] if bureau else [])]
    notify.send(
        to, kind=STUCK, title=f"{step.title}没有做成:{step.instance.title}"[:200], href=f"/console/cases/{step.instance.uuid}/",
        body=f"{sentence}\n请系统管理员在“作业”页查明原因后重试；重试之前这个办件停在“{step.title}”。",
        key=f"stuck:{step.uuid}:{step.instance.sequence}",
    )
