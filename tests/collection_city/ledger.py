"""What one system holds, and what the lake must hold of it: kept by the test, never read from the product."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

CHINA = timezone(timedelta(hours=8))
TOO_LONG = "长" * 60  # the entry takes 50


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `changed` without a zone, as systems write it, which means China's time."""

    id: int
    name: str
    amount: Decimal
    changed: datetime

    @property
    def is_good(self) -> bool:
        """Whether the entry takes it."""
        return self.name != TOO_LONG

    @property
    def as_kept(self) -> tuple[object, ...]:
        """As it must lie in the lake."""
        return self.id, self.name, self.amount, self.changed.replace(tzinfo=CHINA).astimezone(UTC)


def made(first: int, count: int, changed: datetime, *, word: str = "户", bad: Iterable[int] = ()) -> list[Row]:
    """Rows with these numbers; those of `bad` have a name that no entry takes."""
    wrong = set(bad)

    def name(n: int) -> str:
        if n in wrong:
            return TOO_LONG
        return f"{word}“{n},\n乙" if n % 41 == 0 else f"{word}{n}"

    return [Row(n, name(n), Decimal(n) / 4, changed + timedelta(seconds=n % 50)) for n in range(first, first + count)]


@dataclass
class Ledger:
    """`held`: at the source now. `kept`: must be in the lake. `refused`: keys that were ever offered wrongly."""

    held: dict[int, Row] = field(default_factory=dict)
    kept: dict[int, Row] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    offered: int = 0

    def put(self, rows: Iterable[Row]) -> None:
        """New and changed rows; a wrong one leaves what the lake has of its key."""
        for row in rows:
            self.held[row.id] = row
            self.offered += 1
            if row.is_good:
                self.kept[row.id] = row
            else:
                self.refused.add(row.id)

    def drop(self, ids: Iterable[int], *, is_noticed: bool) -> None:
        """Rows gone at the source; the lake keeps them unless the feed compares states."""
        for one in ids:
            self.held.pop(one, None)
            if is_noticed:
                self.kept.pop(one, None)

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """What must lie in the lake, by key."""
        return sorted(row.as_kept for row in self.kept.values())
