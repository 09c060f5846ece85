"""Every indicator's SQL, a golden pair each: a few rows in, the rows that must come out."""

from decimal import Decimal

import duckdb
import pytest

from suixin.cities.loader import load_city

INDICATORS = {i.slug: i for i in load_city("suining").indicators}
GOLDEN: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "good-air-rate": (
        ("CREATE TABLE air_quality_daily AS SELECT * FROM (VALUES (DATE '2024-01-01', 60), (DATE '2024-01-02', 101),"
         " (DATE '2024-01-03', 100), (DATE '2024-01-04', NULL), (DATE '2024-02-01', 20)) AS t(monitored_on, aqi)"),
        [("2024-01", Decimal("66.7")), ("2024-02", Decimal("100.0"))],
    ),
    "online-service-rate": (
        ("CREATE TABLE service_volume AS SELECT * FROM (VALUES (DATE '2024-01-01', 100, 60), (DATE '2024-01-01', 100, 80),"
         " (DATE '2024-02-01', 50, NULL)) AS t(month, accepted_count, online_count)"),
        [("2024-01", Decimal("70.0"))],
    ),
    "electricity-by-district": (
        ("CREATE TABLE electricity_monthly AS SELECT * FROM (VALUES ('2024-01', '船山区', 1.25::DECIMAL(14, 2)),"
         " ('2024-02', '船山区', 2.50), ('2025-01', '安居区', 4.00)) AS t(month, district, electricity_consumption)"),
        [("2024", "船山区", Decimal("3.75")), ("2025", "安居区", Decimal("4.00"))],
    ),
    "population-density": (
        ("CREATE TABLE district_population AS SELECT * FROM (VALUES (2025, '船山区', 1000, 4.00::DECIMAL(12, 2)),"
         " (2025, '安居区', NULL, 8.00)) AS t(year, district, resident_population, land_area)"),
        [(2025, "船山区", Decimal("250.0"))],
    ),
}


def test_every_indicator_has_its_golden_pair() -> None:
    assert set(GOLDEN) == set(INDICATORS)


@pytest.mark.parametrize("slug", GOLDEN)
def test_rows_in_give_rows_out(slug: str) -> None:
    table, expected = GOLDEN[slug]
    with duckdb.connect() as connection:
        connection.execute(table)
        assert connection.execute(INDICATORS[slug].sql).fetchall() == expected
