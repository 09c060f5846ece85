"""How many rejected rows of a batch each reason concerns: counted while they are written, kept in the foot of their file.

So a million rejected rows are told in as many lines as there are reasons, and nobody reads them for it. No value of a cell is
kept here: rule, item, numbers of rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

import orjson

KEY = "suixin.reasons"
SAMPLES = 5


class Rejected(Protocol):
    """A row with its reasons: dataclasses or dicts with `rule` and `item`."""

    @property
    def row(self) -> int: ...
    @property
    def reasons(self) -> Sequence[object]: ...


@dataclass(slots=True)
class ReasonCount:
    """One reason: rows that it concerns, the place in the file of the first of them, numbers of some."""

    rule: str
    item: str
    first: int
    rows: int = 0
    samples: list[int] = field(default_factory=list)


class ReasonCounts:
    """Counts of the rows seen so far."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], ReasonCount] = {}
        self._place = 0

    def see(self, rows: Iterable[Rejected]) -> None:
        """Count some rows, in their order."""
        for row in rows:
            for reason in row.reasons:
                key = _named(reason)
                found = self._found.get(key)
                if found is None:
                    found = self._found[key] = ReasonCount(*key, self._place)
                found.rows += 1
                if len(found.samples) < SAMPLES:
                    found.samples.append(row.row)
            self._place += 1

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


def _named(reason: object) -> tuple[str, str]:
    if isinstance(reason, dict):
        return str(reason.get("rule", "")), str(reason.get("item", ""))
    return getattr(reason, "rule", ""), getattr(reason, "item", "")
