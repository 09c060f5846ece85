"""Due dates, colours and next escalations of what is open, from the segments, the declaration and the calendar.

Step      its limit from when it opened; the stops of the step and of the whole instance do not count
Special   a special procedure stops other steps, never its own
Instance  promised and statutory limit from its start; suspensions, supplements and special procedures of any step do not
          count; added: what was added to the instance and the most that was added to any one step
Colour    moves here with the dates, in `sweeping` with time; what is stopped keeps the colour it has
Call      `reckon` inside the transaction that changed the instance, which must be held
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from suixin.ground.flow import calendars, locating, workdays
from suixin.ground.flow.declaration import Declaration, Escalation, Node
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.models import (
    ACTIVE,
    LIVE,
    ClockSegment,
    Colour,
    Instance,
    InstanceStatus,
    SegmentKind,
    Step,
    StepKind,
    StepStatus,
    Transition,
)
from suixin.ground.flow.procedures import declaration_of
from suixin.ground.flow.workdays import Stop, WorkCalendar
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

DEFAULT_ESCALATIONS = (Escalation(0, "department_head"), Escalation(3, "supervision", locating.BUREAU))
APPROVAL_LIMIT = Duration(1)  # our choice: whoever approves a stop says so within a working day, the clock runs on meanwhile
CHUNK = 200
RECOMPUTED = "recomputed"
_COUNTED = (StepKind.TASK, StepKind.JOINT, StepKind.APPROVAL)


def reckon(instance: Instance, *, calendar: WorkCalendar | None = None) -> dict[str, list[str]]:
    """Due, amber, escalation and colour of the instance and its open steps, written; what due dates changed: old and new."""
    reckoned = _Reckoned(instance, declaration_of(instance.version), calendar or calendars.current(), clock.now())
    changed: dict[str, list[str]] = {}
    for step in instance.steps.filter(status__in=ACTIVE):
        _write(step, reckoned.of_step(step), f"{step.node}#{step.pk}", changed)
    if instance.is_live:
        _write(instance, reckoned.of_instance(), "", changed)
    return changed


def foreseen(
    instance: Instance, declaration: Declaration, *, steps: Iterable[Step], segments: Sequence[ClockSegment],
) -> Iterator[tuple[Instance | Step, dict[str, object]]]:
    """The same for rows in hand, not written: each row with the columns that `reckon` would change."""
    reckoned = _Reckoned(instance, declaration, calendars.current(), clock.now(), segments)
    for step in steps:
        yield step, _news(step, reckoned.of_step(step))
    if instance.is_live:
        yield instance, _news(instance, reckoned.of_instance())


def reckon_all(
    years: Iterable[int], *, actor: Actor = SYSTEM, reason: str = "工作日日历变更", days: Sequence[date] = (),
) -> int:
    """Every live instance whose open dues the calendar of these years (or just these days) touches, reckoned again.

    Returns how many changed; each keeps a transition `recomputed` with old and new. In short transactions, may run again.
    """
    first, last = span_of(years, days)
    calendar, done, after = calendars.current(), 0, 0
    while pks := list(affected(first, last).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        done += _recompute(pks, calendar, actor, reason)
        after = pks[-1]
    return done


def affected(first: date, last: date) -> QuerySet[Instance]:
    """Live instances that began before the last of these days and are due, wholly or in a step, on the first or later."""
    edge = workdays.end_of(first).replace(hour=0, minute=0, second=0)
    late = Q(due_at__gte=edge) | Q(statutory_due_at__gte=edge)
    steps = Step.objects.filter(status__in=ACTIVE).filter(Q(due_at__gte=edge) | Q(escalate_at__gte=edge))
    return Instance.objects.filter(
        late | Q(pk__in=steps.values("instance")), status__in=LIVE, started_at__lte=workdays.end_of(last),
    )


def span_of(years: Iterable[int], days: Sequence[date] = ()) -> tuple[date, date]:
    """The first and the last day that may have changed; makeup days may lie just outside the year."""
    if days:
        return min(days), max(days)
    known = sorted(years)
    return date(known[0] - 1, 12, 20), date(known[-1] + 1, 1, 10)


def escalations_of(step: Step, node: Node | None) -> tuple[Escalation, ...]:
    """Who is told when, earliest first; the default for what a department must decide and nobody declared."""
    declared = node.escalations if node is not None and step.kind not in (StepKind.APPROVAL, StepKind.SUPPLEMENT) else ()
    default = DEFAULT_ESCALATIONS if step.kind in _COUNTED else ()
    return tuple(sorted(declared or default, key=lambda one: one.after))


def stops_of(segments: Iterable[ClockSegment]) -> list[Stop]:
    """The stops among the segments, as values."""
    return [
        Stop(one.started_at, one.stopped_at, one.is_restart) for one in segments if one.kind != SegmentKind.EXTENSION
    ]


@dataclass(frozen=True, slots=True)
class Span:
    """A stop or extension; no end: it still lasts. `days` of an extension."""

    kind: str
    label: str
    start: datetime
    end: datetime | None
    reason: str = ""
    document: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """A step from its opening to its end (none: still open), with its due date and its own stops."""

    step: Step
    title: str
    place: str
    start: datetime
    end: datetime | None
    due_at: datetime | None
    is_late: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened and is due of an instance, on one axis from `start` to `end`; `spans` are those of the whole instance."""

    start: datetime
    end: datetime
    now: datetime
    due_at: datetime | None
    statutory_due_at: datetime | None
    bars: tuple[Bar, ...]
    spans: tuple[Span, ...]


def timeline(instance: Instance) -> Timeline:
    """Bars for every step that was opened, in order, with stops; two queries."""
    now = clock.now()
    spans: dict[int | None, list[Span]] = {}
    for one in instance.segments.all():
        label = one.get_kind_display()
        span = Span(one.kind, label, one.started_at, one.stopped_at, one.reason, one.document, one.days)
        spans.setdefault(one.step_id, []).append(span)
    steps = instance.steps.exclude(status=StepStatus.SKIPPED).select_related("organisation").order_by("opened_at", "pk")
    bars = tuple(
        Bar(
            step, step.title, str(step.organisation or ""), step.opened_at, step.done_at, step.due_at,
            step.is_late or (step.status == StepStatus.OPEN and step.due_at is not None and step.due_at < now),
            tuple(spans.get(step.pk, ())),
        ) for step in steps
    )
    ends = [one for bar in bars for one in (bar.end, bar.due_at) if one]
    ends += [one for one in (instance.due_at, instance.statutory_due_at, instance.finished_at) if one]
    latest = max([*ends, instance.started_at, *([now] if instance.is_live else [])])
    return Timeline(
        instance.started_at, latest, now, instance.due_at, instance.statutory_due_at, bars, tuple(spans.get(None, ())),
    )


@dataclass(frozen=True, slots=True)
class _Limit:
    """All that a due date comes from."""

    start: datetime
    limit: Duration
    stops: Sequence[Stop]
    added: int


class _Reckoned:
    """The dates of one instance; its segments are read once."""

    def __init__(
        self, instance: Instance, declaration: Declaration, calendar: WorkCalendar, now: datetime,
        segments: Sequence[ClockSegment] | None = None,
    ) -> None:
        self.instance, self.declaration, self.calendar, self.now = instance, declaration, calendar, now
        self.segments = list(instance.segments.all()) if segments is None else list(segments)

    def of_step(self, step: Step) -> dict[str, object]:
        """The columns of a step."""
        node = self.declaration.node(step.node)
        found = self._limit_of(step, node)
        if found is None:
            return {"due_at": None, "amber_at": None, "escalate_at": None, **self._colour(step.status, None, None)}
        due, amber = self._dates(found)
        planned = escalations_of(step, node)[step.escalated:step.escalated + 1]
        escalate = workdays.shifted(due, planned[0].after, self.calendar) if planned else None
        return {"due_at": due, "amber_at": amber, "escalate_at": escalate, **self._colour(step.status, due, amber)}

    def of_instance(self) -> dict[str, object]:
        """The columns of the instance: without a promise the law's limit is the due date too."""
        stops, added = stops_of(self.segments), self._added()
        dates: list[tuple[datetime, datetime] | tuple[None, None]] = [
            self._dates(_Limit(self.instance.started_at, limit, stops, added)) if limit else (None, None)
            for limit in (self.declaration.promised, self.declaration.statutory)
        ]
        (statutory, _), (due, amber) = dates[1], dates[0] if dates[0][0] else dates[1]
        return {"due_at": due, "amber_at": amber, "statutory_due_at": statutory, **self._colour(self.instance.status, due, amber)}

    def _limit_of(self, step: Step, node: Node | None) -> _Limit | None:
        mine = [one for one in self.segments if one.step_id in (None, step.pk)]
        limit = node.limit if node is not None else None
        if step.kind == StepKind.SUPPLEMENT:
            limit, mine = self.declaration.supplement_limit, [one for one in mine if one.kind == SegmentKind.SUSPEND]
        elif step.kind == StepKind.APPROVAL:
            limit, mine = APPROVAL_LIMIT, []
        elif node is not None and node.is_special:
            mine = [one for one in mine if one.kind != SegmentKind.SPECIAL]
        if limit is None:
            return None
        added = sum(one.days for one in mine if one.kind == SegmentKind.EXTENSION)
        return _Limit(step.opened_at, limit, stops_of(mine), added)

    def _added(self) -> int:
        by_step: dict[int | None, int] = {}
        for one in self.segments:
            if one.kind == SegmentKind.EXTENSION:
                by_step[one.step_id] = by_step.get(one.step_id, 0) + one.days
        return by_step.pop(None, 0) + max(by_step.values(), default=0)

    def _dates(self, of: _Limit) -> tuple[datetime, datetime]:
        return (
            workdays.due(of.start, of.limit, self.calendar, stops=of.stops, added=of.added),
            workdays.amber_from(of.start, of.limit, self.calendar, stops=of.stops, added=of.added),
        )

    def _colour(self, status: str, due: datetime | None, amber: datetime | None) -> Mapping[str, object]:
        if status not in (StepStatus.OPEN, InstanceStatus.RUNNING):
            return {}
        if due is not None and due < self.now:
            return {"colour": Colour.RED}
        return {"colour": Colour.AMBER if amber is not None and amber <= self.now else Colour.GREEN}


def _write(row: Instance | Step, values: Mapping[str, object], name: str, changed: dict[str, list[str]]) -> None:
    """The row with these values, in memory too; only what differs goes to the database."""
    news = _news(row, values)
    for column in ("due_at", "statutory_due_at"):
        if column in news:
            changed[f"{name}.{column}" if name else column] = [_told(getattr(row, column)), _told(news[column])]
    for column, value in news.items():
        setattr(row, column, value)
    if news:
        row.save(update_fields=list(news))


def _news(row: Instance | Step, values: Mapping[str, object]) -> dict[str, object]:
    """What differs; with new dates the colour too, because a sweep may have turned it since the row was read."""
    news = {column: value for column, value in values.items() if getattr(row, column) != value}
    return {**news, "colour": values["colour"]} if news and "colour" in values else news


def _told(value: object) -> str:
    return value.astimezone(clock.CHINA).isoformat() if isinstance(value, datetime) else ""


def _recompute(pks: Sequence[int], calendar: WorkCalendar, actor: Actor, reason: str) -> int:
    done = 0
    with transaction.atomic():
        held = Instance.objects.select_for_update(of=("self",)).select_related("version__procedure").order_by("pk")
        for instance in held.filter(pk__in=pks, status__in=LIVE):
            if changed := reckon(instance, calendar=calendar):
                _log(instance, changed, actor, reason)
                done += 1
    return done


def _log(instance: Instance, changed: Mapping[str, object], actor: Actor, reason: str) -> None:
    instance.sequence += 1
    instance.save(update_fields=["sequence"])
    Transition.objects.create(
        instance=instance, sequence=instance.sequence, action=RECOMPUTED, from_status=instance.status, to_status=instance.status,
        actor_kind=actor.kind.value, actor_key=actor.key[:150], actor_name=actor.name[:120], organisation=actor.organisation,
        reason=reason[:1000], data={"rows": {}, "changed": dict(changed)}, at=clock.now(),
    )
