"""Rejected rows by column: numbers, cells as they came, reasons, and which rows each reason concerns.

A million rejects are handed over in a few such blocks; no row of them is an object until somebody looks at it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol  # arrays of any element type

import numpy as np
import orjson
import pyarrow as pa

TEXTS = pa.large_string()  # a block may hold more than two gigabytes of cells
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


class RejectedRow(Protocol):
    """One row: number in the source, original cells as JSON text, reasons as dataclasses or dicts."""

    @property
    def row(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def reasons(self) -> Sequence[object]: ...


@dataclass(frozen=True, slots=True)
class Concerned:
    """The rows of a block that one reason concerns, by their places in it, ascending."""

    rule: str
    item: str
    places: Places


@dataclass(frozen=True, slots=True)
class RejectBlock:
    """`rows` int64, `texts` and `reasons` (a JSON list a row) of the type `TEXTS`, all of one length."""

    rows: "pa.Array[Any]"
    texts: "pa.Array[Any]"
    reasons: "pa.Array[Any]"
    concerned: tuple[Concerned, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def each(self) -> Iterator[tuple[int, str, str]]:
        """Number, cells and reasons of every row."""
        columns: list[list[Any]] = [self.rows.to_pylist(), self.texts.to_pylist(), self.reasons.to_pylist()]
        return zip(*columns, strict=True)


def block_of(rows: Sequence[RejectedRow]) -> RejectBlock:
    """Rows one by one as a block."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        for reason in row.reasons:
            places.setdefault(named(reason), []).append(place)
    return RejectBlock(
        pa.array([one.row for one in rows], pa.int64()),
        pa.array([one.text for one in rows], TEXTS),
        pa.array([orjson.dumps(list(one.reasons), default=str).decode() for one in rows], TEXTS),
        tuple(Concerned(rule, item, np.array(found, dtype=np.int64)) for (rule, item), found in places.items()),
    )


def named(reason: object) -> tuple[str, str]:
    """Rule and item of a reason."""
    if isinstance(reason, dict):
        return str(reason.get("rule", "")), str(reason.get("item", ""))
    return getattr(reason, "rule", ""), getattr(reason, "item", "")
