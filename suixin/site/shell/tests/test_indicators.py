"""Charts of indicators from their stored values."""

import pytest

from suixin.data.catalog.tests import factories
from suixin.data.insight.models import Indicator
from suixin.kit import clock
from suixin.site.shell.queries.home import home_page
from suixin.site.shell.queries.indicators import chart_of, indicator_page

pytestmark = pytest.mark.django_db


def indicator_with(columns: list[str], rows: list[list[object]]) -> Indicator:
    """An indicator with one stored value."""
    indicator = Indicator.objects.create(slug="x", title="人口密度", chart="line", sql="SELECT 1", digest="d")
    indicator.values.create(computed_at=clock.now(), sql="SELECT 1", columns=columns, rows=rows, digest="d")
    return indicator


def test_rows_by_year_and_district_become_one_series_a_district() -> None:
    rows: list[list[object]] = [["2023", "510903", "5.5"], ["2023", "510904", "3"], ["2024", "510903", "6"]]
    chart = chart_of(indicator_with(["year", "district", "value"], rows))
    assert chart is not None
    assert chart.labels == ["2023", "2024"]
    assert [(one.name, one.values) for one in chart.series] == [("船山区", [5.5, 6.0]), ("安居区", [3.0, None])]


def test_indicator_without_value_has_no_chart() -> None:
    assert chart_of(Indicator.objects.create(slug="y", title="t", sql="SELECT 1", digest="d")) is None


def test_value_of_a_table_that_is_not_open_is_a_sentence_and_no_figure() -> None:
    indicator = indicator_with(["month", "value"], [["2024-01", 5]])
    resource = factories.published("closed_table")
    Indicator.objects.update(tables=[resource.table])
    indicator.refresh_from_db()
    page = indicator_page("x")
    assert (chart_of(indicator), page.value, page.chart, page.lineage) == (None, None, None, ())
    assert "没有读取" in page.refusal
    assert "没有读取" in home_page().closed[0]
