"""What a declaration shows: its drawing, the table with the same content, its limits against the longest path."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.utils.translation import gettext

from suixin.ground.flow import lengths
from suixin.ground.flow.declaration import STARTER, Declaration, Join, Node, OnReject
from suixin.ground.flow.durations import Duration, Unit
from suixin.ground.flow.errors import UnknownProcedure
from suixin.ground.flow.procedures import declaration_of, in_force
from suixin.ground.flow.shapes import shape_of
from suixin.ground.people.models import Organisation, Role
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.flow_words import condition_words
from suixin.site.shell.graphs import Graph, NodeWords, graph_of, marks_of
from suixin.site.shell.words import role_name


@dataclass(frozen=True, slots=True)
class LimitBar:
    """One bar: what it is, its share of the longest in per cent, what is written behind it; `tone` longest, good or bad."""

    label: str
    percent: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest path beside what was promised and what the law allows, and what follows, as a sentence."""

    bars: Sequence[LimitBar]
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A declaration for a page."""

    graph: Graph
    table: Table
    limits: Limits
    longest: float
    unit: Unit


def drawn(declaration: Declaration, wrong: Iterable[str] = ()) -> Drawn:
    """Drawing, table and limits; `wrong`: ids of nodes with faults. One query."""
    names, (critical, days, unit) = _names(declaration), longest_path(declaration)
    words = {node.id: _words(node, declaration, names) for node in declaration.nodes}
    faulty = frozenset(wrong) & words.keys()
    marked = {one: replace(words[one], marks=(gettext("有误"), *words[one].marks)) for one in faulty}
    graph = graph_of(declaration, words | marked, critical, wrong=faulty)
    return Drawn(graph, _table(declaration, words, critical), _limits(declaration, days, unit), days, unit)


def longest_path(declaration: Declaration) -> tuple[list[str], float, Unit]:
    """Ids of the nodes on the longest path, how long it is, in which unit; nothing when nodes wait for one another.

    Counted as `ground.flow.lengths` counts when a procedure is proved.
    """
    limits = {node.id: lengths.limit_of(node, _promised_by) for node in declaration.nodes}
    unit = lengths.common_unit(declaration, limits)
    shape = shape_of(declaration)
    if shape.circles:
        return [], 0.0, unit
    ends: dict[str, tuple[Fraction, str]] = {}  # when a node is over at the latest, and which one it waits for
    for name in shape.in_order():
        start, by = max(((ends[one][0], one) for one in shape.before[name]), default=(Fraction(0), ""), key=lambda found: found[0])
        ends[name] = (start + lengths.at_most(limits[name], unit), by)
    longest = max((end for end, _ in ends.values()), default=Fraction(0))
    path, here = list[str](), next((name for name, (end, _) in ends.items() if end == longest), "") if longest else ""
    while here:
        path.append(here)
        here = ends[here][1]
    return path[::-1], float(longest), unit


def _promised_by(slug: str) -> Duration | None:
    """What a sub-procedure promises, or the law demands of it."""
    try:
        found = declaration_of(in_force(slug))
    except UnknownProcedure:
        return None
    return found.promised or found.statutory


def organisation_words(name: str, names: Mapping[str, str], lead: str = "") -> str:
    """What an organisation of a declaration is called: `$party` is chosen when an instance starts."""
    if name == STARTER:
        return gettext("发起单位")
    if name.startswith("$"):
        return gettext("发起时指定（%(name)s）") % {"name": name[1:]}
    return names.get(name, name or names.get(lead, lead))


def role_words(role: str) -> str:
    """What a role is called; an unknown one as it is written."""
    return role_name(role) if role in Role.values else role


def _names(declaration: Declaration) -> dict[str, str]:
    wanted = {name for node in declaration.nodes for name in node.organisations} | {declaration.lead}
    found = Organisation.objects.filter(slug__in=wanted).values_list("slug", "short_name", "name")
    return {slug: short or name for slug, short, name in found}


def _words(node: Node, declaration: Declaration, names: Mapping[str, str]) -> NodeWords:
    places = gettext("、").join(organisation_words(one, names, declaration.lead) for one in node.organisations)
    doer = gettext("发起人本人") if node.assignee == STARTER else role_words(node.role)
    return NodeWords(places, doer, duration_words(node.limit), condition_words(node.when), tuple(marks_of(node)))


def duration_words(limit: Duration | None) -> str:
    """A limit in the reader's language; "" for none."""
    return amount_words(limit.amount, limit.unit) if limit else ""


def _table(declaration: Declaration, words: Mapping[str, NodeWords], critical: Sequence[str]) -> Table:
    columns = (
        Column(gettext("环节")), Column(gettext("办理")), Column(gettext("时限")), Column(gettext("在其后")),
        Column(gettext("条件"), is_long=True), Column(gettext("可作的决定")), Column(gettext("不同意时")),
        Column(gettext("说明"), is_long=True),
    )
    titles = {node.id: node.title for node in declaration.nodes}
    rows = [_row(node, words[node.id], titles, is_critical=node.id in critical) for node in declaration.nodes]
    return Table(gettext("环节"), columns, rows, gettext("没有环节。"))


def _row(node: Node, words: NodeWords, titles: Mapping[str, str], *, is_critical: bool) -> tuple[Cell, ...]:
    join = (gettext("任一办完") if node.join is Join.ANY else gettext("全部办完")) if len(node.after) > 1 else ""
    decides = bool(node.role or node.assignee)
    refusals = {OnReject.STOP_ALL: gettext("全部终止"), OnReject.CONTINUE_OTHERS: gettext("其余继续")}
    notes = list(words.marks)
    if node.stops:
        notes.append(gettext("使%(nodes)s停钟") % {"nodes": gettext("、").join(titles.get(one, one) for one in node.stops)})
    if node.quorum:
        notes.append(gettext("%(n)d 个单位办完即可") % {"n": node.quorum})
    if node.extension:
        notes.append(gettext("最多延长 %(limit)s") % {"limit": duration_words(node.extension)})
    if node.returns_to:
        notes.append(gettext("退回到%(node)s") % {"node": titles.get(node.returns_to, node.returns_to)})
    notes += [node.hint] if node.hint else []
    return (
        Cell(node.title, note=gettext("最长路径") if is_critical else ""), Cell(words.place, note=words.doer), Cell(words.limit),
        Cell(gettext("、").join(titles.get(one, one) for one in node.after), note=join), Cell(words.guard),
        Cell(gettext("、").join(node.actions.values()) if decides else ""), Cell(refusals[node.on_reject] if decides else ""),
        Cell(gettext("；").join(notes)),
    )


def _limits(declaration: Declaration, longest: float, unit: Unit) -> Limits:
    given = [(gettext("承诺时限"), declaration.promised), (gettext("法定时限"), declaration.statutory)]
    days = [(label, limit, float(lengths.at_least(limit, unit))) for label, limit in given if limit is not None]
    most = max([longest, *(one for _, _, one in days)]) or 1.0
    told = amount_words(longest, unit)
    bars = [LimitBar(gettext("最长路径"), _percent(longest, most), told, "longest")]
    bars += [
        LimitBar(label, _percent(one, most), duration_words(limit), "bad" if one < longest else "good") for label, limit, one in days
    ]
    over = [label for label, _, one in days if one < longest]
    if over:
        verdict = gettext("最长路径 %(days)s，超过%(limits)s；请缩短环节的时限，或让它们同时办理。")
        return Limits(bars, verdict % {"days": told, "limits": gettext("和").join(over)}, "bad")
    if not days:
        return Limits(bars, gettext("没有写明承诺时限和法定时限，只按各环节的时限计算。"), "info")
    left = min(one for _, _, one in days) - longest
    if not left:
        return Limits(bars, gettext("最长路径 %(days)s，正好用满时限。") % {"days": told}, "good")
    verdict = gettext("最长路径 %(days)s，在时限以内，还余 %(left)s。")
    return Limits(bars, verdict % {"days": told, "left": amount_words(left, unit)}, "good")


def amount_words(amount: float, unit: Unit) -> str:
    """So much of a unit, in the reader's language."""
    words = {
        Unit.WORKING_DAYS: gettext("%(n)s 个工作日"), Unit.DAYS: gettext("%(n)s 日"), Unit.HOURS: gettext("%(n)s 小时"),
    }
    return words[unit] % {"n": f"{amount:.2f}".rstrip("0").rstrip(".")}


def _percent(days: float, most: float) -> str:
    return f"{math.ceil(1000 * days / most) / 10:g}"
