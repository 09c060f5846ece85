"""A rule tried on the newest version of its table before anybody is judged by it: how many rows would fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from suixin.data.catalog.contract import TODAY, Contract, Rule, RuleKind
from suixin.data.lake import engine, snapshots, storage
from suixin.data.lake.errors import UnknownTable
from suixin.data.lake.snapshots import Snapshot
from suixin.data.quality.library.errors import Untriable
from suixin.kit import clock, expressions
from suixin.kit.expressions.values import quote_name, quote_value

Version = tuple[duckdb.DuckDBPyConnection, Snapshot]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have said of a version: elements it looks at (rows, or groups of a sum), those that fail."""

    version: int
    rows: int
    failed: int

    @property
    def sentence(self) -> str:
        """As people read it."""
        passed = self.rows - self.failed
        return f"第 {self.version} 版的 {self.rows:,} 个里 {passed:,} 个符合，{self.failed:,} 个不符合。"


def tried(contract: Contract, rule: Rule) -> Trial:
    """The rule on the table's newest version. Raises Untriable."""
    with opened(contract) as version:
        return measured(version, contract, rule)


@contextmanager
def opened(contract: Contract) -> Iterator[Version]:
    """An engine and the newest version of the table, for several trials. Raises Untriable."""
    held = _newest(contract.table)
    if held is None:
        raise Untriable(f"“{contract.title}”还没有数据，不能试算；收到第一批数据以后再试。")
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        con.execute("SET TimeZone = 'Asia/Shanghai'")
        yield con, held


def measured(version: Version, contract: Contract, rule: Rule) -> Trial:
    """The rule on a version that was opened. Raises Untriable."""
    con, held = version
    own = read_by(rule, contract)
    sealed = [item.name for name in own if (item := contract.item(name)) is not None and item.is_sealed]
    if sealed:
        raise Untriable(f"“{'、'.join(sealed)}”加密存放，已入库的数据不能试算；规则对新来的数据照样有效。")
    if missing := [name for name in own if name not in held.schema.names]:
        raise Untriable(f"数据表里还没有列“{'、'.join(missing)}”，不能试算。")
    sql, other = _sql(rule, contract)
    found = con.execute(sql, [engine.names(held.paths), *([engine.names(other.paths)] if other else [])]).fetchone() or (0, 0)
    return Trial(held.version, int(found[0]), int(found[1] or 0))


def read_by(rule: Rule, contract: Contract) -> list[str]:
    """The items of its own entry that the rule reads."""
    return sorted(_parsed(rule, contract).fields - {TODAY}) if rule.kind == RuleKind.ROW else list(rule.fields)


def _sql(rule: Rule, contract: Contract) -> tuple[str, Snapshot | None]:
    """A query that counts elements and failures; the other table that it reads as $2."""
    names = [quote_name(name) for name in rule.fields]
    filled = " AND ".join(f"{name} IS NOT NULL" for name in names)
    listed = ", ".join(names)
    match RuleKind(rule.kind):
        case RuleKind.ROW:
            condition = _parsed(rule, contract).to_duckdb({TODAY: quote_value(clock.today())})
            return f"SELECT count(*), count(*) FILTER (WHERE ({condition}) IS FALSE) FROM read_parquet($1)", None
        case RuleKind.UNIQUE:
            grouped = f"SELECT count(*) AS n, {filled} AS f FROM read_parquet($1) GROUP BY {listed}"
            return f"SELECT coalesce(sum(n), 0), coalesce(sum(n - 1) FILTER (WHERE f), 0) FROM ({grouped})", None
        case RuleKind.MONOTONIC:
            group, order, item = (quote_name(str(rule.parameters[name])) for name in ("group", "order", "item"))
            before = f"lag({item}) OVER (PARTITION BY {group} ORDER BY {order})"
            lagged = f"SELECT {item} AS v, {before} AS w FROM read_parquet($1) WHERE {filled}"
            return f"SELECT count(*), count(*) FILTER (WHERE v < w) FROM ({lagged})", None
        case RuleKind.FRESH:
            return f"SELECT 1, (max({names[0]})::DATE < {quote_value(clock.today())} - {_days(rule)})::INT FROM read_parquet($1)", None
        case RuleKind.REFERENCE:
            other = _other(rule)
            if sealed := [key for key in rule.other_fields if f"__bx_{key}" in other.schema.names]:
                raise Untriable(f"对方的主键“{'、'.join(sealed)}”加密存放，不能试算；规则对新来的数据照样有效。")
            same = " AND ".join(f"a.{name} = b.{quote_name(key)}" for name, key in zip(names, rule.other_fields, strict=True))
            lost = f"SELECT 1 FROM read_parquet($1) a ANTI JOIN read_parquet($2) b ON {same} WHERE {filled}"
            return f"SELECT (SELECT count(*) FROM read_parquet($1)), (SELECT count(*) FROM ({lost}))", other
        case RuleKind.TOTAL:
            group, theirs, stated = (quote_name(str(rule.parameters[name])) for name in ("group", "other_group", "other_item"))
            ours = f"sum({quote_name(str(rule.parameters['item']))}::DOUBLE)" if rule.parameters.get("item") else "count(*)"
            return (
                "SELECT count(*), count(*) FILTER (WHERE t IS NULL OR abs(v - t) > 1e-6 * greatest(1, abs(v), abs(t))) FROM"
                f" (SELECT {group} AS g, {ours} AS v FROM read_parquet($1) WHERE {group} IS NOT NULL GROUP BY 1) a"
                f" LEFT JOIN (SELECT {theirs} AS g, sum({stated}::DOUBLE) AS t FROM read_parquet($2) GROUP BY 1) b USING (g)"
            ), _other(rule)


def _days(rule: Rule) -> int:
    return int(str(rule.parameters["days"]))


def _parsed(rule: Rule, contract: Contract) -> expressions.Expression:
    return expressions.parse(rule.expression, fields=contract.letters, aliases=contract.aliases)


def _other(rule: Rule) -> Snapshot:
    held = _newest(rule.other_table)
    if held is None:
        raise Untriable(f"要对照的数据表“{rule.other_table}”还没有数据，不能试算。")
    return held


def _newest(table: str) -> Snapshot | None:
    try:
        held = snapshots.snapshot(table)
    except UnknownTable:
        return None
    return held if held.rows else None
