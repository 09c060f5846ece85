"""From reason masks to sentences: why each rejected row was rejected, a whole portion at a time.

Told     rows, cells and reasons are made column by column as the JSON in which they are kept (`json_texts`), so that a rejected
         row costs about what an accepted one does
Order    the reasons of a row: its items' in their order, rules of the row, its key's repeat
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.lake.reject_blocks import TEXTS, Concerned, Places, RejectBlock, block_of
from suixin.data.quality import json_texts
from suixin.data.quality.checks import BROKEN, DUPLICATE, FIRST, Check, sentence_after, sentence_around
from suixin.data.quality.compiled import CHECKS_PER_MASK, ItemPlan
from suixin.data.quality.reasons import VALUE_LIMIT, Reason, Reject, Rejects, shortened
from suixin.data.quality.source import BrokenRow, SourceBatch

Mask = np.ndarray[tuple[int], np.dtype[np.int64]]
_CUT = "[\r\n]"


class Findings:
    """The rejects of one batch. `failures` counts rows by (item name or None, rule)."""

    def __init__(
        self, contract: Contract, plans: Mapping[int, ItemPlan], rules: Sequence[Check], constants: Mapping[str, str]
    ) -> None:
        self.contract = contract
        self.plans = plans
        self.rules = rules
        self.constants = constants
        self.failures: Counter[tuple[str | None, str]] = Counter()

    def rejects(
        self,
        batch: SourceBatch,
        numbers: Mask,
        *,
        bad: np.ndarray[tuple[int], np.dtype[np.bool_]],
        masks: Mapping[int, Mask],
        rules: Sequence[Mask],
        repeats: Mask | None,
    ) -> Rejects:
        """One reject for each bad row and each broken one, in the order of the rows."""
        positions = np.flatnonzero(bad)
        found = block_of(())
        if len(positions):
            told = _Told(numbers[positions], batch.data.take(positions), self.constants)
            self._item_reasons(told, {i: mask[positions] for i, mask in masks.items()})
            self._rule_reasons(told, [mask[positions] for mask in rules])
            if repeats is not None:
                self._repeat_reasons(told, repeats[positions])
            found = told.block()
        if batch.broken:
            self.failures[None, BROKEN] += len(batch.broken)
            found = _in_order(found, block_of([_broken(one) for one in batch.broken]))
        return Rejects(found)

    def _item_reasons(self, told: "_Told", masks: Mapping[int, Mask]) -> None:
        for index, mask in sorted(masks.items()):
            item, plan = self.contract.items[index], self.plans[index]
            for position, check in enumerate(plan.checks if mask.any() else ()):
                places = np.flatnonzero(mask & (1 << position))
                if len(places):
                    self.failures[item.name, check.rule] += len(places)
                    told.of_item(check, item, plan.column, places)

    def _rule_reasons(self, told: "_Told", masks: Sequence[Mask]) -> None:
        for position, check in enumerate(self.rules if masks else ()):
            places = np.flatnonzero(masks[position // CHECKS_PER_MASK] & (1 << position % CHECKS_PER_MASK))
            if len(places):
                self.failures[None, check.rule] += len(places)
                told.of_row(check, places)

    def _repeat_reasons(self, told: "_Told", firsts: Mask) -> None:
        places = np.flatnonzero(firsts)
        if len(places):
            self.failures[None, DUPLICATE] += len(places)
            keys = [(item.name, self.plans[index].column) for index, item in enumerate(self.contract.items) if item.is_key]
            told.of_repeats(keys, firsts, places)


class _Told:
    """The rows of a block and what is said of them, one array of JSON objects for each check that some of them failed."""

    def __init__(self, numbers: Mask, cells: pa.RecordBatch, constants: Mapping[str, str]) -> None:
        self._numbers, self._cells, self._constants = pa.array(numbers, pa.int64()), cells, constants
        self._rows = self._numbers.cast(TEXTS)
        self._found: list[tuple[Concerned, pa.Array[Any]]] = []

    def of_item(self, check: Check, item: ItemSpec, column: str | None, places: Places) -> None:
        """Cells of the item that failed."""
        value = json_texts.inside(self._shown(column, places))
        rows, count = self._rows.take(places), len(places)
        before, behind = (json_texts.inside_of(part) for part in sentence_around(check, item))
        around = json_texts.joined(before, value, behind, rows=count)
        after = json_texts.inside_of(sentence_after(check, item))
        sentence = json_texts.chosen(json_texts.are_empty(value), after, around)
        head = f'{{"item":{json_texts.dumped(item.name)},"rule":{json_texts.dumped(check.rule)},"value":"'
        self._add(check.rule, item.name, places, json_texts.joined(head, value, f'","sentence":"{FIRST}', rows, sentence, '"}', rows=count))

    def of_row(self, check: Check, places: Places) -> None:
        """Rows that break a rule."""
        head = f'{{"item":"","rule":{json_texts.dumped(check.rule)},"value":"","sentence":"{FIRST}'
        after = json_texts.inside_of(sentence_after(check, None))
        self._add(check.rule, "", places, json_texts.joined(head, self._rows.take(places), f'{after}"}}', rows=len(places)))

    def of_repeats(self, keys: Sequence[tuple[str, str | None]], firsts: Mask, places: Places) -> None:
        """Rows whose key came before, in the row that `firsts` numbers."""
        names = "、".join(name for name, _ in keys)
        parts = [part for _, column in keys for part in (" + ", self._as_text(column, places))][1:]
        value = json_texts.inside(_shortened(json_texts.joined(*parts, rows=len(places))))
        before = json_texts.inside_of(f" 行的主键({names})“")
        first = pa.array(firsts[places], pa.int64()).cast(TEXTS)
        head = f'{{"item":{json_texts.dumped(names)},"rule":"{DUPLICATE}","value":"'
        told = (
            f'","sentence":"{FIRST}', self._rows.take(places), before, value, "”与数据第 ", first,
            ' 行重复,只保留先到的一行;请合并或删除其中一行。"}',
        )
        self._add(DUPLICATE, names, places, json_texts.joined(head, value, *told, rows=len(places)))

    def block(self) -> RejectBlock:
        """Everything told."""
        count = len(self._rows)
        parts: list[str | pa.Array[Any]] = []
        is_first = np.ones(count, dtype=bool)
        for concerned, reasons in self._found:
            spread = _spread(reasons, concerned.places, count)
            if parts:
                comma = np.zeros(count, dtype=bool)
                comma[concerned.places] = ~is_first[concerned.places]
                parts.append(json_texts.chosen(pa.array(comma), ",", ""))
            parts.append(spread)
            is_first[concerned.places] = False
        reasons = json_texts.joined("[", *parts, "]", rows=count)
        return RejectBlock(self._numbers, json_texts.row_objects(self._cells), reasons, tuple(one for one, _ in self._found))

    def _add(self, rule: str, item: str, places: Places, reasons: "pa.Array[Any]") -> None:
        self._found.append((Concerned(rule, item, places), reasons))

    def _shown(self, column: str | None, places: Places) -> "pa.Array[Any]":
        """The cells of a column as a sentence shows them."""
        if column is None or column not in self._cells.schema.names:
            return pa.repeat(pa.scalar(shortened(None if column is None else self._constants.get(column)), TEXTS), len(places))
        cells = self._cells.column(column).take(places)
        if not json_texts.is_text(cells):
            return pa.array([shortened(value) for value in cells.to_pylist()], TEXTS)
        return _shortened(cells.cast(TEXTS).fill_null(""))

    def _as_text(self, column: str | None, places: Places) -> "pa.Array[Any]":
        """The cells of a column as texts."""
        if column is None or column not in self._cells.schema.names:
            return pa.repeat(pa.scalar(str(None if column is None else self._constants.get(column)), TEXTS), len(places))
        return pa.array([str(value) for value in self._cells.column(column).take(places).to_pylist()], TEXTS)


def _shortened(texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Texts as `shortened` makes them: few need it."""
    return json_texts.replaced(texts, json_texts.needing(texts, most=VALUE_LIMIT, pattern=_CUT), shortened)


def _spread(reasons: "pa.Array[Any]", places: Places, count: int) -> "pa.Array[Any]":
    """The reasons at the places of their rows, null elsewhere."""
    if len(places) == count:
        return reasons
    at = np.full(count, -1, dtype=np.int64)
    at[places] = np.arange(len(places))
    return reasons.take(pa.array(at, pa.int64(), mask=at < 0))


def _broken(row: BrokenRow) -> Reject:
    return Reject(row.row, row.text, (Reason("", BROKEN, "", f"数据第 {row.row} 行:{row.reason}"),))


def _in_order(one: RejectBlock, other: RejectBlock) -> RejectBlock:
    """Both blocks as one, in the order of the rows."""
    rows, texts, reasons = (
        pa.concat_arrays([getattr(one, name), getattr(other, name)]) for name in ("rows", "texts", "reasons")
    )
    order = np.argsort(rows.to_numpy(zero_copy_only=False), kind="stable")
    placed = np.empty(len(order), dtype=np.int64)
    placed[order] = np.arange(len(order))
    concerned = [
        Concerned(told.rule, told.item, np.sort(placed[told.places + offset]))
        for block, offset in ((one, 0), (other, len(one))) for told in block.concerned
    ]
    return RejectBlock(rows.take(order), texts.take(order), reasons.take(order), tuple(concerned))
