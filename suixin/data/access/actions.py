"""Writes of grants: give, suspend, resume, revoke. Each authorises, decides, writes, audits."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from suixin.data.access import purposes as purpose_rules
from suixin.data.access import readers, stamps, terms
from suixin.data.access.dependences import declare_use, forget_use
from suixin.data.access.errors import BadGrant
from suixin.data.access.events import GrantMoved
from suixin.data.access.granted.history import forget as forget_rest
from suixin.data.access.models import DatasetGrant, Door, Grant, GrantState, SubjectKind
from suixin.data.access.plans import parse_filter
from suixin.data.access.versions import pinned
from suixin.data.catalog import generations
from suixin.data.catalog.contract import Contract, Level
from suixin.data.catalog.models import Resource
from suixin.data.lake.index import build_index
from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.kit import clock
from suixin.kit.actor import Actor


@transaction.atomic
def give_grant(
    resource: Resource, *, actor: Actor, subject_kind: SubjectKind | str, subject_key: str = "",
    columns: Sequence[str] | None = None, row_filter: str = "", masks: Mapping[str, str] | None = None,
    doors: Sequence[Door | str] = tuple(Door), valid_from: datetime | None = None,
    valid_until: datetime | None = None, basis: str = "", per_second: int | None = None, per_day: int | None = None,
    purposes: Mapping[str, Mapping[str, str]] | None = None, is_receipted: bool = False, dataset: DatasetGrant | None = None,
) -> Grant:
    """The new grant. `columns` and the keys of `masks` are fields or Chinese names; None: every column.

    A column that the masks do not name keeps its item's own mask; "" shows it whole, and must be said. `purposes` gives the
    masks that hold when the caller states that purpose; who states none gets the strictest. `row_filter` may name the reader
    (readers.py). `per_second` and `per_day` count answered calls. `is_receipted`: every exchange leaves a signed receipt, so it opens no
    pages, which leave nothing that can be checked. `dataset`: the grant on a whole dataset that this is the part of (datasets.py).
    Raises NotAllowed, BadGrant, kit's ExpressionError.
    """
    policy.require(actor, "access.give_grant", resource)
    contract = resource.contract
    kind = SubjectKind(subject_kind)
    fields = _fields(contract, columns if columns is not None else [item.field for item in contract.items])
    start = valid_from or clock.now()
    terms.check_subject(kind, subject_key)
    opened = terms.doors_of(doors, kind, is_receipted=is_receipted)
    if kind is SubjectKind.PUBLIC:
        _refuse_important(contract, fields)
        readers.refuse_for_public(row_filter, contract)
    terms.check_time(start, valid_until)
    terms.check_quota(per_second, per_day)
    if row_filter:
        parse_filter(readers.sample(row_filter), contract)
    generations.advance()
    grant = Grant.objects.create(
        resource=resource, subject_kind=kind, subject_key=subject_key, columns=fields, row_filter=row_filter,
        masks=_masks(contract, fields, masks or {}), doors=opened,
        valid_from=start, valid_until=valid_until, basis=basis, per_second=per_second, per_day=per_day,
        purposes=_purposes(contract, fields, purposes or {}), is_receipted=is_receipted, dataset=dataset,
    )
    declare_use(grant)
    audit.record(actor, "access.grant_given", grant, basis=basis, detail={"resource": resource.code, "columns": fields})
    transaction.on_commit(stamps.forget)
    return grant


def suspend_grant(grant: Grant, *, actor: Actor, reason: str) -> Grant:
    """The grant, suspended; readers are told so (Decree 809 art. 27)."""
    return move_grant(grant, GrantState.SUSPENDED, actor=actor, reason=reason)


def resume_grant(grant: Grant, *, actor: Actor, reason: str) -> Grant:
    """The grant, active again."""
    return move_grant(grant, GrantState.ACTIVE, actor=actor, reason=reason)


def revoke_grant(grant: Grant, *, actor: Actor, reason: str) -> Grant:
    """The grant, ended for good."""
    return move_grant(grant, GrantState.REVOKED, actor=actor, reason=reason)


def index_keys(resource: Resource, *, actor: Actor) -> None:
    """The key index of the newest version, so that pages in key order and lookups cost the same at any depth.

    Nothing for a table without key. Raises NotAllowed.
    """
    policy.require(actor, "access.index_keys", resource)
    contract = resource.contract
    if contract.key:
        build_index(contract, pinned(resource.table))


@transaction.atomic
def move_grant(grant: Grant, state: GrantState, *, actor: Actor, reason: str, is_whole: bool = False) -> Grant:
    """The grant in that state. `is_whole`: its dataset is moved with it; alone such a part may only be revoked.

    Raises NotAllowed, BadGrant.
    """
    policy.require(actor, f"access.{state.value}_grant", grant.resource)
    generations.advance()
    held = Grant.objects.select_for_update().get(pk=grant.pk)
    if held.state == GrantState.REVOKED and state is not GrantState.REVOKED:
        raise BadGrant("授权已撤销，不能恢复；请重新授权。")
    if held.state == state:
        return held
    if held.dataset_id is not None and not is_whole and state is not GrantState.REVOKED:
        raise BadGrant("这项授权属于一份数据集授权，不能单独暂停或恢复；请对整个数据集的授权办理，或撤销这一张表的授权。")
    before = state_of(held)
    held.state = state
    held.save(update_fields=["state", "updated_at"])
    if state is GrantState.REVOKED:
        forget_use(held)
        transaction.on_commit(lambda: forget_rest(str(held.uuid)))
    audit.record(actor, f"access.grant_{state.value}", held, basis=reason, before=before)
    transaction.on_commit(stamps.forget)
    events.emit_on_commit(GrantMoved(str(held.uuid), state.value))
    return held


def _fields(contract: Contract, names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if contract.item(name) is None]
    if unknown:
        raise BadGrant(f"资源「{contract.title}」没有列 {'、'.join(unknown)}；请对照信息项清单改正。", columns=unknown)
    wanted = set(names)
    fields = [item.field for item in contract.items if wanted & {item.field, item.name}]
    if not fields:
        raise BadGrant("授权至少要有一列；请选择可见的列。")
    return fields


def _refuse_important(contract: Contract, fields: Sequence[str]) -> None:
    named = [item.name for item in contract.items if item.level is Level.IMPORTANT and item.field in fields]
    if named or contract.floor is Level.IMPORTANT:
        what = f"信息项“{'、'.join(named)}”是重要数据" if named else "整张表定级为重要数据"
        raise BadGrant(f"“{contract.title}”{what}，任何情况下都不向社会公众提供。", columns=named)


def _masks(contract: Contract, fields: Sequence[str], masks: Mapping[str, str]) -> dict[str, str]:
    own = {item.field: item.mask for item in contract.items if item.mask and item.field in fields}
    by_field = _by_field(contract, masks)
    return {name: mask for name, mask in (own | by_field).items() if name.partition("@")[0] in fields}


def _purposes(contract: Contract, fields: Sequence[str], named: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    if faults := purpose_rules.faults_of(named):
        raise BadGrant("".join(faults), faults=faults)
    found = {purpose: _by_field(contract, masks) for purpose, masks in named.items()}
    return {purpose: {n: mask for n, mask in masks.items() if n.partition("@")[0] in fields} for purpose, masks in found.items()}


def _by_field(contract: Contract, masks: Mapping[str, str]) -> dict[str, str]:
    """By field, or by field and door (`field@door`: what is shown through that door only)."""
    by_field = {}
    for name, mask in masks.items():
        column, at, door = name.partition("@")
        if at and door not in Door.values:
            raise BadGrant(f"脱敏“{name}”里的通道“{door}”不认识;可用的有 {'、'.join(Door.values)}。")
        by_field[_fields(contract, [column])[0] + at + door] = mask
    unknown = sorted(mask for mask in by_field.values() if mask and mask not in MASKS)
    if unknown:
        known = "、".join(sorted(MASKS))
        raise BadGrant(f"没有名为 {'、'.join(unknown)} 的脱敏规则；可用的有 {known}。", masks=unknown)
    return by_field
