"""A call tried by a person on a page: as the person's own grants show it through the same doors, logged as any reading."""

from collections.abc import Mapping

from django.conf import settings

from suixin.data.access import log
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.access.traces import subjects_of
from suixin.data.catalog.models import Resource
from suixin.data.doors import records
from suixin.data.doors.errors import MustBeSealed
from suixin.data.doors.gateway import keyed, verify
from suixin.kit import clock, origin
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed


def try_lookup(resource: Resource, key: Mapping[str, str], *, actor: Actor) -> dict[str, object] | None:
    """The record that the key names as the actor's plan shows it. Raises what a lookup raises."""
    _require_plain(resource)
    plan = _unreceipted(open_plan(actor, resource, door=Door.GATEWAY))
    values = keyed.key_reader(plan).read(key)
    record = records.find_record(plan.contract, values)
    shown = plan.apply(record) if record is not None else None
    subjects = subjects_of(zip(plan.key_items, values, strict=True))
    _note(actor, resource, log_of=("lookup", plan, subjects, 0 if shown is None else 1))
    return shown


def try_verify(resource: Resource, row: Mapping[str, str], *, item: str, actor: Actor) -> str:
    """一致, 不一致 or 查无 for one item of one record. Raises what a verification raises."""
    _require_plain(resource)
    plan = _unreceipted(open_plan(actor, resource, door=Door.VERIFY, columns=[item]))
    verify.check(plan, has_items=True)
    values = verify.reader(plan).read(row)
    (verdicts, is_found), subjects = verify.verdicts_of(plan, [values])[0], verify.subjects_in(plan, [values])
    _note(actor, resource, log_of=("verify", plan, subjects, int(is_found)))
    return verdicts[plan.columns[0].field]


def _unreceipted(plan: Plan) -> Plan:
    """The plan, unless its grant demands a receipt, which a page leaves none of. Raises NotAllowed."""
    if plan.is_receipted:
        raise NotAllowed(f"「{plan.contract.title}」的授权要求每次交换留回执，不能在网页上试用；请按 docs/gateway.md 用程序调用。")
    return plan


def _require_plain(resource: Resource) -> None:
    if resource.contract.level >= settings.SUIXIN.gateway_sealed_level:
        raise MustBeSealed(f"「{resource.title}」只接受 SM2 签名、SM4 加密的调用，不能在网页上试用；请按 docs/gateway.md 用程序调用。")


def _note(actor: Actor, resource: Resource, *, log_of: tuple[str, Plan, tuple[str, ...], int]) -> None:
    action, plan, subjects, rows = log_of
    here, at_ms = origin.current(), int(clock.now().timestamp() * 1000)
    log.write(log.Access(
        here.trace_id, at_ms, actor, plan.door.value, action, resource.code, "200", 0, plan, rows, address=here.address,
        terminal=here.terminal, request="try", subjects=subjects,
    ))
