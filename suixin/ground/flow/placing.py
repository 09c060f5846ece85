"""Places of a layered graph: the order of items in each layer so that few edges cross, then their heights.

Items    numbers; `layers[k]` lists those of layer k, `below[i]` the neighbours of i in the next layer
Source   Sugiyama, Tagawa, Toda 1981 (barycentres); heights are least-squares under minimal distances (pool adjacent violators)
"""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_WORK = 60_000  # items times sweeps, so that a huge graph stays quick
_MAX_SWEEPS, _MAX_SWAPPED, _TRIES = 16, 240, 12


@dataclass(slots=True)
class Graph:
    """Layers of items with edges between neighbouring layers; `beside` draws an item to others of its own layer."""

    layers: list[list[int]]
    below: dict[int, list[int]]
    above: dict[int, list[int]]
    beside: Mapping[int, Sequence[int]] = field(default_factory=dict)


def ordered(graph: Graph) -> list[list[int]]:
    """The layers, each in an order that crosses as few edges as was found."""
    best = [list(layer) for layer in graph.layers]
    fewest = crossings(best, graph.below)
    now = [list(layer) for layer in best]
    for sweep in range(_sweeps(graph)):
        _sweep(graph, now, is_down=sweep % 2 == 0)
        if sum(map(len, now)) <= _MAX_SWAPPED:
            _swap(graph, now)
        found = crossings(now, graph.below)
        if found < fewest:
            best, fewest = [list(layer) for layer in now], found
    for item, others in graph.beside.items():
        _draw_near(graph, best, item, others)
    return best


def crossings(layers: Sequence[Sequence[int]], below: Mapping[int, Sequence[int]]) -> int:
    """How many pairs of edges cross between neighbouring layers."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {item: at for at, item in enumerate(lower)}
        seen: list[int] = []
        for item in upper:
            ends = sorted(place[end] for end in below.get(item, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def heights(
    layers: Sequence[Sequence[int]], graph: Graph, *, size: Mapping[int, float], gap: Mapping[int, float]
) -> dict[int, float]:
    """The middle of every item, so that edges run straight and none of a layer are nearer than their gaps."""
    middle: dict[int, float] = {}
    for layer in layers:
        at = 0.0
        for item in layer:
            middle[item] = at + size[item] / 2
            at += size[item] + gap[item]
    for sweep in range(_sweeps(graph) + 2):
        is_down = sweep % 2 == 0
        for layer in layers if is_down else reversed(layers):
            near = graph.above if is_down else graph.below
            _settle(layer, near, middle, size, gap)
    return middle


def _sweeps(graph: Graph) -> int:
    return max(2, min(_MAX_SWEEPS, _WORK // max(1, sum(map(len, graph.layers)))))


def _sweep(graph: Graph, layers: list[list[int]], *, is_down: bool) -> None:
    near = graph.above if is_down else graph.below
    numbers = range(1, len(layers)) if is_down else range(len(layers) - 2, -1, -1)
    for number in numbers:
        fixed = layers[number - 1] if is_down else layers[number + 1]
        place = {item: float(at) for at, item in enumerate(fixed)}
        own = {item: float(at) for at, item in enumerate(layers[number])}
        scale = len(fixed) / max(1, len(own))
        key = {item: _mean([place[end] for end in near.get(item, ())], own[item] * scale) for item in own}
        layers[number].sort(key=key.__getitem__)


def _swap(graph: Graph, layers: list[list[int]]) -> None:
    """Neighbours of a layer change places where that crosses fewer edges."""
    for number, layer in enumerate(layers):
        around = [
            ({item: at for at, item in enumerate(layers[other])}, near)
            for other, near in ((number - 1, graph.above), (number + 1, graph.below)) if 0 <= other < len(layers)
        ]
        for at in range(len(layer) - 1):
            one, two = layer[at], layer[at + 1]
            gain = sum(_gain(one, two, place, near) for place, near in around)
            if gain > 0:
                layer[at], layer[at + 1] = two, one


def _draw_near(graph: Graph, layers: list[list[int]], item: int, others: Sequence[int]) -> None:
    """Put the item where it is nearest to the others of its layer and no edge more crosses."""
    number = next(at for at, layer in enumerate(layers) if item in layer)
    around, rest = slice(max(0, number - 1), number + 2), [one for one in layers[number] if one != item]
    fewest = crossings(layers[around], graph.below)
    places = [at for at, one in enumerate(rest) if one in others]
    for at in sorted(range(len(rest) + 1), key=lambda at: sum(abs(at - 0.5 - place) for place in places))[:_TRIES]:
        tried = [*layers[:number], [*rest[:at], item, *rest[at:]], *layers[number + 1 :]]
        if crossings(tried[around], graph.below) <= fewest:
            layers[number] = tried[number]
            return


def _gain(one: int, two: int, place: Mapping[int, int], near: Mapping[int, Sequence[int]]) -> int:
    """How many crossings fewer when `two` stands before `one`."""
    first, second = [place[end] for end in near.get(one, ())], [place[end] for end in near.get(two, ())]
    return sum((a > b) - (a < b) for a in first for b in second)


def _settle(
    layer: Sequence[int], near: Mapping[int, Sequence[int]], middle: dict[int, float], size: Mapping[int, float], gap: Mapping[int, float]
) -> None:
    """Move the items of a layer as near as may be to the mean of their neighbours, in order and apart."""
    offset, blocks = 0.0, list[tuple[float, float, int]]()  # (mean, weight, how many)
    offsets = []
    for at, item in enumerate(layer):
        if at:
            before = layer[at - 1]
            offset += (size[before] + size[item]) / 2 + max(gap[before], gap[item])
        offsets.append(offset)
        ends = near.get(item, ())
        wanted, weight = _mean([middle[end] for end in ends], middle[item]) - offset, 1.0 if ends else 0.1
        blocks.append((wanted, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean, heavy, many), (other, light, few) = blocks.pop(), blocks.pop()
            blocks.append(((mean * heavy + other * light) / (heavy + light), heavy + light, many + few))
    settled = [mean for mean, _, many in blocks for _ in range(many)]
    for item, place, moved in zip(layer, settled, offsets, strict=True):
        middle[item] = place + moved


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
