"""The days of a theme: parallel parts take the longest, serial ones add up, joint visits wait for all; pure.

Graph    begin and end of each part, and each joint visit, are nodes; an edge says that one waits for the other
Days     working days after the day of receipt (行政许可法 art. 82); a part that is done at once ends on the day it begins
Source   standards/services.md 2.2: 合并时限（并联取 max，串联取 sum）
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

from suixin.ground.flow.workdays import WorkCalendar
from suixin.services.themes.declaration import Theme, Visit, Whole
from suixin.services.themes.rules.choosing import subgraph

Node = tuple[str, str]  # begin, end or visit; id


@dataclass(frozen=True, slots=True)
class Span:
    """When a part or visit is handled: working days after receipt, and whether a day more there makes the whole later."""

    id: str
    first: int
    last: int
    is_critical: bool = False

    @property
    def days(self) -> int:
        """How many working days it takes."""
        return self.last - self.first

    def dates(self, start: date, calendar: WorkCalendar) -> tuple[date, date]:
        """The first and the last day, when everything was received on `start`."""
        return calendar.nth_workday_after(start, self.first) if self.first else start, (
            calendar.nth_workday_after(start, self.last) if self.last else start
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole of it: days together, days if one were handled after the other, the parts and visits, the longest path."""

    days: int
    serial_days: int
    parts: tuple[Span, ...]
    visits: tuple[Span, ...]
    critical: tuple[str, ...]

    def part(self, name: str) -> Span:
        """The days of that part."""
        return next(one for one in self.parts if one.id == name)

    def due(self, start: date, calendar: WorkCalendar) -> date:
        """The day on which all of it is done."""
        return calendar.nth_workday_after(start, self.days) if self.days else start


def plan_of(whole: Whole, parts: Sequence[str]) -> Plan:
    """The days of these parts. Raises graphlib.CycleError when they wait for one another; a published theme has no such."""
    days = {name: whole.offers[name].days for name in parts}
    visits = visits_of(whole.theme, parts)
    before = graph_of(whole.theme, parts)
    weights: dict[Node, int] = {("visit", one.id): one.days for one in visits}
    order = list(TopologicalSorter(before).static_order())
    done = _earliest(order, before, weights, days)
    total = max(done.values(), default=0)
    late = _latest(order, before, weights, days, total)
    spans = tuple(
        Span(name, done["begin", name], done["end", name], done["end", name] == late["end", name] and done["end", name] > 0)
        for name in parts
    )
    held = tuple(Span(one.id, done["visit", one.id] - one.days, done["visit", one.id]) for one in visits)
    path = tuple(one.id for one in sorted(spans, key=lambda one: (one.first, one.last)) if one.is_critical)
    return Plan(total, sum(days.values()), spans, held, path)


def visits_of(theme: Theme, parts: Sequence[str]) -> list[Visit]:
    """The joint visits that take place: at least two of their parts are handled."""
    return [one for one in theme.visits if sum(name in parts for name in one.parts) > 1]


def graph_of(theme: Theme, parts: Sequence[str]) -> dict[Node, set[Node]]:
    """What each node waits for."""
    found: dict[Node, set[Node]] = {}
    for name, earlier in subgraph(theme, parts).items():
        found["begin", name] = {("end", one) for one in earlier}
        found["end", name] = {("begin", name)}
    for visit in visits_of(theme, parts):
        members = [name for name in visit.parts if name in parts]
        found["visit", visit.id] = {("begin", name) for name in members}
        for name in members:
            found["end", name].add(("visit", visit.id))
    return found


def cycle_of(theme: Theme, parts: Sequence[str]) -> list[str]:
    """Parts and visits that wait for one another, each for the one before it in the list; empty when none do."""
    try:
        TopologicalSorter(graph_of(theme, parts)).prepare()
    except CycleError as error:
        nodes: list[Node] = error.args[1]
        return list(dict.fromkeys(name for _, name in nodes))
    return []


def _earliest(
    order: Sequence[Node], before: Mapping[Node, set[Node]], weights: Mapping[Node, int], days: Mapping[str, int]
) -> dict[Node, int]:
    done: dict[Node, int] = {}
    for node in order:
        reached = [done[one] + _along(one, node, days) for one in before[node]]
        done[node] = max(reached, default=0) + weights.get(node, 0)
    return done


def _latest(
    order: Sequence[Node], before: Mapping[Node, set[Node]], weights: Mapping[Node, int], days: Mapping[str, int], total: int
) -> dict[Node, int]:
    late = dict.fromkeys(order, total)
    for node in reversed(order):
        for one in before[node]:
            late[one] = min(late[one], late[node] - weights.get(node, 0) - _along(one, node, days))
    return late


def _along(one: Node, other: Node, days: Mapping[str, int]) -> int:
    """The days that pass between two nodes: a part's own between its begin and its end."""
    return days[other[1]] if (one[0], other[0]) == ("begin", "end") and one[1] == other[1] else 0
