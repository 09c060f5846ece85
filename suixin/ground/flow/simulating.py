"""A procedure played through with dates before anybody runs it: when each node would begin and end, what is critical. Pure.

Assumed    a node takes the working days that `durations` says, else its whole limit; without a limit none
Silence    decides at the due date, when a node is assumed to take longer
Left out   nodes whose guard is not true for the data (tables decide first); what stands behind them goes on
Stopped    a node that another one `stops` ends later by the working days of that other one
Critical   the chain that makes the end what it is; slack: working days that a node may lose before the end moves
Promise    with every duration at its limit, no node is late, and the end is what the longest path says
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from suixin.ground.flow import tables
from suixin.ground.flow.declaration import Declaration, Join, Node
from suixin.ground.flow.durations import Duration, Unit
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.shapes import Shape, shape_of
from suixin.ground.flow.workdays import Stop, WorkCalendar, day_of, due
from suixin.kit import expressions


@dataclass(frozen=True, slots=True)
class SimulatedNode:
    """One node: left out, or from when until when, and by when it must be done."""

    id: str
    title: str
    is_skipped: bool
    starts_at: datetime
    ends_at: datetime
    due_at: datetime | None
    days: int  # working days from start to end
    slack: int
    is_critical: bool
    is_late: bool
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulated:
    """The whole of it; `nodes` in an order in which they can happen."""

    nodes: tuple[SimulatedNode, ...]
    starts_at: datetime
    ends_at: datetime
    days: int  # working days from start to end
    critical: tuple[str, ...]
    skipped: tuple[str, ...]
    promised_due: datetime | None
    statutory_due: datetime | None
    data: Mapping[str, object]  # with what the tables decided

    @property
    def keeps_promise(self) -> bool:
        """Whether it ends within the promised limit; true when nothing was promised."""
        return self.promised_due is None or self.ends_at <= self.promised_due

    @property
    def keeps_law(self) -> bool:
        """Whether it ends within the statutory limit; true when there is none."""
        return self.statutory_due is None or self.ends_at <= self.statutory_due

    def node(self, node_id: str) -> SimulatedNode | None:
        """The node of that id."""
        return next((node for node in self.nodes if node.id == node_id), None)


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime
    stops: tuple[Stop, ...] = ()


def simulate(
    declaration: Declaration, start: datetime, calendar: WorkCalendar, *, durations: Mapping[str, int] | None = None,
    data: Mapping[str, object] | None = None,
) -> Simulated:
    """The procedure begun at `start`. `durations`: working days by node. Raises WrongMove when nodes wait for one another."""
    shape = shape_of(declaration)
    if shape.circles:
        raise WrongMove(f"环节 {' → '.join((*shape.circles[0], shape.circles[0][0]))} 互相等待，无法推演；请先更正流程。")
    known = tables.decided(declaration, data or {})
    played = _Played(declaration, shape, calendar, dict(durations or {}), known)
    spans = played.spans(start)
    return _told(played, spans, start)


class _Played:
    """What is assumed."""

    def __init__(
        self, declaration: Declaration, shape: Shape, calendar: WorkCalendar, durations: Mapping[str, int],
        data: Mapping[str, object],
    ) -> None:
        self.declaration, self.shape, self.calendar, self.durations, self.data = declaration, shape, calendar, durations, data
        self.nodes = {node.id: node for node in declaration.nodes}
        self.order = shape.in_order()
        self.skipped = frozenset(node.id for node in declaration.nodes if node.when and not self._holds(node.when))

    def spans(self, start: datetime) -> dict[str, _Span]:
        """When each node begins and ends; again and again, until stops move nothing any more."""
        found: dict[str, _Span] = {}
        for _ in range(len(self.order) + 1):
            before, found = found, self._once(start, found)
            if found == before:
                break
        return found

    def _once(self, start: datetime, before: Mapping[str, _Span]) -> dict[str, _Span]:
        found: dict[str, _Span] = {}
        for name in self.order:
            begins = self._begins(self.nodes[name], found, start)
            end = begins if name in self.skipped else self._end(self.nodes[name], begins)
            stops = () if name in self.skipped else self._stops_of(name, begins, end, before)
            for stop in stops:
                lost = self.calendar.workdays_between(day_of(stop.start), day_of(stop.end or stop.start))
                end = self._later(end, lost)
            silence = self.due_of(self.nodes[name], _Span(begins, end, stops)) if self.nodes[name].silent else None
            found[name] = _Span(begins, min(end, silence) if silence else end, stops)
        return found

    def _begins(self, node: Node, found: Mapping[str, _Span], start: datetime) -> datetime:
        ends = [found[name].end for name in self.shape.before[node.id]]
        done = [found[name].end for name in self.shape.before[node.id] if name not in self.skipped]
        return min(done) if node.join is Join.ANY and done else max(ends, default=start)

    def _end(self, node: Node, start: datetime) -> datetime:
        days = self.durations.get(node.id)
        if days is not None:
            return self._later(start, max(days, 0))
        if node.limit is None:
            return start
        if node.limit.unit is Unit.HOURS:
            return start + timedelta(hours=node.limit.amount)
        return due(start, node.limit, self.calendar) if node.limit.unit is Unit.DAYS else self._later(start, node.limit.amount)

    def _stops_of(self, name: str, start: datetime, end: datetime, spans: Mapping[str, _Span]) -> tuple[Stop, ...]:
        """The times in which another node stopped this one."""
        found = []
        for other in self.declaration.nodes:
            span = spans.get(other.id)
            if name not in other.stops or span is None or other.id in self.skipped or other.id == name:
                continue
            if span.start <= end and span.end > start:
                found.append(Stop(max(span.start, start), span.end))
        return tuple(found)

    def _later(self, at: datetime, days: int) -> datetime:
        """The same time of the day, so many working days later."""
        if not days:
            return at
        day = day_of(at)
        return at + (self.calendar.nth_workday_after(day, days) - day)

    def _holds(self, condition: str) -> bool:
        return expressions.parse(condition, fields=self.declaration.fields).evaluate(self.data) is True

    def due_of(self, node: Node, span: _Span) -> datetime | None:
        """By when a node must be done."""
        return due(span.start, node.limit, self.calendar, stops=span.stops) if node.limit and node.id not in self.skipped else None

    def whole(self, limit: Duration | None, start: datetime, spans: Mapping[str, _Span]) -> datetime | None:
        """By when all must be done: special procedures do not count."""
        special = [
            Stop(spans[node.id].start, spans[node.id].end) for node in self.declaration.nodes
            if node.is_special and node.id not in self.skipped
        ]
        return due(start, limit, self.calendar, stops=special) if limit else None


def _told(played: _Played, spans: Mapping[str, _Span], start: datetime) -> Simulated:
    end = max((span.end for span in spans.values()), default=start)
    critical = _critical(played, spans, end)
    latest = _latest(played, spans, end)

    def days(since: datetime, until: datetime) -> int:
        return max(played.calendar.workdays_between(day_of(since), day_of(until)), 0)

    def node(name: str) -> SimulatedNode:
        span, due_at = spans[name], played.due_of(played.nodes[name], spans[name])
        return SimulatedNode(
            name, played.nodes[name].title, name in played.skipped, span.start, span.end, due_at, days(span.start, span.end),
            0 if name in critical else days(span.end, latest[name]), name in critical,
            due_at is not None and span.end > due_at, span.stops,
        )

    return Simulated(
        tuple(node(name) for name in played.order), start, end, days(start, end), critical,
        tuple(name for name in played.order if name in played.skipped),
        played.whole(played.declaration.promised, start, spans), played.whole(played.declaration.statutory, start, spans),
        played.data,
    )


def _critical(played: _Played, spans: Mapping[str, _Span], end: datetime) -> tuple[str, ...]:
    """From the node that ends last back along whatever each waited for; nodes that are left out do not show."""
    last = [name for name in played.order if spans[name].end == end and name not in played.skipped]
    way: list[str] = []
    here: str | None = last[-1] if last else None
    while here is not None:
        way.append(here)
        before = played.shape.before[here]
        here = next((name for name in before if spans[name].end == spans[here].start), None)
    return tuple(name for name in reversed(way) if name not in played.skipped)


def _latest(played: _Played, spans: Mapping[str, _Span], end: datetime) -> dict[str, datetime]:
    """When each node may end at the latest without moving the end of all."""
    found: dict[str, datetime] = {}
    for name in reversed(played.order):
        found[name] = min((_room(played, spans, after, found) for after in _waiting(played, spans, name)), default=end)
    return found


def _waiting(played: _Played, spans: Mapping[str, _Span], name: str) -> Sequence[str]:
    """The nodes that begin no earlier than this one ends: of an `any` join only the node that opened it counts."""
    following = played.shape.after[name]
    return [one for one in following if played.nodes[one].join is Join.ALL or spans[one].start == spans[name].end]


def _room(played: _Played, spans: Mapping[str, _Span], name: str, latest: Mapping[str, datetime]) -> datetime:
    """When a node may begin at the latest: as much earlier than its latest end as it takes working days."""
    span = spans[name]
    taken = played.calendar.workdays_between(day_of(span.start), day_of(span.end))
    day = day_of(latest[name])
    back = played.calendar.nth_workday_after(day, -taken) if taken else day
    return latest[name] + (back - day)
