"""What changed between the columns that a feed was agreed on and those the source has now. Pure.

A rename is a guess: of what went and what came, two of one family and near places, or alike names, are shown as a pair;
a person says whether it is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from suixin.data.collection.sources.base import Column

ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of what differs. `renamed`: (old, new) guessed; `retyped`: (name, old type, new type)."""

    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.renamed or self.retyped)

    def as_dict(self) -> dict[str, object]:
        """JSON form."""
        return {
            "added": list(self.added), "dropped": list(self.dropped), "renamed": [list(one) for one in self.renamed],
            "retyped": [list(one) for one in self.retyped],
        }

    @property
    def sentence(self) -> str:
        """The changes in words."""
        parts = [f"新增列 {'、'.join(self.added)}"] if self.added else []
        parts += [f"少了列 {'、'.join(self.dropped)}"] if self.dropped else []
        parts += [f"列 {old} 可能改名为 {new}" for old, new in self.renamed]
        parts += [f"列 {name} 的类型由 {old} 变为 {new}" for name, old, new in self.retyped]
        return ";".join(parts)


def changes_between(agreed: Sequence[Column], now: Sequence[Column]) -> Changes:
    """What differs; the order of columns does not count, nor do columns of JSON that only some rows have."""
    before, after = {one.name: one for one in agreed}, {one.name: one for one in now}
    added = [name for name in after if name not in before]
    dropped = [name for name in before if name not in after]
    retyped = [
        (name, before[name].native or before[name].family, after[name].native or after[name].family)
        for name in before if name in after and _type(before[name]) != _type(after[name])
    ]
    renamed = _renamed([before[name] for name in dropped], [after[name] for name in added], agreed, now)
    gone, come = {old for old, _ in renamed}, {new for _, new in renamed}
    return Changes(
        tuple(name for name in added if name not in come), tuple(name for name in dropped if name not in gone),
        tuple(renamed), tuple(retyped),
    )


def is_harmless(changes: Changes, mapping: Mapping[str, str], needed: Sequence[str]) -> bool:
    """Whether nothing that the feed takes is touched: only new columns, or columns gone that it did not take."""
    used = {*mapping, *needed}
    touched = {*changes.dropped, *(old for old, _ in changes.renamed), *(name for name, _, _ in changes.retyped)}
    return not touched & used


def _type(column: Column) -> tuple[str, str]:
    return column.family, column.native


def _renamed(
    dropped: Sequence[Column], added: Sequence[Column], agreed: Sequence[Column], now: Sequence[Column]
) -> list[tuple[str, str]]:
    places = {one.name: number for number, one in enumerate(agreed)}
    new_places = {one.name: number for number, one in enumerate(now)}
    found: list[tuple[str, str]] = []
    free = list(added)
    for old in dropped:
        alike = [one for one in free if one.family == old.family]
        best = max(alike, key=lambda one: (_likeness(old.name, one.name), -abs(places[old.name] - new_places[one.name])), default=None)
        if best is not None and (_likeness(old.name, best.name) >= ALIKE or places[old.name] == new_places[best.name]):
            found.append((old.name, best.name))
            free.remove(best)
    return found


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()
