"""A plan: what one reader sees of one resource, compiled from one grant, with two back ends.

SQL      `select_sql(snapshot)` over many rows (DuckDB)
Python   `apply(record)` over one record (key index, orjson values)
Promise  both show the same: property test in tests/test_plan_equality.py
Standing clerks and heads of the owner see their own resource whole; a data officer of a bureau sees every resource
         of its subtree masked as its items say; the system computes on whole values; staff without a role that
         reads (administrator, operator, auditor ...) see no more than the public (ground/security/rules.py)
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime
from functools import cached_property

import orjson

from suixin.data.access import opened, purposes, quotas, readers, rules, stamps
from suixin.data.access.errors import (
    ColumnOutsideGrant,
    GrantExpired,
    PurposeOutsideGrant,
    ResourceNotPublished,
    UnknownColumn,
)
from suixin.data.access.models import Door, Grant, SubjectKind
from suixin.data.access.sqltext import column_type, identifier, value_text
from suixin.data.access.values import native, text_of
from suixin.data.catalog.contract import ROW_COLUMN, Contract, ItemSpec, ItemType
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.lake.snapshots import Snapshot
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS
from suixin.kit import clock, expressions
from suixin.kit.actor import Actor, ActorKind

Shower = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column as shown. A masked column is text, whatever its item is."""

    item: ItemSpec
    mask: str = ""

    @property
    def field(self) -> str:
        """The stable name."""
        return self.item.field

    @property
    def name(self) -> str:
        """The Chinese name."""
        return self.item.name

    @property
    def type(self) -> ItemType:
        """The type of the shown value."""
        return ItemType.TEXT if self.mask else self.item.type

    @property
    def sql(self) -> str:
        """SQL of the shown value."""
        return self.sql_over(identifier(self.item.field))

    def sql_over(self, raw: str) -> str:
        """SQL of the shown value, made of that of the stored one in the clear."""
        return f"({MASKS[self.mask].to_sql(value_text(raw, self.item))})" if self.mask else raw

    @property
    def shower(self) -> Shower:
        """The shown value of a stored one."""
        kind = self.item.type
        if not self.mask:
            return lambda value: native(value, kind)
        mask = MASKS[self.mask]
        return lambda value: mask.apply(text_of(native(value, kind)))


@dataclass(frozen=True)
class Plan:
    """What `actor` sees of a resource through `door`. Immutable; safe to cache and share among threads.

    `counted_as`: by whose quota calls are counted, that of the grant or of the grant on the whole dataset.
    """

    actor: Actor
    contract: Contract
    door: Door
    columns: tuple[Column, ...]
    row_filter: str = ""
    grant: str = ""
    basis: str = ""
    valid_until: datetime | None = None
    per_second: int | None = None
    per_day: int | None = None
    purpose: str = ""
    is_receipted: bool = False
    counted_as: str = ""
    purposes: Mapping[str, Mapping[str, str]] = dataclass_field(default_factory=dict, compare=False, repr=False)
    reopen_at: float = dataclass_field(default=float("inf"), compare=False, repr=False)

    @property
    def table(self) -> str:
        """The lake table."""
        return self.contract.table

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Field names in order."""
        return tuple(column.field for column in self.columns)

    @cached_property
    def key_items(self) -> tuple[ItemSpec, ...]:
        """Items of the key, in order, whether shown or not."""
        return tuple(item for item in self.contract.items if item.is_key)

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits; equal plans show equal rows of equal versions."""
        shape = [self.contract.version, self.row_filter, [(c.field, c.mask, c.item.type.value) for c in self.columns]]
        return hashlib.sha256(orjson.dumps([self.table, *shape])).hexdigest()[:16]

    @cached_property
    def mask_names(self) -> tuple[str, ...]:
        """`field:mask` of every masked column, for the access log."""
        return tuple(f"{column.field}:{column.mask}" for column in self.columns if column.mask)

    def column(self, name: str) -> Column:
        """The column of that field or Chinese name. Raises UnknownColumn, ColumnOutsideGrant."""
        found = self._by_name.get(name)
        if found is None:
            raise _no_such_column(self.contract, name)
        return found

    def narrowed(self, columns: Sequence[str]) -> "Plan":
        """The same plan over fewer columns, in the order given; names or Chinese names."""
        return replace(self, columns=tuple(dict.fromkeys(self.column(name) for name in columns)))

    def stating(self, purpose: str) -> "Plan":
        """The plan for a purpose that the caller states; one without purposes is the same for any. Raises PurposeOutsideGrant."""
        if not purpose or not self.purposes:
            return self
        if purpose not in self.purposes:
            known = "、".join(sorted(self.purposes))
            raise PurposeOutsideGrant(f"授权里没有用途“{purpose[:60]}”；可用的用途有 {known}，不写用途时按最严格的脱敏提供。")
        masks = self.purposes[purpose]
        columns = tuple(Column(column.item, masks.get(column.field, column.mask)) for column in self.columns)
        return replace(self, columns=columns, purpose=purpose)

    def require_in_time(self) -> None:
        """Nothing while the grant lasts. Raises GrantExpired."""
        if self.valid_until is not None and clock.now() >= self.valid_until:
            raise GrantExpired(f"「{self.contract.title}」的授权已于 {self.valid_until:%Y-%m-%d} 到期；请申请续期。")

    def select_sql(self, snapshot: Snapshot) -> tuple[str, list[object]]:
        """(SQL, parameters) of the shown rows of `snapshot`, columns under their field names."""
        shown = [f"{self.shown_sql(column, snapshot)} AS {identifier(column.field)}" for column in self.columns]
        source, parameters = self.source_sql(snapshot)
        return f"SELECT {', '.join(shown)} {source}", parameters

    def source_sql(self, snapshot: Snapshot) -> tuple[str, list[object]]:
        """(FROM and WHERE, parameters) of the rows that the grant shows, columns as stored; ends in a condition."""
        paths: list[object] = [str(file.path) for file in snapshot.files]
        source = "read_parquet(?)" if paths else f"({self._no_rows(snapshot)})"
        return f"FROM {source} WHERE {self.filter_sql(snapshot)}", [paths] if paths else []

    def filter_sql(self, snapshot: Snapshot) -> str:
        """SQL of the row filter over stored columns; `true` without one."""
        sealed = {item.field: opened.sql(self.table, item) for item in self.contract.items if _is_sealed(snapshot, item)}
        return f"({self._filter.to_duckdb(sealed)})" if self._filter else "true"

    def shown_sql(self, column: Column, snapshot: Snapshot) -> str:
        """SQL of the column's shown value over the source; null where the version has no such column yet."""
        if _is_sealed(snapshot, column.item):
            return column.sql_over(opened.sql(self.table, column.item))
        if column.field in snapshot.schema.names:
            return column.sql
        return f"CAST(NULL AS {'VARCHAR' if column.mask else column_type(column.item)})"

    def sought_sql(self, column: Column, values: Sequence[object], snapshot: Snapshot) -> tuple[str, list[object]]:
        """(SQL of what a condition on the column compares, the values as they are compared): blind where it is sealed."""
        if _is_sealed(snapshot, column.item):
            return identifier(column.item.blind_field), opened.blind_values(self.table, column.item, values)
        return self.shown_sql(column, snapshot), list(values)

    @property
    def shows_sealed_whole(self) -> bool:
        """Whether values that lie sealed are shown unmasked; such a plan leaves no file at rest."""
        return any(column.item.is_sealed and not column.mask for column in self.columns)

    def apply(self, record: Mapping[str, object]) -> dict[str, object] | None:
        """The shown values of one stored record, None when the row filter hides it."""
        if self._filter is not None:
            values = {name: native(self._opened(record, name), kind) for name, kind in self._filter_types.items()}
            if self._filter.evaluate(values) is not True:
                return None
        return {name: show(self._opened(record, name)) for name, show in self._showers}

    def _opened(self, record: Mapping[str, object], name: str) -> object:
        """A stored value in the clear."""
        value = record.get(name)
        return opened.value(self.table, name, value) if isinstance(value, dict | bytes) else value

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns} | {column.field: column for column in self.columns}

    @cached_property
    def _showers(self) -> tuple[tuple[str, Shower], ...]:
        return tuple((column.field, column.shower) for column in self.columns)

    @cached_property
    def _filter(self) -> expressions.Expression | None:
        return parse_filter(self.row_filter, self.contract) if self.row_filter else None

    @cached_property
    def _filter_types(self) -> dict[str, ItemType]:
        names = self._filter.fields if self._filter else frozenset()
        return {item.field: item.type for item in self.contract.items if item.field in names}

    def _no_rows(self, snapshot: Snapshot) -> str:
        sealed = [item for item in self.contract.items if _is_sealed(snapshot, item)]
        kinds = {item.field: "BLOB" if item in sealed else column_type(item) for item in self.contract.items}
        kinds |= {item.blind_field: "VARCHAR" for item in sealed}
        empty = [f"CAST(NULL AS {kind}) AS {identifier(field)}" for field, kind in kinds.items()]
        return f"SELECT {', '.join(empty)}, CAST(NULL AS BIGINT) AS {identifier(ROW_COLUMN)} WHERE false"


def open_plan(actor: Actor, resource: Resource, *, door: Door | str, columns: Sequence[str] | None = None) -> Plan:
    """The plan by which `actor` reads `resource`. `columns` are fields or Chinese names; None: all granted.

    Raises ResourceNotPublished, NoGrant, GrantExpired, GrantSuspended, ColumnOutsideGrant, UnknownColumn.
    """
    if resource.state != ResourceState.PUBLISHED:
        raise ResourceNotPublished(f"资源「{resource.title}」未发布或已撤销；请在目录中另选资源。")
    contract = resource.contract
    wanted = None if columns is None else [_item(contract, name).field for name in columns]
    plan = _standing(actor, resource, contract, Door(door)) or _granted(actor, resource, contract, (Door(door), wanted))
    return plan if wanted is None else plan.narrowed(wanted)


_CACHE_LIMIT = 4096


@dataclass(slots=True)
class _Cache:
    """Plans made under one stamp."""

    stamp: stamps.Stamp = ()
    plans: dict[tuple[object, ...], Plan] = dataclass_field(default_factory=dict)


_held = _Cache()


def cached_plan(
    actor: Actor, table: str, *, door: Door, columns: Sequence[str] | None, find: Callable[[], Resource], purpose: str = "",
) -> Plan:
    """`open_plan` without a query while no grant or entry changed; `find` gives the resource when it is needed.

    Raises what `open_plan` and `Plan.stating` raise, GrantExpired, and OverQuota when the grant is known to be used up.
    """
    global _held  # noqa: PLW0603 replaced whole, so that threads never see a half-emptied cache
    stamp, held = stamps.stamp(), _held
    if stamp != held.stamp or len(held.plans) > _CACHE_LIMIT:
        held = _held = _Cache(stamp)
    key = (actor, table, door, None if columns is None else tuple(columns))
    plan = held.plans.get(key)
    if plan is None or plan.reopen_at < time.monotonic():
        plan = open_plan(actor, find(), door=door, columns=columns)
        held.plans[key] = plan
    plan.require_in_time()
    quotas.require_left(plan)
    return _stated(held, key, plan, purpose) if purpose and plan.purposes else plan


def _stated(held: _Cache, key: tuple[object, ...], plan: Plan, purpose: str) -> Plan:
    """The plan for that purpose, kept beside the one for none."""
    known = held.plans.get((*key, purpose))
    if known is None or known.reopen_at != plan.reopen_at:
        known = held.plans[*key, purpose] = plan.stating(purpose)
    return known


def parse_filter(text: str, contract: Contract) -> expressions.Expression:
    """The row filter over the contract's items; Chinese names work, words for the reader are bound before.

    Raises kit's ExpressionError.
    """
    fields = {item.field: item.type.value for item in contract.items}
    aliases = {item.name: item.field for item in contract.items if item.name != item.field}
    return expressions.parse(text, fields=fields, aliases=aliases)


def _standing(actor: Actor, resource: Resource, contract: Contract, door: Door) -> Plan | None:
    if actor.kind not in (ActorKind.STAFF, ActorKind.SYSTEM):
        return None
    if policy.may(actor, "access.read_whole", resource):
        basis = "standing:system" if actor.kind is ActorKind.SYSTEM else "standing:owner"
        return Plan(actor, contract, door, tuple(Column(item) for item in contract.items), basis=basis)
    if policy.may(actor, "access.read_masked", resource):
        columns = tuple(Column(item, item.mask) for item in contract.items)
        return Plan(actor, contract, door, columns, basis="standing:data_officer")
    return None


def _granted(actor: Actor, resource: Resource, contract: Contract, request: tuple[Door, list[str] | None]) -> Plan:
    door, wanted = request
    grants = [grant for grant in Grant.objects.for_resource(resource).select_related("dataset") if _may_use(actor, grant)]
    grant = rules.choose(grants, actor, door, wanted=wanted, at=clock.now(), title=resource.title)
    return plan_of(grant, actor, contract, door=door)


def _may_use(actor: Actor, grant: Grant) -> bool:
    """Whether a grant counts for the actor at all: staff without a right to data have no more than the public."""
    if actor.kind is not ActorKind.STAFF or grant.subject_kind == SubjectKind.PUBLIC:
        return True
    return policy.may_anywhere(actor, "access.read_granted")


def plan_of(grant: Grant, actor: Actor, contract: Contract, *, door: Door) -> Plan:
    """The plan that one grant compiles to; items keep the contract's order."""
    allowed = frozenset(grant.columns)
    items, by = [item for item in contract.items if item.field in allowed], door.value
    columns = tuple(Column(item, purposes.unstated(grant.masks, grant.purposes, item, door=by)) for item in items)
    stated = {
        name: {item.field: purposes.stated(grant.masks, masks, item, door=by) for item in items} for name, masks in grant.purposes.items()
    }
    filtered = readers.bound(grant.row_filter, actor)
    return Plan(
        actor, contract, door, columns, row_filter=filtered, grant=str(grant.uuid), basis=grant.basis,
        valid_until=grant.valid_until, per_second=grant.per_second, per_day=grant.per_day, purposes=stated,
        is_receipted=grant.is_receipted, counted_as=str(grant.dataset.uuid if grant.dataset else grant.uuid),
        reopen_at=float("inf") if filtered == grant.row_filter else time.monotonic() + readers.LASTS_SECONDS,
    )


def _is_sealed(snapshot: Snapshot, item: ItemSpec) -> bool:
    return opened.is_sealed_in(snapshot.schema, item.field)


def _item(contract: Contract, name: str) -> ItemSpec:
    item = contract.item(name)
    if item is None:
        raise _no_such_column(contract, name)
    return item


def _no_such_column(contract: Contract, name: str) -> Exception:
    item = contract.item(name)
    if item is not None:
        return ColumnOutsideGrant(
            f"授权不包含列 {item.field}（{item.name}）；请只取授权内的列，或向提供方申请增加。", columns=[item.field]
        )
    return UnknownColumn(f"资源「{contract.title}」没有列「{name[:60]}」；请对照信息项清单改正列名。", column=name[:60])
