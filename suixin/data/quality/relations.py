"""Rules that look beyond one row: at another resource, at other rows of the batch, at what the table holds already.

Kinds    reference: an anti-join with the keys of another resource; unique, monotonic: one reading of the batch before it is
         judged, then a window over it and the rows at rest; total, fresh: told of the accepted rows when all are there
Pinned   every other table is read at the version that was newest when judging began; it stands in the results of the batch
Missing  a table that has no data to compare with is no pass: the batch is refused (RelationMissing) when the rule rejects, and
         the rule is told as not checked when it only marks
Memory   keys and rows lie in a DuckDB file of the lake's scratch, memory-limited; what is kept beside is row numbers of bad rows
Null     a row with no value in an item that a rule compares passes
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any  # arrays of any element type

import duckdb
import numpy as np
import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec, Rule, RuleKind
from suixin.data.lake import engine, sealing, snapshots, storage
from suixin.data.lake.errors import UnknownTable
from suixin.data.lake.snapshots import Snapshot
from suixin.data.quality.errors import RelationMissing
from suixin.data.quality.source import SourceTable
from suixin.kit import clock
from suixin.kit.expressions.values import quote_name

if TYPE_CHECKING:
    from suixin.data.quality.judge import Judge

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
BEFORE = frozenset({RuleKind.UNIQUE, RuleKind.MONOTONIC})  # need a reading of the batch before it is judged


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule of the batch as a whole, or one that could not be checked, came to."""

    elements: int = 0
    failed: int = 0
    sentence: str = ""


@dataclass(slots=True)
class Relations:
    """The rules of a contract that look beyond one row, at work on one batch. Safe to ask from several threads."""

    contract: Contract
    rules: tuple[Rule, ...]
    pinned: dict[str, Snapshot] = field(default_factory=dict)
    unchecked: dict[str, str] = field(default_factory=dict)
    _con: duckdb.DuckDBPyConnection | None = None
    _bad: dict[str, Rows] = field(default_factory=dict)
    _latest: dict[str, date] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def of_rows(self) -> tuple[Rule, ...]:
        """Those that say something of a row, and can be checked."""
        kinds = {RuleKind.REFERENCE, *BEFORE}
        return tuple(rule for rule in self.rules if rule.kind in kinds and rule.code not in self.unchecked)

    def flags(self, rule: Rule, whole: pa.RecordBatch, numbers: Rows) -> Flags:
        """Which rows of a typed batch break the rule."""
        if rule.kind != RuleKind.REFERENCE:
            bad = self._bad.get(rule.code)
            return np.isin(numbers, bad, assume_unique=True) if bad is not None and len(bad) else np.zeros(len(numbers), dtype=bool)
        columns = {f"c{k}": self._compared(rule, name, key, whole) for k, (name, key) in enumerate(_pairs(rule))}
        table = pa.table({**columns, "n": pa.array(np.arange(len(numbers)))})
        filled = " AND ".join(f"b.c{k} IS NOT NULL" for k in range(len(columns)))
        same = " AND ".join(f"b.c{k} = k.c{k}" for k in range(len(columns)))
        sql = f"SELECT b.n FROM batch b ANTI JOIN {self._keys(rule)} k ON {same} WHERE {filled}"
        assert self._con is not None  # noqa: S101  # prepared, as `of_rows` names this rule
        with self._con.cursor() as cursor:
            cursor.register("batch", table)
            found = cursor.execute(sql).fetchnumpy()["n"]
        flags = np.zeros(len(numbers), dtype=bool)
        flags[np.asarray(found, dtype=np.int64)] = True
        return flags

    def add(self, accepted: pa.RecordBatch) -> None:
        """Take note of accepted rows for the rules of the batch as a whole."""
        for rule in self.rules:
            if rule.kind == RuleKind.FRESH:
                self._see_days(rule, accepted)
            elif rule.kind == RuleKind.TOTAL and rule.code not in self.unchecked and accepted.num_rows:
                self._add_up(rule, accepted)

    def outcomes(self) -> dict[str, Outcome]:
        """Of every rule of the batch as a whole, and every one that was not checked, what it came to."""
        found = {code: Outcome(sentence=sentence) for code, sentence in self.unchecked.items()}
        for rule in self.rules:
            if rule.kind == RuleKind.FRESH:
                found[rule.code] = self._fresh(rule)
            elif rule.kind == RuleKind.TOTAL and rule.code not in self.unchecked:
                found[rule.code] = self._agreement(rule)
        return found

    def _prepare(self, scratch: Path, judge: "Judge", source: SourceTable) -> None:
        for rule in self.rules:
            if rule.other_table:
                self._pin(rule)
        if not {rule.kind for rule in self.rules} - {RuleKind.FRESH}:
            return
        self._con = duckdb.connect(str(scratch / "relations.duckdb"), config=engine.settings_of(scratch))
        self._con.execute("SET TimeZone = 'Asia/Shanghai'")
        for rule in self.rules:
            if rule.code in self.unchecked:
                continue
            if rule.kind == RuleKind.REFERENCE:
                self._load_keys(rule)
            elif rule.kind == RuleKind.TOTAL:
                group, kind = self._item(rule.parameters["group"]), pa.float64()
                self._make(self._sums(rule), pa.schema([("g", group.arrow_type), ("s", kind), ("n", pa.int64())]))
        if any(rule.kind in BEFORE for rule in self.of_rows):
            self._read_before(judge, source)

    def _pin(self, rule: Rule) -> None:
        """The other table at its newest version. Raises RelationMissing."""
        try:
            held = self.pinned.get(rule.other_table) or snapshots.snapshot(rule.other_table)
        except UnknownTable:
            held = None
        missing = [] if held is None else [name for name in rule.other_fields if name not in held.schema.names]
        if held is not None and held.rows and not missing:
            self.pinned[rule.other_table] = held
            return
        why = f"没有列“{'、'.join(missing)}”" if missing else "还没有数据"
        sentence = f"规则 {rule.code} 要对照的数据表“{rule.other_table}”{why},无法检查"
        if not rule.is_marking:
            raise RelationMissing(
                f"“{self.contract.title}”的{sentence};整批未接收,请先归集那张表,或在目录里停用这条规则。", table=self.contract.table,
                rule=rule.code,
            )
        self.unchecked[rule.code] = f"{sentence}。"

    def _load_keys(self, rule: Rule) -> None:
        held = self.pinned[rule.other_table]
        columns = ", ".join(f"{quote_name(_stored(key, held))} AS c{k}" for k, (_, key) in enumerate(_pairs(rule)))
        self._run(f"CREATE TABLE IF NOT EXISTS {self._keys(rule)} AS SELECT DISTINCT {columns} FROM read_parquet($1)", held)

    def _compared(self, rule: Rule, name: str, key: str, whole: pa.RecordBatch) -> "pa.Array[Any]":
        """A column of the batch as the other table's key lies at rest: its blind index where that is sealed."""
        values, held = whole.column(name), self.pinned[rule.other_table]
        if _stored(key, held) == key:
            return values
        return sealing.blind_column(held.table, replace(self._item(name), field=key), values)

    def _read_before(self, judge: "Judge", source: SourceTable) -> None:
        """The columns that windows look at, of every row, and which rows break each rule."""
        rules = [rule for rule in self.of_rows if rule.kind in BEFORE]
        names = list(dict.fromkeys([*(name for rule in rules for name in rule.fields), *self.contract.key]))
        fields: list[pa.Field[Any]] = [pa.field("__n", pa.int64()), *(pa.field(name, self._item(name).arrow_type) for name in names)]
        self._make("rows", pa.schema(fields))
        assert self._con is not None  # noqa: S101  # made above
        for numbers, columns in judge.landed(source, names):
            self._con.register("batch", pa.table({"__n": pa.array(numbers), **columns}, schema=pa.schema(fields)))
            self._con.execute("INSERT INTO rows SELECT * FROM batch")
        at_rest = self._at_rest(names)
        for rule in rules:
            sql = _repeats(rule, self.contract.key, at_rest is not None) if rule.kind == RuleKind.UNIQUE else _falls(
                rule, self.contract.key, at_rest is not None)
            self._bad[rule.code] = np.sort(self._run(sql, at_rest).fetchnumpy()["__n"].astype(np.int64))

    def _at_rest(self, names: list[str]) -> Snapshot | None:
        """The table's own newest version; None when it holds nothing to compare with."""
        try:
            held = snapshots.snapshot(self.contract.table)
        except UnknownTable:
            return None
        return held if held.rows and set(names) <= set(held.schema.names) else None

    def _add_up(self, rule: Rule, accepted: pa.RecordBatch) -> None:
        group, item = quote_name(str(rule.parameters["group"])), str(rule.parameters.get("item", ""))
        summed = f"sum({quote_name(item)}::DOUBLE)" if item else "0"
        assert self._con is not None  # noqa: S101  # prepared
        with self._lock:
            self._con.register("batch", pa.table(accepted))
            self._con.execute(
                f"INSERT INTO {self._sums(rule)} SELECT {group}, {summed}, count(*) FROM batch WHERE {group} IS NOT NULL GROUP BY 1"
            )

    def _agreement(self, rule: Rule) -> Outcome:
        """By group, the batch's sum or count against the number that the other resource states."""
        held = self.pinned[rule.other_table]
        group, item = (quote_name(str(rule.parameters[name])) for name in ("other_group", "other_item"))
        ours = "sum(s)" if rule.parameters.get("item") else "sum(n)"
        theirs = f"SELECT {group} AS g, sum({item}::DOUBLE) AS t FROM read_parquet($1) GROUP BY 1"
        sql = (
            f"SELECT count(*), count(*) FILTER (WHERE t IS NULL OR abs(v - t) > 1e-6 * greatest(1, abs(v), abs(t)))"
            f" FROM (SELECT g, {ours} AS v FROM {self._sums(rule)} GROUP BY g) a LEFT JOIN ({theirs}) b USING (g)"
        )
        elements, failed = self._run(sql, held).fetchone() or (0, 0)
        told = f"{elements:,} 组里有 {failed:,} 组与“{rule.other_table}”第 {held.version} 版不符。" if failed else ""
        return Outcome(int(elements), int(failed), told)

    def _see_days(self, rule: Rule, accepted: pa.RecordBatch) -> None:
        days = [day for day in accepted.column(str(rule.parameters["item"])).cast(pa.date32()).unique().to_pylist() if day]
        known = [day for day in (*days, self._latest.get(rule.code)) if day is not None and day <= clock.today()]
        if known:
            self._latest[rule.code] = max(known)

    def _fresh(self, rule: Rule) -> Outcome:
        latest, most = self._latest.get(rule.code), int(str(rule.parameters["days"]))
        age = None if latest is None else (clock.today() - latest).days
        if age is not None and age <= most:
            return Outcome(1, 0)
        return Outcome(1, 1, f"最近的日期是 {latest},已过 {age} 天,规则是 {most} 天。" if latest else "没有一行有这个日期。")

    def _item(self, name: object) -> ItemSpec:
        found = self.contract.item(str(name))
        assert found is not None  # noqa: S101  # catalog.ruling refuses rules over items that are not there
        return found

    def _make(self, name: str, schema: pa.Schema) -> None:
        assert self._con is not None  # noqa: S101  # opened by _prepare
        self._con.register("empty", schema.empty_table())
        self._con.execute(f"CREATE TABLE {name} AS SELECT * FROM empty")

    def _run(self, sql: str, held: Snapshot | None) -> duckdb.DuckDBPyConnection:
        assert self._con is not None  # noqa: S101  # opened by _prepare
        return self._con.execute(sql, [engine.names(held.paths)] if held is not None else [])

    def _keys(self, rule: Rule) -> str:
        return f"keys_{self.rules.index(rule)}"

    def _sums(self, rule: Rule) -> str:
        return f"sums_{self.rules.index(rule)}"


@contextmanager
def related(contract: Contract, judge: "Judge", source: SourceTable) -> Iterator[Relations]:
    """The contract's rules beyond one row, ready for a batch. Raises RelationMissing."""
    rules = tuple(rule for rule in contract.rules if rule.kind != RuleKind.ROW)
    found = Relations(contract, rules)
    if not rules:
        yield found
        return
    with storage.scratch() as scratch:
        try:
            found._prepare(scratch, judge, source)
            yield found
        finally:
            if found._con is not None:
                found._con.close()


def _pairs(rule: Rule) -> list[tuple[str, str]]:
    return list(zip(rule.fields, rule.other_fields, strict=True))


def _stored(key: str, held: Snapshot) -> str:
    """The column that a key is compared by."""
    blind = f"__bx_{key}"
    return blind if blind in held.schema.names else key


def _names(fields: tuple[str, ...] | list[str]) -> str:
    return ", ".join(quote_name(name) for name in fields)


def _repeats(rule: Rule, key: tuple[str, ...], has_rest: bool) -> str:
    """Row numbers of the batch whose values an earlier row holds, or a row at rest that the batch does not replace."""
    items = _names(rule.fields)
    filled = " AND ".join(f"{quote_name(name)} IS NOT NULL" for name in rule.fields)
    ranked = f"SELECT __n, row_number() OVER (PARTITION BY {items} ORDER BY __n) AS __k FROM rows WHERE {filled}"
    sql = f"SELECT __n FROM ({ranked}) WHERE __k > 1"
    if not has_rest:
        return sql
    return f"{sql} UNION SELECT __n FROM rows SEMI JOIN ({_rest(rule.fields, key)}) USING ({items})"


def _falls(rule: Rule, key: tuple[str, ...], has_rest: bool) -> str:
    """Row numbers of the batch whose number is below the one before it in time within its group."""
    group, order, item = (str(rule.parameters[name]) for name in ("group", "order", "item"))
    wanted = (group, order, item)
    whole = f"SELECT __n, {_names(wanted)} FROM rows"
    if has_rest:
        near = f"SELECT {_names(wanted)} FROM ({_rest(wanted, key)}) SEMI JOIN rows USING ({quote_name(group)})"
        whole += f" UNION ALL SELECT NULL, {_names(wanted)} FROM ({near})"
    filled = " AND ".join(f"{quote_name(name)} IS NOT NULL" for name in wanted)
    window = f"PARTITION BY {quote_name(group)} ORDER BY {quote_name(order)}, __n NULLS FIRST"
    lagged = f"SELECT __n, {quote_name(item)} AS __v, lag({quote_name(item)}) OVER ({window}) AS __w FROM ({whole}) WHERE {filled}"
    return f"SELECT __n FROM ({lagged}) WHERE __n IS NOT NULL AND __v < __w"


def _rest(fields: tuple[str, ...], key: tuple[str, ...]) -> str:
    """Rows at rest, without those whose key the batch brings anew."""
    if not key:
        return f"SELECT {_names(fields)} FROM read_parquet($1)"
    return f"SELECT {_names(fields)} FROM read_parquet($1) ANTI JOIN rows USING ({_names(list(key))})"
