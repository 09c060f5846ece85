"""The page of the working-day calendar: a year in months, what an import would change, due dates that were reckoned anew."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.flow import calendars
from suixin.ground.flow.calendar_reading import Announced
from suixin.ground.flow.clocking import RECOMPUTED
from suixin.ground.flow.models import CalendarDay, CalendarYear, Transition
from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table

FIRST, LAST, SHOWN = 2020, 2100, 20


@dataclass(frozen=True, slots=True)
class Box:
    """One day of a month: `mark` is 休 or 班 where it differs from its weekday; no number: a day of another month."""

    number: int = 0
    mark: str = ""
    tone: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday."""

    title: str
    workdays: int
    weeks: Sequence[Sequence[Box]]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """What the page shows; `official` is None for a year that was not announced."""

    year: int
    before: int
    after: int
    official: CalendarYear | None
    workdays: int
    months: Sequence[Month]
    days: Table
    recomputed: Table
    may_edit: bool


def calendar_page(asked: str, *, actor: Actor) -> CalendarPage:
    """The year asked for; this year when that is none."""
    year = int(asked) if asked.isdecimal() and len(asked) == 4 and FIRST <= int(asked) <= LAST else clock.today().year
    held, stated = calendars.current(), {day.date: day for day in CalendarDay.objects.filter(date__year=year)}
    return CalendarPage(
        year, max(year - 1, FIRST), min(year + 1, LAST), CalendarYear.objects.filter(year=year).first(),
        held.workdays_between(date(year - 1, 12, 31), date(year, 12, 31)), [_month(year, n, held, stated) for n in range(1, 13)],
        _stated(list(stated.values())), _recomputed(actor), policy.may(actor, "flow.edit_calendar", None),
    )


def preview(announced: Announced) -> Table:
    """Days on which work would change."""
    rows = [
        (Cell(_told(day.date)), Cell(day.name), Cell(_word(was)), Cell(_word(day.is_workday), tone="info" if day.is_workday else "good"))
        for day, was in calendars.differences(announced)
    ]
    columns = (Column(gettext("日期")), Column(gettext("名称")), Column(gettext("现在")), Column(gettext("载入后")))
    return Table(gettext("会改变的日子"), columns, rows, gettext("没有日子会改变。"))


def _month(year: int, month: int, held: WorkCalendar, stated: Mapping[date, CalendarDay]) -> Month:
    weeks = [
        [_box(day, held, stated.get(day)) if day.month == month else Box() for day in week]
        for week in Calendar().monthdatescalendar(year, month)
    ]
    last = date(year + month // 12, month % 12 + 1, 1)
    first = date(year, month, 1)
    workdays = held.workdays_between(date.fromordinal(first.toordinal() - 1), date.fromordinal(last.toordinal() - 1))
    return Month(gettext("%(n)d月") % {"n": month}, workdays, weeks)


def _box(day: date, held: WorkCalendar, stated: CalendarDay | None) -> Box:
    is_workday = held.is_workday(day)
    if stated is None:
        return Box(day.day, "", "" if is_workday else "rest", "" if is_workday else gettext("周末"))
    mark = gettext("班") if is_workday else gettext("休")
    return Box(day.day, mark, "work" if is_workday else "off", f"{_word(is_workday)} {stated.name}".strip())


def _stated(days: Sequence[CalendarDay]) -> Table:
    columns = (Column(gettext("日期")), Column(gettext("安排")), Column(gettext("名称")), Column(gettext("依据"), is_long=True))
    rows = [
        (Cell(_told(day.date)), Cell(_word(day.is_workday), tone="info" if day.is_workday else "good"), Cell(day.name), Cell(day.source))
        for day in days
    ]
    return Table(gettext("放假和调休的日子"), columns, rows, gettext("这一年没有特别安排，周一至周五上班。"))


def _recomputed(actor: Actor) -> Table:
    """The last due dates that a change of the calendar moved, within the reader's reach."""
    seen = within(actor, "flow.view", "instance__organisation")
    found = Transition.objects.filter(seen, action=RECOMPUTED).select_related("instance").order_by("-pk")[:SHOWN]
    rows = [
        (Cell(one.instance.title, reverse("console-case", args=[one.instance.uuid])), Cell(_moves(one.data)), Cell(one.reason),
         Cell(f"{one.at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}")) for one in found
    ]
    columns = (
        Column(gettext("办件")), Column(gettext("到期时间"), is_long=True), Column(gettext("原因"), is_long=True), Column(gettext("时间")),
    )
    return Table(gettext("因日历变化而重算的到期时间"), columns, rows, gettext("还没有因日历变化而重算的到期时间。"))


def _moves(data: Mapping[str, object]) -> str:
    changed = data.get("changed")
    names = {"due_at": gettext("承诺"), "statutory_due_at": gettext("法定")}
    moves = changed.items() if isinstance(changed, dict) else ()
    return "；".join(
        f"{names.get(name, name.partition('#')[0])} {str(old)[:10] or '—'} → {str(new)[:10] or '—'}" for name, (old, new) in moves
    )


def _told(day: date) -> str:
    return f"{day:%Y-%m-%d} {_weekdays()[day.weekday()]}"


def _word(is_workday: bool) -> str:
    return gettext("上班") if is_workday else gettext("放假")


def _weekdays() -> tuple[str, ...]:
    names = (gettext("周一"), gettext("周二"), gettext("周三"), gettext("周四"), gettext("周五"))
    return (*names, gettext("周六"), gettext("周日"))
