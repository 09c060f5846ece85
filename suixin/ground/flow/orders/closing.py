"""What the procedures of orders do: measure again, close, tell those who reported; registered in `site/wiring.py`."""

from collections.abc import Mapping

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import subjects
from suixin.ground.flow.models import LIVE, Instance
from suixin.ground.flow.orders.errors import UnknownOrder
from suixin.ground.flow.orders.models import OrderReport, WorkOrder
from suixin.ground.flow.subjects import Effect, Measured, Subject
from suixin.ground.notify import actions as notify
from suixin.ground.notify.recipients import Recipient
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor


def measure(subject: Subject, _: Mapping[str, object]) -> Measured:
    """What the order's own measure finds now; kept beside what was found before. Runs in a job, harmless when repeated."""
    order = _order_of(subject)
    work = subjects.measures.get(order.measure)
    if work is None:
        return Measured(False, f"没有登记名为“{order.measure}”的复测方法；请系统管理员检查安装。")
    found = work(Subject(order.subject_kind, order.subject_key), order.arguments)
    with transaction.atomic():
        locked = WorkOrder.objects.select_for_update().get(pk=order.pk)
        locked.after = {"sentence": found.sentence, "figures": dict(found.figures), "is_well": found.is_well, "at": clock.now()}
        locked.times_measured += 1
        locked.save(update_fields=["after", "times_measured"])
        audit.record(SYSTEM, "flow.order_measured", locked, detail={"is_well": found.is_well, "times": locked.times_measured})
    return found


def close(given: Effect) -> None:
    """The order closed, and everybody told who had reported it; in the transaction of the deciding step."""
    order = WorkOrder.objects.select_for_update().get(number=given.subject.key)
    _close(order, actor=given.actor, action="flow.order_closed", reason=given.reason)
    _tell(order)


def abandon(instance: Instance) -> None:
    """The order of an instance that ended in another way (not true, withdrawn, stopped) is open no more; heard after the fact."""
    with transaction.atomic():
        order = WorkOrder.objects.select_for_update().filter(instance=instance, open_key__isnull=False).first()
        if order is not None:
            _close(order, actor=SYSTEM, action="flow.order_abandoned", reason=instance.outcome)


def abandon_lost() -> int:
    """How many orders stood open although their instance is over: whoever was to hear of it was killed at that moment."""
    lost = WorkOrder.objects.filter(open_key__isnull=False, instance__isnull=False).exclude(instance__status__in=LIVE)
    instances = [order.instance for order in lost.select_related("instance").order_by("pk")[:100]]
    for instance in instances:
        if instance is not None:
            abandon(instance)
    return len(instances)


def _close(order: WorkOrder, *, actor: Actor, action: str, reason: str) -> None:
    order.open_key, order.closed_at = None, clock.now()
    order.save(update_fields=["open_key", "closed_at"])
    audit.record(actor, action, order, basis=reason)


def _tell(order: WorkOrder) -> None:
    waiting = OrderReport.objects.filter(order=order, told_at=None, account__isnull=False).select_related("account")
    accounts = {report.account_id: report.account for report in waiting if report.account is not None}
    if accounts:
        notify.send(
            [Recipient.account(account) for account in accounts.values()], kind="flow.order_closed", title=f"工单 {order.number} 已办结",
            body=f"您发现的问题“{order.title}”已由{order.organisation}处置。{order.after.get('sentence', '')}",
            href=f"/console/orders/{order.number}/", key=f"order-closed:{order.number}:{order.times_reopened}",
        )
    waiting.update(told_at=clock.now())


def _order_of(subject: Subject) -> WorkOrder:
    found = WorkOrder.objects.filter(number=subject.key).first()
    if found is None:
        raise UnknownOrder(f"没有编号为“{subject.key[:40]}”的工单。")
    return found
