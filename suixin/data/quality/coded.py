"""Values of a code set brought to one writing: a join of the column with what is known, no row in Python.

The cells are rewritten before they are typed, so that a label is not too long for a column of codes. A column that
holds only what it may hold costs the one look-up that checks it anyway. How it is kept: `catalog.coding`.

Large    of a set of more than LARGE codes labels are not spelled out beforehand (some twenty a code), nor is it looked up by
         Arrow (`members`); what is odd is parted into code and name and both are looked up
Own      of an item that arrives in a department's own codes each value is what the mapping in force says; what it does not
         map is none of the set, even where the standard has the same code for something else
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.coding import LARGE, holds_codes, label_of, narrow, writings_of
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.cells import BLANKS, SPACES
from suixin.data.quality.members import Rewriting
from suixin.data.quality.plain import Flags, flags_of
from suixin.ground.standards import CodeSet
from suixin.ground.standards import queries as standards

UNMAPPED = "\ufffe"  # no character: it is in no code set, and as short as can be, so that the length is not blamed too
_EMPTY = pa.array(["", *sorted(BLANKS)], pa.string())  # cells that say there is no value stay so
_LABEL = re.compile("([0-9A-Za-z]+)[ \u3000:：.、—－-]*(.+)")


@dataclass(frozen=True, slots=True)
class Coded:
    """What stands as it came, and what (`texts`) becomes which of `values`."""

    kept: "pa.Array[Any]"
    texts: "pa.Array[Any]"
    values: "pa.Array[Any]"
    is_own: bool = False

    def rewritten(self, column: "pa.Array[Any]") -> tuple["pa.Array[Any]", Flags | None]:
        """The column as it is kept, and which cells were changed; None when none was."""
        odd = flags_of(pc.and_(pc.invert(pc.is_in(column, value_set=self.kept)), column.is_valid()))
        if not odd.any():
            return column, None
        cells = pc.utf8_trim(column.filter(pa.array(odd)), characters=SPACES)
        found = self.values.take(pc.index_in(cells, value_set=self.texts))
        known = flags_of(found.is_valid())
        changed = np.zeros(len(column), dtype=bool)
        changed[np.flatnonzero(odd)[known]] = True
        if self.is_own:
            left = pc.and_(found.is_null(), pc.invert(pc.is_in(cells, value_set=_EMPTY)))
            found = pc.if_else(left, pa.scalar(UNMAPPED), pc.coalesce(found, cells))
            return pc.replace_with_mask(column, pa.array(odd), found), changed if changed.any() else None
        if not known.any():
            return column, None
        return pc.replace_with_mask(column, pa.array(changed), found.drop_null()), changed


def coded_of(item: ItemSpec) -> Coded | Rewriting | None:
    """The rewriting of a text item with a code set; None for others."""
    if not item.code_set or item.type is not ItemType.TEXT:
        return None
    found = standards.code_set(item.code_set)
    if item.own_codes:
        return _own(item, found)
    if found.total > LARGE:
        return Rewriting(_by_code(found) if holds_codes(item, found) else _by_name(found))
    writings = writings_of(item)
    return _coded(writings.kept, tuple(sorted(writings.changed.items())))


@lru_cache(maxsize=256)
def _coded(kept: frozenset[str], changed: tuple[tuple[str, str], ...]) -> Coded:
    texts, values = [text for text, _ in changed], [value for _, value in changed]
    return Coded(pa.array(sorted(kept), pa.string()), pa.array(texts, pa.string()), pa.array(values, pa.string()))


def _by_code(found: CodeSet) -> Callable[[str], tuple[str, bool]]:
    """How a text of a large set becomes its code."""
    entries, by_name, followed, aliases = found.entries, found.by_name, found.followed, found.aliases

    def read(text: str) -> tuple[str, bool]:
        if text in entries:
            return text, False
        bare = text.strip(SPACES)
        code = by_name.get(bare) or followed.get(bare) or aliases.get(bare) or _parted(bare, entries)
        return (code, True) if code else (text, False)

    return read


def _by_name(found: CodeSet) -> Callable[[str], tuple[str, bool]]:
    """Names of a large set stand as they came, codes too; labels, and codes that are no more, are told by the name."""
    entries, by_name, followed, aliases = found.entries, found.by_name, found.followed, found.aliases

    def read(text: str) -> tuple[str, bool]:
        if text in entries or text in by_name or text in aliases:
            return text, False
        bare = text.strip(SPACES)
        code = followed.get(bare) or _parted(bare, entries)
        return (entries[code], True) if code else (text, False)

    return read


def _parted(text: str, entries: Mapping[str, str]) -> str:
    """The code of a label that says a code and its own name; empty for all else."""
    label = _LABEL.fullmatch(text)
    return label[1] if label is not None and entries.get(label[1]) == label[2] else ""


def _own(item: ItemSpec, found: CodeSet) -> Coded | Rewriting:
    """By the mapping in force; without one nothing is of the set."""
    mapping, own = standards.translation(item.own_codes, item.code_set), standards.own_set(item.own_codes.split("@")[0])
    codes = holds_codes(item, found)
    changed: dict[str, str] = {}
    for code, target in (mapping.pairs if mapping else {}).items():
        if target not in found.entries:
            continue  # abolished since: unmapped until the mapping says what it is now
        value = target if codes else found.entries[target]
        name = own.entries.get(code, "") if own else ""
        changed |= dict.fromkeys((code, narrow(code), *((name, label_of(code, name)) if name else ())), value)
    for other, code in (own.aliases if own else {}).items():
        if code in changed:
            changed.setdefault(other, changed[code])
    if len(changed) > LARGE:
        return Rewriting(_by_mapping(changed))
    texts, values = pa.array(list(changed), pa.string()), pa.array(list(changed.values()), pa.string())
    return Coded(pa.array([], pa.string()), texts, values, is_own=True)


def _by_mapping(changed: Mapping[str, str]) -> Callable[[str], tuple[str, bool]]:
    """How a text becomes what a large mapping says."""

    def read(text: str) -> tuple[str, bool]:
        bare = text.strip(SPACES)
        value = changed.get(bare)
        if value is None:
            return (bare if not bare or bare in BLANKS else UNMAPPED), False
        return value, True

    return read
