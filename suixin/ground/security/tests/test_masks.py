"""Masks: the examples of the standard, and SQL equal to Python."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.security.masks import MASKS

PIECES = st.sampled_from(
    [
        "张",
        "欧阳",
        "司马",
        "省",
        "市",
        "区",
        "县",
        "自治区",
        "四川省",
        "遂宁市",
        "船山区",
        "永兴镇",
        "小区",
        "超市",
        "水乡",
        "红旗",
        "３",
        "太和街道",
        "路",
        "12号",
        "0825",
        "-",
        "138",
        "92",
        "1990",
        "105.123456",
        ",",
        "@",
        "川J",
        "x",
        "0",
        "9",
        ".",
        " ",
        "\n",
        "é",
        "😀",
        "**",
        "'",
        "\\1",
    ]
)
VALUES = st.one_of(
    st.lists(PIECES, max_size=8).map("".join),
    st.text("0123456789-X", max_size=20),
    st.from_regex("1[3-9][0-9]{9}", fullmatch=True),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=24),
)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        ("name", "张三", "张*"),
        ("name", "王小明", "王**"),
        ("name", "欧阳修文", "欧阳**"),
        ("name", "张", "*"),
        ("resident_id", "51090318000101001X", "510903********001X"),
        ("resident_id_strict", "51090318000101001X", "5****************X"),
        ("mobile", "13812348000", "138****8000"),
        ("mobile", "12345", "*****"),
        ("landline", "0825-2312312", "0825-*****12"),
        ("landline", "13812348000", "138****8000"),
        ("bank_card", "6222020000000000128", "622202*********0128"),
        ("address", "四川省遂宁市船山区凯旋路12号", "四川省遂宁市船山区******"),
        ("address", "射洪市沱牌镇1号", "射洪市******"),
        ("address", "人民路12号阳光小区3栋", "******"),
        ("address", "遂宁市阳光小区3栋", "遂宁市******"),
        ("address", "阳光小区3栋2单元501", "******"),
        ("address", "遂宁市红旗超市3楼", "遂宁市******"),
        ("address", "遂宁市某某厂区门市2号", "遂宁市******"),
        ("address", "船山区１２栋", "船山区******"),
        ("address", "内江市市中区环城路1号", "内江市市中区******"),
        ("address", "四川省甘孜藏族自治州康定市炉城街道", "四川省甘孜藏族自治州康定市******"),
        ("address", "内蒙古自治区呼伦贝尔市鄂温克族自治旗1号", "内蒙古自治区呼伦贝尔市鄂温克族自治旗******"),
        ("address", "成都市天府新区1号", "成都市天府新区******"),
        ("address", "蓬溪县城区1号", "蓬溪县******"),
        ("address_town", "船山区梦里水乡3栋", "船山区******"),
        ("address_town", "船山区养生小镇3栋", "船山区******"),
        ("email", "zhang@example.cn", "z***@example.cn"),
        ("passport", "E12345612", "E1*****12"),
        ("plate", "川J1238F", "川J***8F"),
        ("uscc_person", "92510900MA0000015B", "92510900******015B"),
        ("uscc_person", "91510900MA0000015B", "91510900MA0000015B"),
        ("birthday", "1990-05-06", "1990-**-**"),
        ("coordinate", "105.571234", "105.571"),
        ("coordinate", "105.571234,30.5133", "105.571,30.513"),
        ("coordinate", "POINT(1 2)", "***"),
        ("suppress", "x", None),
        ("empty", "指纹模板", ""),
        ("bank_card_tail", "6222020000000000128", "***************0128"),
        ("address_town", "四川省遂宁市船山区永兴镇金桥村3组", "四川省遂宁市船山区永兴镇******"),
        ("address_town", "射洪市太和街道文化路8号", "射洪市太和街道******"),
        ("address_town", "遂宁市船山区遂州北路1号", "遂宁市船山区******"),
        ("permit", "H12345678", "H1*****78"),
        ("birth_decade", "1990-05-06", "1990年代"),
        ("birth_decade", "1889-12-31", "1880年代"),
        ("birth_decade", "不详", "****年代"),
        ("coordinate_grid", "105.571234,30.5133", "105.57,30.51"),
    ],
)
def test_mask_shows_what_the_standard_says(mask: str, value: str, shown: str | None) -> None:
    assert MASKS[mask].apply(value) == shown


@settings(max_examples=300, deadline=None)
@given(value=st.one_of(st.none(), VALUES))
def test_sql_equals_python_for_every_mask(connection: duckdb.DuckDBPyConnection, value: str | None) -> None:
    columns = ", ".join(mask.to_sql('"v"') for mask in MASKS.values())
    row = connection.execute(f'SELECT {columns} FROM (SELECT CAST(? AS VARCHAR) AS "v")', [value]).fetchone()
    assert row == tuple(mask.apply(value) for mask in MASKS.values())
