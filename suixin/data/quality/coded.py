"""Values of a code set brought to one writing: a join of the column with what is known, no row in Python.

The cells are rewritten before they are typed, so that a label is not too long for a column of codes. A column that
holds only what it may hold costs the one look-up that checks it anyway. How it is kept: `catalog.coding`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.coding import writings_of
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.cells import SPACES
from suixin.data.quality.plain import Flags, flags_of


@dataclass(frozen=True, slots=True)
class Coded:
    """What stands as it came, and what (`texts`) becomes which of `values`."""

    kept: "pa.Array[Any]"
    texts: "pa.Array[Any]"
    values: "pa.Array[Any]"

    def rewritten(self, column: "pa.Array[Any]") -> tuple["pa.Array[Any]", Flags | None]:
        """The column as it is kept, and which cells were changed; None when none was."""
        odd = flags_of(pc.and_(pc.invert(pc.is_in(column, value_set=self.kept)), column.is_valid()))
        if not odd.any():
            return column, None
        found = pc.index_in(pc.utf8_trim(column.filter(pa.array(odd)), characters=SPACES), value_set=self.texts)
        known = flags_of(found.is_valid())
        if not known.any():
            return column, None
        changed = np.zeros(len(column), dtype=bool)
        changed[np.flatnonzero(odd)[known]] = True
        return pc.replace_with_mask(column, pa.array(changed), self.values.take(found.drop_null())), changed


def coded_of(item: ItemSpec) -> Coded | None:
    """The rewriting of a text item with a code set; None for others."""
    if not item.code_set or item.type is not ItemType.TEXT:
        return None
    writings = writings_of(item)
    return _coded(writings.kept, tuple(sorted(writings.changed.items())))


@lru_cache(maxsize=256)
def _coded(kept: frozenset[str], changed: tuple[tuple[str, str], ...]) -> Coded:
    texts, values = [text for text, _ in changed], [value for _, value in changed]
    return Coded(pa.array(sorted(kept), pa.string()), pa.array(texts, pa.string()), pa.array(values, pa.string()))


