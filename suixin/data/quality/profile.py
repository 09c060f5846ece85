"""What a whole table looks like: one streaming pass, every cell counted, flat memory.

Each batch is turned into numbers by one DuckDB query (`shapes`), reduced in numpy and added up; two threads.
Values are kept while a column has at most 5,000 different ones; beyond that their number is estimated from a
hash sample. A second pass over the few plausible columns proves a key (`candidates`).
A column that is text in more than half of its first 20,000 values is not tried for other types any further.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.quality.engine import Engines
from suixin.data.quality.shapes import NUMBERS, Shape, shape_query
from suixin.data.quality.source import SourceBatch, SourceTable

MAX_VALUES = 5_000
MAX_SAMPLES = 600
SAMPLES_PER_BATCH = 60
TEXT_AFTER = 20_000
SKETCH = 4_096


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. `values` holds every different value with its count, empty when there are too many.

    `type_counts` counts non-blank cells by shape name (see `shapes.Shape`); `scale_counts` numbers by decimals.
    """

    header: str
    rows: int
    nulls: int
    distinct_estimate: int
    min_length: int
    max_length: int
    type_counts: Mapping[str, int]
    samples: tuple[str, ...]
    values: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    scale_counts: Mapping[int, int] = field(default_factory=dict)
    min: float | None = None
    max: float | None = None
    source_type: str = "string"
    is_constant: bool = False

    @property
    def filled(self) -> int:
        """Cells that hold something."""
        return self.rows - self.nulls

    @property
    def top(self) -> list[tuple[str, int]]:
        """The ten commonest values, when all values are known."""
        return Counter(self.values).most_common(10)

    def count(self, *shapes: Shape) -> int:
        """Cells of any of these shapes."""
        return sum(self.type_counts.get(shape.name.lower(), 0) for shape in shapes)


@dataclass(frozen=True, slots=True)
class TableProfile:
    """A whole table. `keys` are column sets proven unique and never blank, the best first."""

    rows: int
    broken: int
    columns: tuple[ColumnProfile, ...]
    name: str = ""
    title: str = ""
    keys: tuple[tuple[str, ...], ...] = ()

    def column(self, header: str) -> ColumnProfile | None:
        """The column of that header."""
        return next((column for column in self.columns if column.header == header), None)


def profile_table(source: SourceTable, *, threads: int = 2, with_keys: bool = True) -> TableProfile:
    """Every column of a table counted over all its rows; its constants are columns as well."""
    from suixin.data.quality.candidates import find_keys

    tallies = [_Tally(header) for header in source.columns]
    rows = broken = 0
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="profile") as pool:
        engines = Engines()
        for batch, answers in _answers(pool, engines, source, tallies):
            rows += batch.data.num_rows
            broken += len(batch.broken)
            for position, tally in enumerate(tallies):
                tally.add(batch.data.column(position), answers[position])
    columns = [tally.result() for tally in tallies]
    columns += [_constant(name, value, rows=rows) for name, value in source.constants.items()]
    profile = TableProfile(rows, broken, tuple(columns), name=source.name, title=source.title)
    if not with_keys:
        return profile
    return TableProfile(rows, broken, tuple(columns), source.name, source.title, find_keys(source, profile))


def _answers(
    pool: ThreadPoolExecutor, engines: Engines, source: SourceTable, tallies: list["_Tally"]
) -> Iterator[tuple[SourceBatch, list[pa.Table]]]:
    """Batches with an answer for each column, in order; a few are in flight at a time."""
    waiting: deque[tuple[SourceBatch, Future[list[pa.Table]]]] = deque()
    batches = source.batches()
    head = list(islice(batches, 2))
    if len(head) == 1:  # needs no thread
        yield head[0], _ask(engines, head[0].data, [None] * len(tallies))
        return
    for batch in chain(head, batches):
        usual = [tally.usual for tally in tallies]
        waiting.append((batch, pool.submit(_ask, engines, batch.data, usual)))
        if len(waiting) > 2:
            first, answer = waiting.popleft()
            yield first, answer.result()
    for first, answer in waiting:
        yield first, answer.result()


def _ask(engines: Engines, batch: pa.RecordBatch, usual: list[Shape | None]) -> list[pa.Table]:
    """The shapes of every column's cells; columns of one kind are laid end to end and asked about together."""
    together: dict[tuple[str, Shape | None], list[int]] = {}
    for position, kind in enumerate(batch.schema.types):
        together.setdefault((str(kind), usual[position]), []).append(position)
    answers: dict[int, pa.Table] = {}
    for (_, shape), positions in together.items():
        kind = batch.schema.field(positions[0]).type
        cells = pa.table({"c0": pa.chunked_array([batch.column(p) for p in positions])})
        answer = engines.ask(shape_query(kind, shape), cells)
        for place, position in enumerate(positions):
            answers[position] = answer.slice(place * batch.num_rows, batch.num_rows)
    return [answers[position] for position in range(batch.num_columns)]


class _Tally:
    """Sums of one column over its batches."""

    def __init__(self, header: str) -> None:
        self.header = header
        self.rows = self.not_available = 0
        self.shapes = np.zeros(len(Shape), dtype=np.int64)
        self.lengths = [1 << 40, 0]
        self.range: list[float | None] = [None, None]
        self.scales: Counter[int] = Counter()
        self.units: Counter[str] = Counter()
        self.values: dict[int, tuple[str, int]] | None = {}
        self.sketch: np.ndarray[tuple[int], np.dtype[np.uint64]] = np.empty(0, dtype=np.uint64)
        self.step = 1
        self.samples: list[str] = []
        self.source_type = "string"

    @property
    def usual(self) -> Shape | None:
        """The commonest shape so far; TEXT ends the trying, so it needs many values and a clear majority."""
        filled = int(self.shapes[1:].sum())
        if not filled:
            return None
        if self.shapes[Shape.TEXT] * 2 > filled:
            return Shape.TEXT if filled >= TEXT_AFTER else None
        return Shape(int(self.shapes[1:].argmax()) + 1)

    def add(self, column: "pa.Array[Any]", answer: pa.Table) -> None:
        shapes = answer.column("k").to_numpy()
        lengths = answer.column("l").to_numpy()
        is_filled = shapes != Shape.BLANK
        self.rows += len(shapes)
        self.source_type = str(column.type)
        self.shapes += np.bincount(shapes, minlength=len(Shape))
        self.not_available += int(np.count_nonzero(~is_filled & (lengths == 2)))
        if not is_filled.any():
            return
        is_full = bool(is_filled.all())
        some = lengths if is_full else lengths[is_filled]
        self.lengths = [min(self.lengths[0], int(some.min())), max(self.lengths[1], int(some.max()))]
        hashes = answer.column("h").to_numpy()
        self._add_values(column, hashes if is_full else hashes[is_filled], np.flatnonzero(is_filled))
        self._add_numbers(answer, shapes)
        self._add_samples(column, is_filled)

    def _add_numbers(self, answer: pa.Table, shapes: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> None:
        if not np.isin(shapes, NUMBERS).any():
            return
        bounds = pc.min_max(answer.column("n"))
        low, high = bounds["min"].as_py(), bounds["max"].as_py()
        if low is not None:
            self.range = [
                low if self.range[0] is None else min(self.range[0], low),
                high if self.range[1] is None else max(self.range[1], high),
            ]
        scales = np.bincount(np.clip(answer.column("g").to_numpy(), 0, 40))
        self.scales.update({scale: int(n) for scale, n in enumerate(scales) if n})
        if self.shapes[Shape.WITH_UNIT]:
            self.units.update(unit for unit in answer.column("u").drop_null().to_pylist() if unit is not None)

    def _add_values(
        self,
        column: "pa.Array[Any]",
        hashes: np.ndarray[tuple[int], np.dtype[np.uint64]],
        places: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> None:
        kept = hashes if self.step == 1 else hashes[hashes % np.uint64(self.step) == 0]
        self.sketch = np.union1d(self.sketch, kept)
        while len(self.sketch) > SKETCH:
            self.step *= 2
            self.sketch = self.sketch[self.sketch % np.uint64(self.step) == 0]
        if self.values is None:
            return
        counted = pc.value_counts(pa.array(hashes))
        if len(counted) > MAX_VALUES:
            self.values = None
            return
        new: set[int] = set()
        keys, counts = counted.field(0).to_numpy(), counted.field(1).to_numpy()
        for key, times in zip(keys.tolist(), counts.tolist(), strict=True):
            text, before = self.values.get(key, ("", 0))
            if not before:
                new.add(key)
            self.values[key] = (text, before + times)
        self._name_values(column, hashes, places, new)
        if len(self.values) > MAX_VALUES:
            self.values = None

    def _name_values(
        self,
        column: "pa.Array[Any]",
        hashes: np.ndarray[tuple[int], np.dtype[np.uint64]],
        places: np.ndarray[tuple[int], np.dtype[np.int64]],
        new: set[int],
    ) -> None:
        """The text behind every hash that was not there before."""
        if not new or self.values is None:
            return
        found, first = np.unique(hashes, return_index=True)
        for key, position in zip(found.tolist(), first.tolist(), strict=True):
            if key in new:
                self.values[key] = (_text(column[int(places[position])]), self.values[key][1])

    def _add_samples(self, column: "pa.Array[Any]", is_filled: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        if len(self.samples) >= MAX_SAMPLES:
            return
        places = np.flatnonzero(is_filled)
        chosen = places[:: max(1, len(places) // SAMPLES_PER_BATCH)][:SAMPLES_PER_BATCH]
        self.samples += [_text(column[int(place)]) for place in chosen]

    def result(self) -> ColumnProfile:
        counts = {shape.name.lower(): int(self.shapes[shape]) for shape in Shape if shape and self.shapes[shape]}
        nulls = int(self.shapes[Shape.BLANK])
        values = dict(self.values.values()) if self.values is not None else {}
        if self.not_available and self.lengths == [2, 2]:  # NA among two-letter codes is Namibia, not a blank
            nulls -= self.not_available
            counts["text"] = counts.get("text", 0) + self.not_available
            values["NA"] = self.not_available
        estimate = len(self.values) if self.values is not None else len(self.sketch) * self.step
        return ColumnProfile(
            header=self.header,
            rows=self.rows,
            nulls=nulls,
            distinct_estimate=estimate,
            min_length=self.lengths[0] if self.lengths[1] else 0,
            max_length=self.lengths[1],
            type_counts=counts,
            samples=tuple(self.samples),
            values=values,
            units=dict(self.units),
            scale_counts=dict(self.scales),
            min=self.range[0],
            max=self.range[1],
            source_type=self.source_type,
        )


def _text(cell: "pa.Scalar[Any]") -> str:
    value = cell.as_py()
    return value.strip() if isinstance(value, str) else str(value)


def _constant(name: str, value: str, *, rows: int) -> ColumnProfile:
    """The profile of a value that holds for every row."""
    tally = _Tally(name)
    batch = pa.record_batch({name: pa.array([value], pa.string())})
    tally.add(batch.column(0), _ask(Engines(), batch, [None])[0])
    one = tally.result()
    return ColumnProfile(
        header=name,
        rows=rows,
        nulls=rows if one.nulls else 0,
        distinct_estimate=one.distinct_estimate,
        min_length=one.min_length,
        max_length=one.max_length,
        type_counts=dict.fromkeys(one.type_counts, rows),
        samples=one.samples,
        values={value: rows},
        min=one.min,
        max=one.max,
        is_constant=True,
    )
