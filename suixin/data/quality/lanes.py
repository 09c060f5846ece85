"""Typing the cells of a batch: plain ones by Arrow (`plain`), odd ones by the compiled query, put together again.

An item that has only plain cells costs no query at all. Masks that are absent are all zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import ItemSpec
from suixin.data.quality.cells import RULE_BIT
from suixin.data.quality.compiled import Group, ItemPlan, check_query
from suixin.data.quality.engine import Engines
from suixin.data.quality.findings import Mask
from suixin.data.quality.plain import Flags, Plain, flags_of, item_type, type_plain

Cells = Callable[[ItemPlan, Group], "pa.Array[Any]"]


@dataclass(frozen=True, slots=True)
class Typed:
    """A batch typed item by item: values, reason masks and masks of applied rules, by item index.

    `written`: coded items of which something was rewritten, as they came.
    """

    values: dict[int, "pa.Array[Any]"] = field(default_factory=dict)
    written: dict[int, "pa.Array[Any]"] = field(default_factory=dict)
    masks: dict[int, Mask] = field(default_factory=dict)
    applied: dict[int, Mask] = field(default_factory=dict)

    def note(self, index: int, position: int, bad: "Flags | pa.Array[Any]") -> None:
        """Set a bit of an item's reason mask in the rows where `bad` is true."""
        flags = bad if isinstance(bad, np.ndarray) else flags_of(bad)
        if flags.any():
            _join(self.masks, index, flags.astype(np.int64) << position)


def type_group(typed: Typed, group: Group, *, plans: Sequence[ItemPlan], cells: Cells, engines: Engines) -> None:
    """Add the items of a group to `typed`."""
    odd: list[tuple[ItemPlan, pa.Array[Any], Plain | None]] = []
    for plan in plans:
        column = _rewritten(typed, plan, cells(plan, group))
        plain = type_plain(plan.item, column)
        if plain is None:
            odd.append((plan, column, None))
            continue
        _check_plain(typed, plan, plain, engines)
        if plain.blank is not None:
            _join(typed.applied, plan.index, plain.blank.astype(np.int64) * RULE_BIT["blank"])
        if plain.odd is None:
            typed.values[plan.index] = plain.values
        else:
            odd.append((plan, column.filter(pa.array(plain.odd)), plain))
    if odd:
        _ask(typed, group, odd, engines)
    for plan in plans:
        for position, allowed in plan.members.items():
            values = typed.values[plan.index]
            typed.note(plan.index, position, ~allowed.holds(values) & values.is_valid().to_numpy(zero_copy_only=False))


def _rewritten(typed: Typed, plan: ItemPlan, column: "pa.Array[Any]") -> "pa.Array[Any]":
    """The cells, names and labels of a code set as they are kept; what came stays in `written`."""
    if plan.coded is None or not pa.types.is_string(column.type):
        return column
    cells, changed = plan.coded.rewritten(column)
    if changed is not None:
        typed.written[plan.index] = column
        _join(typed.applied, plan.index, changed.astype(np.int64) * RULE_BIT["code_name"])
    return cells


def _ask(
    typed: Typed, group: Group, odd: Sequence[tuple[ItemPlan, "pa.Array[Any]", Plain | None]], engines: Engines
) -> None:
    """The query over all odd cells of the group, laid end to end."""
    answer = engines.ask(group.sql, pa.table({"c0": pa.chunked_array([column for _, column, _ in odd])}))
    value, rule, mask = (answer.column(name).combine_chunks() for name in "vam")
    start = 0
    for plan, column, plain in odd:
        values = value.slice(start, len(column)).cast(item_type(plan.item))
        applied = rule.slice(start, len(column)).to_numpy().astype(np.int64)
        bits = mask.slice(start, len(column)).to_numpy()
        start += len(column)
        if plain is None or plain.odd is None:
            typed.values[plan.index] = values
        else:
            typed.values[plan.index] = pc.replace_with_mask(plain.values, pa.array(plain.odd), values)
            applied, bits = _spread(applied, plain.odd), _spread(bits, plain.odd)
        _join(typed.applied, plan.index, applied)
        _join(typed.masks, plan.index, bits)


def _join(masks: dict[int, Mask], index: int, bits: Mask) -> None:
    if bits.any():
        masks[index] = masks[index] | bits if index in masks else bits


def _spread(few: Mask, places: Flags) -> Mask:
    whole = np.zeros(len(places), dtype=few.dtype)
    whole[places] = few
    return whole


def _check_plain(typed: Typed, plan: ItemPlan, plain: Plain, engines: Engines) -> None:
    """The checks of an item over its plain cells; those of odd ones are part of the query."""
    values, index = plain.values, plan.index
    for position, check in enumerate(plan.checks):
        if check.rule in ("key_null", "required") and values.null_count:
            empty = values.is_null().to_numpy(zero_copy_only=False)
            typed.note(index, position, empty if plain.odd is None else empty & ~plain.odd)
        elif check.rule == "length":
            _check_length(typed, plan.item, index, position, values)
        elif check.rule == "checksum" and values.null_count < len(values):
            answer = engines.ask(check_query(check), pa.table({"v0": values}))
            typed.note(index, position, answer.column("bad").combine_chunks())


def _check_length(typed: Typed, item: ItemSpec, index: int, position: int, values: "pa.Array[Any]") -> None:
    length = item.length or 0
    if isinstance(values, pa.StringArray):
        if (pc.max(pc.binary_length(values)).as_py() or 0) > length:
            typed.note(index, position, pc.greater(pc.utf8_length(values), pa.scalar(length, pa.int32())))
    else:
        bounds = pc.min_max(values)
        if max(-(bounds["min"].as_py() or 0), bounds["max"].as_py() or 0) >= 10**length:
            typed.note(index, position, pc.greater_equal(pc.abs(values), pa.scalar(10**length, pa.int64())))
