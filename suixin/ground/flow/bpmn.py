"""A procedure as BPMN 2.0 XML with its diagram, for viewing in other tools; nothing is ever read back or run from it.

Node      person: user task (joint: multi-instance); effect and measure: service task; sub-procedure: call activity
Guard     an exclusive gateway before the node, whose default leads past it: what is left out lets go on what follows
Joins     all: parallel gateway; any: exclusive gateway. Several after one: parallel gateway
Limit     a timer on the task's border: silence decides (interrupting), or somebody is told (non-interrupting)
Lost      working days: BPMN knows none, so a timer says days and its documentation what is meant
Lanes     one for each organisation, one for what the machine does
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree as ET

from suixin.ground.flow.declaration import Declaration, Join, Node, NodeKind, Silent
from suixin.ground.flow.durations import Duration, Unit
from suixin.ground.flow.layout import layers
from suixin.ground.flow.shapes import Shape, shape_of

_SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL", "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC", "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_TAGS = {
    NodeKind.TASK: "userTask", NodeKind.JOINT: "userTask", NodeKind.AUTO: "serviceTask", NodeKind.MEASURE: "serviceTask",
    NodeKind.FLOW: "callActivity",
}
_MACHINE = "系统"
_WIDTH, _HEIGHT, _SMALL, _END = 120, 80, 36, 24
_COLUMN, _ROW, _HEAD, _MARGIN = 400, 150, 30, 30  # room for two gateways on each side of a task


@dataclass(frozen=True, slots=True)
class _Element:
    """A flow node with its place; `at` is its centre."""

    id: str
    tag: str
    name: str
    lane: str
    at: tuple[float, float]
    size: tuple[int, int]
    attributes: dict[str, str] = field(default_factory=dict)
    documentation: str = ""
    timer: str = ""
    is_several: bool = False


@dataclass(frozen=True, slots=True)
class _Flow:
    """An arrow."""

    id: str
    source: str
    target: str
    condition: str = ""


def to_bpmn(declaration: Declaration) -> str:
    """The procedure as BPMN 2.0 XML. The declaration must be proven: its graph has no circle."""
    drawn = _Drawn(declaration)
    for prefix, address in _SPACES.items():
        ET.register_namespace(prefix, address)
    root = ET.Element(_tag("bpmn", "definitions"), {
        "id": "definitions", "targetNamespace": "https://suixin.invalid/procedures", "exporter": "suixin",
    })
    pool = _child(root, "collaboration", id="collaboration")
    _child(pool, "participant", id="pool", name=declaration.title, processRef=drawn.process)
    _write_process(root, drawn, declaration)
    _write_diagram(root, drawn)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def name_of(text: str, prefix: str) -> str:
    """An XML name (NCName) that no other text has."""
    return prefix + re.sub(r"[^A-Za-z0-9-]", lambda found: "__" if found[0] == "_" else f"_x{ord(found[0]):x}_", text)


class _Drawn:
    """The elements and arrows of a declaration, placed."""

    def __init__(self, declaration: Declaration) -> None:
        self.process = name_of(declaration.id, "p_")
        self.shape: Shape = shape_of(declaration)
        self.elements: dict[str, _Element] = {}
        self.flows: list[_Flow] = []
        self.lanes = list(dict.fromkeys(_lane(node) for node in declaration.nodes))
        self.places, self.rows = _places(declaration, self.lanes)
        self.entry: dict[str, str] = {}
        self.exit: dict[str, str] = {}
        for node in declaration.nodes:
            self._add_node(node)
        self._add_ends()
        for node in declaration.nodes:
            for name in self.shape.before[node.id]:
                self.join(self.exit[name], self.entry[node.id])

    @property
    def width(self) -> float:
        """Of the whole pool."""
        return max(one.at[0] for one in self.elements.values()) + _SMALL + _MARGIN

    def join(self, source: str, target: str, condition: str = "") -> str:
        """The id of a new arrow."""
        flow = _Flow(f"flow_{len(self.flows) + 1}", source, target, condition)
        self.flows.append(flow)
        return flow.id

    def add(self, element: _Element) -> str:
        """The id of a new element."""
        self.elements[element.id] = element
        return element.id

    def gateway(self, key: str, tag: str, like: str, aside: float) -> str:
        """The id of a new gateway on the row of an element, so far to its right."""
        near = self.elements[like]
        return self.add(_Element(key, tag, "", near.lane, (near.at[0] + aside, near.at[1]), (_SMALL, _SMALL)))

    def _add_node(self, node: Node) -> None:
        key = name_of(node.id, "n_")
        attributes = {"calledElement": node.procedure} if node.kind is NodeKind.FLOW else {}
        self.add(_Element(
            key, _TAGS[node.kind], node.title, _lane(node), self.places[node.id], (_WIDTH, _HEIGHT), attributes,
            _documentation(node), is_several=node.kind is NodeKind.JOINT,
        ))
        self.entry[node.id] = self.exit[node.id] = key
        half, step = _WIDTH / 2, _SMALL + 18
        is_merged = bool(node.when) or node.silent is Silent.DEEMED_APPROVED
        if is_merged:
            self.exit[node.id] = self.gateway(f"{key}.merge", "exclusiveGateway", key, half + step)
            self.join(key, self.exit[node.id])
        if node.when:
            guard = self.gateway(f"{key}.guard", "exclusiveGateway", key, -half - step)
            self.join(guard, key, node.when)
            past = self.join(guard, self.exit[node.id])
            self.elements[guard] = replace(self.elements[guard], attributes={"default": past}, name="条件")
            self.entry[node.id] = guard
        if len(self.shape.before[node.id]) > 1:
            tag = "exclusiveGateway" if node.join is Join.ANY else "parallelGateway"
            join = self.gateway(f"{key}.join", tag, key, -half - 2 * step)
            self.join(join, self.entry[node.id])
            self.entry[node.id] = join
        if len(self.shape.after[node.id]) > 1:
            fork = self.gateway(f"{key}.fork", "parallelGateway", key, half + 2 * step)
            self.join(self.exit[node.id], fork)
            self.exit[node.id] = fork
        if node.limit and node.kind is not NodeKind.AUTO:
            self._add_timer(node, node.limit, key)

    def _add_timer(self, node: Node, limit: Duration, key: str) -> None:
        """A timer on the lower border of the task, and where it leads."""
        (x, y), lane = self.places[node.id], _lane(node)
        timer = self.add(_Element(
            f"{key}.limit", "boundaryEvent", limit.words, lane, (x - 30, y + _HEIGHT / 2), (_SMALL, _SMALL),
            {"attachedToRef": key, "cancelActivity": "true" if node.silent else "false"}, f"时限 {limit.words}", _iso(limit),
        ))
        if node.silent is Silent.DEEMED_APPROVED:
            self.join(timer, f"{key}.merge")
            return
        name = "视为不同意" if node.silent else "督办"
        over = self.add(_Element(f"{key}.over", "endEvent", name, lane, (x + 36, y + _HEIGHT / 2 + 34), (_END, _END)))
        self.join(timer, over)

    def _add_ends(self) -> None:
        """The start before the first nodes, the end after the last ones."""
        first, last = self.shape.following(""), [one for one in self.shape.ids if not self.shape.after[one]]
        if not first or not last:
            return
        head, tail = self.elements[name_of(first[0], "n_")], self.elements[name_of(last[0], "n_")]
        right = max(x for x, _ in self.places.values())
        start = self.add(_Element("start", "startEvent", "开始", head.lane, (head.at[0] - 240, head.at[1]), (_SMALL, _SMALL)))
        end = self.add(_Element("end", "endEvent", "办结", tail.lane, (right + 290, tail.at[1]), (_SMALL, _SMALL)))
        if len(first) > 1:
            start = self._between(start, "start.fork", 54)
        if len(last) > 1:
            join = self.gateway("end.join", "parallelGateway", end, -54)
            self.join(join, end)
            end = join
        for name in first:
            self.join(start, self.entry[name])
        for name in last:
            self.join(self.exit[name], end)

    def _between(self, source: str, key: str, aside: float) -> str:
        fork = self.gateway(key, "parallelGateway", source, aside)
        self.join(source, fork)
        return fork


def _places(declaration: Declaration, lanes: Sequence[str]) -> tuple[dict[str, tuple[float, float]], list[int]]:
    """The centre of each task, columns by layer, rows by lane; and how many rows each lane has."""
    layer = {box.id: box.layer for box in layers(declaration).boxes}
    taken: dict[tuple[str, int], int] = {}
    row: dict[str, int] = {}
    for node in declaration.nodes:
        cell = (_lane(node), layer[node.id])
        row[node.id] = taken.get(cell, 0)
        taken[cell] = row[node.id] + 1
    rows = [max(many for (lane, _), many in taken.items() if lane == one) for one in lanes]
    above = {lane: sum(rows[:n]) for n, lane in enumerate(lanes)}
    left = 2 * _HEAD + _MARGIN + 300.0
    return {
        node.id: (left + layer[node.id] * _COLUMN, _MARGIN + (above[_lane(node)] + row[node.id]) * _ROW + _ROW / 2 - 14.0)
        for node in declaration.nodes
    }, rows


def _lane(node: Node) -> str:
    return node.organisations[0] if node.organisations else _MACHINE


def _documentation(node: Node) -> str:
    parts = (
        ("办理单位", "、".join(node.organisations)), ("角色", node.role), ("时限", node.limit.words if node.limit else ""),
        ("条件", node.when), ("决定", "、".join(node.actions.values()) if node.role or node.assignee else ""),
        ("特别程序", "不计入时限" if node.is_special else ""), ("停钟", "、".join(node.stops)), ("事项", node.item),
        ("动作", node.effect), ("复测", node.measure), ("说明", node.hint),
    )
    return "；".join(f"{name}：{text}" for name, text in parts if text)


def _iso(limit: Duration) -> str:
    return f"PT{limit.amount}H" if limit.unit is Unit.HOURS else f"P{limit.amount}D"


def _write_process(root: ET.Element, drawn: _Drawn, declaration: Declaration) -> None:
    process = _child(root, "process", id=drawn.process, name=declaration.title, isExecutable="false")
    lanes = _child(process, "laneSet", id="lanes")
    for n, lane in enumerate(drawn.lanes, 1):
        entry = _child(lanes, "lane", id=f"lane_{n}", name=lane)
        for element in drawn.elements.values():
            if element.lane == lane:
                _child(entry, "flowNodeRef").text = element.id
    for element in drawn.elements.values():
        _write_element(process, element, drawn)
    for flow in drawn.flows:
        entry = _child(process, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
        if flow.condition:
            kind = {_tag("xsi", "type"): "bpmn:tFormalExpression"}
            ET.SubElement(entry, _tag("bpmn", "conditionExpression"), kind).text = flow.condition


def _write_element(process: ET.Element, element: _Element, drawn: _Drawn) -> None:
    entry = _child(process, element.tag, id=element.id, **({"name": element.name} if element.name else {}), **element.attributes)
    if element.documentation:
        _child(entry, "documentation").text = element.documentation
    for tag, ids in (
        ("incoming", [flow.id for flow in drawn.flows if flow.target == element.id]),
        ("outgoing", [flow.id for flow in drawn.flows if flow.source == element.id]),
    ):
        for one in ids:
            _child(entry, tag).text = one
    if element.is_several:
        _child(entry, "multiInstanceLoopCharacteristics", isSequential="false")
    if element.timer:
        kind = {_tag("xsi", "type"): "bpmn:tFormalExpression"}
        timer = _child(entry, "timerEventDefinition", id=f"{element.id}.timer")
        ET.SubElement(timer, _tag("bpmn", "timeDuration"), kind).text = element.timer


def _write_diagram(root: ET.Element, drawn: _Drawn) -> None:
    diagram = ET.SubElement(root, _tag("bpmndi", "BPMNDiagram"), {"id": "diagram"})
    plane = ET.SubElement(diagram, _tag("bpmndi", "BPMNPlane"), {"id": "plane", "bpmnElement": "collaboration"})
    wide, top = drawn.width, float(_MARGIN)
    _write_shape(plane, "pool", (_MARGIN, top, wide - _MARGIN, sum(drawn.rows) * _ROW), is_band=True)
    for n, rows in enumerate(drawn.rows, 1):
        _write_shape(plane, f"lane_{n}", (_MARGIN + _HEAD, top, wide - _MARGIN - _HEAD, rows * _ROW), is_band=True)
        top += rows * _ROW
    for one in drawn.elements.values():
        (x, y), (w, h) = one.at, one.size
        _write_shape(plane, one.id, (x - w / 2, y - h / 2, w, h))
    for flow in drawn.flows:
        edge = ET.SubElement(plane, _tag("bpmndi", "BPMNEdge"), {"id": f"{flow.id}.edge", "bpmnElement": flow.id})
        for x, y in _way(drawn.elements[flow.source], drawn.elements[flow.target]):
            ET.SubElement(edge, _tag("di", "waypoint"), {"x": f"{x:g}", "y": f"{y:g}"})


def _way(source: _Element, target: _Element) -> list[tuple[float, float]]:
    """A line of right angles; what leads past a task on its own row goes above it."""
    if source.tag == "boundaryEvent":
        x, y = source.at[0], source.at[1] + source.size[1] / 2
        return [(x, y), (x, y + 16), (target.at[0], y + 16), (target.at[0], target.at[1] + target.size[1] / 2)] if (
            target.tag != "endEvent"
        ) else [(x, y), (x, target.at[1]), (target.at[0] - target.size[0] / 2, target.at[1])]
    start, end = (source.at[0] + source.size[0] / 2, source.at[1]), (target.at[0] - target.size[0] / 2, target.at[1])
    if source.id.endswith(".guard") and target.id.endswith(".merge"):
        high = source.at[1] - _HEIGHT / 2 - 12
        up, down = source.at[1] - source.size[1] / 2, target.at[1] - target.size[1] / 2
        return [(source.at[0], up), (source.at[0], high), (target.at[0], high), (target.at[0], down)]
    if start[1] == end[1]:
        return [start, end]
    turn = start[0] + 9
    return [start, (turn, start[1]), (turn, end[1]), end]


def _write_shape(plane: ET.Element, key: str, bounds: tuple[float, float, float, float], *, is_band: bool = False) -> None:
    attributes = {"id": f"{key}.shape", "bpmnElement": key, **({"isHorizontal": "true"} if is_band else {})}
    shape = ET.SubElement(plane, _tag("bpmndi", "BPMNShape"), attributes)
    names = zip(("x", "y", "width", "height"), bounds, strict=True)
    ET.SubElement(shape, _tag("dc", "Bounds"), {name: f"{value:g}" for name, value in names})


def _child(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, _tag("bpmn", tag), attributes)


def _tag(prefix: str, name: str) -> str:
    return f"{{{_SPACES[prefix]}}}{name}"
