"""Values of the components and the filters that draw them."""

from datetime import date
from pathlib import Path

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from suixin.site.shell import days
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.days import DayInput
from suixin.site.shell.queries.links import with_parameter
from suixin.site.shell.templatetags import suixin as tags


def test_page_window_shows_ends_neighbours_and_gaps() -> None:
    assert Pages(6, 12, 345, 30).window == [1, 0, 5, 6, 7, 0, 12]


def test_last_row_of_last_page_is_the_total() -> None:
    last = Pages(12, 12, 345, 30)
    assert (last.first_row, last.last_row) == (331, 345)


def test_empty_list_has_no_first_row() -> None:
    assert Pages(1, 1, 0, 30).first_row == 0


@pytest.mark.parametrize(("value", "text"), [(1234567, "1,234,567"), (2.5, "2.5"), (3.0, "3"), (None, "—"), ("x", "x")])
def test_numbers_are_written_with_separators(value: object, text: str) -> None:
    assert tags.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 B"), (1536, "1.5 KB"), (3 << 30, "3.0 GB"), (None, "—")])
def test_sizes_have_binary_units(value: object, text: str) -> None:
    assert tags.filesize(value) == text


def test_second_click_on_a_column_turns_the_order() -> None:
    assert (tags.sort_next("rows", ""), tags.sort_next("rows", "rows")) == ("rows", "-rows")


def test_a_filter_goes_back_to_the_first_page() -> None:
    assert with_parameter(QueryDict("page=7&q=a"), "theme", "x") == "?q=a&theme=x"


def test_cells_are_escaped() -> None:
    table = Table("t", [Column("c")], [[Cell("<script>alert(1)</script>")]])
    html = render_to_string("components/table.html", {"table": table}, request=RequestFactory().get("/"))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_day_that_is_set_shows_in_the_calendar_of_the_browser(language: str) -> None:
    with translation.override(language):
        assert 'type="date"' in (shown := str(DayInput().render("day", date(2026, 3, 2))))
        assert 'value="2026-03-02"' in shown


def test_no_form_has_another_calendar() -> None:
    places = Path(days.__file__).parent.rglob("*.py")
    assert [place.name for place in places if "forms.DateInput" in place.read_text("utf-8") and "tests" not in place.parts] == ["days.py"]
