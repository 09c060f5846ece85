"""A procedure played through: dates of every node as Gantt and table, what is critical, whether promise and law are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext

from suixin.ground.flow import calendars
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.durations import Unit
from suixin.ground.flow.simulating import Simulated, SimulatedNode, simulate
from suixin.ground.flow.workdays import WorkCalendar
from suixin.kit import clock
from suixin.kit.errors import BadRequest
from suixin.site.shell.components import BarState, Cell, Column, Gantt, GanttBar, GanttMark, GanttRow, Stat, Table, Tone
from suixin.site.shell.queries.procedure_drawing import amount_words
from suixin.site.shell.queries.workdays import with_calendar
from suixin.site.shell.simulation_forms import Assumed

_MORNING = time(9)
_MOST_DAYS = 6_000  # working days that a procedure may take to be played through: more than twenty years
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence on one of the limits."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Simulation:
    """What comes of the assumptions."""

    stats: Sequence[Stat]
    verdicts: Sequence[Verdict]
    critical: str
    gantt: Gantt


def simulation_of(declaration: Declaration, assumed: Assumed) -> Simulation:
    """The procedure played through. Raises WrongMove when nodes wait for one another, BadRequest when it takes decades."""
    calendar = calendars.current()
    _require_short(declaration, assumed)
    start = datetime.combine(assumed.start, _MORNING, clock.CHINA)
    played = simulate(declaration, start, _stopped(calendar, assumed.stops), durations=assumed.durations, data=assumed.data)
    titles = {node.id: node.title for node in declaration.nodes}
    marks = [GanttMark(_day(played.promised_due), "promised", gettext("承诺到期"))] if played.promised_due else []
    marks += [GanttMark(_day(played.statutory_due), "statutory", gettext("法定到期"))] if played.statutory_due else []
    special = {node.id for node in declaration.nodes if node.is_special}
    rows = [*_stop_rows(assumed.stops), *(_row(node, is_special=node.id in special) for node in played.nodes if not node.is_skipped)]
    table = _table(declaration, played, calendar)
    gantt = with_calendar(Gantt("simulated", declaration.title, rows, table, clock.today(), marks), calendar)
    stats = [
        Stat(gettext("开始"), str(_day(played.starts_at))), Stat(gettext("预计办完"), str(_day(played.ends_at))),
        Stat(gettext("用时"), amount_words(played.days, Unit.WORKING_DAYS)), Stat(gettext("略过的环节"), str(len(played.skipped))),
    ]
    critical = " → ".join(titles[name] for name in played.critical)
    return Simulation(stats, _verdicts(played, gantt.unpublished), critical, gantt)


def _require_short(declaration: Declaration, assumed: Assumed) -> None:
    """Nothing, when the dates stay within what a calendar can tell."""
    days = sum(node.limit.amount for node in declaration.nodes if node.limit) + sum(assumed.durations.values())
    if days > _MOST_DAYS:
        raise BadRequest(f"各环节的时限加起来有 {days} 天，最多推演 {_MOST_DAYS} 天；请核对时限和假设的天数。")


def _stopped(calendar: WorkCalendar, stops: Sequence[tuple[date, date]]) -> WorkCalendar:
    """The calendar without the days on which everything stands still, so that each of them moves all that follows by one."""
    still = {since + at * _ONE: False for since, until in stops for at in range((until - since).days)}
    return WorkCalendar({**calendar.days, **still}, calendar.years) if still else calendar


def _stop_rows(stops: Sequence[tuple[date, date]]) -> list[GanttRow]:
    bars = [GanttBar(since, until - _ONE, "stopped") for since, until in sorted(stops)]
    return [GanttRow(gettext("挂起"), bars)] if bars else []


def _row(node: SimulatedNode, *, is_special: bool) -> GanttRow:
    first, last = _day(node.starts_at), _day(node.ends_at)
    state: BarState = "special" if is_special else "planned"
    bars = [GanttBar(first, last, state, _days(node.days))]
    if node.is_late and node.due_at and _day(node.due_at) < last:
        due = max(first, _day(node.due_at))
        bars = [GanttBar(first, due, state), GanttBar(due + _ONE, last, "overdue", _days(node.days))]
    bars += [GanttBar(_day(stop.start), _day(stop.end or stop.start), "stopped") for stop in node.stops]
    marks = [GanttMark(_day(node.due_at), "due", gettext("到期"))] if node.due_at else []
    return GanttRow(node.title, bars, gettext("到 %(day)s") % {"day": last}, marks, node.is_critical)


def _verdicts(played: Simulated, unpublished: Sequence[int]) -> list[Verdict]:
    found = []
    for label, due, is_kept in (
        (gettext("承诺时限"), played.promised_due, played.keeps_promise), (gettext("法定时限"), played.statutory_due, played.keeps_law),
    ):
        if due is not None:
            told = {"limit": label, "due": _day(due), "end": _day(played.ends_at)}
            well = gettext("%(limit)s：%(due)s 到期，预计 %(end)s 办完，来得及。")
            bad = gettext("%(limit)s：%(due)s 到期，预计 %(end)s 才办完，会超期。")
            found.append(Verdict("good" if is_kept else "bad", (well if is_kept else bad) % told))
    if unpublished:
        years = gettext("、").join(map(str, unpublished))
        told_years = gettext("%(years)s 年的工作日安排未公布，按周一至周五推算；公布后日期可能变动。")
        found.append(Verdict("warn", told_years % {"years": years}))
    return found


def _table(declaration: Declaration, played: Simulated, calendar: WorkCalendar) -> Table:
    columns = (
        Column(gettext("环节")), Column(gettext("开始")), Column(gettext("办完")), Column(gettext("到期")),
        Column(gettext("工作日"), is_numeric=True), Column(gettext("余量"), is_numeric=True, hint=gettext("可以晚几个工作日")),
        Column(gettext("说明"), is_long=True),
    )
    rows = [_cells(node, calendar) for node in played.nodes]
    return Table(declaration.title, columns, rows, gettext("没有环节。"))


def _cells(node: SimulatedNode, calendar: WorkCalendar) -> tuple[Cell, ...]:
    if node.is_skipped:
        blank = Cell("")
        return Cell(node.title), blank, blank, blank, blank, blank, Cell(gettext("条件不成立或不知道，略过"))
    notes = [gettext("最长路径")] if node.is_critical else []
    notes += [gettext("会超期")] if node.is_late else []
    notes += [
        gettext("停钟 %(since)s – %(until)s") % {"since": _day(stop.start), "until": _day(stop.end or stop.start)} for stop in node.stops
    ]
    return (
        Cell(node.title), _date_cell(node.starts_at, calendar), _date_cell(node.ends_at, calendar),
        _date_cell(node.due_at, calendar) if node.due_at else Cell(""), Cell(str(node.days)), Cell(str(node.slack)),
        Cell(gettext("；").join(notes)),
    )


def _date_cell(at: datetime, calendar: WorkCalendar) -> Cell:
    day = _day(at)
    return Cell(str(day), note="" if calendar.is_official(day.year) else gettext("未公布"))


def _days(days: int) -> str:
    return amount_words(days, Unit.WORKING_DAYS)


def _day(at: datetime) -> date:
    return at.astimezone(clock.CHINA).date()
