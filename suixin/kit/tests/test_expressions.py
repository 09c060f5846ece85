"""Expressions: DuckDB and Python agree on everything the language can say; all else is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.kit.expressions import ExpressionError, parse
from suixin.kit.expressions.sharing import Shared

FIELDS = {"c": "C", "e": "C", "n": "N", "y": "Y", "i": "I", "b": "B", "d": "D", "t": "T", "l": "L"}
COLUMNS = (
    "CAST($c AS VARCHAR) c, CAST($e AS VARCHAR) e, CAST($n AS DECIMAL(18,0)) n, CAST($y AS DECIMAL(15,2)) y, "
    "CAST($i AS BIGINT) i, CAST($b AS DOUBLE) b, CAST($d AS DATE) d, CAST($t AS TIMESTAMPTZ) t, CAST($l AS BOOLEAN) l"
)
TEXT = st.one_of(
    st.text("ab%_é遂宁Aß'\\", max_size=6),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4),
)
DAYS = st.dates(date(1999, 12, 28), date(2000, 1, 3))
TIMES = st.datetimes(datetime(1999, 12, 31), datetime(2000, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001  # bounds
FLOATS = st.one_of(st.sampled_from([0.0, 0.1, 0.3, 1.5, -0.0, 1e300, 1e-300, float("nan"), float("inf")]), st.floats())
INTEGERS = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))
MONEY = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100)
RECORDS = st.fixed_dictionaries(
    {
        "c": st.none() | TEXT,
        "e": st.none() | TEXT,
        "n": st.none() | st.integers(-(10**14), 10**14).map(Decimal),
        "y": st.none() | MONEY | st.sampled_from([Decimal("0.10"), Decimal("0.20"), Decimal("0.30")]),
        "i": st.none() | INTEGERS,
        "b": st.none() | FLOATS,
        "d": st.none() | DAYS,
        "t": st.none() | TIMES,
        "l": st.none() | st.booleans(),
    }
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


NUMBERS = st.recursive(
    st.sampled_from(["n", "y", "i", "b", "0", "1", "-1", "0.1", "2.50", "1e3", "length(c)"])
    | MONEY.map(lambda m: f"{m:f}"),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("coalesce({}, {})".format, inner, inner)
    ),
    max_leaves=4,
) | st.sampled_from(["whole(c)", "whole(ymd(d))"])
TEXTS = st.recursive(
    st.sampled_from(["c", "e", "ymd(d)"]) | TEXT.map(quoted),
    lambda inner: (
        st.builds("{}({})".format, st.sampled_from(["upper", "lower"]), inner)
        | st.builds("substr({}, {}, {})".format, inner, st.integers(1, 5), st.integers(0, 5))
        | st.builds("coalesce({}, {})".format, inner, inner)
    ),
    max_leaves=3,
)
OPERATORS = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
DATES = st.sampled_from(["d"]) | DAYS.map(lambda day: f"DATE '{day}'")
MOMENTS = st.sampled_from(["t", "TIMESTAMP '2000-01-01 08:00:00'"]) | TIMES.map(
    lambda t: f"TIMESTAMP '{t.isoformat()}'"
)
PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", "\\d", "[a-c%_]", "[^a]", "遂", "[遂-é]".replace("遂-é", "é-遂"), "\\\\", "1"]),
    lambda inner: (
        st.builds("{}{}".format, inner, inner) | st.builds("({}|{})".format, inner, inner)
        | st.builds("({}){}".format, inner, st.sampled_from(["?", "*", "+", "{2}", "{1,}", "{0,3}"]))
    ),
    max_leaves=5,
)
PREDICATES = st.one_of(
    st.builds("matches({}, {})".format, TEXTS, PATTERNS.map(quoted)),
    *(st.builds("{} {} {}".format, side, OPERATORS, side) for side in (NUMBERS, TEXTS, DATES, MOMENTS)),
    st.builds("{} IN ({}, {})".format, NUMBERS, st.sampled_from(["1", "0.10"]), st.sampled_from(["-1", "0.3"])),
    st.builds("{} NOT IN ({})".format, TEXTS, TEXT.map(quoted)),
    st.builds("{} BETWEEN {} AND {}".format, NUMBERS, NUMBERS, NUMBERS),
    st.builds("{} LIKE {}".format, TEXTS, TEXT.map(quoted)),
    st.builds("{} NOT LIKE {}".format, TEXTS, TEXT.map(quoted)),
    st.builds("{} IS NULL".format, NUMBERS | TEXTS),
    st.builds("{} IS NOT NULL".format, NUMBERS | TEXTS),
    st.sampled_from(
        [
            "l",
            "l = TRUE",
            "c IN ('a', '遂宁')",
            "d NOT IN ('2000-01-01', '1999-12-31')",
            "l <> l",
            "d > '2000-01-01'",
            "t >= '2000-01-01'",
            "t < DATE '2000-01-01'",
        ]
    ),
)
CONDITIONS = st.recursive(
    PREDICATES,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds("NOT ({})".format, inner)
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(max_examples=500, deadline=None)
@given(text=CONDITIONS, record=RECORDS)
def test_duckdb_and_python_agree(connection: duckdb.DuckDBPyConnection, text: str, record: dict[str, object]) -> None:
    expression = parse(text, fields=FIELDS)
    shared = Shared({})
    again = expression.to_duckdb(shared), expression.to_duckdb(shared)  # the same names a second time
    sql = f"SELECT {expression.to_duckdb()}, {again[0]}, {again[1]} FROM {shared.beneath(f'(SELECT {COLUMNS})')}"
    assert connection.execute(sql, record).fetchone() == (expression.evaluate(record),) * 3


def test_what_conditions_share_is_computed_once() -> None:
    shared = Shared({"c": "v0", "n": "v1"})
    conditions = [parse(text, fields=FIELDS).to_duckdb(shared) for text in ("length(c) BETWEEN 2 AND 4", "n + 1 > 2", "n + 1 < length(c)")]
    assert conditions[0] == "((w0 >= (2)) AND (w0 <= (4)))"
    assert shared.beneath("batch").count("length(v0)") == shared.beneath("batch").count("CAST(v1 AS DOUBLE)") == 1


def test_money_adds_up() -> None:
    expression = parse(
        "合计 = 甲 + 乙", fields={"a": "Y", "b": "Y", "s": "Y"}, aliases={"合计": "s", "甲": "a", "乙": "b"}
    )
    assert expression.fields == {"a", "b", "s"}
    assert expression.evaluate({"a": Decimal("0.1"), "b": Decimal("0.2"), "s": Decimal("0.3")}) is True
    assert expression.evaluate({"a": "0.1", "b": "0.2", "s": "0.4"}) is False
    assert expression.evaluate({"a": None, "b": 1, "s": 1}) is None


def test_values_as_json_has_them_are_understood() -> None:
    expression = parse("d >= '2020-01-31' AND t < '2020-02-01 08:00:00' AND n = 5", fields=FIELDS)
    assert expression.evaluate({"d": "2020-01-31", "t": "2020-01-31T23:00:00+00:00", "n": "5"}) is True


def test_column_can_be_replaced_by_what_is_shown() -> None:
    expression = parse("c LIKE '张%'", fields=FIELDS)
    assert expression.to_duckdb({"c": 'left("c", 1)'}) == "(left(\"c\", 1) LIKE '张%')"


def test_hostile_names_and_values_stay_quoted() -> None:
    name = 'a" OR 1=1 --'
    expression = parse("\"a\"\" OR 1=1 --\" = '''; DROP TABLE x; --'", fields={name: "C"})
    assert expression.to_duckdb() == "(\"a\"\" OR 1=1 --\" = '''; DROP TABLE x; --')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c",
        "n + 1",
        "x = 1",
        "c = 1",
        "n = '5'",
        "d = 'yesterday'",
        "d = t",
        "c = NULL",
        "c LIKE e",
        "c ~ 'a'",
        "SELECT 1",
        "c = 'a'; DROP TABLE x",
        "n IN (SELECT 1)",
        "n IN (i)",
        "read_csv('x') = 1",
        "s.c = 'a'",
        "CAST(c AS INT) = 1",
        "n IN ()",
        "c IN (SELECT c FROM t)",
        "EXISTS (SELECT 1)",
        "CASE WHEN l THEN l END",
        "regexp_matches(c, 'a')",
        "n = 1234567890123456789",
        "(" * 100 + "l" + ")" * 100,
        "l AND",
        "substr(c, 0) = 'a'",
        "substr(c, n) = 'a'",
        "b = 1e999",
        "c LIKE 'a' ESCAPE 'b'",
        "* = 1",
        "? = 1",
        "$1 = 1",
        "l IS TRUE",
        "c = current_user",
        "n = (SELECT 1)",
        "l OR (c)",
        "[1] = 1",
        "c[1] = 'a'",
        "n::int = 1",
        "matches(c, e)",
        "matches(c, '[')",
        "matches(c, '(a')",
        "matches(c, 'a{3,1}')",
        "matches(c, 'a**')",
        "matches(c, '(a)\\1')",
        "matches(c, '((a{200}){200})')",
        "matches(c, '((((){200}){200}){200}){200}')",
        "matches(c, '((((a{0}|){200}){200}){200}){200}')",
        "matches(c, '((a{200}){0}b){6}')",
        "matches(n, '1')",
        "ymd(c) = '1'",
        "whole(n) = 1",
    ],
)
def test_what_is_not_of_the_language_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text, fields=FIELDS)


def test_patterns_take_no_exponential_time() -> None:
    for text in ("c LIKE '" + "%a" * 60 + "b'", "matches(c, '(a*)*(a|a)*(.*a){20}b')"):
        assert parse(text, fields=FIELDS).evaluate({"c": "a" * 5_000}) is False


@pytest.mark.parametrize(
    "text", ["c IN (" + ", ".join(["'a'"] * 650) + ")", "l" + " OR l" * 750, "n" + " + n" * 40 + " > 0"]
)
def test_long_conditions_run_in_both(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    expression = parse(text, fields=FIELDS)
    record = {"c": "b", "e": None, "n": 1, "y": None, "i": None, "b": None, "d": None, "t": None, "l": False}
    shared = Shared({})
    sql = f"SELECT {expression.to_duckdb(shared)}, {expression.to_duckdb()} FROM {shared.beneath(f'(SELECT {COLUMNS})')}"
    assert connection.execute(sql, record).fetchone() == (expression.evaluate(record),) * 2
