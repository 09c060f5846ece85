"""A proposed contract takes the file it was made from, and never turns a name into a number."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import Contract, ItemSpec, Level
from suixin.data.quality.profile import profile_table
from suixin.data.quality.propose import days_of, guess_update_cycle, propose_contract, propose_field
from suixin.data.quality.propose_rules import update_cycle
from suixin.data.quality.source import SourceTable
from suixin.data.quality.tests.factories import judged, table
from suixin.data.quality.units import factors_into, split_header


def proposed(source: SourceTable) -> Contract:
    return propose_contract(profile_table(source), table="t", title="试表", code="510900-1")


def one(header: str, cells: list[str]) -> ItemSpec:
    return proposed(table({header: cells * (40 // len(cells) + 1)})).items[0]


TYPES = [
    ("数量", ["1", "20", "-3"], "I"), ("数量", ["1", "372.0", ""], "I"), ("价格", ["1.5", "20", "3.25"], "N"),
    ("注册资金", ["10(万元人民币)", "3,061(万元人民币)", "N/A"], "I"), ("停留时间", ["2分钟", "15分钟"], "I"),
    ("年份", ["1978年", "1979年"], "I"), ("比例", ["85%", "9.5%"], "N"), ("日期", ["20190201", "20190202"], "D"),
    ("统计日", ["2022年3月1日", "2022-03-02"], "D"), ("月份", ["2018-01", "2018-02"], "D"), ("登记日期", ["44621", "44622"], "D"),
    ("申请日期", ["44621", "2022年3月2日", "2022/3/3", "2022-03-04"], "D"), ("到账日期", ["120", "2022年3月2日", "2022/3/3"], "C"),
    ("place.code", ["510903", "510904"], "C"),
    ("更新", ["2020-02-17 19:22:29.404", "2020-02-17 13:57:42"], "T"), ("是否公开", ["是", "否"], "L"),
    ("symbol", ["000001", "600519"], "C"), ("股票代码", ["600519", "601012"], "C"), ("备注", ["1", "二", "3"], "C"),
    ("系数", ["0.123456789", "12.5"], "B"), ("系数", ["1.5e-3", "2"], "B"), ("线路", ["1路", "2路"], "C"),
    ("房号", ["3栋", "4栋"], "C"), ("空", ["", "-"], "C"), ("文", ["长" * 1200], "M"), ("巨数", ["123456789012345678901"], "C"),
    ("形状", ['{"type":"Point","coordinates":[1,2]}'], "G"), ("票号", [str(20190220 + n) for n in range(15)], "C"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "cells", "letter"), TYPES)
def test_each_kind_of_column_gets_its_type(header: str, cells: list[str], letter: str) -> None:
    assert one(header, cells).type.value == letter


def test_one_wild_value_in_a_hundred_keeps_a_column_text() -> None:
    assert one("数量", ["1"] * 99 + ["未知"]).type.value == "C"


def test_what_is_numeric_but_for_a_few_per_mille_is_a_number() -> None:
    cells = [str(n) for n in range(999)] + ["未知"]
    agreed = proposed(table({"数量": cells}))
    rows, rejects, _ = judged(agreed, table({"数量": cells}))
    assert agreed.items[0].type.value == "I"
    assert (len(rows), len(rejects)) == (999, 1)


def test_fixed_width_digits_stay_text() -> None:
    assert one("列", [str(510000 + n) for n in range(40)]).type.value == "C"


def test_unit_comes_from_header_or_values() -> None:
    assert one("PM2.5(μg/m³)", ["1", "2"]).unit == "μg/m³"
    assert one("注册资本", ["10(万元人民币)", "5亿元"]).unit == "万元"
    assert split_header("一级行政区划(Adm1)") == ("一级行政区划(Adm1)", "")


def test_units_convert_within_their_family_only() -> None:
    assert factors_into("万元")["亿元"] == 1e4
    assert factors_into("分钟")["小时"] == 60
    assert "美元" not in factors_into("万元")
    assert factors_into("") == {}


def test_the_key_is_proven_over_several_columns() -> None:
    cells = {
        "城市": ["a", "b"] * 48,
        "日期": [f"2019-02-0{1 + n // 48}" for n in range(96)],
        "hour": [str(n // 2 % 24) for n in range(96)],
    }
    agreed = proposed(table(cells, batch_rows=10))
    assert agreed.key == tuple(i.field for i in agreed.items)
    assert not any(i.nullable for i in agreed.items)


def test_a_repeated_row_means_no_key() -> None:
    assert proposed(table({"编号": ["1", "2", "2"], "日期": ["2019-01-01"] * 3})).key == ()


@pytest.mark.parametrize("header", ["序号", "行号", "No", "NO.", "id", "学校编号"])
def test_a_number_that_counts_the_rows_of_its_file_is_no_key(header: str) -> None:
    cells = {header: [str(n) for n in range(1, 41)], "备注": ["甲", "乙"] * 20}
    assert proposed(table(cells)).key == ()
    dated = proposed(table(cells, constants={"数据日期": "2025-05-20"}))
    assert len(dated.key) == 2


ID_CARDS = [f"51090318000101{n:03d}{check}" for n, check in enumerate("0123456789X" * 3)]


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"公民身份号码": ID_CARDS, "出生日期": [f"18{n + 10}-01-01" for n in range(33)]}, "公民身份号码"),
        ({"企业名称": [f"企业{n}" for n in range(33)], "统一社会信用代码": [f"91510900MA{n:07d}X" for n in range(33)]}, "统一社会信用代码"),
        ({"名称": [f"物{n}" for n in range(33)], "物料号": [f"B{n:04d}" for n in range(33)]}, "物料号"),
        ({"区县": ["船山", "安居", "大英"] * 11, "床位数": [str(1500 + n * 40) for n in range(33)]}, ""),
        ({"姓名": [f"张{n}" for n in range(33)], "出生日期": [f"18{n + 10}-01-01" for n in range(33)]}, ""),
        ({"状态": ["甲", "乙", "丙"] * 11, "消息": [f"消息{n}" for n in range(33)]}, ""),
        ({"状态代码": [str(n) for n in range(33)], "状态名称": [f"状态{n}" for n in range(33)]}, "状态代码"),
        ({"项目": ["甲", "乙", "丙"] * 11, "联系电话": [f"0825-22{n:05d}" for n in range(33)],
          "开工日期": [f"20{n + 10}-01-15" for n in range(33)]}, ""),
    ],
)  # fmt: skip
def test_the_key_names_a_thing_and_does_not_tell_about_it(cells: dict[str, list[str]], key: str) -> None:
    agreed = proposed(table(cells))
    assert [item.name for item in agreed.items if item.is_key] == ([key] if key else [])


def test_a_key_of_days_says_whose_days_they_are() -> None:
    days = [f"2024-03-{n:02d}" for n in range(1, 31)]
    agreed = proposed(table({"日期": days, "站点": ["三星坝"] * 30, "水位": [f"{270 + n / 10}" for n in range(30)]}))
    assert [item.name for item in agreed.items if item.is_key] == ["日期", "站点"]


def test_phones_are_found_under_a_header_that_says_nothing() -> None:
    mobile = one("来电号码", [f"154000{n:05d}" for n in range(40)])
    assert (mobile.sensitive, mobile.level, mobile.mask) == ("mobile", Level.L3, "mobile")


def test_texts_and_coordinates_get_the_room_of_the_standard() -> None:
    cells = {"家庭住址": ["船山区育才路1号", "安居区"] * 20, "location.lng": ["105.5", "105.25"] * 20}
    address, longitude = proposed(table(cells)).items
    assert address.length == 200
    assert (longitude.field, longitude.name, longitude.scale) == ("longitude", "经度", 6)


def test_a_day_from_the_file_name_joins_the_key() -> None:
    agreed = proposed(table({"证券代码": ["600000", "600004"]}, constants={"数据日期": "2025-05-20"}))
    assert len(agreed.key) == 2


def test_residents_are_protected_and_bad_numbers_do_not_lose_rows() -> None:
    cells = ["11010519491231002X"] * 30 + ["110105194912310021"] * 2
    agreed = proposed(table({"身份证号": cells}))
    assert agreed.items[0].level is Level.L4
    assert agreed.items[0].mask
    assert agreed.items[0].sensitive == "resident_id"
    assert judged(agreed, table({"身份证号": cells}))[2].rejected == 0


def test_fields_are_safe_unique_and_marked_when_only_pinyin() -> None:
    assert propose_field("某某怪列", set()) == ("mmgl", True)
    assert propose_field("provinceName", set()) == ("province_name", False)
    assert propose_field("2019 (%)", {"f_2019"}) == ("f_2019_2", False)
    assert propose_field("order", set())[0] == "order_"
    assert len(propose_field("很" * 200, set())[0]) <= 64


def test_namibia_is_not_a_blank() -> None:
    source = table({"code": ["AF", "NA", "CN", "NO", "US"], "name": list("abcde")})
    rows, _, _ = judged(proposed(source), source)
    assert [row["code"] for row in rows if row["name"] == "b"] == ["NA"] or any("NA" in r.values() for r in rows)


def test_the_update_cycle_is_read_from_the_days() -> None:
    assert update_cycle({date(2022, m, 1): 1 for m in range(1, 13)}) == "4"
    source = table({"日期": [f"2022年3月{n}日" for n in range(1, 20)]})
    assert guess_update_cycle(profile_table(source)) == "2"
    founded = table({"成立日期": [f"20{n:02d}-03-01" for n in range(1, 20)]})
    assert guess_update_cycle(profile_table(founded)) == "9"


def test_days_are_told_from_every_way_to_write_them() -> None:
    spellings = ("2022年3月1日", "2022/3/1", "2022-03-01", "20220301", "44621")
    assert {next(iter(days_of({text: 1}))) for text in spellings} == {date(2022, 3, 1)}


ANY = st.lists(
    st.text(alphabet="0123456789.-年月日万元%aN/A是否 ", max_size=8) | st.integers().map(str) | st.dates().map(str),
    min_size=1,
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(ANY, st.integers(1, 20))
def test_what_is_proposed_takes_its_own_file(cells: list[str], batch_rows: int) -> None:
    source = table({"某列": cells, "另列": cells[::-1]}, batch_rows=batch_rows)
    _, rejects, verdict = judged(proposed(source), source)
    assert verdict.rows_in == len(cells)
    assert len(rejects) <= 0.011 * len(cells)


def test_checksum_that_a_proposal_says_is_off_stays_off_when_the_length_is_shortened() -> None:
    source = table({"身份证号": [f"51090318000101{n:04d}" for n in range(40)]})
    agreed = proposed(source)
    assert "未启用校验" in agreed.items[0].description
    rows, _, verdict = judged(agreed.with_items((replace(agreed.items[0], length=18),)), source)
    assert (len(rows), verdict.reasons) == (40, {})
