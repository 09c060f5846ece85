"""How many rejected rows of a batch each reason concerns: counted while they are written, kept in the foot of their file.

So a million rejected rows are told in as many lines as there are reasons, and nobody reads them for it. No value of a cell is
kept here: rule, item, numbers of rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

import orjson

from suixin.data.lake.reject_blocks import RejectBlock

KEY = "suixin.reasons"
SAMPLES = 5


@dataclass(slots=True)
class ReasonCount:
    """One reason: rows that it concerns, the place in the file of the first of them, numbers of some."""

    rule: str
    item: str
    first: int
    rows: int = 0
    samples: list[int] = field(default_factory=list)


class ReasonCounts:
    """Counts of the blocks seen so far."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], ReasonCount] = {}
        self._place = 0

    def see(self, block: RejectBlock) -> None:
        """Count a block, in its order."""
        for one in block.concerned:
            if not len(one.places):
                continue
            found = self._found.get((one.rule, one.item))
            if found is None:
                found = self._found[one.rule, one.item] = ReasonCount(one.rule, one.item, self._place + int(one.places[0]))
            found.rows += len(one.places)
            wanted = one.places[: SAMPLES - len(found.samples)]
            found.samples += [int(str(row)) for row in block.rows.take(wanted).to_pylist()]
        self._place += len(block)

    def as_text(self) -> str:
        """As it is kept in the file's foot."""
        return orjson.dumps([asdict(one) for one in self._found.values()]).decode()

    def all(self) -> list[ReasonCount]:
        """Every reason, the most frequent first."""
        return _ordered(self._found.values())


def counts_in(kept: Mapping[bytes, bytes] | None) -> list[ReasonCount] | None:
    """What a file's foot tells, the most frequent first; None for one that was written before reasons were counted."""
    told = (kept or {}).get(KEY.encode())
    return None if told is None else _ordered(ReasonCount(**one) for one in orjson.loads(told))


def _ordered(counts: Iterable[ReasonCount]) -> list[ReasonCount]:
    return sorted(counts, key=lambda one: (-one.rows, one.first))
