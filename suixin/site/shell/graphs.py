"""A procedure, or a lineage, as shapes for SVG: boxes with their lines of text, paths with arrow heads, chips on incoming edges.

Use      `graph_of(declaration, words, critical)`; `components/graph.html` draws what it returns; `graph_of_spots` for what is no procedure
Numbers  are texts already, in units of which sixteen are one rem, so that a drawing grows with the reader's letters
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from django.utils.translation import gettext

from suixin.ground.flow.declaration import Declaration, Join, Node, NodeKind, Silent
from suixin.ground.flow.layout import Box, Edge, Point, Size, layers
from suixin.site.shell.lettering import text_height, width_of, wrapped

_WIDTH, _PAD = 172.0, 12.0
_TITLE, _SMALL = 14.0, 12.0
_CHIP, _CHIP_PAD, _CHIP_GAP = 132.0, 7.0, 14.0
_ARROW, _ROUND = 9.0, 7.0
_FITTED = 92.0  # rem
LetterKind = Literal["title", "who", "limit", "mark", "chip"]


@dataclass(frozen=True, slots=True)
class Letters:
    """One line of text, its left end on the line."""

    x: str
    y: str
    text: str
    kind: LetterKind


@dataclass(frozen=True, slots=True)
class Shape:
    """A box or chip: where, what stands in it, how it is told apart."""

    x: str
    y: str
    width: str
    height: str
    lines: Sequence[Letters]
    title: str = ""
    is_critical: bool = False
    is_special: bool = False
    is_quiet: bool = False  # done by the machine, nobody waits
    is_wrong: bool = False  # a fault is told of it


@dataclass(frozen=True, slots=True)
class Path:
    """A line and its arrow head."""

    line: str
    head: str
    kind: str
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole drawing; `description` says in a sentence what it shows."""

    title: str
    description: str
    width: str
    height: str
    rem_width: str
    rem_height: str
    boxes: Sequence[Shape]
    chips: Sequence[Shape]
    paths: Sequence[Path]
    legend: Sequence[tuple[str, str]]  # (kind, what it means)

    @property
    def may_shrink(self) -> bool:
        """Only a little too wide for a wide window, so that it stays readable when it is fitted."""
        return float(self.rem_width) <= _FITTED


@dataclass(frozen=True, slots=True)
class NodeWords:
    """What is written of a node: who does it where, within what, on which condition, and marks as 默认同意."""

    place: str
    doer: str
    limit: str
    guard: str
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Spot:
    """A box of a drawing that is no procedure: what stands in it, the boxes before it, where it leads in the table beside it."""

    id: str
    title: str
    note: str = ""
    after: tuple[str, ...] = ()
    href: str = ""
    is_centre: bool = False


def graph_of_spots(title: str, description: str, spots: Sequence[Spot]) -> Graph:
    """The drawing of boxes and what leads from one to the next."""
    inner = _WIDTH - 2 * _PAD
    texts: dict[str, list[tuple[LetterKind, str]]] = {
        one.id: [
            *(("title", line) for line in wrapped(one.title, _TITLE, width=inner, most=3)),
            *(("who", line) for line in wrapped(one.note, _SMALL, width=inner, most=2)),
        ] for one in spots
    }
    nodes = tuple(Node(one.id, one.title, after=one.after) for one in spots)
    drawing = layers(Declaration("spots", title, nodes), lambda node: _size(texts[node.id], ()))
    boxes = [
        replace(_box(box, node, texts[node.id]), is_critical=one.is_centre)
        for box, node, one in zip(drawing.boxes, nodes, spots, strict=True)
    ]
    return Graph(
        title, description, _n(drawing.width), _n(drawing.height), _n(drawing.width / 16), _n(drawing.height / 16), boxes, [],
        [_path(edge, is_critical=False) for edge in drawing.edges], [],
    )


def graph_of(
    declaration: Declaration, words: Mapping[str, NodeWords], critical: Sequence[str] = (), *, wrong: frozenset[str] = frozenset()
) -> Graph:
    """The drawing of a procedure; `critical` names the nodes of its longest path, in order, `wrong` those with faults."""
    texts = {node.id: _texts(node, words[node.id]) for node in declaration.nodes}
    chips = {node.id: _chip_lines(node, words[node.id]) for node in declaration.nodes}
    drawing = layers(declaration, lambda node: _size(texts[node.id], chips[node.id]))
    steps = set(pairwise(critical))
    boxes = [
        replace(_box(box, node, texts[node.id]), is_critical=node.id in critical, is_wrong=node.id in wrong)
        for box, node in zip(drawing.boxes, declaration.nodes, strict=True)
    ]
    paths = [_path(edge, is_critical=edge.kind == "after" and (edge.source, edge.target) in steps) for edge in drawing.edges]
    paths.sort(key=lambda path: path.is_critical)  # the emphasised ones on top
    return Graph(
        declaration.title, _description(declaration, critical), _n(drawing.width), _n(drawing.height),
        _n(drawing.width / 16), _n(drawing.height / 16), boxes,
        [_chip(box, chips[box.id]) for box in drawing.boxes if chips[box.id]], paths,
        [*_legend({path.kind for path in paths}, declaration, is_critical=bool(critical)),
         *([("wrong", gettext("有误的环节（红点线框）"))] if wrong else [])],
    )


def _texts(node: Node, words: NodeWords) -> list[tuple[LetterKind, str]]:
    inner = _WIDTH - 2 * _PAD
    lines: list[tuple[LetterKind, str]] = [("title", line) for line in wrapped(node.title, _TITLE, width=inner, most=3)]
    who = " · ".join(part for part in (words.place, words.doer) if part)
    lines += [("who", line) for line in wrapped(who, _SMALL, width=inner, most=3)]
    lines += [("limit", line) for line in wrapped(words.limit, _SMALL, width=inner, most=1)]
    marks = " · ".join(words.marks)
    return lines + [("mark", line) for line in wrapped(marks, _SMALL, width=inner, most=2)]


def _chip_lines(node: Node, words: NodeWords) -> list[str]:
    inner = _CHIP - 2 * _CHIP_PAD
    lines = []
    if len(node.after) > 1:
        lines.append(gettext("任一办完即开始") if node.join is Join.ANY else gettext("全部办完才开始"))
    condition = gettext("仅当 %(guard)s") % {"guard": words.guard} if words.guard else ""
    return [part for line in lines for part in wrapped(line, _SMALL, width=inner, most=2)] + list(
        wrapped(condition, _SMALL, width=inner, most=4)
    )


def _size(texts: Sequence[tuple[LetterKind, str]], chip: Sequence[str]) -> Size:
    high = sum(text_height([line], _letter(kind)) for kind, line in texts) + 2 * _PAD - 2
    chip_high = text_height(chip, _SMALL) + 2 * _CHIP_PAD if chip else 0.0
    return Size(_WIDTH, max(high, chip_high, 44.0), _chip_width(chip) + 2 * _CHIP_GAP if chip else 0.0)


def _box(box: Box, node: Node, texts: Sequence[tuple[LetterKind, str]]) -> Shape:
    at, letters = box.y + _PAD - 2, []
    for kind, line in texts:
        at += text_height([line], _letter(kind))
        letters.append(Letters(_n(box.x + _PAD), _n(at - 2), line, kind))
    is_quiet = node.kind in (NodeKind.AUTO, NodeKind.MEASURE)
    where = _n(box.x), _n(box.y), _n(box.width), _n(box.height)
    return Shape(*where, letters, node.title, is_special=node.is_special, is_quiet=is_quiet)


def _chip(box: Box, lines: Sequence[str]) -> Shape:
    width, high = _chip_width(lines), text_height(lines, _SMALL) + 2 * _CHIP_PAD
    x, y = box.x - _CHIP_GAP - width, box.middle - high / 2
    step = text_height("1", _SMALL)
    letters = [Letters(_n(x + _CHIP_PAD), _n(y + _CHIP_PAD + step * (at + 1) - 5), line, "chip") for at, line in enumerate(lines)]
    return Shape(_n(x), _n(y), _n(width), _n(high), letters)


def _chip_width(lines: Sequence[str]) -> float:
    return max(width_of(line, _SMALL) for line in lines) + 2 * _CHIP_PAD


def _path(edge: Edge, *, is_critical: bool) -> Path:
    points = edge.points
    (x, y), (to_x, to_y) = points[-2], points[-1]
    if abs(to_x - x) >= abs(to_y - y):
        way = 1 if to_x >= x else -1
        head = [(to_x - way * _ARROW, to_y - 5), (to_x, to_y), (to_x - way * _ARROW, to_y + 5)]
        end = (to_x - way * _ARROW / 2, to_y)
    else:
        way = 1 if to_y >= y else -1
        head = [(to_x - 5, to_y - way * _ARROW), (to_x, to_y), (to_x + 5, to_y - way * _ARROW)]
        end = (to_x, to_y - way * _ARROW / 2)
    return Path(_line([*points[:-1], end]), "M" + "L".join(_p(one) for one in head) + "Z", edge.kind, is_critical)


def _line(points: Sequence[Point]) -> str:
    """Straight where two points are level or plumb, else a curve that leaves and arrives level."""
    parts = [f"M{_p(points[0])}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if abs(y - to_y) < 0.5 or abs(x - to_x) < 0.5:
            parts.append(f"L{_p((to_x, to_y))}")
        else:
            half = (x + to_x) / 2
            parts.append(f"C{_p((half, y))} {_p((half, to_y))} {_p((to_x, to_y))}")
    return "".join(parts)


def _description(declaration: Declaration, critical: Sequence[str]) -> str:
    titles = {node.id: node.title for node in declaration.nodes}
    told = gettext("流程图，共 %(n)d 个环节，从左到右依次办理。") % {"n": len(titles)}
    if critical:
        path = " → ".join(titles[one] for one in critical)
        told += gettext("最长路径：%(path)s。") % {"path": path}
    return told + gettext("全部内容见下方的环节表。")


def _legend(kinds: set[str], declaration: Declaration, *, is_critical: bool) -> list[tuple[str, str]]:
    found = [("after", gettext("先后顺序"))] if "after" in kinds else []
    if is_critical:
        found.append(("critical", gettext("最长路径（粗线、粗框）")))
    if any(node.is_special for node in declaration.nodes):
        found.append(("special", gettext("特别程序，不计入时限（虚线框）")))
    if "stops" in kinds:
        found.append(("stops", gettext("使另一环节停钟（虚线）")))
    if "back" in kinds:
        found.append(("back", gettext("有误：先后循环（点线）")))
    return found


def marks_of(node: Node) -> list[str]:
    """What is said of a node in a word or two."""
    kinds = {
        NodeKind.JOINT: gettext("联合办理"), NodeKind.AUTO: gettext("自动办理"), NodeKind.MEASURE: gettext("自动复测"),
        NodeKind.FLOW: gettext("子流程"),
    }
    silences = {Silent.DEEMED_APPROVED: gettext("逾期视为同意"), Silent.DEEMED_REJECTED: gettext("逾期视为不同意")}
    marks = [kinds[node.kind]] if node.kind in kinds else []
    marks += [gettext("特别程序")] if node.is_special else []
    return marks + ([silences[node.silent]] if node.silent else [])


def _letter(kind: LetterKind) -> float:
    return _TITLE if kind == "title" else _SMALL


def _p(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
