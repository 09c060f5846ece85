"""Drawings of procedures: nothing overlaps, edges join their boxes, few cross, any graph is drawn."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.flow.declaration import Declaration, Node
from suixin.ground.flow.layout import Box, Drawing, Size, layers
from suixin.ground.flow.placing import crossings


def declared(*nodes: Node) -> Declaration:
    return Declaration("p", "流程", nodes)


def node(name: str, *after: str, stops: tuple[str, ...] = ()) -> Node:
    return Node(name, name, after=after, stops=stops, is_special=bool(stops))


@st.composite
def graphs(draw: st.DrawFn) -> Declaration:
    many = draw(st.integers(1, 14))
    names = [f"n{at}" for at in range(many)]
    nodes = []
    for at, name in enumerate(names):
        after = draw(st.lists(st.sampled_from(names[:at]), max_size=3, unique=True)) if at else []
        stops = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if draw(st.booleans()) else []
        nodes.append(node(name, *after, stops=tuple(stops)))
    return declared(*nodes)


def sized(one: Node) -> Size:
    """Boxes of different sizes."""
    number = int(one.id[1:])
    return Size(100 + 30 * (number % 3), 40 + 25 * (number % 4), 60 * (number % 2))


def meets(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.y + other.height and other.y < one.y + one.height


def passes(drawing: Drawing) -> list[tuple[str, str, str]]:
    """Level pieces of edges that run through a box that is neither end."""
    return [
        (edge.source, edge.target, box.id)
        for edge in drawing.edges if edge.kind == "after" for (x, y), (to, level) in zip(edge.points, edge.points[1:], strict=False)
        for box in drawing.boxes
        if y == level and box.id not in (edge.source, edge.target) and box.y < y < box.y + box.height and x < box.right and box.x < to
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_no_two_boxes_meet_and_no_edge_runs_through_a_box(declaration: Declaration) -> None:
    drawing = layers(declaration, sized)
    assert not [pair for pair in combinations(drawing.boxes, 2) if meets(*pair)]
    assert passes(drawing) == []


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_everything_stands_within_the_drawing(declaration: Declaration) -> None:
    drawing = layers(declaration, sized)
    corners = [(box.x, box.y) for box in drawing.boxes] + [(box.right, box.y + box.height) for box in drawing.boxes]
    for x, y in corners + [point for edge in drawing.edges for point in edge.points]:
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_edge_begins_and_ends_at_its_boxes(declaration: Declaration) -> None:
    drawing = layers(declaration, sized)
    for edge in drawing.edges:
        for name, (x, y) in ((edge.source, edge.points[0]), (edge.target, edge.points[-1])):
            box = drawing.box(name)
            assert box is not None
            assert box.x <= x <= box.right
            assert box.y <= y <= box.y + box.height


def test_later_nodes_stand_further_right() -> None:
    drawing = layers(declared(node("a"), node("b", "a"), node("c", "a", "b")))
    assert [box.layer for box in drawing.boxes] == [0, 1, 2]
    assert drawing.boxes[0].right < drawing.boxes[1].x < drawing.boxes[2].x


def test_twisted_ladder_is_untwisted() -> None:
    rungs = [node(f"b{at}", f"a{3 - at}") for at in range(4)]
    drawing = layers(declared(*(node(f"a{at}") for at in range(4)), *rungs))
    below = {at: [3 - at + 4] for at in range(4)}
    boxes = drawing.boxes
    rows = [sorted(range(4), key=lambda at: boxes[at].y), sorted(range(4, 8), key=lambda at: boxes[at].y)]
    assert crossings([[0, 1, 2, 3], [4, 5, 6, 7]], below) == 6
    assert crossings(rows, below) == 0


def test_who_stops_stands_beside_whom_it_stops() -> None:
    nodes = [node("a"), *(node(name, "a") for name in "bcde"), node("s", "a", stops=("b", "c"))]
    drawing = layers(declared(*nodes))
    order = [box.id for box in sorted(drawing.boxes[1:], key=lambda box: box.y)]
    assert abs(order.index("s") - order.index("b")) == abs(order.index("s") - order.index("c")) == 1


def test_circle_and_unknown_names_are_drawn_as_far_as_they_go() -> None:
    drawing = layers(declared(node("a", "c"), node("b", "a", "b"), node("c", "b", "nothing")))
    assert len(drawing.boxes) == 3
    assert sorted(edge.kind for edge in drawing.edges) == ["after", "after", "back"]


def test_nothing_to_draw_is_an_empty_drawing() -> None:
    assert layers(declared()).boxes == ()
