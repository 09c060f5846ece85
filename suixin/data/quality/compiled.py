"""A contract and a shape of source, compiled into short queries over single columns of cells.

Items whose expressions are the same (forty measures of one type) share one query: their columns are laid end to
end. So a wide table costs no more to plan than a narrow one, and a thousand small files hardly anything.
The contract's own rules, which speak of several items, are one more query over the typed columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.quality.cells import Steps, is_code, raw_sql
from suixin.data.quality.checks import UNCHECKED, Check, item_checks
from suixin.data.quality.coded import Coded, coded_of
from suixin.data.quality.members import Members, Rewriting
from suixin.data.quality.normalisers import steps_of
from suixin.data.quality.pinning import members_of
from suixin.ground import standards
from suixin.kit.expressions.sharing import Shared

CHECKS_PER_MASK = 62
_CODE_NAME = "编码"


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """Where an item's cells come from, and its checks: check k is bit k of its reason mask."""

    index: int
    item: ItemSpec
    column: str | None
    checks: tuple[Check, ...]
    members: Mapping[int, Members]
    coded: Coded | Rewriting | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Items that one query types: it returns v typed value, a rules applied, m reason mask."""

    sql: str
    kind: pa.DataType
    items: tuple[ItemPlan, ...]


def plan_groups(contract: Contract, schema: pa.Schema, binding: Mapping[str, str]) -> tuple[Group, ...]:
    """The queries that type every item of the contract from sources of this schema."""
    found: dict[tuple[str, str], tuple[pa.DataType, list[ItemPlan]]] = {}
    for index, item in enumerate(contract.items):
        column = binding.get(item.field)
        kind = schema.field(column).type if column in schema.names else pa.string()
        compiled = _compiled.__wrapped__ if item.code_set else _compiled  # code sets may be read anew
        sql, checks = compiled(_shape_of(item), kind)
        members = {k: members_of(standards.code_set(c.code_set)) for k, c in enumerate(checks) if c.code_set}
        plan = ItemPlan(index, item, column, checks, members, coded_of(item))
        found.setdefault((sql, str(kind)), (kind, []))[1].append(plan)
    return tuple(Group(sql, kind, tuple(plans)) for (sql, _), (kind, plans) in found.items())


def _shape_of(item: ItemSpec) -> ItemSpec:
    """The item without what its query does not depend on, so that items of one shape are compiled once."""
    name = _CODE_NAME if is_code(item) else ""
    return ItemSpec(
        name, name, item.type, item.length, item.scale, item.is_key, item.nullable, item.code_set,
        sensitive=item.sensitive, unit=item.unit, description=UNCHECKED if UNCHECKED in item.description else "",
        own_codes=item.own_codes,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _compiled(shape: ItemSpec, kind: pa.DataType) -> tuple[str, tuple[Check, ...]]:
    """The query of a shape of items that arrive as `kind`, and their checks."""
    steps = steps_of(shape, 0, kind)
    checks = tuple(item_checks(shape, 0, steps.faults))
    return _query(steps, checks, kind), checks


def check_query(check: Check) -> str:
    """Whether one check of an item failed, over its typed column v0."""
    return f"SELECT ({check.when}) AS bad FROM batch"


def rule_query(checks: Sequence[Check], shared: Shared) -> str:
    """Reason masks m0, m1, ... of the contract's rules over typed columns v0, v1, ...; what several rules read is computed once."""
    masks = [
        f"{mask_sql(checks[start : start + CHECKS_PER_MASK])} AS m{start // CHECKS_PER_MASK}"
        for start in range(0, len(checks), CHECKS_PER_MASK)
    ]
    return f"SELECT {', '.join(masks)} FROM {shared.beneath('batch')}"


def mask_sql(checks: Sequence[Check]) -> str:
    """One BIGINT with a bit for each check that failed; those of code sets stay 0."""
    bits = [f"if({check.when}, {1 << k}::BIGINT, 0::BIGINT)" for k, check in enumerate(checks) if not check.code_set]
    return f"({' + '.join(bits) or '0'})::BIGINT"


def _query(steps: Steps, checks: Sequence[Check], kind: pa.DataType) -> str:
    """Projections nested one in the other, so that every intermediate value is computed once."""
    relation = f"(SELECT {raw_sql('c0', kind)} AS r0, c0 AS s0 FROM batch)"
    layers = {"f": steps.fast, "t": steps.cleaned, "q": steps.text, "p": steps.parts, "v": steps.value}
    for name, sql in layers.items():
        relation = f"(SELECT *, {sql} AS {name}0 FROM {relation})"
    return f"SELECT v0 AS v, {steps.applied} AS a, {mask_sql(checks)} AS m FROM {relation}"
