"""Texts looked up in a set of any size: a few are looked up by Arrow, of many each different text of a column is asked for once.

Why   Arrow makes a hash table of the whole set at every call; of hundreds of thousands of codes that costs more than all the rest,
      while the set's own mappings are there already and a batch has at most as many different texts as rows
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.quality.plain import Flags, flags_of

Indices = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True, slots=True)
class Few:
    """A set that Arrow looks up in."""

    texts: "pa.Array[Any]"

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Few":
        """The set of these texts."""
        return cls(pa.array(list(texts), pa.string()))

    def holds(self, column: "pa.Array[Any]") -> Flags:
        """Which cells are of the set; null is not."""
        return flags_of(pc.is_in(column, value_set=self.texts))


@dataclass(frozen=True, slots=True)
class Many:
    """The union of several collections, asked in turn."""

    parts: tuple[Container[str], ...]

    def holds(self, column: "pa.Array[Any]") -> Flags:
        """Which cells are of the set; null is not."""
        words, places = words_of(column.cast(pa.string()))
        return spread([any(word in part for part in self.parts) for word in words], places)


Members = Few | Many


def words_of(column: "pa.Array[Any]") -> tuple[list[str], Indices]:
    """The different texts of a column, and which of them each cell is; -1 where it is null."""
    coded = column.dictionary_encode()
    words: list[str] = coded.dictionary.to_pylist()  # type: ignore[assignment]  # a dictionary holds no null
    places: Indices = coded.indices.fill_null(-1).to_numpy()
    return words, places


def spread(flags: Iterable[bool], places: Indices) -> Flags:
    """Flags of different texts as flags of the cells."""
    found: Flags = np.array([*flags, False], dtype=bool)[places]  # the last one is that of null, place -1
    return found


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Texts rewritten one by one: `read` gives what a text becomes, itself when it stands, and whether it was recognised as another."""

    read: Callable[[str], tuple[str, bool]]

    def rewritten(self, column: "pa.Array[Any]") -> tuple["pa.Array[Any]", Flags | None]:
        """The column as it is kept, and which cells were recognised; None when none was."""
        words, places = words_of(column)
        told = [self.read(word) for word in words]
        changed = spread((is_known for _, is_known in told), places)
        if all(text == word for (text, _), word in zip(told, words, strict=True)):
            return column, changed if changed.any() else None
        kept = pa.array([text for text, _ in told], pa.string())
        taken: pa.Array[Any] = kept.take(pa.array(places, pa.int32(), mask=places < 0))
        return taken, changed if changed.any() else None
