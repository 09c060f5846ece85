"""A running or finished instance as a Gantt: every step with its stops, due dates and those that were due before."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext

from suixin.ground.flow import calendars, clocking, workdays
from suixin.ground.flow.declaration import ACTION_WORDS, Declaration
from suixin.ground.flow.models import Instance, SegmentKind
from suixin.ground.flow.procedures import declaration_of
from suixin.ground.flow.workdays import WorkCalendar
from suixin.kit import clock
from suixin.site.shell.components import BarState, Cell, Column, Gantt, GanttBar, GanttMark, GanttRow, Table
from suixin.site.shell.flow_words import BESIDE, RULED
from suixin.site.shell.queries.workdays import with_calendar
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

_ONE = timedelta(days=1)


def gantt_of(instance: Instance, name: str = "gantt") -> Gantt:
    """The Gantt of an instance; `name` is distinct on the page. A handful of queries, however many steps."""
    line, calendar, declaration = clocking.timeline(instance), calendars.current(), declaration_of(instance.version)
    before = _earlier_dues(instance)
    bars = [(bar, _old_dues(bar, before, calendar)) for bar in line.bars]
    rows = [_whole(instance, line), *(_row(bar, old, line.now, _state(bar, declaration)) for bar, old in bars)]
    marks = [GanttMark(day, "old", gettext("原承诺到期")) for day in before.get("due_at", []) if day != _day(line.due_at)]
    marks += [GanttMark(_day(line.due_at), "promised", gettext("承诺到期"))] if line.due_at else []
    marks += [GanttMark(_day(line.statutory_due_at), "statutory", gettext("法定到期"))] if line.statutory_due_at else []
    today = _day(line.now) if instance.is_live else None
    table = _table(instance, line, bars, declaration)
    shown = Gantt(name, instance.title, rows, table, today, marks)
    return with_calendar(shown, calendar)


def _day(at: datetime | None) -> date:
    return (at or clock.now()).astimezone(clock.CHINA).date()


def _whole(instance: Instance, line: clocking.Timeline) -> GanttRow:
    """The instance itself, with the stops that are of no single step."""
    bars = _split(line.start, instance.finished_at or line.now, line.due_at, "done" if instance.finished_at else "open")
    label = word(instance.get_status_display())
    bars[-1] = GanttBar(bars[-1].start, bars[-1].end, bars[-1].state, label)
    return GanttRow(gettext("全程"), [*bars, *_stops(line.spans, line.now)], str(instance.organisation))


def _row(bar: clocking.Bar, old: Sequence[date], now: datetime, state: str) -> GanttRow:
    bars = _split(bar.start, bar.end or now, bar.due_at, "done" if bar.end else "open")
    bars[-1] = GanttBar(bars[-1].start, bars[-1].end, bars[-1].state, state)
    marks = [GanttMark(day, "old", gettext("原到期")) for day in old]
    marks += [GanttMark(_day(bar.due_at), "due", gettext("到期"))] if bar.due_at else []
    return GanttRow(bar.title, [*bars, *_stops(bar.spans, now)], bar.place, marks)


def _state(bar: clocking.Bar, declaration: Declaration) -> str:
    """What was decided, in the procedure's own words; where the step stands while nothing was."""
    node, outcome = declaration.node(bar.step.node), bar.step.outcome
    if bar.step.kind in BESIDE and outcome in RULED:
        return word(RULED[outcome])
    label = node.actions.get(outcome) if node else None
    return label or word(ACTION_WORDS.get(outcome, "") or bar.step.get_status_display())


def _split(start: datetime, end: datetime, due_at: datetime | None, state: BarState) -> list[GanttBar]:
    """One bar, or two when it went on after its due date."""
    first, last = _day(start), max(_day(start), _day(end))
    due = _day(due_at) if due_at else last
    if due >= last:
        return [GanttBar(first, last, state)]
    in_time = [GanttBar(first, due, state)] if due >= first else []
    return [*in_time, GanttBar(max(first, due + _ONE), last, "overdue")]


def _stops(spans: Sequence[clocking.Span], now: datetime) -> list[GanttBar]:
    found = []
    for one in spans:
        if one.kind != SegmentKind.EXTENSION:
            state: BarState = "special" if one.kind == SegmentKind.SPECIAL else "stopped"
            first = _day(one.start)
            found.append(GanttBar(first, max(first, _day(one.end or now)), state, ""))
    return found


def _earlier_dues(instance: Instance) -> dict[str, list[date]]:
    """Days on which the instance (`due_at`) and its steps (`node#number.due_at`) were due before a calendar moved them."""
    found: dict[str, list[date]] = {}
    for data in instance.transitions.filter(action="recomputed").values_list("data", flat=True):
        changed = data.get("changed") if isinstance(data, Mapping) else None
        for key, values in changed.items() if isinstance(changed, Mapping) else ():
            if isinstance(values, Sequence) and values and values[0]:
                found.setdefault(str(key), []).append(_day(datetime.fromisoformat(str(values[0]))))
    return found


def _old_dues(bar: clocking.Bar, before: Mapping[str, Sequence[date]], calendar: WorkCalendar) -> list[date]:
    """Where a step was due before the calendar changed, and before it was extended."""
    found = list(before.get(f"{bar.step.node}#{bar.step.pk}.due_at", []))
    added = sum(one.days for one in bar.spans if one.kind == SegmentKind.EXTENSION)
    if added and bar.due_at:
        found.append(_day(workdays.shifted(bar.due_at, -added, calendar)))
    return sorted({day for day in found if day != _day(bar.due_at)})


def _table(
    instance: Instance, line: clocking.Timeline, bars: Sequence[tuple[clocking.Bar, Sequence[date]]], declaration: Declaration
) -> Table:
    columns = (
        Column(gettext("环节")), Column(gettext("办理单位")), Column(gettext("开始")), Column(gettext("办完")), Column(gettext("到期")),
        Column(gettext("状态")), Column(gettext("停钟和延长"), is_long=True),
    )
    whole = (
        Cell(gettext("全程")), Cell(str(instance.organisation)), Cell(moment(line.start)),
        Cell(moment(instance.finished_at) if instance.finished_at else ""), Cell(moment(line.due_at) if line.due_at else ""),
        Cell(word(instance.get_status_display())), Cell(_span_words(line.spans)),
    )
    rows = [whole, *(_cells(bar, old, _state(bar, declaration)) for bar, old in bars)]
    return Table(instance.title, columns, rows, gettext("还没有环节。"))


def _cells(bar: clocking.Bar, old: Sequence[date], state: str) -> tuple[Cell, ...]:
    was = gettext("原到期 %(days)s") % {"days": gettext("、").join(map(str, old))} if old else ""
    late = gettext("超期") if bar.is_late else ""
    return (
        Cell(bar.title), Cell(bar.place), Cell(moment(bar.start)), Cell(moment(bar.end) if bar.end else ""),
        Cell(moment(bar.due_at) if bar.due_at else "", note=was),
        Cell(state, note=late),
        Cell(_span_words(bar.spans)),
    )


def _span_words(spans: Sequence[clocking.Span]) -> str:
    """Every stop and extension with its days, reason and document."""
    told = []
    for one in spans:
        if one.kind == SegmentKind.EXTENSION:
            text = gettext("延长 %(n)d 个工作日") % {"n": one.days}
        else:
            end = str(_day(one.end)) if one.end else gettext("至今")
            text = f"{word(one.label)} {_day(one.start)} – {end}"
        told.append("，".join(part for part in (text, one.reason, one.document) if part))
    return gettext("；").join(told)
