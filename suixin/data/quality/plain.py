"""The fast lane: cells that are already in the one canonical spelling of their type, typed by Arrow alone.

A look at the bytes of a column tells which cells are plain; the others are *odd* and go through the expressions of
`normalisers`. Plain means: those expressions would give the same value, apply no rule and find no fault; marks for
nothing are plain too, and told apart as `blank`.
When in doubt a cell is odd, and a column that Arrow refuses to cast is odd altogether; so the lane decides
nothing but who decides. Property tests hold both lanes against the Python twin.
"""

from dataclasses import dataclass
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.cells import BLANKS, SPACES, decimal_of, is_code, kind_of, takes_na

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]
_Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]

_MINUS, _POINT, _ZERO, _NINE = b"-.09"
_SEPARATORS = {
    ItemType.DATE: (10, {4: b"-", 7: b"-"}),
    ItemType.DATETIME: (19, {4: b"-", 7: b"-", 10: b" ", 13: b":", 16: b":"}),
}
_TARGETS = {
    ItemType.INTEGER: pa.int64(),
    ItemType.DOUBLE: pa.float64(),
    ItemType.DATE: pa.date32(),
    ItemType.DATETIME: pa.timestamp("us"),
}
_LONGEST_INTEGER = 18
_MARKS = pa.array(sorted(BLANKS), pa.string())
_MARKS_BUT_NA = pa.array(sorted(BLANKS - {"NA"}), pa.string())


@dataclass(frozen=True, slots=True)
class Plain:
    """A column after the fast lane: `values` typed, null where `odd` or `blank`, which are None where there are none."""

    values: "pa.Array[Any]"
    odd: Flags | None = None
    blank: Flags | None = None


def type_plain(item: ItemSpec, cells: "pa.Array[Any]") -> Plain | None:
    """The cells of one item typed as far as they are plain; None when the lane is not for this column."""
    kind = kind_of(item)
    if not pa.types.is_string(cells.type) or kind is ItemType.BOOLEAN or not len(cells):
        return None
    if cells.null_count == len(cells):
        return Plain(_nothing(item, cells))
    view = _View.of(cells)
    if not len(view.data):
        return Plain(_nothing(item, cells), blank=cells.is_valid().to_numpy(zero_copy_only=False))
    if kind is ItemType.TEXT:
        odd = _odd_texts(view, cells, is_a_code=is_code(item))
    elif kind in _SEPARATORS:
        odd = _odd_moments(view, kind)
    else:
        odd = _odd_numbers(view, item)
    if view.valid is not None:
        odd &= view.valid
    blank = _blanks(cells, odd, marks=_MARKS_BUT_NA if takes_na(item) else _MARKS)
    if blank is not None:
        odd &= ~blank
    return None if odd.all() else _cast(item, cells, odd if odd.any() else None, blank)


def flags_of(bools: "pa.Array[Any]") -> Flags:
    """Booleans of Arrow as flags; null is false."""
    return bools.fill_null(False).to_numpy(zero_copy_only=False)


def item_type(item: ItemSpec) -> pa.DataType:
    """The Arrow type of an item while it is judged: as in the lake, but date-times local and without zone."""
    return pa.timestamp("us") if item.type is ItemType.DATETIME else item.arrow_type


def _blanks(cells: "pa.Array[Any]", odd: Flags, *, marks: "pa.Array[Any]") -> Flags | None:
    """Odd cells that are, but for spaces, a mark for nothing; None when there are none."""
    places = np.flatnonzero(odd)
    if not len(places):
        return None
    bare = pc.utf8_trim(cells.take(places), characters=SPACES)
    found = pc.is_in(bare, value_set=marks).to_numpy(zero_copy_only=False)
    blank = np.zeros(len(cells), dtype=bool)
    blank[places] = found
    return blank if found.any() else None


def _nothing(item: ItemSpec, cells: "pa.Array[Any]") -> "pa.Array[Any]":
    nulls: pa.Array[Any] = pa.nulls(len(cells), pa.string())
    return nulls.cast(item_type(item))


def _cast(item: ItemSpec, cells: "pa.Array[Any]", odd: Flags | None, blank: Flags | None) -> Plain | None:
    left_out = blank if odd is None else odd if blank is None else odd | blank
    plain = cells if left_out is None else pc.if_else(pa.array(left_out), pa.scalar(None, cells.type), cells)
    try:
        return Plain(plain.cast(_TARGETS.get(kind_of(item), item.arrow_type)), odd, blank)
    except pa.ArrowInvalid:  # 30 February
        return None


@dataclass(frozen=True, slots=True)
class _View:
    """The bytes of a text column: where each cell begins and ends in `data`; `valid` is None without nulls."""

    data: _Bytes
    starts: Places
    ends: Places
    valid: Flags | None

    @classmethod
    def of(cls, cells: "pa.Array[Any]") -> "_View":
        _, offsets, data = cells.buffers()
        ends = np.frombuffer(memoryview(offsets or b""), np.int32)[cells.offset :][: len(cells) + 1].astype(np.int64)
        whole = np.frombuffer(memoryview(data), np.uint8) if data is not None else np.empty(0, np.uint8)
        valid = cells.is_valid().to_numpy(zero_copy_only=False) if cells.null_count else None
        return cls(whole[ends[0] : ends[-1]], ends[:-1] - ends[0], ends[1:] - ends[0], valid)

    @property
    def lengths(self) -> Places:
        return self.ends - self.starts

    def at(self, places: Places) -> _Bytes:
        """Bytes at these places; of places outside, some byte."""
        return self.data[np.clip(places, 0, len(self.data) - 1)]

    def cells_of(self, places: Places) -> Places:
        """Number of the cell in which each place lies; places ascend."""
        return np.searchsorted(self.ends, places, side="right")


def _table(*wanted: int) -> Flags:
    table = np.zeros(256, dtype=bool)
    table[list(wanted)] = True
    return table


_CONTROL = tuple(range(0x21))
_FIRST = _table(*_CONTROL, *(mark.encode()[0] for mark in (*BLANKS, *SPACES) if mark))
_LAST = _table(*_CONTROL, *(space.encode()[-1] for space in SPACES))
_LEADING = _table(*_CONTROL, *(space.encode()[0] for space in SPACES))
_LONGEST_BLANK = max(len(mark.encode()) for mark in BLANKS)


def _odd_texts(view: _View, cells: "pa.Array[Any]", *, is_a_code: bool) -> Flags:
    """Cells that need trimming or are marks for nothing; of codes, also what a spreadsheet or full width changed."""
    lengths = view.lengths
    first, last = view.at(view.starts), view.at(view.ends - 1)
    suspect: Flags = _LEADING[first] | _LAST[last] | (_FIRST[first] & (lengths <= _LONGEST_BLANK)) | (lengths == 0)
    odd = np.zeros(len(cells), dtype=bool)
    places = np.flatnonzero(suspect)
    if len(places):
        few = cells.take(places)
        changed = pc.not_equal(pc.utf8_trim(few, characters=SPACES), few)
        marks = pc.is_in(few, value_set=_MARKS)
        odd[places] = flags_of(pc.or_(changed, marks))
    if is_a_code:
        if (view.data >= 0x80).any():
            odd[view.cells_of(np.flatnonzero(view.data >= 0x80))] = True
        if (view.data == _POINT).any():
            odd[view.cells_of(np.flatnonzero(view.data == _POINT))] = True
    return odd


def _odd_moments(view: _View, kind: ItemType) -> Flags:
    """Cells not of the canonical length, without its separators, or of a year before 1000."""
    length, separators = _SEPARATORS[kind]
    odd: Flags = view.lengths != length
    odd |= view.at(view.starts) <= _ZERO
    for place, sign in separators.items():
        odd |= view.at(view.starts + place) != sign[0]
    return odd


def _odd_numbers(view: _View, item: ItemSpec) -> Flags:
    """Cells with anything but digits, one leading minus and, where the type has decimals, one point that fits."""
    kind, lengths = kind_of(item), view.lengths
    odd: Flags = lengths == 0
    others = np.flatnonzero((view.data < _ZERO) | (view.data > _NINE))
    owners = view.cells_of(others)
    signs = view.data[others]
    is_minus = (signs == _MINUS) & (others == view.starts[owners]) & (lengths[owners] > 1)
    is_point = (signs == _POINT) & (kind is not ItemType.INTEGER)
    odd[owners[~(is_minus | is_point)]] = True
    pointed, points = owners[is_point], others[is_point]
    odd[pointed[1:][pointed[1:] == pointed[:-1]]] = True
    digits = lengths.copy()
    digits[owners[is_minus]] -= 1
    scale = decimal_of(item)[1] if kind is ItemType.NUMBER else 30
    decimals = view.ends[pointed] - points - 1
    digits[pointed] -= decimals + 1
    odd[pointed[(decimals < 1) | (decimals > scale)]] = True
    whole = _LONGEST_INTEGER if kind is ItemType.INTEGER else 30
    if kind is ItemType.NUMBER:
        whole = decimal_of(item)[0] - scale
    return odd | (digits < 1) | (digits > whole)
