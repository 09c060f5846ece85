"""Where the nodes and edges of a procedure stand when it is drawn: layers from left to right, few crossings, nothing overlaps.

Value    `layers(declaration)` is a Drawing: a Box for each node, an Edge for each line, its width and height, from (0, 0)
Faulty   a declaration with faults is drawn too: unknown names are left out, an edge that closes a circle is of kind `back`
Lanes    long edges of one node share a lane that passes between the boxes of the layers on the way
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from suixin.ground.flow.declaration import Declaration, Node
from suixin.ground.flow.placing import Graph, heights, ordered

EdgeKind = Literal["after", "stops", "back"]
Point = tuple[float, float]

_MARGIN, _GAP, _LANE, _LANE_GAP = 16.0, 26.0, 6.0, 14.0
_STEP, _STEP_EACH, _STEP_MOST = 52.0, 4.0, 110.0  # between two layers: more room where more edges run
_BULGE = 22.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large a node is drawn; `lead` is the room kept before it for what stands on its incoming edge."""

    width: float = 160.0
    height: float = 72.0
    lead: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place: left, top, width, height; `layer` counts from 0."""

    id: str
    layer: int
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a node to one after it, or to one whose clock it stops; `points` run from source to target."""

    source: str
    target: str
    kind: EdgeKind
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole of it; `boxes` in the order of the declaration."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float

    def box(self, node_id: str) -> Box | None:
        """The box of that node."""
        return next((box for box in self.boxes if box.id == node_id), None)


@dataclass(frozen=True, slots=True)
class _Line:
    """An edge as it is laid: always from a lower layer to a higher one; `is_turned` when it points the other way."""

    low: str
    high: str
    kind: EdgeKind
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class _Laid:
    """What is known when everything has its place."""

    boxes: Mapping[str, Box]
    lanes: Mapping[tuple[str, EdgeKind, int], float]  # heights of lanes by (source, kind, layer)
    spans: Sequence[tuple[float, float]]  # left and right of each layer


def layers(declaration: Declaration, size: Callable[[Node], Size] = lambda node: Size()) -> Drawing:
    """The drawing of a procedure."""
    nodes = {node.id: node for node in declaration.nodes}
    back = _closing(nodes)
    after = [(before, node.id) for node in nodes.values() for before in dict.fromkeys(node.after) if before in nodes]
    rank = _ranks(nodes, [edge for edge in after if edge not in back])
    lines, level = _lines(nodes, after, back, rank)
    sizes = {node.id: size(node) for node in nodes.values()}
    laid = _laid(rank, lines, level, sizes)
    edges = [_edge(line, laid) for line in lines] + [_beside(one, other, laid) for one, other in level]
    boxes = tuple(laid.boxes[node] for node in nodes)
    bottom = max([box.y + box.height for box in boxes] + [y for edge in edges for _, y in edge.points] + [0.0])
    right = max([box.right for box in boxes] + [x for edge in edges for x, _ in edge.points] + [0.0])
    return Drawing(boxes, tuple(edges), right + _MARGIN, bottom + _MARGIN)


def _closing(nodes: Mapping[str, Node]) -> set[tuple[str, str]]:
    """The edges (before, node) that close a circle."""
    state: dict[str, bool] = {}  # True while its predecessors are looked at
    found: set[tuple[str, str]] = set()
    for first in nodes:
        stack = [(first, iter(nodes[first].after))] if first not in state else []
        state.setdefault(first, True)
        while stack:
            here, rest = stack[-1]
            before = next(rest, None)
            if before is None:
                state[here] = False
                stack.pop()
            elif before in nodes and state.get(before):
                found.add((before, here))
            elif before in nodes and before not in state:
                state[before] = True
                stack.append((before, iter(nodes[before].after)))
    return found


def _ranks(nodes: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each node: the longest way to it."""
    rank, waits = dict.fromkeys(nodes, 0), dict.fromkeys(nodes, 0)
    after: dict[str, list[str]] = {node: [] for node in rank}
    for before, node in edges:
        after[before].append(node)
        waits[node] += 1
    ready = [node for node, many in waits.items() if not many]
    for node in ready:  # grows while it is walked
        for later in after[node]:
            rank[later] = max(rank[later], rank[node] + 1)
            waits[later] -= 1
            if not waits[later]:
                ready.append(later)
    return rank


def _lines(
    nodes: Mapping[str, Node], after: Sequence[tuple[str, str]], back: set[tuple[str, str]], rank: Mapping[str, int]
) -> tuple[list[_Line], list[tuple[str, str]]]:
    """Edges between layers, and those (one that stops, one that is stopped) within a layer."""
    lines, level = [], []
    for before, node in after:
        if (before, node) not in back:
            lines.append(_Line(before, node, "after"))
        elif before != node:  # a node after itself has no line
            lines.extend([_Line(node, before, "back", is_turned=True)] if rank[node] < rank[before] else [])
    for one in nodes.values():
        for other in dict.fromkeys(one.stops):
            if other not in nodes or other == one.id:
                continue
            if rank[one.id] == rank[other]:
                level.append((one.id, other))
            elif rank[one.id] < rank[other]:
                lines.append(_Line(one.id, other, "stops"))
            else:
                lines.append(_Line(other, one.id, "stops", is_turned=True))
    return lines, level


def _laid(
    rank: Mapping[str, int], lines: Sequence[_Line], level: Sequence[tuple[str, str]], sizes: Mapping[str, Size]
) -> _Laid:
    """Items (boxes, then lanes) put in order and at their heights; layers put beside one another."""
    number = {node: at for at, node in enumerate(rank)}
    lanes: dict[tuple[str, EdgeKind, int], int] = {}
    joined: dict[tuple[int, int], None] = {}
    for line in lines:
        here = number[line.low]
        for layer in range(rank[line.low] + 1, rank[line.high]):
            lane = lanes.setdefault((line.low, line.kind, layer), len(number) + len(lanes))
            joined[here, lane] = None
            here = lane
        joined[here, number[line.high]] = None
    graph = _graph(rank, number, lanes, joined)
    graph.beside = _both_ways([(number[one], number[other]) for one, other in level])
    height = {number[node]: sizes[node].height for node in rank} | dict.fromkeys(lanes.values(), _LANE)
    gap = dict.fromkeys(number.values(), _GAP) | dict.fromkeys(lanes.values(), _LANE_GAP)
    middle = heights(ordered(graph), graph, size=height, gap=gap)
    top = min((middle[item] - height[item] / 2 for item in middle), default=0.0) - _MARGIN
    spans = _spans(rank, joined, number, sizes)
    boxes = {
        node: Box(
            node, rank[node], spans[rank[node]][1] - sizes[node].width, middle[number[node]] - sizes[node].height / 2 - top,
            sizes[node].width, sizes[node].height,
        )
        for node in rank
    }  # fmt: skip
    return _Laid(boxes, {key: middle[item] - top for key, item in lanes.items()}, spans)


def _graph(
    rank: Mapping[str, int], number: Mapping[str, int], lanes: Mapping[tuple[str, EdgeKind, int], int], joined: Iterable[tuple[int, int]]
) -> Graph:
    rows: list[list[int]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for node, layer in rank.items():
        rows[layer].append(number[node])
    for (_, _, layer), item in lanes.items():
        rows[layer].append(item)
    below: dict[int, list[int]] = {}
    above: dict[int, list[int]] = {}
    for high, low in joined:
        below.setdefault(high, []).append(low)
        above.setdefault(low, []).append(high)
    return Graph(rows, below, above)


def _both_ways(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Who stops is drawn to whom it stops."""
    found: dict[int, list[int]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found


def _spans(
    rank: Mapping[str, int], joined: Iterable[tuple[int, int]], number: Mapping[str, int], sizes: Mapping[str, Size]
) -> list[tuple[float, float]]:
    """Left and right of each layer."""
    many = max(rank.values(), default=-1) + 1
    layer_of = {number[node]: layer for node, layer in rank.items()}
    busy = [0] * (many + 1)
    for high, _ in joined:
        if high in layer_of:
            busy[layer_of[high]] += 1
    at, spans = _MARGIN, []
    for layer in range(many):
        here = [sizes[node] for node in rank if rank[node] == layer]
        wide = max(one.width for one in here) + max(one.lead for one in here)
        spans.append((at, at + wide))
        at += wide + min(_STEP_MOST, _STEP + _STEP_EACH * busy[layer])
    return spans


def _edge(line: _Line, laid: _Laid) -> Edge:
    """From the right side of the lower box, along its lanes, to the left side of the higher one."""
    low, high = laid.boxes[line.low], laid.boxes[line.high]
    shift = 0.0 if line.kind == "after" else 0.25  # so that lines of two kinds do not end in the same point
    start, end = low.middle + shift * low.height, high.middle + shift * high.height
    points: list[Point] = [(low.right, start), (laid.spans[low.layer][1], start)]
    for layer in range(low.layer + 1, high.layer):
        lane = laid.lanes[line.low, line.kind, layer]
        points += [(laid.spans[layer][0], lane), (laid.spans[layer][1], lane)]
    points += [(laid.spans[high.layer][0], end), (high.x, end)]
    points = list(dict.fromkeys(points))
    ends = (line.high, line.low) if line.is_turned else (line.low, line.high)
    return Edge(*ends, line.kind, tuple(reversed(points)) if line.is_turned else tuple(points))


def _beside(one: str, other: str, laid: _Laid) -> Edge:
    """Within a layer: straight between neighbours, else around the boxes that stand between."""
    source, target = laid.boxes[one], laid.boxes[other]
    low, high = sorted((source.y, target.y))
    is_free = not any(box.layer == source.layer and low < box.y < high for box in laid.boxes.values())
    if is_free:
        x = max(source.x, target.x) + min(source.width, target.width) / 2
        ends = (source.y, target.y + target.height) if target.y < source.y else (source.y + source.height, target.y)
        return Edge(one, other, "stops", ((x, ends[0]), (x, ends[1])))
    out = laid.spans[source.layer][1] + _BULGE
    start, end = source.middle - source.height / 4, target.middle - target.height / 4
    return Edge(one, other, "stops", ((source.right, start), (out, start), (out, end), (target.right, end)))
