"""A contract and a shape of source, compiled into the one query that judges its batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemType
from suixin.data.quality.checks import Check, item_checks
from suixin.data.quality.normalisers import Steps, raw_sql, steps_of
from suixin.data.quality.sql import literal

CHECKS_PER_MASK = 62
_EIGHT_HOURS = "INTERVAL 8 HOURS"


@dataclass(frozen=True, slots=True)
class Compiled:
    """The query and what its columns mean: o7 typed value, a7 rules applied to item 7, m0.. reason masks."""

    sql: str
    checks: tuple[Check, ...]
    members: Mapping[int, pa.Array]
    mask_count: int
    indexes: tuple[int, ...]
    binding: Mapping[str, str]
    source_columns: tuple[str, ...]

    def typed(self, table: pa.Table, contract: Contract) -> pa.RecordBatch:
        """The items' columns, named and typed as the contract has them."""
        arrays = []
        for index in self.indexes:
            column = table.column(f"o{index}").combine_chunks()
            arrays.append(column.cast(contract.items[index].arrow_type))
        fields = [pa.field(contract.items[i].field, contract.items[i].arrow_type) for i in self.indexes]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def compile_query(
    contract: Contract,
    schema: pa.Schema,
    binding: Mapping[str, str],
    *,
    constants: Mapping[str, str],
    rules: Sequence[Check],
    only: Sequence[str],
) -> Compiled:
    """The judging query over a relation `batch` whose columns are called c0, c1, ... by position."""
    positions = {name: position for position, name in enumerate(schema.names)}
    indexes = tuple(i for i, item in enumerate(contract.items) if not only or item.field in only)
    sources: dict[int, tuple[str, pa.DataType]] = {}
    for index in indexes:
        column = binding.get(contract.items[index].field)
        if column is not None and column in positions:
            sources[index] = (f"c{positions[column]}", schema.field(positions[column]).type)
        else:
            value = constants.get(column) if column is not None else None
            sources[index] = ("CAST(NULL AS VARCHAR)" if value is None else literal(value), pa.string())
    steps = {i: steps_of(contract.items[i], i, sources[i][1]) for i in indexes}
    checks = () if only else tuple([c for i in indexes for c in item_checks(contract.items[i], i, steps[i].faults)] + [*rules])
    mask_count = -(-len(checks) // CHECKS_PER_MASK)
    members = {k: pa.array(sorted(c.members), pa.string()) for k, c in enumerate(checks) if c.members}
    return Compiled(
        sql=_layers(contract, sources, steps, checks=checks, counting=not only),
        checks=checks,
        members=members,
        mask_count=mask_count,
        indexes=indexes,
        binding=binding,
        source_columns=tuple(f"c{k}" for k in range(len(schema.names))),
    )


def _layers(
    contract: Contract,
    sources: Mapping[int, tuple[str, pa.DataType]],
    steps: Mapping[int, Steps],
    *,
    checks: Sequence[Check],
    counting: bool,
) -> str:
    """Projections nested one in the other, so that every intermediate value is computed once."""
    raw = ", ".join(f"{raw_sql(name, kind)} AS r{i}, {name} AS s{i}" for i, (name, kind) in sources.items())
    relation = f"(SELECT {raw} FROM batch)"
    layers: tuple[tuple[str, dict[int, str]], ...] = (
        ("f", {i: s.fast for i, s in steps.items()}),
        ("t", {i: s.cleaned for i, s in steps.items()}),
        ("q", {i: s.text for i, s in steps.items()}),
        ("p", {i: s.parts for i, s in steps.items()}),
        ("v", {i: s.value for i, s in steps.items()}),
    )
    for prefix, columns in layers:
        added = ", ".join(f"{sql} AS {prefix}{i}" for i, sql in columns.items())
        relation = f"(SELECT *, {added} FROM {relation})"
    outputs = [_output(contract, i) for i in steps]
    outputs += [f"{s.applied} AS a{i}" for i, s in steps.items() if counting]
    outputs += [f"{mask} AS m{k}" for k, mask in enumerate(_masks(checks))]
    return f"SELECT {', '.join(outputs)} FROM {relation}"


def _output(contract: Contract, index: int) -> str:
    if contract.items[index].type is ItemType.DATETIME:
        return f"v{index} - {_EIGHT_HOURS} AS o{index}"
    return f"v{index} AS o{index}"


def _masks(checks: Sequence[Check]) -> list[str]:
    masks = []
    for start in range(0, len(checks), CHECKS_PER_MASK):
        bits = [
            f"if({check.when}, {1 << position}::BIGINT, 0)"
            for position, check in enumerate(checks[start : start + CHECKS_PER_MASK])
            if not check.members
        ]
        masks.append(f"({' + '.join(bits) or '0'})::BIGINT")
    return masks
