"""Whole columns as JSON are what `orjson` makes of each row; reasons by column are the reasons of each row."""

from datetime import date
from decimal import Decimal

import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from suixin.data.quality import json_texts
from suixin.data.quality.source import BrokenRow
from suixin.data.quality.tests.factories import contract, item, judged, table

TEXTS = st.one_of(st.none(), st.text(max_size=6), st.text(st.sampled_from("\"\\\x00\x1f\x7f\n甲,\u2028"), max_size=5))


@given(st.lists(st.tuples(TEXTS, TEXTS, st.one_of(st.none(), st.integers(0, 9))), max_size=8), st.integers(0, 3))
def test_rows_are_written_as_one_by_one(rows: list[tuple[str | None, str | None, int | None]], skipped: int) -> None:
    names = ["a", '名"称', "n"]
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate((pa.string(), pa.large_string(), pa.int64()))]
    data = pa.RecordBatch.from_arrays(columns, names).slice(skipped)
    assert json_texts.row_objects(data).to_pylist() == [orjson.dumps(row).decode() for row in data.to_pylist()]


def test_what_json_does_not_know_is_text() -> None:
    data = pa.RecordBatch.from_pydict({"d": [date(2024, 3, 1)], "x": [Decimal("1.50")], "l": [["甲"]]})
    assert json_texts.row_objects(data).to_pylist() == ['{"d":"2024-03-01","x":"1.50","l":["甲"]}']


def test_reasons_of_a_row_are_in_their_order_each_with_its_value_and_number() -> None:
    agreed = contract(item("k", "C", is_key=True, length=3), item("x", "I"), item("y", "D"))
    cells: dict[str, list[str | None]] = {
        "k": ["a", "a", None, "b"], "x": ['甲"2', "乙", "", "z\r\nz" + "长" * 300], "y": ["2024-01-01", "2024-01-02", "今", None],
    }
    _, rejects, verdict = judged(agreed, table(cells, broken=[BrokenRow(6, "a,b", "列数不对")]))
    assert [(one.row, [reason.rule for reason in one.reasons]) for one in rejects] == [
        (1, ["type"]), (2, ["type", "duplicate"]), (3, ["key_null", "type"]), (4, ["type"]), (6, ["broken"]),
    ]
    assert rejects[0].reasons[0].value == '甲"2'
    assert rejects[1].reasons[1].sentence.startswith("数据第 2 行的主键(k)“a”与数据第 1 行重复")
    assert rejects[2].reasons[0].sentence == "数据第 3 行“k”是主键,不能为空,请补填。"
    assert rejects[3].reasons[0].value == "z z" + "长" * 197 + "…"
    assert orjson.loads(rejects[3].text)["x"] == cells["x"][3]
    assert verdict.reasons == {"x/type": 3, "y/type": 1, "duplicate": 1, "k/key_null": 1, "broken": 1}
