"""Writes of quality: bad batches become work orders of the departments that provide them."""

from collections.abc import Sequence

from django.db import transaction

from suixin.data.lake.models import Batch
from suixin.data.quality import correcting
from suixin.data.quality.checks import BROKEN, DUPLICATE
from suixin.data.quality.correcting import MEASURE, Fault
from suixin.data.quality.errors import NothingToCorrect
from suixin.ground.flow.orders import actions as orders
from suixin.ground.flow.orders import rules
from suixin.ground.flow.orders.actions import Measure
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Subject
from suixin.ground.security import policy
from suixin.kit.actor import Actor

KIND = "quality-correction"
SUBJECT = "quality.batch"
MOST = 2  # orders that one batch opens: the leading reasons; the others are named in them
NAMED = 3


@transaction.atomic
def raise_orders(batch: Batch, *, actor: Actor) -> list[WorkOrder]:
    """The orders about a batch's leading reasons, as far as they are worth one; a reason known already is counted there."""
    policy.require(actor, "flow.open_order", batch.resource)
    faults = correcting.faults_of(batch)
    is_grouped = batch.resource.group_id is not None
    worth = [fault for fault in faults if correcting.is_worth_an_order(fault, is_grouped=is_grouped)][:MOST]
    return [_opened(batch, fault, faults, actor) for fault in worth]


@transaction.atomic
def turn_into_order(batch: Batch, *, actor: Actor) -> WorkOrder:
    """The order about a batch's leading reason, however few rows it concerns. Raises NotAllowed, NothingToCorrect."""
    policy.require(actor, "quality.read_rejects", batch.resource)
    faults = correcting.faults_of(batch)
    if not faults:
        raise NothingToCorrect(f"批次 {batch.pk} 没有被拒绝的行，质量也达标，不用转工单。")
    return _opened(batch, faults[0], faults, actor)


def _opened(batch: Batch, fault: Fault, faults: Sequence[Fault], actor: Actor) -> WorkOrder:
    resource = batch.resource
    others = [one.sentence for one in faults if one is not fault][: NAMED - 1]
    detail = f"《{resource.title}》来自“{batch.file_name}”的一批数据：{fault.sentence}"
    if others:
        detail += "另有：" + "".join(others)
    what = f"“{fault.item}”不合格" if fault.item else _told(batch, fault.rule)
    measure = Measure(
        MEASURE, {
            "table": resource.table, "batch": batch.pk, "rule": fault.rule, "item": fault.item, "rule_version": batch.rule_version,
        },
        correcting.measured(batch, fault.rule, fault.item, rows=fault.rows),
    )
    return orders.open_order(
        KIND, subject=Subject(SUBJECT, f"{resource.table}/{batch.pk}"), title=f"{resource.title}：{what}", detail=detail,
        organisation=resource.provider, fingerprint=rules.fingerprint_of((KIND, resource.table, fault.rule, fault.item)),
        measure=measure, actor=actor,
    )


def _told(batch: Batch, rule: str) -> str:
    """What a reason of a whole row is called: the message of a declared rule, else words of our own."""
    words = {correcting.LOW_SCORE: "质量总分偏低", BROKEN: "有读不出来的行", DUPLICATE: "主键重复"}
    declared = {str(one.get("code")): str(one.get("message", "")).rstrip("。") for one in batch.resource.rules}
    return words.get(rule) or declared.get(rule) or f"规则 {rule} 不通过"
