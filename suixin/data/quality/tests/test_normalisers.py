"""Every declared spelling is read; SQL and Python agree on any text."""
# ruff: noqa: DTZ001, DTZ901  -- cells are texts without zone, so are their twins

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import ItemSpec
from suixin.data.quality.judge import Judge
from suixin.data.quality.tests import twin
from suixin.data.quality.tests.factories import contract, item, judged, table


def values(agreed: ItemSpec, cells: list[str]) -> list[object]:
    """What a column of cells becomes; None for blanks and for what cannot be read."""
    typed = Judge(contract(agreed)).typed(pa.RecordBatch.from_pydict({agreed.name: cells}))
    found: list[object] = typed.values[0].to_pylist()
    return found


DATES = [
    "2022-03-01", "2022年3月1日", "2022年03月01日", "2022/3/1", "2022.3.1", "20220301", "44621", "2022-03-01 00:00:00",
    "2022-03-01T00:00:00+08:00", "2022-02-28T16:00:00Z", "2022年3月", "2022-3", " ２０２２年３月１日　", "2022/03/01 0:00", "44621.0",
]  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_every_spelling_of_a_day_is_that_day(text: str) -> None:
    assert values(item("日期", "D"), [text]) == [date(2022, 3, 1)]


@pytest.mark.parametrize(
    "text", ["2022-02-30", "2022-03-01 10:00:00", "明天", "2022-13-01", "0000-01-01", "1.5", "20221301"]
)
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    assert values(item("日期", "D"), [text]) == [None]


MOMENTS = {
    "2022-03-01 08:30:00": "00:30:00", "2022-03-01T08:30:00+08:00": "00:30:00", "2022-03-01T00:30:00Z": "00:30:00",
    "2022年3月1日 8时30分": "00:30:00", "20220301083000": "00:30:00", "2022-03-01 08:30": "00:30:00",
    "2022/3/1 8:30:05": "00:30:05", "2022-03-01 08:30:00.250": "00:30:00.250", "2022-02-28 20:30:00-0400": "00:30:00",
}  # fmt: skip


@pytest.mark.parametrize(("text", "clock"), MOMENTS.items())
def test_a_moment_without_zone_is_chinese_time(text: str, clock: str) -> None:
    rows, _, _ = judged(contract(item("t", "T")), table({"t": [text]}))
    assert rows[0]["t"] == datetime.fromisoformat(f"2022-03-01T{clock}").replace(tzinfo=UTC)


NUMBERS = {
    "1,234.5": "1234.50", "１２３": "123.00", "10(万元人民币)": "10.00", "5亿元": "50000.00", "3000元": "0.30", "+7": "7.00",
    " 8 ": "8.00", "1.500": "1.50", ".5": "0.50", "2.": "2.00", "1e2": "100.00", "10（万元）": "10.00", "10万": "10.00",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), NUMBERS.items())
def test_a_number_is_put_to_the_unit_of_its_item(text: str, expected: str) -> None:
    assert values(item("资金", "N", length=18, scale=2, unit="万元"), [text]) == [Decimal(expected)]


@pytest.mark.parametrize("text", ["10(万美元)", "1.234", "12,34", "1_000", "abc", "99999999999999999", "0x1F", "3栋"])
def test_a_number_is_never_rounded_or_guessed(text: str) -> None:
    assert values(item("资金", "N", length=18, scale=2, unit="万元"), [text]) == [None]


COUNTS = {
    "344例": 344,
    "372.0": 372,
    "-5": -5,
    "1,000": 1000,
    "1.5": None,
    "85%": None,
    "9223372036854775808": None,
    "NA": None,
}


@pytest.mark.parametrize(("text", "expected"), COUNTS.items())
def test_a_count_is_whole(text: str, expected: int | None) -> None:
    assert values(item("人数", "I", unit="例"), [text]) == [expected]


def test_codes_lose_what_a_spreadsheet_added_and_keep_their_zeros() -> None:
    found = values(item("区划代码", "C", length=12), ["510900.0", "５１０９０３", " 510904", "000001", "----", "1.0"])
    assert found == ["510900", "510903", "510904", "000001", None, "1.0"]


def test_na_is_a_value_among_two_letter_codes_only() -> None:
    assert values(item("国家", "C", length=2), ["NA", "CN", "-"]) == ["NA", "CN", None]
    assert values(item("国家", "C", length=20), ["NA", "CN", "null"]) == [None, "CN", None]


def test_every_application_is_counted_by_item_and_rule() -> None:
    _, _, verdict = judged(
        contract(item("d", "D"), item("n", "I")), table({"d": ["2022/3/1", "44621", "-"], "n": ["1,0", "1,000", " 2"]})
    )
    assert verdict.normalised == {"d": {"date_form": 1, "date_serial": 1}, "n": {"thousands": 1}} | {
        "d": {"blank": 1, "date_form": 1, "date_serial": 1},
        "n": verdict.normalised["n"],
    }
    assert verdict.normalised["n"]["thousands"] == 1
    assert verdict.normalised["n"]["trim"] == 1


def test_native_columns_need_no_text() -> None:
    cells: dict[str, list[object]] = {
        "i": [1.0, 2.0],
        "d": [datetime(2022, 3, 1), datetime(2022, 3, 2)],
        "b": [True, None],
        "c": [510900, 510903],
    }  # local times
    agreed = contract(item("i", "I"), item("d", "D"), item("b", "L"), item("c", "C", length=6))
    rows, rejects, _ = judged(agreed, table(cells))
    assert rows[1] == {"i": 2, "d": date(2022, 3, 2), "b": None, "c": "510903"}
    assert not rejects


FORMS = st.sampled_from(["%Y-%m-%d %H:%M", "%Y年%m月%d日%H时%M分"])
NUMBERISH = st.text(alphabet="0123456789+-,.０５９ 　e", max_size=12) | st.integers(-(10**19), 10**19).map(str)
DAYISH = st.builds(
    "{}{}{}{}{}{}".format,
    st.integers(0, 10_000), st.sampled_from("-/.年 "), st.integers(0, 14), st.sampled_from("-/.月"), st.integers(0, 33),
    st.sampled_from(["", "日", "号", " "]),
) | st.text(alphabet="0123456789年月日-/.", max_size=10)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERISH, min_size=1, max_size=20))
def test_numbers_are_read_alike_by_sql_and_python(cells: list[str]) -> None:
    assert values(item("n", "I"), cells) == [twin.integer(cell) for cell in cells]
    plain = [cell for cell in cells if "e" not in cell]
    expected = [twin.decimal(cell, precision=12, scale=2) for cell in plain]
    assert values(item("n", "N", length=12, scale=2), [*plain, "1"])[:-1] == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(DAYISH, min_size=1, max_size=20))
def test_days_are_read_alike_by_sql_and_python(cells: list[str]) -> None:
    assert values(item("d", "D"), cells) == [twin.day(cell) for cell in cells]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.datetimes(datetime.min.replace(year=1900), datetime.max.replace(year=2999)), min_size=1), FORMS
)  # texts without zone
def test_moments_are_read_alike_by_sql_and_python(moments: list[datetime], form: str) -> None:
    cells = [moment.strftime(form) for moment in moments]
    assert values(item("t", "T"), cells) == [twin.moment(cell) for cell in cells]
    assert all(abs(a - b) < timedelta(minutes=1) for a, b in zip(moments, map(twin.moment, cells), strict=True) if b)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=6) | st.sampled_from(["是", "否", "Y", "n", "1", "0", "TRUE", " 是　", "NA"]), min_size=1)
)
def test_words_and_texts_are_read_alike_by_sql_and_python(cells: list[str]) -> None:
    cells = [cell.replace("\x00", "") for cell in cells]
    assert values(item("b", "L"), cells) == [twin.truth(cell) for cell in cells]
    folded = [twin.cleaned(cell) or None for cell in cells]
    typed = [None if text is None else twin.cleaned(str(text)) or None for text in values(item("c", "C"), cells)]
    assert typed == folded
