"""The graph of a declaration that may be wrong: circles, what lies behind them, what comes before and after what. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from suixin.ground.flow.declaration import Declaration


@dataclass(frozen=True, slots=True)
class Shape:
    """Nodes and arrows; arrows to nodes that do not exist are left out."""

    ids: tuple[str, ...]
    before: Mapping[str, tuple[str, ...]]  # direct predecessors, as declared
    after: Mapping[str, tuple[str, ...]]  # direct successors
    circles: tuple[tuple[str, ...], ...]  # each a way round, in order

    @property
    def looping(self) -> frozenset[str]:
        """Every node that lies on a circle."""
        return frozenset(name for circle in self.circles for name in circle)

    def following(self, name: str) -> tuple[str, ...]:
        """What directly follows the node; "" stands for the start."""
        return self.after[name] if name else tuple(one for one in self.ids if not self.before[one])

    def behind(self, name: str) -> frozenset[str]:
        """Every node after that one, near or far."""
        return _closure(self.after, self.after[name])

    def ahead_of(self, name: str) -> frozenset[str]:
        """Every node before that one, near or far."""
        return _closure(self.before, self.before[name])

    def in_order(self) -> tuple[str, ...]:
        """The nodes, each after those before it; without what lies on or behind a circle."""
        placed: dict[str, None] = {}
        while ready := [one for one in self.ids if one not in placed and all(name in placed for name in self.before[one])]:
            placed.update(dict.fromkeys(ready))
        return tuple(placed)


def shape_of(declaration: Declaration) -> Shape:
    """The shape of the declaration's graph."""
    ids = tuple(node.id for node in declaration.nodes)
    before = {node.id: tuple(name for name in node.after if name in ids) for node in declaration.nodes}
    after = {one: tuple(node for node in ids if one in before[node]) for one in ids}
    return Shape(ids, before, after, tuple(_circles(ids, before, after)))


def _circles(
    ids: Iterable[str], before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]],
) -> Iterable[tuple[str, ...]]:
    """One way round for each group of nodes that reach one another."""
    told: set[str] = set()
    for start in ids:
        if start in told:
            continue
        reached = _closure(after, after[start])
        if start in reached:
            told |= reached & _closure(before, before[start])
            yield _way(after, start)


def _way(after: Mapping[str, tuple[str, ...]], start: str) -> tuple[str, ...]:
    """A shortest way from the node back to itself, without the return."""
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        for name in after[here]:
            if name == start:
                way = [here]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if name not in came_from:
                came_from[name] = here
                waiting.append(name)
    return (start,)


def _closure(arrows: Mapping[str, tuple[str, ...]], first: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += arrows[name]
    return frozenset(found)
