"""Rejected rows and why: sentences for the department that supplied them."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import overload

import numpy as np
import orjson

from suixin.data.lake.reject_blocks import Places, RejectBlock


@dataclass(frozen=True, slots=True)
class Reason:
    """One check that a row failed. `item` is the item's name, "" when the whole row is meant."""

    item: str
    rule: str
    value: str
    sentence: str

    def as_dict(self) -> dict[str, str]:
        """The reason as it is kept beside the row."""
        return {"item": self.item, "rule": self.rule, "value": self.value, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not accepted: its number in the table, its cells as they came (JSON), every reason."""

    row: int
    text: str
    reasons: tuple[Reason, ...]


class Rejects(Sequence[Reject]):
    """The rejected rows of one portion: a block by column, read row by row only where somebody looks."""

    def __init__(self, block: RejectBlock) -> None:
        self.block = block

    @property
    def numbers(self) -> Places:
        """The numbers of the rows."""
        found: Places = self.block.rows.to_numpy(zero_copy_only=False)
        return found

    def concerned(self, rules: AbstractSet[str]) -> int:
        """How many of the rows failed one of these rules."""
        mask = np.zeros(len(self), dtype=bool)
        for one in self.block.concerned:
            if one.rule in rules:
                mask[one.places] = True
        return int(np.count_nonzero(mask))

    def __len__(self) -> int:
        return len(self.block)

    def __iter__(self) -> Iterator[Reject]:
        for row, text, reasons in self.block.each():
            yield Reject(row, text, tuple(Reason(**one) for one in orjson.loads(reasons)))

    @overload
    def __getitem__(self, at: int) -> Reject: ...
    @overload
    def __getitem__(self, at: slice) -> "Rejects": ...
    def __getitem__(self, at: int | slice) -> "Reject | Rejects":
        block = self.block
        places = np.arange(len(self), dtype=np.int64)[at if isinstance(at, slice) else [at]]
        found = Rejects(RejectBlock(block.rows.take(places), block.texts.take(places), block.reasons.take(places)))
        return found if isinstance(at, slice) else next(iter(found))


VALUE_LIMIT = 200  # characters of a value that a sentence repeats


def shortened(value: object) -> str:
    """A cell as a sentence shows it: at most 200 characters, line breaks as blanks."""
    text = "" if value is None else str(value)
    text = " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
    return text if len(text) <= VALUE_LIMIT else text[:VALUE_LIMIT] + "…"
