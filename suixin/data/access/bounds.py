"""Where in a table the next page can lie, from the row groups' own statistics.

A page in key order needs few rows; `bound_of` finds a value of the order's column below which enough rows
surely lie, so that DuckDB prunes every other row group and a page costs the same at any depth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from suixin.data.lake.snapshots import Snapshot


class Ordered(Protocol):
    """Values of one column: comparable with each other. Any: the types of two columns differ, within one they agree."""

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 see above

    def __le__(self, other: Any, /) -> bool: ...  # noqa: ANN401 see above


@dataclass(frozen=True, slots=True)
class Group:
    """One row group: its file, its rows, least and greatest value of each column asked for."""

    file: int
    rows: int
    least: tuple[Ordered, ...]
    greatest: tuple[Ordered, ...]


def groups_of(snapshot: Snapshot, fields: Sequence[str]) -> list[Group] | None:
    """Every row group of the snapshot; None when a statistic is missing or a column holds nulls."""
    found: list[Group] = []
    for number, file in enumerate(snapshot.files):
        if any(file.nulls.get(name, 1) for name in fields):
            return None
        for group in file.groups:
            if any(name not in group.ranges for name in fields):
                return None
            least = tuple(group.ranges[name][0] for name in fields)
            found.append(Group(number, group.rows, least, tuple(group.ranges[name][1] for name in fields)))
    return found


def within(groups: Sequence[Group], prefix: Sequence[Ordered]) -> list[Group]:
    """The groups that may hold rows whose first columns are `prefix`."""
    return [
        group for group in groups
        if all(low <= value <= high for low, value, high in zip(group.least, prefix, group.greatest, strict=False))
    ]


def bound_of(
    groups: Sequence[Group], place: int, *, prefix: Sequence[Ordered], start: Ordered | None, need: int,
) -> Ordered | None:
    """A value of column `place` up to which at least `need` rows lie after `start` under `prefix`; None: unknown."""
    same = [group for group in groups if group.least[:place] == tuple(prefix) == group.greatest[:place]]
    sure = [group for group in same if start is None or start < group.least[place]]
    rows = 0
    for group in sorted(sure, key=lambda group: group.greatest[place]):
        rows += group.rows
        if rows >= need:
            return group.greatest[place]
    return None


def files_between(groups: Sequence[Group], place: int, *, start: Ordered | None, bound: Ordered | None) -> list[int]:
    """Numbers of the files that may hold values of column `place` from `start` to `bound`."""
    return sorted({
        group.file for group in groups
        if (start is None or start <= group.greatest[place]) and (bound is None or group.least[place] <= bound)
    })
