"""Writes of work orders: open, merge, pass on to who really owns the cause, reopen.

Lock     the instance first, then the order, as the effect of a step does; the same finding from two sides at once gives one order
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.flow import moving, procedures, starting, subjects
from suixin.ground.flow.errors import MissingReason
from suixin.ground.flow.models import Instance
from suixin.ground.flow.orders import rules
from suixin.ground.flow.orders.errors import UnknownKind, WrongOrder
from suixin.ground.flow.orders.kinds import OrderKind, kind_by
from suixin.ground.flow.orders.models import OrderReport, OrderSequence, WorkOrder
from suixin.ground.flow.subjects import Measured, Subject
from suixin.ground.people.models import Account, Organisation
from suixin.ground.people.queries import bureau_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind

SUBJECT = "flow.order"


@dataclass(frozen=True, slots=True)
class Measure:
    """How the thing is measured again, and what was measured when it was found."""

    name: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    before: Measured | None = None


@transaction.atomic
def open_order(
    kind: str, *, subject: Subject, title: str, detail: str, organisation: Organisation, fingerprint: str,
    measure: Measure | None = None, actor: Actor, files: Sequence[str] = (),
) -> WorkOrder:
    """The order about that finding, with its instance running; one that is open already is counted and linked instead.

    Raises NotAllowed, UnknownKind.
    """
    policy.require(actor, "flow.open_order", organisation)
    declared, measure = kind_by(kind), measure or Measure()
    _require_measure(measure)
    key = fingerprint[: rules.FINGERPRINT_LENGTH]
    if WorkOrder.objects.filter(open_key=key).exists():
        return _seen_again(key, subject, detail=detail, actor=actor, files=files)
    order = _created(declared, subject, title=title, detail=detail, organisation=organisation, key=key, measure=measure, actor=actor)
    if order is None:  # somebody else was quicker by a moment
        return _seen_again(key, subject, detail=detail, actor=actor, files=files)
    _report(order, subject, detail=detail, actor=actor, files=files)
    _start(order, declared, actor=actor, reason="")
    audit.record(actor, "flow.order_opened", order, detail={"kind": kind, "subject": f"{subject.kind}/{subject.key}"})
    return order


@transaction.atomic
def merge(order: WorkOrder, into: WorkOrder, *, actor: Actor, reason: str) -> WorkOrder:
    """The order to which the other was merged: whoever reported either is told when it closes.

    Raises NotAllowed, MissingReason, WrongOrder.
    """
    for one in (order, into):
        policy.require(actor, "flow.merge_orders", one)
    _require_reason(reason)
    locked = _held([order.pk, into.pk])
    merged, kept = locked[order.pk], locked[into.pk]
    fault = rules.fault_of_merging(
        order=merged.number, into=kept.number, is_open=merged.is_open, into_is_open=kept.is_open,
        same_owner=merged.organisation_id == kept.organisation_id,
    )
    if fault:
        raise WrongOrder(fault)
    before = state_of(merged)
    if merged.instance is not None and merged.instance.is_live:
        moving.stop(merged.instance, actor=SYSTEM, reason=f"并入工单 {kept.number}（{actor.name}）：{reason}"[:500])
    merged.merged_into, merged.open_key, merged.closed_at = kept, None, clock.now()
    merged.save(update_fields=["merged_into", "open_key", "closed_at"])
    merged.reports.update(order=kept)
    kept.times_seen += merged.times_seen
    kept.last_seen_at = max(kept.last_seen_at, merged.last_seen_at)
    kept.save(update_fields=["times_seen", "last_seen_at"])
    audit.record(actor, "flow.order_merged", merged, basis=reason, before=before, detail={"into": kept.number})
    return kept


@transaction.atomic
def pass_on(order: WorkOrder, organisation: Organisation, *, actor: Actor, reason: str) -> WorkOrder:
    """The open order with another owner of the cause, as a new round that starts there. Raises NotAllowed, MissingReason, WrongOrder."""
    policy.require(actor, "flow.merge_orders", order)
    policy.require(actor, "flow.open_order", organisation)
    _require_reason(reason)
    locked = _locked(order, is_open=True)
    if locked.organisation_id == organisation.pk:
        raise WrongOrder(f"工单 {locked.number} 已在{organisation}，不用改派。")
    before = state_of(locked)
    if locked.instance is not None and locked.instance.is_live:
        moving.stop(locked.instance, actor=SYSTEM, reason=f"改派到{organisation}（{actor.name}）：{reason}"[:500])
    locked.organisation = organisation
    locked.save(update_fields=["organisation"])
    _start(locked, kind_by(locked.kind), actor=actor, reason=reason, is_confirmed=True)
    audit.record(actor, "flow.order_passed_on", locked, basis=reason, before=before, detail={"to": organisation.uscc})
    return locked


@transaction.atomic
def reopen(order: WorkOrder, *, actor: Actor, reason: str) -> WorkOrder:
    """The closed order in a new round, counted. Raises NotAllowed, MissingReason, WrongOrder."""
    policy.require(actor, "flow.open_order", order)
    _require_reason(reason)
    locked = _locked(order, is_open=False)
    if locked.merged_into_id is not None:
        raise WrongOrder(f"工单 {locked.number} 已并入另一张工单，请重开那一张。")
    if WorkOrder.objects.filter(open_key=locked.fingerprint).exists():
        raise WrongOrder(f"工单 {locked.number} 的问题已有另一张未办结的工单，不用重开。")
    before = state_of(locked)
    locked.open_key, locked.closed_at, locked.after = locked.fingerprint, None, {}
    locked.times_reopened += 1
    locked.save(update_fields=["open_key", "closed_at", "after", "times_reopened"])
    locked.reports.update(told_at=None)
    _start(locked, kind_by(locked.kind), actor=actor, reason=reason, is_confirmed=True)
    audit.record(actor, "flow.order_reopened", locked, basis=reason, before=before)
    return locked


def _created(
    kind: OrderKind, subject: Subject, *, title: str, detail: str, organisation: Organisation, key: str, measure: Measure, actor: Actor
) -> WorkOrder | None:
    """The new row; None when somebody else opened one about the same in this moment."""
    now, before = clock.now(), measure.before
    try:
        with transaction.atomic():
            return WorkOrder.objects.create(
                number=_next_number(), kind=kind.name, title=title[:200], detail=detail[:4000], organisation=organisation,
                finder=actor.name[:120], by_machine=actor.kind is ActorKind.SYSTEM, subject_kind=subject.kind,
                subject_key=subject.key, fingerprint=key, open_key=key, measure=measure.name or kind.measure,
                arguments=dict(measure.arguments), created_at=now, last_seen_at=now,
                before={"sentence": before.sentence, "figures": dict(before.figures), "at": now} if before else {},
            )
    except IntegrityError:
        return None


def _seen_again(key: str, subject: Subject, *, detail: str, actor: Actor, files: Sequence[str]) -> WorkOrder:
    order = WorkOrder.objects.select_for_update().get(open_key=key)
    order.times_seen += 1
    order.last_seen_at = clock.now()
    order.save(update_fields=["times_seen", "last_seen_at"])
    _report(order, subject, detail=detail, actor=actor, files=files)
    audit.record(actor, "flow.order_seen_again", order, detail={"times": order.times_seen})
    return order


def _report(order: WorkOrder, subject: Subject, *, detail: str, actor: Actor, files: Sequence[str]) -> None:
    account = Account.objects.filter(username=actor.key).first() if actor.kind is ActorKind.STAFF else None
    OrderReport.objects.create(
        order=order, at=clock.now(), reporter=actor.name[:120], account=account, detail=detail[:4000],
        subject_kind=subject.kind, subject_key=subject.key, files=list(files),
    )


def _start(order: WorkOrder, kind: OrderKind, *, actor: Actor, reason: str, is_confirmed: bool = False) -> Instance:
    """The order's next round; one that the bureau confirmed, or a machine found, goes straight to its owner."""
    by_machine = is_confirmed or order.by_machine or policy.may(actor, "flow.merge_orders", order.organisation)
    bureau = bureau_of(order.organisation) or order.organisation
    procedures.require_procedure(kind.procedure)
    order.instance = starting.start(
        kind.procedure, Subject(SUBJECT, order.number), actor=actor, title=f"{order.number} {order.title}"[:300], reason=reason,
        parties={"owner": order.organisation, "bureau": bureau}, data={"系统发现": by_machine, "有自动复测": bool(order.measure)},
    )
    order.save(update_fields=["instance"])
    return order.instance


def _held(pks: Sequence[int]) -> dict[int, WorkOrder]:
    """The orders by number, locked, and before them their instances."""
    known = list(WorkOrder.objects.filter(pk__in=pks).order_by().values_list("instance_id", flat=True))
    list(Instance.objects.select_for_update(of=("self",)).filter(pk__in=[pk for pk in known if pk]).order_by("pk").values_list("pk"))
    locked = {one.pk: one for one in WorkOrder.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    for one in locked.values():
        if one.instance_id not in known:
            raise WrongOrder(f"工单 {one.number} 刚被别人改派或重开；请刷新页面后再办。")
    return locked


def _locked(order: WorkOrder, *, is_open: bool) -> WorkOrder:
    locked = _held([order.pk])[order.pk]
    if locked.is_open != is_open:
        told = "已办结，不能这样办理；需要时请先重开" if is_open else "还没有办结，不用重开"
        raise WrongOrder(f"工单 {locked.number} {told}。")
    return locked


def _next_number() -> str:
    today = clock.today()
    OrderSequence.objects.get_or_create(day=today)
    sequence = OrderSequence.objects.select_for_update().get(day=today)
    sequence.last += 1
    sequence.save(update_fields=["last"])
    return rules.number_of(today, sequence.last)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise MissingReason("请写明理由，供责任单位和以后查阅。")


def _require_measure(measure: Measure) -> None:
    if measure.name and measure.name not in subjects.measures:
        raise UnknownKind(f"没有登记名为“{measure.name[:60]}”的复测方法。", measure=measure.name)
