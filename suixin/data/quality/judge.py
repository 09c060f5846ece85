"""One pass over a batch: every item typed, every check decided, the rows split.

A `Judge` compiles its contract once per shape of source into one DuckDB query (nested layers, see
`normalisers`). Each thread has its own small DuckDB with one thread and a memory limit; the query returns
typed columns and reason masks of 62 checks each, and only rejected rows are ever turned into Python objects.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.quality.checks import BROKEN, DUPLICATE, Check, rule_checks, sentence_of
from suixin.data.quality.compiled import Compiled, compile_query
from suixin.data.quality.errors import ColumnsMissing, ColumnsUnknown
from suixin.data.quality.keys import KeyPass, find_duplicates
from suixin.data.quality.normalisers import RULES
from suixin.data.quality.reasons import Reason, Reject, original_text, shortened
from suixin.data.quality.source import SourceBatch, SourceTable

Extra = Literal["refuse", "ignore"]
MEMORY_LIMIT = "256MB"


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch after its judgement. `failures` counts rows by check, `filled` non-null cells by item."""

    accepted: pa.RecordBatch
    rejected: list[Reject]
    normalised: Counter[tuple[str, str]]
    failures: Counter[tuple[str | None, str]]
    rows: int
    filled: list[int] = field(default_factory=list)
    failed_cells: int = 0


class Judge:
    """Judges batches of one contract; safe to use from several threads at once."""

    def __init__(self, contract: Contract, *, extra: Extra = "refuse") -> None:
        self.contract = contract
        self.extra = extra
        self._rules = rule_checks(contract)
        self._compiled: dict[tuple[object, ...], Compiled] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._constants: dict[str, str] = {}
        self._duplicates: KeyPass | None = None
        self.notes: tuple[str, ...] = ()

    def bind(self, source: SourceTable) -> None:
        """Check a table's columns against the contract. Raises ColumnsMissing, ColumnsUnknown."""
        columns = (*source.columns, *source.constants)
        found = bind_columns(self.contract, columns, extra=self.extra)
        absent = [item.name for item in self.contract.items if item.field not in found]
        self.notes = (f"来源表缺少可空的信息项,按空值处理:{'、'.join(absent)}",) if absent else ()
        self._constants = dict(source.constants)

    def keys(self, source: SourceTable) -> KeyPass:
        """Pass 1: rows whose key repeats an earlier one, and whether keys strictly ascend.

        The result is remembered: `judge` rejects those rows. Without a key there is no pass.
        """
        self.bind(source)
        self._duplicates = find_duplicates(self, source) if self.contract.key else None
        return self._duplicates or KeyPass()

    def judge(self, batch: SourceBatch) -> Judged:
        """Pass 2: the batch typed, checked and split; broken rows are rejected with it."""
        data = batch.data
        compiled = self.compiled(data.schema)
        numbers = row_numbers(batch)
        table = self.run(compiled, data)
        masks = self._masks(compiled, table)
        repeats = self._duplicates.repeats_in(numbers) if self._duplicates else None
        bad = np.zeros(data.num_rows, dtype=bool)
        for mask in masks:
            bad |= mask != 0
        if repeats is not None:
            bad |= repeats > 0
        typed = compiled.typed(table, self.contract)
        accepted = typed.filter(pa.array(~bad)) if bad.any() else typed
        rejected, failures, failed_cells = self._reject(compiled, batch, numbers, bad=bad, masks=masks, repeats=repeats)
        return Judged(
            accepted=accepted,
            rejected=rejected,
            normalised=_applied(compiled, table, self.contract),
            failures=failures,
            rows=data.num_rows + len(batch.broken),
            filled=[data.num_rows - column.null_count for column in typed.columns],
            failed_cells=failed_cells,
        )

    def compiled(self, schema: pa.Schema, only: Sequence[str] = ()) -> Compiled:
        """The query for sources of this shape; with `only`, just those fields and no checks."""
        shape: tuple[object, ...] = (tuple(schema.names), tuple(str(t) for t in schema.types), tuple(only))
        with self._lock:
            if shape not in self._compiled:
                columns = (*schema.names, *self._constants)
                binding = bind_columns(self.contract, columns, extra=self.extra)
                checks = [] if only else self._rules
                self._compiled[shape] = compile_query(
                    self.contract, schema, binding, constants=self._constants, rules=checks, only=only
                )
            return self._compiled[shape]

    def run(self, compiled: Compiled, data: pa.RecordBatch) -> pa.Table:
        """The query's answer over one batch, rows in their order, on this thread's own DuckDB."""
        connection = self._connection()
        renamed = pa.Table.from_batches([data.rename_columns(compiled.source_columns)])
        connection.register("batch", renamed)
        try:
            return connection.execute(compiled.sql).to_arrow_table()
        finally:
            connection.unregister("batch")

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "connection"):
            settings: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": MEMORY_LIMIT}
            connection = duckdb.connect(":memory:", config=settings)
            connection.execute("SET TimeZone = 'Asia/Shanghai'")
            connection.execute("SET autoload_known_extensions = false")
            self._local.connection = connection
        found: duckdb.DuckDBPyConnection = self._local.connection
        return found

    def _masks(self, compiled: Compiled, table: pa.Table) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        masks = [table.column(f"m{k}").to_numpy() for k in range(compiled.mask_count)]
        for position, check in enumerate(compiled.checks):
            if not check.members or check.item is None:
                continue
            values = table.column(f"o{check.item}").combine_chunks()
            foreign = pc.and_(pc.invert(pc.is_in(values, value_set=compiled.members[position])), pc.is_valid(values))
            if pc.any(foreign).as_py():
                bits = foreign.to_numpy(zero_copy_only=False).astype(np.int64) << (position % 62)
                masks[position // 62] = masks[position // 62] | bits
        return masks

    def _reject(
        self,
        compiled: Compiled,
        batch: SourceBatch,
        numbers: np.ndarray[tuple[int], np.dtype[np.int64]],
        *,
        bad: np.ndarray[tuple[int], np.dtype[np.bool_]],
        masks: Sequence[np.ndarray[tuple[int], np.dtype[np.int64]]],
        repeats: np.ndarray[tuple[int], np.dtype[np.int64]] | None,
    ) -> tuple[list[Reject], Counter[tuple[str | None, str]], int]:
        """Sentences for the rejected rows alone, broken ones in their places."""
        rejects = []
        failures: Counter[tuple[str | None, str]] = Counter()
        failed_cells = 0
        positions = np.flatnonzero(bad)
        rows = batch.data.take(pa.array(positions)).to_pylist() if len(positions) else []
        for position, cells in zip(positions.tolist(), rows, strict=True):
            row = int(numbers[position])
            failed = [c for k, c in enumerate(compiled.checks) if int(masks[k // 62][position]) >> (k % 62) & 1]
            reasons = [self._reason(compiled, check, row, cells) for check in failed]
            first = int(repeats[position]) if repeats is not None else 0
            if first:
                reasons.append(self._duplicate(compiled, row, cells, first))
                failures[None, DUPLICATE] += 1
            for check in failed:
                failures[self._name(check), check.rule] += 1
            failed_cells += len({check.item for check in failed})
            rejects.append(Reject(row, original_text(cells), tuple(reasons)))
        for broken in batch.broken:
            failures[None, BROKEN] += 1
            sentence = f"第 {broken.row} 行:{broken.reason}"
            rejects.append(Reject(broken.row, broken.text, (Reason("", BROKEN, "", sentence),)))
        if batch.broken:
            rejects.sort(key=lambda reject: reject.row)
        return rejects, failures, failed_cells

    def _name(self, check: Check) -> str | None:
        return None if check.item is None else self.contract.items[check.item].name

    def _reason(self, compiled: Compiled, check: Check, row: int, cells: Mapping[str, object]) -> Reason:
        if check.item is None:
            return Reason("", check.rule, "", sentence_of(check, None, row=row, value=""))
        item = self.contract.items[check.item]
        value = shortened(self._cell(compiled, item, cells))
        return Reason(item.name, check.rule, value, sentence_of(check, item, row=row, value=value))

    def _duplicate(self, compiled: Compiled, row: int, cells: Mapping[str, object], first: int) -> Reason:
        items = [item for item in self.contract.items if item.is_key]
        value = shortened(" + ".join(str(self._cell(compiled, item, cells)) for item in items))
        names = "、".join(item.name for item in items)
        sentence = f"第 {row} 行的主键({names})“{value}”与第 {first} 行重复,只保留先到的一行;请合并或删除其中一行。"
        return Reason(names, DUPLICATE, value, sentence)

    def _cell(self, compiled: Compiled, item: ItemSpec, cells: Mapping[str, object]) -> object:
        column = compiled.binding.get(item.field)
        return None if column is None else cells.get(column, self._constants.get(column))


def bind_columns(contract: Contract, columns: Sequence[str], *, extra: Extra) -> dict[str, str]:
    """Source column per field: by field, name, or a further source name; case and blanks do not matter.

    Raises ColumnsMissing, ColumnsUnknown.
    """
    taken = {_plain(column): column for column in reversed(columns)}
    binding: dict[str, str] = {}
    for item in contract.items:
        for name in (item.field, item.name, *item.source_names):
            column = taken.get(_plain(name))
            if column is not None and column not in binding.values():
                binding[item.field] = column
                break
    missing = [i.name for i in contract.items if i.field not in binding and (i.is_key or not i.nullable)]
    if missing or not binding:
        names = "、".join(missing or [item.name for item in contract.items][:20])
        sentence = f"来源表缺少“{contract.title}”必需的列:{names}。整批未接收,请补上这些列,或在目录中修改信息项。"
        raise ColumnsMissing(sentence, table=contract.table, missing=missing)
    unknown = [column for column in columns if column not in binding.values()]
    if unknown and extra == "refuse":
        names = "、".join(unknown[:20])
        sentence = f"来源表多出“{contract.title}”目录中没有的列:{names}。整批未接收,请先在目录中增加信息项,或去掉这些列。"
        raise ColumnsUnknown(sentence, table=contract.table, unknown=unknown)
    return binding


def row_numbers(batch: SourceBatch) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The number of every row of the batch, broken rows left out."""
    if batch.rows is not None:
        return batch.rows.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return np.arange(batch.first_row, batch.first_row + batch.data.num_rows, dtype=np.int64)


def _plain(name: str) -> str:
    return "".join(name.split()).lower()


def _applied(compiled: Compiled, table: pa.Table, contract: Contract) -> Counter[tuple[str, str]]:
    """How often each rule was applied, by (item name, rule)."""
    counts: Counter[tuple[str, str]] = Counter()
    for index in compiled.indexes:
        mask = table.column(f"a{index}").to_numpy()
        if not mask.any():
            continue
        for bit, rule in enumerate(RULES):
            times = int(np.count_nonzero(mask & (1 << bit)))
            if times:
                counts[contract.items[index].name, rule] = times
    return counts
