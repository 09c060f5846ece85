"""Grants on a whole dataset (目录组): given once, one grant on each of its tables, later tables too.

One plan  each table is read by a grant of its own, which compiles as every other does; so all doors, receipts, quotas, and the end
          hold without knowing of datasets. Calls of all tables count against one quota
Later     a table that is published in the group is opened when its provider is one of those whose tables were opened at the time of
          giving, it is shared no more strictly than they were, and columns and row filter fit it; otherwise it stays shut, on record
Shown     items that are withheld or secret by no table; what a later table masks stays masked, unless the grant masks it otherwise
Ends      suspended, resumed and revoked as a whole; one table alone may be revoked, as when its entry is withdrawn
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from suixin.data.access import actions, terms
from suixin.data.access.errors import BadGrant
from suixin.data.access.models import DatasetGrant, Door, Grant, GrantState, SubjectKind
from suixin.data.access.plans import parse_filter
from suixin.data.access.readers import sample
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource, ResourceGroup, ResourceState, ShareType
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import SuixinError


@transaction.atomic
def give_dataset_grant(
    group: ResourceGroup, *, actor: Actor, subject_kind: SubjectKind | str, subject_key: str, columns: Sequence[str] | None = None,
    row_filter: str = "", masks: Mapping[str, str] | None = None, doors: Sequence[Door | str] = tuple(Door),
    valid_from: datetime | None = None, valid_until: datetime | None = None, basis: str = "", per_second: int | None = None,
    per_day: int | None = None, purposes: Mapping[str, Mapping[str, str]] | None = None, is_receipted: bool = False,
    provider: Organisation | None = None,
) -> DatasetGrant:
    """The new grant, each published table of the group open by it. Words are those of `actions.give_grant`.

    `columns` and the keys of masks open and mask whatever tables have them; None: every column that is shared. A table with none of
    the columns stays shut; one to which the row filter does not apply refuses the whole. `provider`: only tables of that department.
    Raises NotAllowed, BadGrant.
    """
    kind = SubjectKind(subject_kind)
    if kind is SubjectKind.PUBLIC:
        raise BadGrant("面向公众的数据集请用“开放”发布，逐表检查后开放；数据集授权只给部门、应用或个人。")
    terms.check_subject(kind, subject_key)
    tables = open_tables(group, provider)
    _check_names(group, tables, columns, masks or {}, purposes or {})
    opened = [table for table in tables if _shown(columns or (), table.contract)]
    if not opened:
        raise BadGrant(f"数据集“{group.title}”的表没有可以共享的信息项，没有授权；请先在目录里改正信息项的共享类型。")
    whole = DatasetGrant.objects.create(
        group=group, subject_kind=kind, subject_key=subject_key, columns=list(columns or ()), row_filter=row_filter,
        masks=dict(masks or {}), purposes={name: dict(one) for name, one in (purposes or {}).items()},
        doors=[Door(door).value for door in doors], valid_from=valid_from or clock.now(), valid_until=valid_until, basis=basis,
        per_second=per_second, per_day=per_day,
        is_receipted=is_receipted, providers=sorted({table.provider.uscc for table in opened}),
        share_types=sorted({table.share_type for table in opened}),
    )
    for table in opened:
        _open(whole, table, actor=actor)
    audit.record(actor, "access.dataset_granted", whole, basis=basis, detail={"group": group.slug, "tables": [one.code for one in opened]})
    return whole


@transaction.atomic
def move_dataset_grant(whole: DatasetGrant, state: GrantState, *, actor: Actor, reason: str) -> DatasetGrant:
    """The grant in that state with all its tables. Raises NotAllowed, BadGrant: it was revoked."""
    held = DatasetGrant.objects.select_for_update().get(pk=whole.pk)
    if held.state == GrantState.REVOKED and state is not GrantState.REVOKED:
        raise BadGrant("授权已撤销，不能恢复；请重新授权。")
    if held.state == state:
        return held
    for grant in held.grants.exclude(state=GrantState.REVOKED).select_related("resource__provider"):
        actions.move_grant(grant, state, actor=actor, reason=reason, is_whole=True)
    before = state_of(held)
    held.state = state
    held.save(update_fields=["state"])
    audit.record(actor, f"access.dataset_{state.value}", held, basis=reason, before=before)
    return held


def open_later(resource: Resource, *, actor: Actor = SYSTEM) -> int:
    """How many grants on the dataset of a table that came into force open it now; each that does not says why, on record."""
    if resource.group_id is None or resource.state != ResourceState.PUBLISHED:
        return 0
    waiting = DatasetGrant.objects.filter(group_id=resource.group_id).exclude(state=GrantState.REVOKED)
    opened = 0
    for whole in waiting.exclude(pk__in=Grant.objects.filter(resource=resource, dataset__isnull=False).values("dataset")):
        if whole.valid_until is not None and whole.valid_until <= clock.now():
            continue
        opened += _opened_later(whole, resource, actor)
    return opened


def open_tables(group: ResourceGroup, provider: Organisation | None = None) -> list[Resource]:
    """Published tables of the group that are shared at all, those of that provider alone if one is named. Raises BadGrant: none."""
    found = Resource.objects.published().filter(group=group).exclude(share_type=ShareType.WITHHELD).select_related("provider")
    tables = list((found if provider is None else found.filter(provider=provider)).order_by("pk"))
    if not tables:
        raise BadGrant(f"数据集“{group.title}”没有已发布、可共享的数据表；请先发布目录。")
    return tables


def filter_faults(tables: Iterable[Resource], row_filter: str) -> list[str]:
    """Which tables the row filter does not fit, and why; empty when it fits all."""
    faults = []
    for table in tables if row_filter.strip() else ():
        try:
            parse_filter(sample(row_filter), table.contract)
        except SuixinError as error:
            faults.append(f"“{table.title}”：{error.sentence.rstrip('。')}")
    return faults


def _opened_later(whole: DatasetGrant, resource: Resource, actor: Actor) -> bool:
    why = _why_shut(whole, resource)
    if not why:
        try:
            with transaction.atomic():
                grant = _open(whole, resource, actor=actor, is_later=True)
                if whole.state == GrantState.SUSPENDED:
                    actions.move_grant(grant, GrantState.SUSPENDED, actor=actor, reason="数据集授权已暂停", is_whole=True)
        except SuixinError as error:
            why = error.sentence
    if why:
        audit.record(actor, "access.table_stays_shut", whole, basis=why, detail={"resource": resource.code})
    return not why


def _why_shut(whole: DatasetGrant, resource: Resource) -> str:
    """Why a later table is not opened; "" when it is."""
    if resource.share_type == ShareType.WITHHELD:
        return f"“{resource.title}”不予共享，没有随数据集开通。"
    if resource.provider.uscc not in whole.providers:
        return f"“{resource.title}”由另一部门提供，须由它另行授权。"
    if resource.share_type not in (ShareType.UNCONDITIONAL, *whole.share_types):
        return f"“{resource.title}”是有条件共享，授权时的各表都是无条件共享，须另行审核、授权。"
    if not _shown(whole.columns, resource.contract):
        return f"“{resource.title}”没有授权列出的、可以共享的信息项。"
    return ""


def _open(whole: DatasetGrant, table: Resource, *, actor: Actor, is_later: bool = False) -> Grant:
    contract = table.contract
    faults = filter_faults([table], whole.row_filter)
    if faults:
        raise BadGrant(f"行条件不适用于{faults[0]}；请改用各表都有的信息项，或逐表授权。")
    return actions.give_grant(
        table, actor=actor, subject_kind=whole.subject_kind, subject_key=whole.subject_key, columns=_shown(whole.columns, contract),
        row_filter=whole.row_filter, masks=_fitting(whole.masks, contract, is_later=is_later), doors=whole.doors,
        valid_from=whole.valid_from, valid_until=whole.valid_until, basis=whole.basis, per_second=whole.per_second, per_day=whole.per_day,
        purposes={name: _fitting(masks, contract, is_later=is_later) for name, masks in whole.purposes.items()},
        is_receipted=whole.is_receipted, dataset=whole,
    )


def _shown(columns: Sequence[str], contract: Contract) -> list[str]:
    """Fields of the contract that are opened: of the items that may be shared, those named, or all when none is."""
    shared = [item for item in contract.items if item.share_type != ShareType.WITHHELD and not item.is_secret]
    wanted = set(columns)
    return [item.field for item in shared if not wanted or wanted & {item.field, item.name}]


def _fitting(masks: Mapping[str, str], contract: Contract, *, is_later: bool) -> dict[str, str]:
    """The masks of items that the table has; nobody decided that a later table's item is shown whole."""
    return {name: mask for name, mask in masks.items() if contract.item(name.partition("@")[0]) is not None and (mask or not is_later)}


def _check_names(
    group: ResourceGroup, tables: Sequence[Resource], columns: Sequence[str] | None, masks: Mapping[str, str],
    purposes: Mapping[str, Mapping[str, str]],
) -> None:
    contracts = [table.contract for table in tables]
    closed = [name for name in dict.fromkeys(columns or ()) if not any(_shown([name], contract) for contract in contracts)]
    said = [*(name.partition("@")[0] for one in (masks, *purposes.values()) for name in one)]
    unknown = closed + [name for name in dict.fromkeys(said) if all(contract.item(name) is None for contract in contracts)]
    if unknown:
        told = f"数据集“{group.title}”的表里没有列 {'、'.join(unknown)[:200]}，或者它不予共享；请对照信息项清单改正。"
        raise BadGrant(told, columns=unknown)
