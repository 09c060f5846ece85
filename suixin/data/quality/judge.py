"""One pass over a batch: every item typed, every check decided, the rows split.

A `Judge` compiles its contract once per shape of source (`compiled`). Each thread has its own small DuckDB; a
query returns typed cells with reason masks, and only rejected rows are ever turned into Python objects.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal  # Any: arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.lake import sealing
from suixin.data.quality.cells import RULES
from suixin.data.quality.checks import relation_check, shared_checks
from suixin.data.quality.compiled import CHECKS_PER_MASK, Group, ItemPlan, plan_groups, rule_query
from suixin.data.quality.engine import Engines
from suixin.data.quality.errors import ColumnsMissing, ColumnsUnknown
from suixin.data.quality.findings import Findings, Mask
from suixin.data.quality.keys import KeyPass, Rows, find_duplicates
from suixin.data.quality.lanes import Typed, type_group
from suixin.data.quality.pinning import pinned, writing_sets
from suixin.data.quality.reasons import Rejects
from suixin.data.quality.relations import Relations
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.ground import standards

Extra = Literal["refuse", "ignore"]
EIGHT_HOURS = 8 * 3600 * 1_000_000  # China standard time is ahead of UTC; microseconds


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch after its judgement. `failures` counts rows by check, `filled` non-null cells by item.

    `numbers` are those of its rows, `keys` their typed keys (k0, k1, ..., None without a key); `knows_repeats`: rows
    that repeat a key were rejected already. `writings` counts the cells of coded items by (field, "code", "name", "alias"),
    `marked` the rows that break rules which only mark, by rule.
    """

    accepted: pa.RecordBatch
    rejected: Rejects
    normalised: Counter[tuple[str, str]]
    failures: Counter[tuple[str | None, str]]
    rows: int
    numbers: Rows
    keys: pa.Table | None = None
    knows_repeats: bool = False
    filled: list[int] = field(default_factory=list)
    writings: Counter[tuple[str, str]] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)


class Judge:
    """Judges batches of one contract; safe to use from several threads at once."""

    def __init__(self, contract: Contract, *, extra: Extra = "refuse") -> None:
        self.contract = contract = pinned(contract)
        self.extra = extra
        self.notes: tuple[str, ...] = ()
        self._rules, self._shared = shared_checks(contract)
        self._plans: dict[tuple[object, ...], tuple[Group, ...]] = {}
        self._lock = threading.Lock()
        self._engines = Engines()
        self._constants: dict[str, str] = {}
        self._is_by_field = False
        self._duplicates: KeyPass | None = None
        self._relations = Relations(contract, ())
        self._of_row = len(self._rules)  # how many of the checks one query decides
        self._bits = self._rejecting()

    def bind(self, source: SourceTable) -> None:
        """Check a table's columns against the contract. Raises ColumnsMissing, ColumnsUnknown."""
        columns = (*source.columns, *source.constants)
        self._is_by_field = bool(source.resource_code)
        found = bind_columns(self.contract, columns, extra=self.extra, is_by_field=self._is_by_field)
        absent = [item.name for item in self.contract.items if item.field not in found]
        self.notes = (f"来源表缺少可空的信息项,按空值处理:{'、'.join(absent)}",) if absent else ()
        self._constants = dict(source.constants)

    def keys(self, source: SourceTable) -> KeyPass:
        """Pass 1: rows whose key repeats an earlier one, and whether keys strictly ascend.

        The result is remembered: `judge` rejects those rows. Without a key there is no pass.
        """
        self.bind(source)
        self.learn(find_duplicates(self, source) if self.contract.key else None)
        return self._duplicates or KeyPass()

    def learn(self, keys: KeyPass | None) -> None:
        """Reject the repeats that `keys` names from now on."""
        self._duplicates = keys

    def relate(self, relations: Relations) -> None:
        """Judge by the rules that look beyond one row, too."""
        self._relations = relations
        self._rules = [*self._rules[: self._of_row], *map(relation_check, relations.of_rows)]
        self._bits = self._rejecting()

    def landed(self, source: SourceTable, fields: Sequence[str]) -> "Iterator[tuple[Rows, dict[str, pa.Array[Any]]]]":
        """Numbers and typed cells of some fields of every row, batch by batch."""
        places = [(name, place) for place, item in enumerate(self.contract.items) if (name := item.field) in fields]
        for batch in source.batches():
            typed = self.typed(batch.data, only=fields)
            yield row_numbers(batch), {name: _landed(typed.values[place], self.contract.items[place]) for name, place in places}

    def judge(self, batch: SourceBatch) -> Judged:
        """Pass 2: the batch typed, checked and split; broken rows are rejected with it."""
        numbers = row_numbers(batch)
        groups = self._groups(batch.data.schema)
        typed = self.typed(batch.data)
        known = self._duplicates
        repeats = known.repeats_in(numbers) if known else None
        schema = pa.schema([pa.field(item.field, item.arrow_type) for item in self.contract.items])
        columns = [_landed(typed.values[i], item) for i, item in enumerate(self.contract.items)]
        whole = pa.RecordBatch.from_arrays(columns, schema=schema)
        rules = self._rule_masks(whole, numbers)
        marked = self._marked(rules)
        rules = [mask & bits for mask, bits in zip(rules, self._bits, strict=False)]
        bad = np.zeros(batch.data.num_rows, dtype=bool)
        for mask in (*typed.masks.values(), *rules):
            bad |= mask != 0
        if repeats is not None:
            bad |= repeats > 0
        plans = {plan.index: plan for group in groups for plan in group.items}
        findings = Findings(self.contract, plans, self._rules, self._constants)
        rejected = findings.rejects(batch, numbers, bad=bad, masks=typed.masks, rules=rules, repeats=repeats)
        return Judged(
            accepted=whole.filter(pa.array(~bad)) if bad.any() else whole,
            rejected=rejected,
            normalised=_applied(typed, self.contract),
            failures=findings.failures,
            rows=batch.data.num_rows + len(batch.broken),
            numbers=numbers,
            keys=self.key_table(typed) if self.contract.key else None,
            knows_repeats=known is not None,
            filled=[batch.data.num_rows - column.null_count for column in columns],
            writings=_writings(typed, self.contract),
            marked=marked,
        )

    def typed(self, data: pa.RecordBatch, *, only: Sequence[str] = ()) -> Typed:
        """Every item's cells typed (date-times local), or those of some fields."""
        typed = Typed()
        for group in self._groups(data.schema):
            plans = [plan for plan in group.items if not only or plan.item.field in only]
            if plans:
                type_group(typed, group, plans=plans, cells=partial(self._cells, data), engines=self._engines)
        return typed

    def key_table(self, typed: Typed) -> pa.Table:
        """The typed keys of a batch: columns k0, k1, ... in item order; of sealed items the blind index (keys may spill)."""
        keys = [(index, item) for index, item in enumerate(self.contract.items) if item.is_key]
        columns = {f"k{k}": self._key_column(typed.values[index], item) for k, (index, item) in enumerate(keys)}
        return pa.table(columns)

    def _key_column(self, values: "pa.Array[Any]", item: ItemSpec) -> "pa.Array[Any]":
        return sealing.blind_column(self.contract.table, item, values) if item.is_sealed else values

    def _groups(self, schema: pa.Schema) -> tuple[Group, ...]:
        shape: tuple[object, ...] = (tuple(schema.names), tuple(str(kind) for kind in schema.types))
        with self._lock:
            if shape not in self._plans:
                columns = (*schema.names, *self._constants)
                binding = bind_columns(self.contract, columns, extra=self.extra, is_by_field=self._is_by_field)
                self._plans[shape] = plan_groups(self.contract, schema, binding)
            return self._plans[shape]

    def _cells(self, data: pa.RecordBatch, plan: ItemPlan, group: Group) -> "pa.Array[Any]":
        """The cells of an item as they came; a constant for every row; nulls when the source lacks it."""
        if plan.column is None:
            return pa.array([None] * data.num_rows, group.kind)
        if plan.column in data.schema.names:
            return data.column(plan.column)
        return pa.repeat(pa.scalar(self._constants[plan.column], pa.string()), data.num_rows)

    def _rule_masks(self, whole: pa.RecordBatch, numbers: Rows) -> list[Mask]:
        """One mask for each CHECKS_PER_MASK rules: bit k is set where a row breaks rule k."""
        if not self._rules or not whole.num_rows:
            return []
        reads = sorted({index for rule in self._rules for index in rule.reads}) or [0]
        table = pa.table({f"v{index}": whole.column(index) for index in reads})
        answer = self._engines.ask(rule_query(self._rules, self._shared), table)
        masks = [column.to_numpy() for column in answer.columns]
        for place, rule in enumerate(self._relations.of_rows, self._of_row):
            at, bit = divmod(place, CHECKS_PER_MASK)
            masks[at] = masks[at] | (self._relations.flags(rule, whole, numbers).astype(np.int64) << bit)
        return masks

    def _rejecting(self) -> list[int]:
        """Of each mask of rules, the bits of those that reject rows."""
        marking = {rule.code for rule in self.contract.rules if rule.is_marking}
        found = [0] * -(-len(self._rules) // CHECKS_PER_MASK)
        for place, check in enumerate(self._rules):
            found[place // CHECKS_PER_MASK] |= (check.rule not in marking) << place % CHECKS_PER_MASK
        return found

    def _marked(self, masks: Sequence[Mask]) -> Counter[str]:
        """How many rows break each rule that only marks."""
        found: Counter[str] = Counter()
        for place, check in enumerate(self._rules if masks else ()):
            at, bit = divmod(place, CHECKS_PER_MASK)
            if not self._bits[at] >> bit & 1:
                found[check.rule] = int(np.count_nonzero(masks[at] & (1 << bit)))
        return found


def refused_keys(contract: Contract, judged: Judged) -> tuple[pa.Table, int]:
    """Keys of the rejected rows as they lie in the lake, and how many rejected rows have none that can be read."""
    if judged.keys is None:
        return pa.table({}), len(judged.rejected)
    keys = [item for item in contract.items if item.is_key]
    refused = judged.keys.filter(pa.array(np.isin(judged.numbers, judged.rejected.numbers)))
    columns = {}
    for column, item in zip(refused.columns, keys, strict=True):
        whole = column.combine_chunks()
        if item.is_sealed:  # an instant's blind index was made of local time, so it finds nothing in the lake
            columns[item.sought_field] = pa.nulls(len(whole), pa.string()) if item.type is ItemType.DATETIME else whole
        else:
            columns[item.sought_field] = _landed(whole, item)
    read = pa.table(columns).drop_null()
    return read, len(judged.rejected) - read.num_rows


def bind_columns(contract: Contract, columns: Sequence[str], *, extra: Extra, is_by_field: bool = False) -> dict[str, str]:
    """Source column per field: by a source name or the name, else by the field; case and blanks do not matter.

    One item's field may be another's header, so a source is read by fields only where all its columns are fields, or
    it says that it is in fields (`is_by_field`); else all items are asked by name before any by field.
    Raises ColumnsMissing, ColumnsUnknown.
    """
    taken = {_plain(column): column for column in reversed(columns)}
    binding: dict[str, str] = {}
    by_name = [(item, name) for item in contract.items for name in (*item.source_names, item.name)]
    by_field = [(item, item.field) for item in contract.items]
    is_in_fields = is_by_field or set(taken) <= {_plain(field) for _, field in by_field}
    for item, name in (*by_field, *by_name) if is_in_fields else (*by_name, *by_field):
        column = taken.get(_plain(name))
        if column is not None and item.field not in binding and column not in binding.values():
            binding[item.field] = column
    missing = [i.name for i in contract.items if i.field not in binding and (i.is_key or not i.nullable)]
    if missing or not binding:
        names = "、".join(missing or [item.name for item in contract.items][:20])
        sentence = f"来源表缺少“{contract.title}”必需的列:{names}。整批未接收,请补上这些列,或在目录中修改信息项。"
        raise ColumnsMissing(sentence, table=contract.table, missing=missing)
    unknown = [column for column in columns if column not in binding.values()]
    if unknown and extra == "refuse":
        names = "、".join(unknown[:20])
        sentence = (
            f"来源表多出“{contract.title}”目录中没有的列:{names}。整批未接收,请先在目录中增加信息项,或去掉这些列。"
        )
        raise ColumnsUnknown(sentence, table=contract.table, unknown=unknown)
    return binding


def row_numbers(batch: SourceBatch) -> Rows:
    """The number of every row of the batch, broken rows left out."""
    if batch.rows is not None:
        return batch.rows.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return np.arange(batch.first_row, batch.first_row + batch.data.num_rows, dtype=np.int64)


def _plain(name: str) -> str:
    return "".join(name.split()).lower()


def _landed(column: "pa.Array[Any]", item: ItemSpec) -> "pa.Array[Any]":
    """A typed column as it lies in the lake: a local time becomes an instant."""
    if item.type is ItemType.DATETIME:
        instants = pc.subtract(column.cast(pa.timestamp("us")).cast(pa.int64()), EIGHT_HOURS)
        return instants.cast(item.arrow_type)
    return column.cast(item.arrow_type)


def _writings(typed: Typed, contract: Contract) -> Counter[tuple[str, str]]:
    """How often values of each coded item are written as a code, as its name, as another name of it."""
    counts: Counter[tuple[str, str]] = Counter()
    for index, item in enumerate(contract.items):
        if not item.code_set:
            continue
        left = typed.written.get(index, typed.values[index])
        for writing, members in writing_sets(standards.code_set(item.code_set)):
            found = members.holds(left)
            counts[item.field, writing] += int(np.count_nonzero(found))
            left = left.filter(pa.array(~found))
    return counts


def _applied(typed: Typed, contract: Contract) -> Counter[tuple[str, str]]:
    """How often each rule was applied, by (item name, rule)."""
    counts: Counter[tuple[str, str]] = Counter()
    for index, mask in typed.applied.items():
        for bit, rule in enumerate(RULES):
            times = int(np.count_nonzero(mask & (1 << bit)))
            if times:
                counts[contract.items[index].name, rule] = times
    return counts
