"""Gantts: every bar within the drawing, all rows and marks there, labels escaped; that of an instance with its stops."""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.flow import advancing, calendars, clocking
from suixin.ground.flow.models import ClockSegment, Instance, SegmentKind
from suixin.ground.flow.tests.factories import MONDAY, started, step_of, straight, world
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.site.shell.components import Cell, Column, Gantt, GanttBar, GanttMark, GanttRow, Table
from suixin.site.shell.gantts import chart_of
from suixin.site.shell.lettering import width_of, wrapped
from suixin.site.shell.queries.gantt import gantt_of

DAY = date(2026, 3, 2)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
TABLE = Table("表", (Column("环节"),), [(Cell("一"),)])


def gantt(*rows: GanttRow, marks: tuple[GanttMark, ...] = ()) -> Gantt:
    return Gantt("g", "甘特图", rows, TABLE, DAY, marks, frozenset({date(2026, 3, 7)}))


def drawn(shown: Gantt) -> str:
    return render_to_string("components/gantt.html", {"gantt": shown}, request=RequestFactory().get("/"))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(DAYS, st.integers(0, 500), DAYS), min_size=1, max_size=8))
def test_every_bar_and_mark_stands_within_the_drawing(found: list[tuple[date, int, date]]) -> None:
    rows = [
        GanttRow("行", [GanttBar(day, day + timedelta(many), "planned", "三天")], marks=[GanttMark(due, "due")]) for day, many, due in found
    ]
    chart = chart_of(gantt(*rows, marks=(GanttMark(found[0][2], "promised", "承诺"),)))
    assert chart is not None
    for bar in chart.bars:
        x, y, width, height = (float(one) for one in (bar.x, bar.y, bar.width, bar.height))
        assert min(x, y, width, height) >= 0
        assert x + width <= float(chart.width)
        assert y + height <= float(chart.height)
    assert all(float(text.x) + width_of(text.text, 12) <= float(chart.width) for text in chart.texts)
    assert len(chart.heads) == len(rows)


def test_labels_of_marks_on_one_day_stand_in_lanes_of_their_own() -> None:
    marks = (GanttMark(DAY, "promised", "承诺到期"), GanttMark(DAY, "statutory", "法定到期"))
    chart = chart_of(gantt(GanttRow("行", [GanttBar(DAY, DAY, "open")]), marks=marks))
    assert chart is not None
    heights = {text.y for text in chart.texts if text.kind.startswith("mark-")}
    assert len(heights) == 3, "promised, statutory and today"


def test_nothing_to_show_is_said() -> None:
    assert chart_of(gantt()) is None
    assert "<svg viewBox" not in drawn(gantt())


def test_labels_are_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    html = drawn(gantt(GanttRow(hostile, [GanttBar(DAY, DAY, "done", hostile)], hostile, [GanttMark(DAY, "due", hostile)])))
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;") >= 4


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80), st.integers(1, 4))
def test_wrapped_text_fits_and_loses_nothing_unless_it_says_so(text: str, most: int) -> None:
    lines = wrapped(text, 12, width=100, most=most)
    assert len(lines) <= most
    assert all(width_of(line, 12) <= 100 or len(line) == 1 for line in lines)
    plain = "".join(text.split())
    assert "".join("".join(lines).split()) == plain or lines[-1].endswith("…")


def _stopped(instance: Instance) -> None:
    """The first step stood from Tuesday to Thursday, was extended by two days, and the calendar moved it once."""
    step = step_of(instance, "accept")
    ClockSegment.objects.create(
        instance=instance, step=step, kind=SegmentKind.SUSPEND, started_at=MONDAY + timedelta(1), stopped_at=MONDAY + timedelta(3),
        reason="等鉴定", document="某函〔2026〕3 号", approver="某人",
    )
    ClockSegment.objects.create(instance=instance, step=step, kind=SegmentKind.EXTENSION, started_at=MONDAY, days=2, reason="案情复杂")
    clocking.reckon(instance)
    calendars.set_day(date(2026, 3, 6), False, "临时放假", actor=SYSTEM, reason="通知")


@pytest.mark.django_db
def test_instance_shows_steps_stops_old_and_new_due_dates() -> None:
    cast = world(straight())
    with clock.frozen(MONDAY):
        instance = started("straight", cast["alpha"])
        _stopped(instance)
    with clock.frozen(MONDAY + timedelta(4)):
        shown = gantt_of(Instance.objects.get(pk=instance.pk))
        html = drawn(shown)
    assert [row.label for row in shown.rows] == ["全程", "环节accept"]
    assert {mark.kind for mark in shown.rows[1].marks} == {"due", "old"}
    assert [bar.state for bar in shown.rows[1].bars] == ["open", "stopped"]
    told = ("等鉴定", "某函〔2026〕3 号", "延长 2 个工作日", "2026-03-13", "承诺到期", "法定到期", "gantt-head-old")
    assert all(text in html for text in told)


@pytest.mark.django_db
def test_overdue_days_are_a_bar_of_their_own() -> None:
    cast = world(straight())
    with clock.frozen(MONDAY):
        instance = started("straight", cast["alpha"])
    with clock.frozen(MONDAY + timedelta(20)):
        advancing.decide(step_of(instance, "accept"), "approve", actor=cast["alpha"])
        shown = gantt_of(Instance.objects.get(pk=instance.pk))
    assert [bar.state for bar in shown.rows[1].bars] == ["done", "overdue"]
    assert [row.label for row in shown.rows] == ["全程", "环节accept", "环节decide"]
