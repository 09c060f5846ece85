"""The working-day calendar in tables: seeded by year, imported from the next notice, edited by day.

Read     `current()`: remembered by this process until the tables say that another process changed them (one small query)
Years    a year without an announced calendar is its weekdays (未公布); the seeds of `calendar_files/` fill years that are absent,
         never one that is there, so that no edit is lost
Change   an import replaces what was announced and edited for its year; a day is edited with a reason; both reckon every open
         due date anew, at once or, when there are many, by a job
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from suixin.ground import prepared
from suixin.ground.audit import actions as audit
from suixin.ground.flow import calendar_reading
from suixin.ground.flow.calendar_reading import Announced, Day
from suixin.ground.flow.errors import MissingReason, WrongCalendar
from suixin.ground.flow.models import CalendarDay, CalendarYear
from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

SEEDS = Path(__file__).parent / "calendar_files"
BY_HAND = "人工修改"
AT_ONCE = 500  # instances reckoned in the request; more are left to a job
_GENERATION = (
    "SELECT (SELECT COUNT(*) FROM flow_calendarday), (SELECT SUM(id) FROM flow_calendarday), (SELECT SUM(id) FROM flow_calendaryear)"
)
_known: dict[str, tuple[tuple[int, int, int], WorkCalendar]] = {}


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of the calendar led to: days that differ now, due dates reckoned, or the job that reckons them."""

    year: int
    days: tuple[date, ...]
    recomputed: int = 0
    job: str = ""


def current() -> WorkCalendar:
    """The calendar as the tables state it."""
    generation = _generation()
    held = _known.get("")
    if held is None or held[0] != generation:
        days = dict(CalendarDay.objects.values_list("date", "is_workday"))
        held = _known[""] = (generation, WorkCalendar(days, CalendarYear.objects.values_list("year", flat=True)))
    return held[1]


def _generation() -> tuple[int, int, int]:
    """Different after every change: a changed row is a new row, with a number drawn at random (so even after a rollback)."""
    [(count, days, years)] = prepared.run(_GENERATION, [])  # asked by every decision, so in one statement
    return count, int(days or 0), int(years or 0)


def _number() -> int:
    return secrets.randbelow(1 << 48) + 1


def read(content: str | bytes, *, year: int | None = None) -> Announced:
    """What a file or notice announces, nothing written. Raises WrongCalendar with all faults at once."""
    return calendar_reading.read(content, year=year)


def differences(announced: Announced) -> list[tuple[Day, bool]]:
    """Days on which work would change by it, each with how it stands now; undone ones of the year as well."""
    calendar = current()
    stated = {day.date: day for day in announced.days}
    dropped = _of_year(announced.year).exclude(date__in=stated).values_list("date", flat=True)
    undone = [Day(day, day.weekday() < 5, "取消原安排") for day in dropped]
    every = sorted([*announced.days, *undone], key=lambda day: day.date)
    return [(day, calendar.is_workday(day.date)) for day in every if calendar.is_workday(day.date) != day.is_workday]


@transaction.atomic
def import_year(content: str | bytes, *, actor: Actor, year: int | None = None) -> Changed:
    """The year as announced, instead of what stood there. Raises NotAllowed, WrongCalendar (nothing is imported then)."""
    policy.require(actor, "flow.edit_calendar", None)
    announced = read(content, year=year)
    _lock()  # before anything is compared: what another change did meanwhile is undone here, and its dates with it
    days = tuple(day.date for day, _ in differences(announced))
    held = _keep(announced)
    audit.record(
        actor, "flow.calendar_imported", ("flow.calendaryear", str(held.year)), basis=held.document,
        detail={"days": len(announced.days), "changed": [str(day) for day in days]},
    )
    return _reckoned(held.year, days, actor, f"载入{held.year}年放假安排 {held.document}".strip())


@transaction.atomic
def set_day(day: date, is_workday: bool, name: str, *, actor: Actor, reason: str) -> Changed:
    """The day worked or not, from now on. Raises NotAllowed, MissingReason, WrongCalendar."""
    policy.require(actor, "flow.edit_calendar", None)
    reason, name = " ".join(reason.split()), " ".join(name.split())
    if not reason:
        raise MissingReason("修改工作日日历要写明理由（例如依据的文件）；请填写后再保存。")
    if not 2000 <= day.year <= 2100:
        raise WrongCalendar(f"日期 {day} 不在 2000 至 2100 年之间；请检查年份。")
    _lock()
    was = current().is_workday(day)
    CalendarDay.objects.filter(date=day).delete()
    CalendarDay.objects.create(
        pk=_number(), date=day, is_workday=is_workday, name=name[:40], source=f"{BY_HAND}：{reason}"[:200],
    )
    audit.record(
        actor, "flow.calendar_day_set", ("flow.calendarday", str(day)), basis=reason,
        detail={"is_workday": is_workday, "was_workday": was, "name": name[:40]},
    )
    return _reckoned(day.year, (day,) if was != is_workday else (), actor, f"{day} 改为{'上班' if is_workday else '放假'}：{reason}")


@transaction.atomic
def load_seeds() -> list[int]:
    """The years that were absent and are now there, from the files of this module; due dates follow by a job."""
    known = set(CalendarYear.objects.values_list("year", flat=True))
    absent = [path for path in sorted(SEEDS.glob("*.yaml")) if int(path.stem) not in known]
    days: list[date] = []
    for path in absent:
        announced = read(path.read_bytes())
        days += [day.date for day, _ in differences(announced)]
        _keep(announced, spare_edits=True)
    if absent:
        _reckoned(0, tuple(days), SYSTEM, "载入随系统发布的放假安排")
    return [int(path.stem) for path in absent]


def _keep(announced: Announced, *, spare_edits: bool = False) -> CalendarYear:
    """The rows of the year, written; edits by hand stay when they are to be spared."""
    _lock()
    old = _of_year(announced.year)
    if spare_edits:
        old = old.exclude(source__startswith=BY_HAND)
    old.delete()
    stated = {day.date: day for day in announced.days}
    same = CalendarDay.objects.filter(date__in=stated)
    if spare_edits:
        for kept in same.filter(source__startswith=BY_HAND):
            stated.pop(kept.date)
        same = same.exclude(source__startswith=BY_HAND)
    same.delete()
    label = announced.document or f"{announced.year}年放假安排"
    CalendarDay.objects.bulk_create([
        CalendarDay(pk=_number(), date=day.date, is_workday=day.is_workday, name=day.name, source=label) for day in stated.values()
    ])
    CalendarYear.objects.filter(year=announced.year).delete()
    return CalendarYear.objects.create(
        pk=_number(), year=announced.year, document=label, source=announced.source, imported_at=clock.now(),
    )


def _of_year(year: int) -> QuerySet[CalendarDay]:
    """The rows that the year's own notice or an edit stated; days that a neighbouring year's notice moved stay its own."""
    near = CalendarYear.objects.filter(year__in=(year - 1, year + 1)).values_list("document", flat=True)
    mine = CalendarYear.objects.filter(year=year).values_list("document", flat=True)
    within = Q(date__year=year) & ~Q(source__in=list(near))
    return CalendarDay.objects.filter(within | Q(source__in=[one for one in mine if one]))


def _lock() -> None:
    """Of two that change the calendar at once the second waits; SQLite's transactions are immediate anyway."""
    list(CalendarYear.objects.select_for_update().order_by("year").values_list("pk", flat=True)[:1])


def _reckoned(year: int, days: Sequence[date], actor: Actor, reason: str) -> Changed:
    """What follows for the due dates: at once when few instances are touched, else a job."""
    from suixin.ground.flow import clocking, recomputing  # they read this module

    if not days:
        return Changed(year, ())
    count = clocking.affected(min(days), max(days)).count()
    if count > AT_ONCE:
        return Changed(year, tuple(days), job=str(recomputing.enqueue_recompute(days, actor=actor, reason=reason).uuid))
    done = clocking.reckon_all((), actor=actor, reason=reason, days=days) if count else 0
    return Changed(year, tuple(days), recomputed=done)
