"""Writes of table exchanges: receivers' databases, what goes where, pause and resume. Passwords go in and never come out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource
from suixin.data.collection.schedules import schedule_of
from suixin.data.doors.errors import WrongExchange
from suixin.data.doors.models import ExchangeState, TableExchange, Target
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.jobs.actions import enqueue
from suixin.ground.jobs.models import Job
from suixin.ground.people.models import Application, Organisation
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

JOB = "exchange.table"
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,59}")
_NAME = re.compile(r"[^\W\d]\w{0,54}")


@dataclass(frozen=True, slots=True)
class ExchangeDraft:
    """An exchange as somebody describes it. `mapping` {field: column}; empty: every granted column under its own name.

    `is_whole`: each run of the schedule writes everything, else what changed.
    """

    table: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    schedule: str = ""
    is_whole: bool = False


@transaction.atomic
def declare_target(
    organisation: Organisation, *, slug: str, name: str, address: str, password: str = "", schema: str = "", actor: Actor
) -> Target:
    """The receiver's database, new. Raises NotAllowed, WrongExchange."""
    from suixin.data.doors.tables import receivers  # loads SQLAlchemy

    policy.require(actor, "sharing.exchange", organisation)
    if not _SLUG.fullmatch(slug) or not name.strip():
        raise WrongExchange("请填写名称;英文标识应以小写字母开头,由小写字母、数字和连字符组成,2 到 60 个字符。")
    receivers.require_tried(address)
    target = Target(slug=slug, name=name.strip()[:120], organisation=organisation, address=address.strip(), schema=schema)
    target.created_at = clock.now()
    target.secret = password
    try:
        with transaction.atomic():
            target.save()
    except IntegrityError as error:
        raise WrongExchange(f"英文标识“{slug}”已被另一个接收库使用;请换一个。") from error
    audit.record(actor, "sharing.target_declared", target, detail={"address": target.address})
    return target


@transaction.atomic
def declare_exchange(
    target: Target, application: Application, resource: Resource, *, draft: ExchangeDraft, actor: Actor
) -> TableExchange:
    """The exchange of a resource into a table, by the application's grant. Raises NotAllowed, WrongExchange, NoGrant."""
    policy.require(actor, "sharing.exchange", application)
    if not target.is_active:
        raise WrongExchange(f"接收库“{target}”已停用；请先启用它，或改选别的接收库。")
    if target.organisation_id != application.organisation_id:
        raise WrongExchange("接收库与应用须属于同一单位;请改选。")
    plan = open_plan(application_actor(application), resource, door=Door.TABLE)
    mapping = dict(draft.mapping) or {name: name for name in plan.fields}
    _check(draft.table, mapping, plan.fields)
    made = TableExchange(target=target, application=application, resource=resource, table=draft.table, mapping=mapping)
    made.is_whole, made.created_at = draft.is_whole, clock.now()
    made.schedule = " ".join(draft.schedule.split())
    made.next_at = schedule_of(made.schedule).next_after(clock.now()) if made.schedule else None
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise WrongExchange(f"“{target}”的表“{draft.table}”已由另一项交换写入;请换一个表名。") from error
    told = {"table": made.table, "resource": resource.code, "columns": list(mapping)}
    audit.record(actor, "sharing.exchange_declared", made, detail=told)
    return made


@transaction.atomic
def map_columns(exchange: TableExchange, mapping: Mapping[str, str], *, actor: Actor) -> TableExchange:
    """The exchange with other columns; everything is written anew at its next run. Raises NotAllowed, WrongExchange."""
    policy.require(actor, "sharing.exchange", exchange.application)
    plan = open_plan(application_actor(exchange.application), exchange.resource, door=Door.TABLE)
    _check(exchange.table, mapping, plan.fields)
    before = state_of(exchange)
    exchange.mapping = dict(mapping)
    exchange.save(update_fields=["mapping"])
    audit.record(actor, "sharing.exchange_mapped", exchange, before=before)
    return exchange


@transaction.atomic
def switch_exchange(exchange: TableExchange, *, is_paused: bool, actor: Actor, reason: str = "") -> TableExchange:
    """The exchange, paused or enabled (a held one too, after somebody has seen to it). Raises NotAllowed."""
    policy.require(actor, "sharing.exchange", exchange.application)
    exchange.state = ExchangeState.PAUSED if is_paused else ExchangeState.ENABLED
    exchange.next_at = schedule_of(exchange.schedule).next_after(clock.now()) if exchange.schedule else None
    exchange.save(update_fields=["state", "next_at"])
    audit.record(actor, "sharing.exchange_paused" if is_paused else "sharing.exchange_resumed", exchange, basis=reason)
    return exchange


@transaction.atomic
def ask_run(exchange: TableExchange, *, actor: Actor, is_anew: bool = False) -> Job:
    """A run by the worker. Raises NotAllowed."""
    policy.require(actor, "sharing.exchange", exchange.application)
    audit.record(actor, "sharing.exchange_asked", exchange, detail={"is_anew": is_anew})
    return enqueue(JOB, actor=actor, title=f"库表交换:{exchange}"[:300], arguments={"exchange": exchange.pk, "is_anew": is_anew})


def _check(table: str, mapping: Mapping[str, str], fields: tuple[str, ...]) -> None:
    if not _NAME.fullmatch(table) or table.startswith("suixin_"):
        raise WrongExchange(f"接收表名“{table[:60]}”不合规:以字母开头,由字母、数字、下划线组成,最多 55 个字符,不以 suixin_ 开头。")
    unknown = [name for name in mapping if name not in fields]
    if unknown:
        raise WrongExchange(f"授权里没有列 {'、'.join(unknown)};请对照授权的列改正。")
    columns = list(mapping.values())
    wrong = next((name for name in columns if not _NAME.fullmatch(name) or columns.count(name) > 1), None)
    if wrong is not None or not mapping:
        raise WrongExchange(f"接收列名“{(wrong or '')[:60]}”不合规或重复;每列一个名字,以字母开头,由字母、数字、下划线组成。")
