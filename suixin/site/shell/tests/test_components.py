"""Values of the components and the filters that draw them."""

from datetime import date
from pathlib import Path

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from suixin.ground.search.marking import Piece
from suixin.site.shell import days
from suixin.site.shell.components import Cell, Column, Facet, FacetValue, Pages, Table
from suixin.site.shell.days import DayInput
from suixin.site.shell.queries.links import choices_of, with_parameter
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


@pytest.mark.parametrize("asked", ["page=7&q=a", "q=a&theme=y&q=b&after=3", "theme=y&level=1", "", "q=%3Cb%3E%26+%E5%85%AC&theme="])
def test_choices_have_the_addresses_that_one_by_one_they_would_have(asked: str) -> None:
    address = choices_of(QueryDict(asked), "theme")
    assert [address(one) for one in ("", "x", "甲&=")] == [with_parameter(QueryDict(asked), "theme", one) for one in ("", "x", "甲&=")]


def test_cells_and_choices_are_escaped_and_only_what_was_found_is_marked() -> None:
    evil = '"><script>alert(1)</script>'
    cells = [Cell(evil), Cell(evil, evil, note=evil), Cell(evil, tone="good"), Cell("a", pieces=[Piece(evil, is_marked=True)]), Cell("")]
    table = Table(evil, [Column(evil)] * len(cells), [cells], is_cards=True)
    facets = [Facet("f", evil, [FacetValue(evil, 1234, evil, is_active=True)])]
    html = "".join(
        render_to_string(f"components/{name}.html", {"table": table, "facets": facets}, request=RequestFactory().get("/"))
        for name in ("table", "facets")
    )
    assert "<script>" not in html
    assert html.count("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;") == html.count("alert(1)") > 10
    assert "<mark>&quot;&gt;" in html
    assert '<span class="null">—</span>' in html
    assert '<span class="count">1,234</span>' in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_day_that_is_set_shows_in_the_calendar_of_the_browser(language: str) -> None:
    with translation.override(language):
        assert 'type="date"' in (shown := str(DayInput().render("day", date(2026, 3, 2))))
        assert 'value="2026-03-02"' in shown


def test_no_form_has_another_calendar() -> None:
    places = Path(days.__file__).parent.rglob("*.py")
    assert [place.name for place in places if "forms.DateInput" in place.read_text("utf-8") and "tests" not in place.parts] == ["days.py"]
