"""Simulations: dates of a procedure from assumptions in the address, told at the field when they are wrong."""

import pytest
from django.test import Client

from suixin.ground.flow.models import CalendarYear, Instance
from suixin.ground.people.tests.factories import Tree
from suixin.kit import clock
from suixin.site.shell.tests.test_procedures import RESTAURANT, city, entered, published

__all__ = ["city"]
pytestmark = pytest.mark.django_db
PAGE = "/console/procedures/open-restaurant/simulate/"
MONDAY = "start=2026-03-02"


@pytest.fixture(autouse=True)
def procedure(city: Tree) -> None:
    CalendarYear.objects.update_or_create(year=2026, defaults={"imported_at": clock.now()})
    published()


def shown(query: str, status: int = 200) -> str:
    answer = entered("clerk2").get(f"{PAGE}?{query}")
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def row(page: str, title: str) -> str:
    """The table's line of a node."""
    return next(line for line in page.split("<tr>") if f"<td>{title}" in line and "<td" in line)


def test_page_opens_with_today_and_the_whole_limits() -> None:
    page = shown("")
    assert "推演：开办餐馆" in page
    assert page.count("<svg viewBox") >= 1
    assert "来得及" in page


def test_dates_follow_the_calendar_and_the_data() -> None:
    page = shown(f"{MONDAY}&data.area=500")
    assert "2026-03-26" in row(page, "消防安全检查")
    assert "2026-03-27" in row(page, "出件")
    assert "条件不成立或不知道，略过" in row(shown(f"{MONDAY}&data.area=200"), "消防安全检查")


def test_assumed_days_make_it_late_and_the_verdict_says_so() -> None:
    page = shown(f"{MONDAY}&data.area=500&days.fire=30")
    assert "会超期" in page
    assert 'class="gantt-bar gantt-overdue' in page


def test_suspension_of_five_working_days_moves_the_end_by_five() -> None:
    page = shown(f"{MONDAY}&data.area=500&from.1=2026-03-04&to.1=2026-03-11")
    assert "2026-04-03" in row(page, "出件")
    assert "来得及" in page


def test_years_without_a_calendar_are_marked() -> None:
    page = shown("start=2031-03-03")
    assert "2031 年的工作日安排未公布" in page
    assert "未公布" in row(page, "综合受理")
    assert "gantt-unpublished" in page


@pytest.mark.parametrize(("query", "field"), [
    ("start=soon", "start"), ("start=1020-01-01", "start"), ("data.area=many", "data.area"), ("data.seats=1.5", "data.seats"),
    ("data.is_chain=7", "data.is_chain"), ("days.fire=-1", "days.fire"), ("days.fire=1000", "days.fire"), ("from.1=2026-03-04", "to.1"),
    ("from.2=2026-03-04&to.2=2026-03-04", "to.2"), ("to.1=2026-03-04", "from.1"),
])  # fmt: skip
def test_bad_input_is_told_at_its_field(query: str, field: str) -> None:
    page = shown(query, 422)
    assert f'id="assume-{field}_error"' in page
    assert "gantt-bar" not in page


def test_what_is_shared_is_the_address() -> None:
    page = shown(f"{MONDAY}&data.area=500&data.is_chain=1&days.fire=3")
    assert 'name="data.area" value="500"' in page
    assert '<option value="1" selected>' in page
    assert 'value="3"' in page


def test_limits_of_decades_are_refused_with_a_sentence() -> None:
    published(RESTAURANT.replace("limit: 7wd", "limit: 9999wd").replace("promised: 10wd", "").replace("statutory: 20wd", ""))
    assert "最多推演" in shown(MONDAY, 422)


def test_markup_in_titles_is_text_in_the_gantt() -> None:
    published(RESTAURANT.replace("title: 出件", "title: '<script>alert(1)</script>'"))
    page = shown(MONDAY)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_nothing_is_written_and_strangers_are_sent_to_sign_in() -> None:
    shown(MONDAY)
    assert not Instance.objects.exists()
    assert Client().get(PAGE).status_code == 302


def test_bpmn_can_be_taken_away() -> None:
    answer = entered("clerk2").get("/console/procedures/open-restaurant/v1.bpmn")
    assert answer.status_code == 200
    assert b"<bpmn:process" in answer.content or b":definitions" in answer.content
