"""The driver of a batch: one reader, N judges, results in the order of the rows.

Flow     batches cut to a handy size and counted -> judged in order (`ordered`) -> callbacks in the caller's thread
Promise  rows_in is what the reader delivered, counted before judging; accepted and rejected are counted where
         they are handed over; when the two do not agree nothing of the batch may be kept (MiscountedBatch)
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import Contract
from suixin.data.quality import pinning
from suixin.data.quality.checks import BROKEN, DUPLICATE, has_checksum
from suixin.data.quality.errors import MiscountedBatch
from suixin.data.quality.indicators import kept, rule_version, security_counts
from suixin.data.quality.judge import Extra, Judge, Judged, refused_keys
from suixin.data.quality.ordered import OrderedJudging
from suixin.data.quality.reasons import Rejects
from suixin.data.quality.relations import Relations, related
from suixin.data.quality.results import Results, declared_counts, results_of
from suixin.data.quality.scores import Refusals, Tally, score_dimensions, score_indicators, timeliness
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.kit import clock

BATCH_ROWS = 65_536
_INCOMPLETE = frozenset({"required", "key_null", BROKEN})
_DIMENSIONS = {"code_set": "conformity", "key_null": "conformity", "required": "completeness"}  # other checks: accuracy


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a batch. `normalised`: {item: {rule: times}}; `reasons`: {"item/rule": rows}.

    `code_sets`: by field, which version of which set judged (`pinning.used`).
    `indicators` are percents by code, `counts` the same with A and B as they are kept; `rule_version` names the rules.
    `rules`: of each declared rule {"b": elements, "failed": n, "severity": ...}, with the `table` and `version` that it looked
    at, and a `sentence` where there is more to say.
    """

    rows_in: int
    accepted: int
    rejected: int
    normalised: dict[str, dict[str, int]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    indicators: dict[str, float] = field(default_factory=dict)
    counts: dict[str, dict[str, float | int]] = field(default_factory=dict)
    rule_version: str = ""
    code_sets: dict[str, dict[str, str | int]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    is_sorted: bool = False
    notes: tuple[str, ...] = ()
    rules: dict[str, dict[str, object]] = field(default_factory=dict)


def check_batch(
    contract: Contract,
    source: SourceTable,
    *,
    on_accepted: Callable[[pa.RecordBatch], None],
    on_rejected: Callable[[Rejects], None],
    on_refused_keys: Callable[[pa.Table, int], None] | None = None,
    threads: int = 2,
    extra: Extra = "refuse",
    update_cycle: str = "",
) -> Verdict:
    """Judge every row of a table, handing over accepted and rejected rows in their order.

    `on_refused_keys` gets the keys of rejected rows, and how many of them have none that can be read.
    Raises  ColumnsMissing, ColumnsUnknown - before any row is handed over
            RelationMissing - before any row too: a rule looks at a table that has no data
            MiscountedBatch - rows in are not rows out; whatever was handed over must be discarded
    """
    judge = Judge(contract, extra=extra)
    contract = judge.contract  # with the versions of its code sets
    judge.bind(source)
    with related(contract, judge, source) as relations:
        judge.relate(relations)
        handed = _Handed(on_accepted, on_rejected, on_refused_keys)
        counted, judging = _judged(judge, source, relations, handed, threads=threads)
        results = results_of(
            contract, counted.rows_in, relations, failures=counted.failures, marked=counted.marked
        )
    notes = (*judge.notes, *relations.unchecked.values())
    return _verdict(contract, counted, results, is_sorted=judging.is_sorted, notes=notes, cycle=update_cycle)


@dataclass(frozen=True, slots=True)
class _Handed:
    """Who takes what was judged."""

    accepted: Callable[[pa.RecordBatch], None]
    rejected: Callable[[Rejects], None]
    refused_keys: Callable[[pa.Table, int], None] | None


def _judged(
    judge: Judge, source: SourceTable, relations: Relations, handed: _Handed, *, threads: int
) -> "tuple[_Counted, OrderedJudging]":
    """Every row judged, handed over and counted."""
    contract = judge.contract
    counted = _Counted(contract)
    judging = OrderedJudging(judge, source, threads=threads)
    for judged in judging.judgements(_counting(source.batches(), counted)):
        counted.add(judged)
        relations.add(judged.accepted)
        if judged.accepted.num_rows:
            handed.accepted(judged.accepted)
        if judged.rejected:
            handed.rejected(judged.rejected)
            if handed.refused_keys is not None:
                handed.refused_keys(*refused_keys(contract, judged))
    if judging.keys is not None and judging.keys.rows_in != counted.rows_in:
        sentence = f"两次读取“{contract.title}”的行数不同({judging.keys.rows_in} 与 {counted.rows_in}),文件可能仍在写入,请稍后重试。"
        raise MiscountedBatch(sentence, table=contract.table)
    if counted.rows_in != counted.accepted + counted.rejected:
        sentence = (
            f"“{contract.title}”读入 {counted.rows_in} 行,接收 {counted.accepted} 行,"
            f"拒收 {counted.rejected} 行,合计不符,整批作废;请联系平台运维。"
        )
        raise MiscountedBatch(sentence, table=contract.table)
    return counted, judging


class _Counted:
    """Sums over the batches of one table."""

    def __init__(self, contract: Contract) -> None:
        own = {rule.code: rule.dimension for rule in contract.rules}
        self.dimensions = {**own, **_DIMENSIONS}
        self.rows_in = self.accepted = self.rejected = 0
        self.normalised: Counter[tuple[str, str]] = Counter()
        self.failures: Counter[tuple[str | None, str]] = Counter()
        self.filled: list[int] = []
        self.writings: Counter[tuple[str, str]] = Counter()
        self.marked: Counter[str] = Counter()
        self.latest: date | None = None
        self.refused: Counter[str] = Counter()  # rows by dimension
        self.incomplete = 0  # rows in which something that must be there is not

    def add(self, judged: Judged) -> None:
        self.accepted += judged.accepted.num_rows
        self.rejected += len(judged.rejected)
        self.normalised.update(judged.normalised)
        self.failures.update(judged.failures)
        self.writings.update(judged.writings)
        self.marked.update(judged.marked)
        self.filled = [a + b for a, b in zip(self.filled or [0] * len(judged.filled), judged.filled, strict=True)]
        self.latest = _later(self.latest, _latest_day(judged.accepted))
        rules: defaultdict[str, set[str]] = defaultdict(set)
        for one in judged.rejected.block.concerned:
            rules[self.dimensions.get(one.rule, "accuracy")].add(one.rule)
        for dimension, named in rules.items():
            self.refused[dimension] += judged.rejected.concerned(named)
        self.incomplete += judged.rejected.concerned(_INCOMPLETE)


def _counting(batches: Iterator[SourceBatch], counted: _Counted) -> Iterator[SourceBatch]:
    """The reader's batches in handy sizes, each counted before anything judges it."""
    for batch in batches:
        counted.rows_in += batch.data.num_rows + len(batch.broken)
        yield from _cut(batch)


def _cut(batch: SourceBatch) -> Iterator[SourceBatch]:
    """Large batches cut, so that few rows are in flight."""
    if batch.data.num_rows <= 2 * BATCH_ROWS:
        yield batch
        return
    for start in range(0, batch.data.num_rows, BATCH_ROWS):
        rows = None if batch.rows is None else batch.rows.slice(start, BATCH_ROWS)
        data = batch.data.slice(start, BATCH_ROWS)
        broken = batch.broken if start == 0 else ()
        yield SourceBatch(data, batch.first_row + start, rows, broken)


def _verdict(
    contract: Contract, counted: _Counted, results: Results, *, is_sorted: bool, notes: tuple[str, ...], cycle: str
) -> Verdict:
    normalised: dict[str, dict[str, int]] = {}
    for (item, rule), times in sorted(counted.normalised.items()):
        normalised.setdefault(item, {})[rule] = times
    tally = _tally(contract, counted, results)
    indicators = score_indicators(tally)
    mark = timeliness(counted.latest, today=clock.today(), cycle=cycle)
    if mark is not None:
        indicators["0502"] = mark
    reasons = {f"{item or ''}/{rule}".lstrip("/"): n for (item, rule), n in counted.failures.most_common()}
    return Verdict(
        rows_in=counted.rows_in,
        accepted=counted.accepted,
        rejected=counted.rejected,
        normalised=normalised,
        scores=score_dimensions(indicators, refusals=Refusals(counted.rows_in, counted.rejected, counted.refused)),
        indicators=indicators,
        counts=kept(indicators, tally.elements, tally.failed),
        rule_version=rule_version(contract, pinning.texts_of(contract)),
        code_sets=pinning.used(contract, filled=counted.filled, failures=counted.failures, rows=counted.rows_in),
        reasons=reasons,
        is_sorted=is_sorted,
        notes=notes,
        rules=results,
    )


def _tally(contract: Contract, counted: _Counted, results: Results) -> Tally:
    """Elements and failures per indicator (standards/data.md 5.8). Cells for items, rows for keys and rules."""
    rows, items = counted.rows_in, contract.items
    by_rule: Counter[str] = Counter()
    for (_, rule), times in counted.failures.items():
        by_rule[rule] += times
    formats = sum(by_rule[rule] for rule in ("type", "unit", "precision", "length"))
    empty = sum(by_rule[rule] for rule in ("required", "key_null"))
    own = declared_counts(contract, results)
    blanks = sum(rules for (_, rule), rules in counted.normalised.items() if rule == "blank")
    required = [k for k, item in enumerate(items) if item.is_key or not item.nullable]
    cells, coded = rows * len(items), sum(1 for item in items if item.code_set)
    keyed = rows if contract.key else 0
    sensitive, bare = security_counts(contract)
    writings = [[n for (name, _), n in counted.writings.items() if name == item.field] for item in items if item.code_set]
    elements = {
        "0101": cells,
        "0102": rows * len(required),
        "0103": len(items),
        "0104": own["0104"].elements,
        "0105": rows * coded + own["0105"].elements,
        "0106": sensitive,
        "0201": cells,
        "0202": rows,
        "0301": rows * sum(has_checksum(item) for item in items) + own["0301"].elements,
        "0302": cells,
        "0303": keyed,
        "0304": keyed,
        "0305": cells,
        "0401": sum(map(sum, writings)),
        "0402": own["0402"].elements,
        "0501": own["0501"].elements,
        "0503": own["0503"].elements,
        "0601": rows,
    }
    failed = {
        "0101": formats + by_rule["code_set"],
        "0102": empty,
        "0103": sum(1 for item in items if item.is_provisional),
        "0104": own["0104"].failed,
        "0105": by_rule["code_set"] + own["0105"].failed,
        "0106": bare,
        "0201": max(0, cells - sum(counted.filled)),
        "0202": counted.incomplete,
        "0301": by_rule["checksum"] + own["0301"].failed,
        "0302": formats,
        "0303": by_rule[DUPLICATE],
        "0304": by_rule[DUPLICATE] + by_rule["key_null"],
        "0305": formats + blanks + by_rule[BROKEN] * len(items),
        "0401": sum(sum(one) - max(one, default=0) for one in writings),
        "0402": own["0402"].failed,
        "0501": own["0501"].failed,
        "0503": own["0503"].failed,
        "0601": by_rule[BROKEN],
    }
    return Tally(elements, failed)


def _latest_day(batch: pa.RecordBatch) -> date | None:
    """The latest day named in any date item of the accepted rows, future ones left out."""
    latest: date | None = None
    for column in batch.columns:
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            found = pc.max(column.cast(pa.date32())).as_py() if len(column) else None
            if found is not None and found <= clock.today():
                latest = _later(latest, found)
    return latest


def _later(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
