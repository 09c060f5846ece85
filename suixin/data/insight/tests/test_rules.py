"""SQL of an indicator: one SELECT over catalogued tables, nothing else."""

import pytest

from suixin.data.insight import rules
from suixin.data.insight.errors import InvalidIndicator


def test_tables_are_found_in_joins_and_subqueries_but_not_ctes() -> None:
    sql = "WITH recent AS (SELECT * FROM air) SELECT r.day, p.n FROM recent r JOIN (SELECT * FROM people) p ON p.day = r.day"
    assert rules.tables_of(sql) == ["air", "people"]


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DELETE FROM air", "SELECT"),
        ("SELECT 1; SELECT 2", "一条 SELECT"),
        ("SELECT * FROM read_parquet('/etc/x')", "read_parquet"),
        ("SELECT * FROM 'secret.csv'", "secret.csv"),
        ("SELECT * FROM other.air", "other"),
        ("SELECT * FROM air LIMIT 3", "ORDER BY"),
        ("SELECT FROM WHERE", "不能解析"),
        ("COPY air TO 'x'", "SELECT"),
        ("SELECT pragma_version()", "pragma_version"),
        ("SELECT getenv('HOME') FROM air", "getenv"),
        ("SELECT read_text('/etc/passwd') FROM air", "read_text"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(sql: str, word: str) -> None:
    with pytest.raises(InvalidIndicator, match=word):
        rules.tables_of(sql)


def test_ordinary_functions_are_allowed() -> None:
    sql = "SELECT date_trunc('month', day) AS m, round(avg(aqi), 1), count(*) FILTER (WHERE aqi <= 100) FROM air GROUP BY ALL"
    assert rules.tables_of(sql) == ["air"]
