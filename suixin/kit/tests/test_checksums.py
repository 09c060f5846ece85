"""Check digits: the vectors of the standards, and SQL equal to Python."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.kit import checksums as c

TODAY = date(2026, 1, 1)
NEARLY_RESIDENT = st.builds(
    lambda province, rest, month, day, last: f"{province}0903{rest}{month:02}{day:02}001{last}",
    st.sampled_from(["51", "11", "99", "82"]),
    st.integers(1880, 2030).map(str),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from("0123456789Xx"),
)
VALID_RESIDENT = NEARLY_RESIDENT.map(lambda s: s[:17] + c.resident_id_check_char(s[:17]))
DIGITS = st.text("0123456789", min_size=11, max_size=21)
USCC17 = st.from_regex(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}", fullmatch=True)
VALID_USCC = USCC17.map(lambda s: s + c.uscc_check_char(s))
ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def test_vectors_of_the_standards() -> None:
    assert c.is_resident_id("11010519491231002X", TODAY)
    assert c.is_uscc("91350100M000100Y43")
    assert c.is_uscc("91510900MA0000015B")
    assert c.is_uscc("11510900008701231C")
    assert c.is_organisation_code("00870123-1")
    assert c.is_luhn("6222020000000000") is False
    assert c.is_luhn("4111111111111111")
    assert c.is_mobile("13800138000")
    assert not c.is_mobile("12800138000")


@pytest.mark.parametrize(
    "s", ["", "1101051949123100", "110105194912310021", "11010520991231002X", "11010519490231002X"]
)
def test_wrong_resident_ids_are_refused(s: str) -> None:
    assert not c.is_resident_id(s, TODAY)


@settings(max_examples=80, deadline=None)
@given(s=st.one_of(NEARLY_RESIDENT, VALID_RESIDENT, DIGITS, ANYTHING))
def test_resident_id_sql_equals_python(connection: duckdb.DuckDBPyConnection, s: str) -> None:
    assert _ask(connection, c.resident_id_sql('"v"', today=TODAY), s) == c.is_resident_id(s, TODAY)


@settings(max_examples=80, deadline=None)
@given(s=st.one_of(USCC17.map(lambda x: x + "0"), VALID_USCC, ANYTHING))
def test_uscc_sql_equals_python(connection: duckdb.DuckDBPyConnection, s: str) -> None:
    assert _ask(connection, c.uscc_sql('"v"'), s) == c.is_uscc(s)


@settings(max_examples=80, deadline=None)
@given(s=st.one_of(DIGITS, ANYTHING))
def test_mobile_sql_equals_python(connection: duckdb.DuckDBPyConnection, s: str) -> None:
    assert _ask(connection, c.mobile_sql('"v"'), s) == c.is_mobile(s)


@pytest.mark.parametrize("sql", [c.resident_id_sql('"v"'), c.uscc_sql('"v"'), c.mobile_sql('"v"')])
def test_null_stays_null(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert _ask(connection, sql, None) is None


def _ask(connection: duckdb.DuckDBPyConnection, sql: str, value: str | None) -> object:
    row = connection.execute(f'SELECT {sql} FROM (SELECT CAST(? AS VARCHAR) AS "v")', [value]).fetchone()
    assert row is not None
    return row[0]
