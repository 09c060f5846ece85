"""BPMN: well-formed, every reference resolves, everything is drawn where nothing else is."""

import re
from itertools import combinations
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.flow.bpmn import name_of, to_bpmn
from suixin.ground.flow.parsing import parse
from suixin.ground.flow.tests.test_parsing import RESTAURANT

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
PLACES = ["民政局", "住建局", "$provider"]


@st.composite
def graphs(draw):
    """Procedures without circles, of any other shape."""
    nodes: dict[str, dict[str, object]] = {}
    for n in range(draw(st.integers(1, 7))):
        nodes[f"环_{n}"] = {
            "after": draw(st.lists(st.sampled_from(list(nodes)), max_size=3, unique=True)) if nodes else [],
            "organisation": draw(st.sampled_from(PLACES)), "when": draw(st.sampled_from(["", "x < 3"])),
            "limit": draw(st.sampled_from(["5wd", "4h"])), "silent": draw(st.sampled_from([None, "deemed-approved", "deemed-rejected"])),
        }
    return parse({"id": "p", "title": "<&\">", "fields": {"x": "数值"}, "nodes": nodes})


class Box:
    """A shape's place."""

    def __init__(self, shape: ET.Element) -> None:
        x, y, width, height = (float(shape[0].attrib[key]) for key in ("x", "y", "width", "height"))
        self.left, self.top, self.right, self.bottom = x, y, x + width, y + height

    def touches(self, other: "Box") -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: "Box") -> bool:
        return self.left <= other.left and other.right <= self.right and self.top <= other.top and other.bottom <= self.bottom


def ids_of(root: ET.Element) -> list[str]:
    return [one.get("id", "") for one in root.iter() if one.get("id")]


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_reference_leads_to_an_element(declaration):
    root = ET.fromstring(to_bpmn(declaration))
    ids = ids_of(root)
    assert len(set(ids)) == len(ids)
    assert all(NAME.fullmatch(one) for one in ids)
    keys = ("sourceRef", "targetRef", "attachedToRef", "processRef", "default", "bpmnElement")
    named = [one.attrib[key] for one in root.iter() for key in keys if key in one.attrib]
    named += [one.text or "" for tag in ("incoming", "outgoing", "flowNodeRef") for one in root.iter(BPMN + tag)]
    assert set(named) <= set(ids)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_everything_is_on_the_way_from_start_to_an_end(declaration):
    root = ET.fromstring(to_bpmn(declaration))
    arrows = [(one.attrib["sourceRef"], one.attrib["targetRef"]) for one in root.iter(BPMN + "sequenceFlow")]
    arrows += [(one.attrib["attachedToRef"], one.attrib["id"]) for one in root.iter(BPMN + "boundaryEvent")]
    flow_nodes = {one.text or "" for one in root.iter(BPMN + "flowNodeRef")}
    reached, waiting = set(), ["start"]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += [target for source, target in arrows if source == here]
    assert reached == flow_nodes
    ends = {one.get("id") for one in root.iter(BPMN + "endEvent")}
    assert {one for one in flow_nodes if one not in {source for source, _ in arrows}} == ends


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_shapes_do_not_overlap_and_each_element_and_arrow_is_drawn(declaration):
    root = ET.fromstring(to_bpmn(declaration))
    shapes = {one.attrib["bpmnElement"]: Box(one) for one in root.iter(DI + "BPMNShape")}
    lanes = {one.attrib["id"]: [ref.text or "" for ref in one] for one in root.iter(BPMN + "lane")}
    drawn = {one.attrib["bpmnElement"] for one in root.iter(DI + "BPMNEdge")}
    assert drawn == {one.attrib["id"] for one in root.iter(BPMN + "sequenceFlow")}
    apart = [one for members in lanes.values() for one in members if not one.endswith(".limit")]  # those lie on their task's border
    assert [pair for pair in combinations(apart, 2) if shapes[pair[0]].touches(shapes[pair[1]])] == []
    assert [one for lane, members in lanes.items() for one in members if not shapes[lane].holds(shapes[one])] == []


def test_the_restaurant_has_its_gateways_timers_and_lanes():
    root = ET.fromstring(to_bpmn(parse(RESTAURANT)))
    assert [one.get("name") for one in root.iter(BPMN + "lane")] == ["市场监管局", "消防救援", "住建局"]
    assert [one.text for one in root.iter(BPMN + "conditionExpression")] == ["area > 300"]
    timers = {one.get("attachedToRef"): one.get("cancelActivity") for one in root.iter(BPMN + "boundaryEvent")}
    assert timers == {"n_accept": "false", "n_licence": "false", "n_fire": "false", "n_drain": "true", "n_deliver": "false"}
    gateways = [one.get("id") for one in root.iter(BPMN + "parallelGateway")]
    assert gateways == ["n_accept.fork", "n_deliver.join", "end.join"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("a_x4e0环-", max_size=8), min_size=2, max_size=2, unique=True))
def test_different_ids_have_different_names(texts):
    names = [name_of(one, "n_") for one in texts]
    assert names[0] != names[1]
    assert all(NAME.fullmatch(one) for one in names)
