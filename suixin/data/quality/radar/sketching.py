"""Sketches of a batch's items, made while its accepted rows pass by, before anything of them is sealed.

Values   of texts and of whole numbers; of other types only how many are missing and, of numbers, their size
Cost     one fast hash a value; what the hash rules out is not looked at again. A column that cannot tell anything
         (few values, short digits) is looked at in every eighth of the rows, once its first rows have shown it
Memory   at most a few thousand values a column
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level
from suixin.data.quality.engine import Engines
from suixin.data.quality.radar import kmv, shapes
from suixin.data.quality.radar.kmv import SIZE, Sketch
from suixin.data.quality.radar.ranking import FROM, INTO, Hashes, Ranker, normal
from suixin.data.quality.radar.shapes import Sample, Shape
from suixin.data.quality.sql import literal, quoted

ROWS = 131_072  # hashed at once
ENOUGH = 4 * SIZE  # values held before the least are told apart
SPARSE = 8  # of a column that tells nothing, one part in so many is looked at
LOOKED_AT = 64  # values of a portion asked whether they are in normal form
LONG = 500  # characters beyond which a text is prose
_SIZED = (ItemType.INTEGER, ItemType.NUMBER, ItemType.MONEY, ItemType.DOUBLE, ItemType.FLOAT)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What was measured of one item: rows, missing ones, the sketch, what its values look like, whether of a kind that tells."""

    rows: int
    nulls: int
    sketch: Sketch = kmv.NOTHING
    shape: Shape = field(default_factory=Shape)
    tells: bool = False

    @property
    def is_telling(self) -> bool:
        """Whether equal values mean the same thing: of a kind that tells, and enough of them."""
        return self.tells and shapes.is_enough(self.sketch.distinct, self.rows - self.nulls)


def has_values(item: ItemSpec) -> bool:
    """Whether values of the item are sketched at all."""
    if item.type is ItemType.TEXT:
        return (item.length or 0) <= LONG
    return item.type is ItemType.INTEGER or (item.type is ItemType.NUMBER and not item.scale)


class Sketcher:
    """Takes the accepted rows of one batch in any portions; `facts` when all are in. Not for several threads."""

    def __init__(self, contract: Contract, ranker: Ranker) -> None:
        self._ranker, self._engines = ranker, Engines()
        self._columns = {item.field: _Column(item) for item in contract.items if not item.is_secret}
        self._waiting: list[pa.RecordBatch] = []
        self._held = 0

    def add(self, rows: pa.RecordBatch | pa.Table) -> None:
        """More rows, columns named by field."""
        self._waiting += rows.to_batches() if isinstance(rows, pa.Table) else [rows]
        self._held += rows.num_rows
        if self._held >= ROWS:
            self._flush()

    def facts(self) -> dict[str, ItemFacts]:
        """What was measured, by field."""
        self._flush()
        return {name: column.facts(self._ranker) for name, column in self._columns.items()}

    def _flush(self) -> None:
        if not self._held:
            return
        rows = pa.Table.from_batches(self._waiting)
        self._waiting, self._held = [], 0
        for column in self._columns.values():
            column.count(rows)
        for part, is_sparse in ((rows, False), (rows.slice(0, -(-rows.num_rows // SPARSE)), True)):
            wanted = [one for one in self._columns.values() if has_values(one.item) and one.is_hopeless == is_sparse]
            for column, hashes in self._hashed(part, wanted):
                column.take(part.column(column.item.field), self._ranker.mixed(hashes))

    def _hashed(self, rows: pa.Table, wanted: "list[_Column]") -> "Iterator[tuple[_Column, Hashes]]":
        if not wanted:
            return
        shown = [f"hash({_written(one, rows)}) AS {quoted(one.item.field)}" for one in wanted]
        table = rows.select([one.item.field for one in wanted])
        answer = self._engines.ask(f"SELECT {', '.join(shown)} FROM batch", table)
        for one in wanted:
            yield one, answer.column(one.item.field).to_numpy()


def _written(column: "_Column", rows: pa.Table) -> str:
    """The value as it is hashed: as it stands where a look at some finds it in normal form, else brought into it."""
    name = quoted(column.item.field)
    if column.item.type is not ItemType.TEXT:
        return f"CAST({name} AS VARCHAR)"
    values = rows.column(column.item.field)
    step = max(1, len(values) // LOOKED_AT)
    some = [values[at].as_py() for at in range(0, len(values), step)]
    if all(text is None or normal(text) == text for text in some):
        return name
    return f"translate(upper({name}), {literal(FROM)}, {literal(INTO)})"


class _Column:
    """What is held of one item: texts of the least hashes, and how deep "least" is (leading zeros)."""

    def __init__(self, item: ItemSpec) -> None:
        self.item = item
        self.rows = self.nulls = 0
        self.is_hopeless = False
        self._zeros = 0
        self._held: dict[int, str] = {}
        self._least: float | None = None
        self._most: float | None = None

    def count(self, rows: pa.Table) -> None:
        """Rows, missing values, least and most."""
        column = rows.column(self.item.field)
        self.rows += len(column)
        self.nulls += column.null_count
        some = column if self.rows < ROWS else column.slice(0, len(column) // SPARSE)
        if self.item.type in _SIZED and len(some) > some.null_count:
            found = pc.min_max(some).as_py()
            least, most = float(found["min"]), float(found["max"])  # type: ignore[call-overload]  # a struct gives a dict
            self._least = least if self._least is None else min(self._least, least)
            self._most = most if self._most is None else max(self._most, most)

    def take(self, values: "pa.ChunkedArray[Any]", mixed: Hashes) -> None:
        """The values whose hash begins with enough zeros are kept."""
        is_first = not self._held
        places = self._places(values, mixed)
        found, first = np.unique(mixed[places], return_index=True)
        known = self._held.keys()
        fresh = [(int(hashed), int(places[at])) for hashed, at in zip(found.tolist(), first.tolist(), strict=True) if hashed not in known]
        chosen: pa.ChunkedArray[Any] = values.take(pa.array([place for _, place in fresh], pa.int64()))
        texts = chosen.cast(pa.string()).to_pylist()
        self._held.update({hashed: normal(str(text)) for (hashed, _), text in zip(fresh, texts, strict=True)})
        self._deepen()
        if is_first and self.rows >= ROWS // 2:
            self.is_hopeless = self._tells_nothing()

    def facts(self, ranker: Ranker) -> ItemFacts:
        """What was measured."""
        ranked = {ranker.rank(text, hashed): text for hashed, text in self._held.items() if text}
        sketch = kmv.sketch_of(ranked)
        sample = Sample(
            [ranked[rank] for rank in sketch.ranks], sketch.distinct, self.rows - self.nulls, bool(self.item.code_set),
            None if self._least is None or self._most is None else (self._least, self._most),
        )
        is_secret = self.item.is_sealed or self.item.level >= Level.L3
        return ItemFacts(self.rows, self.nulls, sketch, shapes.shape_of(sample, is_secret=is_secret), self._tells(sample))

    def _tells(self, sample: Sample) -> bool:
        return not self.is_hopeless and shapes.tells(sample)

    def _places(self, values: "pa.ChunkedArray[Any]", mixed: Hashes) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Where values stand that may be among the least; of a first portion as few as will do."""
        valid = values.is_valid().to_numpy() if values.null_count else None
        start = max(self._zeros, (len(mixed) // ENOUGH).bit_length() - 1 if not self._held else 0)
        for zeros in range(start, self._zeros - 1, -1):
            low = mixed < np.uint64(1 << (64 - zeros)) if zeros else np.ones(len(mixed), bool)
            places = np.flatnonzero(low if valid is None else low & valid)
            if zeros == self._zeros or len(np.unique(mixed[places])) >= SIZE:
                self._zeros = zeros
                return places
        raise AssertionError("the loop above returns")

    def _deepen(self) -> None:
        """Of more values than are needed only those whose hashes begin with more zeros are kept."""
        while len(self._held) > ENOUGH:
            limit = 1 << (63 - self._zeros)
            fewer = {hashed: text for hashed, text in self._held.items() if hashed < limit}
            if len(fewer) < SIZE:
                return
            self._zeros, self._held = self._zeros + 1, fewer

    def _tells_nothing(self) -> bool:
        """Whether the first rows show that equal values will mean nothing: few different ones, or of a kind that does not tell."""
        texts = [text for text in self._held.values() if text]
        distinct = len(texts) << self._zeros
        return (len(texts) < SIZE and not self._zeros) or not shapes.tells(Sample(texts, distinct, self.rows))


def merged(one: ItemFacts, other: ItemFacts) -> ItemFacts:
    """What is known of an item from two portions of its rows; telling when either is."""
    shape = Shape(
        min(one.shape.shortest or other.shape.shortest, other.shape.shortest or one.shape.shortest),
        max(one.shape.longest, other.shape.longest), (other if other.rows > one.rows else one).shape.patterns,
        _wider(one.shape.digits, other.shape.digits),
    )
    larger = other if other.rows > one.rows else one
    return ItemFacts(one.rows + other.rows, one.nulls + other.nulls, kmv.union(one.sketch, other.sketch), shape, larger.tells)


def _wider(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


Facts = Mapping[str, ItemFacts]
