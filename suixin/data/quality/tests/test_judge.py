"""Rows are split by every check, with sentences; nothing is lost on the way."""

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Rule
from suixin.data.quality import check
from suixin.data.quality.errors import ColumnsMissing, ColumnsUnknown, ContractUnusable, MiscountedBatch
from suixin.data.quality.judge import Judge, bind_columns
from suixin.data.quality.source import BrokenRow
from suixin.data.quality.tests.factories import contract, item, judged, table

REFUSED = [
    (item("x", "I"), "abc", "type"),
    (item("x", "I"), "3栋", "unit"),
    (item("x", "I"), "1.5", "precision"),
    (item("x", "N", length=4, scale=1), "12345", "precision"),
    (item("x", "I", length=2), "100", "length"),
    (item("x", "C", length=2), "一二三", "length"),
    (item("x", "C", nullable=False), " - ", "required"),
    (item("x", "C", is_key=True), "", "key_null"),
    (item("x", "D"), "2022-02-30", "type"),
    (item("x", "L"), "也许", "type"),
    (item("x", "C", length=18, sensitive="uscc"), "91350100M000100Y44", "checksum"),
    (item("x", "C", length=18, sensitive="resident_id"), "110105194912310021", "checksum"),
]


@pytest.mark.parametrize(("agreed", "cell", "rule"), REFUSED)
def test_each_check_refuses_with_a_sentence(agreed: object, cell: str, rule: str) -> None:
    rows, rejects, verdict = judged(contract(agreed), table({"x": [cell]}))  # type: ignore[arg-type]  # an item
    assert not rows
    assert verdict.rejected == 1
    assert [reason.rule for reason in rejects[0].reasons] == [rule]
    assert "数据第 1 行“x”" in rejects[0].reasons[0].sentence
    assert cell in rejects[0].text


def test_a_good_credit_code_passes_and_a_longer_item_is_not_checked() -> None:
    agreed = contract(item("a", "C", length=18, sensitive="uscc"), item("b", "C", length=20, sensitive="uscc"))
    rows, _, _ = judged(agreed, table({"a": ["91350100M000100Y43"], "b": ["510900000001234"]}))
    assert len(rows) == 1


def test_a_code_outside_its_set_is_refused() -> None:
    agreed = contract(item("x", "C", code_set="GB/T 2261.1"))
    from suixin.ground import standards

    sex = next(found for found in standards.code_sets() if set(found.entries.values()) >= {"男", "女"})
    agreed = contract(item("x", "C", code_set=sex.code))
    rows, rejects, _ = judged(agreed, table({"x": ["1", "男", None, "7"]}))
    assert [row["x"] for row in rows] == ["1", "1", None]
    assert rejects[0].reasons[0].rule == "code_set"


def test_rules_see_typed_items_and_unknown_is_not_false() -> None:
    rules = [Rule("r1", "cured <= confirmed", "治愈数不能大于确诊数", "consistency"), Rule("r2", "v0 > 0", "应为正数")]
    agreed = contract(item("confirmed", "I"), item("cured", "I"), item("v0", "N", length=9, scale=2), rules=rules)
    rows, rejects, verdict = judged(
        agreed, table({"confirmed": ["10", "9", None], "cured": ["9", "10", "1"], "v0": ["1", "-1", "2"]})
    )
    assert len(rows) == 2
    assert [r.rule for r in rejects[0].reasons] == ["r1", "r2"]
    assert verdict.indicators["0402"] < 100
    assert "治愈数不能大于确诊数" in rejects[0].reasons[0].sentence


def test_rules_compare_moments_on_the_chinese_clock() -> None:
    agreed = contract(item("t", "T"), rules=[Rule("late", "t >= TIMESTAMP '2022-03-01 08:00:00'", "太早")])
    rows, _, verdict = judged(agreed, table({"t": ["2022-03-01 08:00:00", "2022-03-01 07:59:59"]}))
    assert len(rows) == 1
    assert verdict.reasons == {"late": 1}


def test_an_unusable_rule_is_named() -> None:
    with pytest.raises(ContractUnusable, match="规则 r9"):
        Judge(contract(item("a", "I"), rules=[Rule("r9", "nothing > 1", "x")]))


def test_of_equal_keys_the_first_wins_across_batches_and_spellings() -> None:
    agreed = contract(item("d", "D", is_key=True), item("c", "C", is_key=True))
    source = table({"d": ["2022-03-02", "2022/3/1", "2022年3月1日", "44621"], "c": ["a", "b", "b", "B"]}, batch_rows=2)
    rows, rejects, verdict = judged(agreed, source)
    assert len(rows) == 3
    assert [(r.row, r.reasons[0].rule) for r in rejects] == [(3, "duplicate")]
    assert "与数据第 2 行重复" in rejects[0].reasons[0].sentence
    assert not verdict.is_sorted


def test_ascending_keys_are_known_as_sorted() -> None:
    keys = Judge(contract(item("k", "I", is_key=True))).keys(table({"k": [str(n) for n in range(50)]}, batch_rows=7))
    assert keys.is_sorted
    assert keys.rows_in == 50
    assert not len(keys.rows)


def test_columns_are_found_by_any_of_their_names() -> None:
    agreed = contract(item("amount", "I", source_names=("PM2.5 (μg/m³)",)), item("名称", "C"))
    rows, _, _ = judged(agreed, table({"pm2.5(μg/M³)": ["1"], " 名 称": ["a"]}))
    assert rows == [{"amount": 1, "名称": "a"}]


def test_missing_and_unknown_columns_refuse_the_batch() -> None:
    agreed = contract(item("a", "I", nullable=False), item("b", "I"))
    with pytest.raises(ColumnsMissing, match="缺少“试表”必需的列:a"):
        judged(agreed, table({"b": ["1"]}))
    with pytest.raises(ColumnsUnknown, match="多出“试表”目录中没有的列:z"):
        judged(agreed, table({"a": ["1"], "z": ["1"]}))
    rows, _, verdict = judged(agreed, table({"a": ["1"], "z": ["1"]}), extra="ignore")
    assert rows == [{"a": 1, "b": None}]
    assert "缺少可空的信息项" in verdict.notes[0]


def test_constants_are_items_and_broken_rows_are_rejects() -> None:
    source = table({"a": ["1"]}, broken=[BrokenRow(2, "1,2,3", "列数不符")], constants={"日期": "2019年2月1日"})
    rows, rejects, verdict = judged(contract(item("a", "I"), item("日期", "D")), source)
    assert str(rows[0]["日期"]) == "2019-02-01"
    assert rejects[0].row == 2
    assert (verdict.rows_in, verdict.accepted, verdict.rejected) == (2, 1, 1)


def test_a_lost_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    agreed = contract(item("a", "I"))
    add = check._Counted.add

    def forgetful(self: check._Counted, found: object) -> None:
        add(self, found)  # type: ignore[arg-type]  # passed through
        self.accepted -= 1

    monkeypatch.setattr(check._Counted, "add", forgetful)
    with pytest.raises(MiscountedBatch, match="合计不符"):
        judged(agreed, table({"a": ["1", "2"]}))


def test_an_empty_table_is_judged() -> None:
    rows, rejects, verdict = judged(contract(item("a", "I", is_key=True)), table({"a": pa.array([], pa.string())}))  # type: ignore[dict-item]  # an array is a sequence
    assert not rows
    assert not rejects
    assert verdict.rows_in == 0


def test_three_hundred_columns_are_one_query() -> None:
    names = [f"c{n}" for n in range(300)]
    rows, _, verdict = judged(contract(*[item(n, "I") for n in names]), table({n: ["1", "x"] for n in names}))
    assert len(rows) == 1
    assert len(verdict.reasons) == 300


CELLS = st.lists(
    st.sampled_from(["1", "2", "x", "", "3.0", "１", "2022-03-01", "44621", "NA", "1,000"]), min_size=0, max_size=30
)


@settings(max_examples=40, deadline=None)
@given(CELLS, st.integers(1, 7), st.integers(1, 3))
def test_rows_in_are_rows_out_in_order(cells: list[str], batch_rows: int, threads: int) -> None:
    agreed = contract(item("k", "I", is_key=True), item("d", "D"))
    source = table({"k": pa.array(cells, pa.string()), "d": pa.array(cells[::-1], pa.string())}, batch_rows=batch_rows)  # type: ignore[dict-item]  # arrays are sequences
    rows, rejects, verdict = judged(agreed, source, threads=threads)
    assert verdict.rows_in == len(cells) == len(rows) + len(rejects)
    assert [r.row for r in rejects] == sorted(r.row for r in rejects)
    assert len({row["k"] for row in rows}) == len(rows)
    assert 0 <= verdict.scores["total"] <= 100
    assert not math.isnan(verdict.scores["total"])


@pytest.mark.parametrize(
    ("columns", "binding"),
    [
        (["数据日期", "date"], {"date": "数据日期", "date_2": "date"}),
        (["date", "date_2"], {"date": "date", "date_2": "date_2"}),
        (["数据日期"], {"date": "数据日期"}),
    ],
)
def test_header_that_is_another_items_field_is_not_mixed_up(columns: list[str], binding: dict[str, str]) -> None:
    two = Contract("", "t", "某表", (ItemSpec("date", "数据日期", ItemType.DATE), ItemSpec("date_2", "date", ItemType.DATE)))
    assert bind_columns(two, columns, extra="refuse") == binding


def test_batch_of_which_nine_in_ten_rows_were_refused_does_not_look_good() -> None:
    agreed = contract(item("号", "C", length=18, sensitive="uscc"), *(item(name, "C") for name in "甲乙丙丁戊己"))
    codes = ["91350100M000100Y44"] * 9 + ["91350100M000100Y43"]
    _, _, verdict = judged(agreed, table({"号": codes, **{name: ["值"] * 10 for name in "甲乙丙丁戊己"}}))
    assert (verdict.rejected, verdict.scores["accuracy"], verdict.scores["total"]) == (9, 10.0, 10.0)
    assert verdict.scores["completeness"] == 100.0


@pytest.mark.parametrize(("cells", "mark"), [
    (["1", "2", None], 100.0), (["小学", "高级中学"], 100.0), (["1", "5", "幼儿园", "小学", "小学"], 60.0), (["初中", "小学"], 50.0),
])  # fmt: skip
def test_codes_written_now_as_code_now_as_name_are_not_consistent(cells: list[str | None], mark: float) -> None:
    _, _, verdict = judged(contract(item("x", "C", code_set="school-stage")), table({"x": cells}, batch_rows=2))
    assert (verdict.rejected, verdict.scores["consistency"]) == (0, mark)


@pytest.mark.parametrize(("length", "written", "kept"), [
    (1, ["1", "男", "1 男", " 女 ", "2－女", None], ["1", "1", "1", "2", "2", None]),  # a column of codes
    (None, ["男性", "1：男"], ["1", "1"]),
    (20, ["男", "1 男", "1", None], ["男", "男", "1", None]),  # wide enough for words: they stay words
])  # fmt: skip
def test_names_and_labels_of_a_code_set_become_what_the_item_holds(
    length: int | None, written: list[str | None], kept: list[str | None]
) -> None:
    rows, rejects, verdict = judged(contract(item("x", "C", length=length, code_set="GB/T 2261.1")), table({"x": written}))
    assert ([row["x"] for row in rows], rejects) == (kept, [])
    changed = sum(a is not None and a.strip() != b for a, b in zip(written, kept, strict=True))
    assert verdict.normalised.get("x", {}).get("code_name", 0) >= changed


def test_a_label_of_no_code_is_told_as_it_was_written() -> None:
    _, rejects, _ = judged(contract(item("x", "C", length=1, code_set="GB/T 2261.1")), table({"x": ["1 男", "7 男"]}))
    assert [reject.row for reject in rejects] == [2]
    assert "“7 男”" in rejects[0].reasons[0].sentence
