"""From reason masks to sentences: why each rejected row was rejected."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from suixin.data.catalog.contract import Contract
from suixin.data.quality.checks import BROKEN, DUPLICATE, Check, sentence_of
from suixin.data.quality.compiled import CHECKS_PER_MASK, ItemPlan
from suixin.data.quality.reasons import Reason, Reject, original_text, shortened
from suixin.data.quality.source import SourceBatch

Mask = np.ndarray[tuple[int], np.dtype[np.int64]]
Cells = Mapping[str, object]


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
    ) -> list[Reject]:
        """One reject for each bad row and each broken one, in the order of the rows."""
        positions = np.flatnonzero(bad)
        found: list[Reject] = []
        if len(positions):
            reasons: list[list[Reason]] = [[] for _ in positions]
            rows = numbers[positions].tolist()
            cells = batch.data.take(positions).to_pylist()
            self._item_reasons(reasons, rows, cells, {i: mask[positions] for i, mask in masks.items()})
            self._rule_reasons(reasons, rows, [mask[positions] for mask in rules])
            if repeats is not None:
                self._repeat_reasons(reasons, rows, cells, repeats[positions])
            found = [
                Reject(row, original_text(cell), tuple(why))
                for row, cell, why in zip(rows, cells, reasons, strict=True)
            ]
        for broken in batch.broken:
            self.failures[None, BROKEN] += 1
            found.append(
                Reject(broken.row, broken.text, (Reason("", BROKEN, "", f"数据第 {broken.row} 行:{broken.reason}"),))
            )
        return sorted(found, key=lambda reject: reject.row) if batch.broken else found

    def _item_reasons(
        self, reasons: list[list[Reason]], rows: list[int], cells: Sequence[Cells], masks: Mapping[int, Mask]
    ) -> None:
        for index, mask in sorted(masks.items()):
            item, column = self.contract.items[index], self.plans[index].column
            for position, check in enumerate(self.plans[index].checks):
                places = np.flatnonzero(mask & (1 << position)).tolist()
                self.failures[item.name, check.rule] += len(places)
                for place in places:
                    value = shortened(self._cell(column, cells[place]))
                    sentence = sentence_of(check, item, row=rows[place], value=value)
                    reasons[place].append(Reason(item.name, check.rule, value, sentence))
        self.failures += Counter()

    def _rule_reasons(self, reasons: list[list[Reason]], rows: list[int], masks: Sequence[Mask]) -> None:
        for position, check in enumerate(self.rules):
            places = np.flatnonzero(masks[position // CHECKS_PER_MASK] & (1 << position % CHECKS_PER_MASK)).tolist()
            if places:
                self.failures[None, check.rule] += len(places)
            for place in places:
                sentence = sentence_of(check, None, row=rows[place], value="")
                reasons[place].append(Reason("", check.rule, "", sentence))

    def _repeat_reasons(
        self, reasons: list[list[Reason]], rows: list[int], cells: Sequence[Cells], firsts: Mask
    ) -> None:
        items = [(index, item) for index, item in enumerate(self.contract.items) if item.is_key]
        columns = [self.plans[index].column for index, _ in items]
        names = "、".join(item.name for _, item in items)
        for place in np.flatnonzero(firsts).tolist():
            self.failures[None, DUPLICATE] += 1
            value = shortened(" + ".join(str(self._cell(column, cells[place])) for column in columns))
            sentence = (
                f"数据第 {rows[place]} 行的主键({names})“{value}”与数据第 {int(firsts[place])} 行重复,"
                "只保留先到的一行;请合并或删除其中一行。"
            )
            reasons[place].append(Reason(names, DUPLICATE, value, sentence))

    def _cell(self, column: str | None, cells: Cells) -> object:
        return None if column is None else cells.get(column, self.constants.get(column))
