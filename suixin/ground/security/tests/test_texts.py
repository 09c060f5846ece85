"""Free text gives up its sensitive values, and nothing that only looks like one."""

from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.security.texts import PERSONAL, candidates, find_in_text, hide_in_text, kinds_in
from suixin.kit.checksums import resident_id_check_char, uscc_check_char

ID = "51090318990307001"
ID += resident_id_check_char(ID)
USCC = "91510900MA6200001"
USCC += uscc_check_char(USCC)
CARD = "6222020000000000018"
WORDS = st.text(alphabet="遂宁市居民来电反映小区门口路灯不亮，请尽快处理。", max_size=12)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (f"申请人身份证号{ID}，请核实", "resident_id", ID),
        (f"{ID[:6]} {ID[6:14]} {ID[14:]}", "resident_id", f"{ID[:6]} {ID[6:14]} {ID[14:]}"),
        ("身份证：510903199003070011", "resident_id", "510903199003070011"),
        ("证件号 510903900307001 的旧证", "resident_id", "510903900307001"),
        ("联系电话：13800138000", "mobile", "13800138000"),
        ("拨打 138-0013-8000 找张三", "mobile", "138-0013-8000"),
        ("请致电１３８００１３８０００", "mobile", "１３８００１３８０００"),
        ("+86 13800138000", "mobile", "+86 13800138000"),
        ("电话138－0013－8000", "mobile", "138－0013－8000"),
        ("手机\u3000138\u20130013\u20138000", "mobile", "138\u20130013\u20138000"),
        ("手机138\u200b00138000", "mobile", "138\u200b00138000"),
        ("Tel.13800138000", "mobile", "13800138000"),
        (f"身份证{ID[:6]}\u3000{ID[6:14]}\u3000{ID[14:]}", "resident_id", f"{ID[:6]}\u3000{ID[6:14]}\u3000{ID[14:]}"),
        (f"收款账号{CARD}", "bank_card", CARD),
        ("卡号 6222 0200 0000 0000 018", "bank_card", "6222 0200 0000 0000 018"),
        ("车辆川J1238F违停", "plate", "川J1238F"),
        ("车辆川j1238f违停", "plate", "川j1238f"),
        ("车辆川ｊ12389违停", "plate", "川ｊ12389"),
        ("写信到 zhang.san@example.cn 即可", "email", "zhang.san@example.cn"),
        ("写信到 zhang＠example．cn 即可", "email", "zhang＠example．cn"),
        ("住船山区凯旋路12号3栋2单元501室", "address", "住船山区凯旋路12号3栋2单元501室"),
        (f"企业{USCC}", "uscc", USCC),
    ],
)
def test_value_in_text_is_found_where_it_stands(text: str, kind: str, value: str) -> None:
    [hit] = find_in_text(text)
    assert (hit.kind, text[hit.start : hit.end]) == (kind, value)
    [(is_candidate,)] = duckdb.execute("SELECT regexp_matches(?, ?)", [text, candidates()]).fetchall()
    assert is_candidate or kind not in PERSONAL


@pytest.mark.parametrize(
    "text",
    [
        "", "编号13800138000的设备", "订单号：6222020000000000018", "510903199003070011", "面积 13800138000.5 平方米",
        "时间戳1580515200000", "0825-2312345 热线", "川府发〔2017〕16号", "2023年1月1日至2023年12月31日", "1234567890123456789",
        "30.5333,105.5928", "凯旋路12号", "沪深A股600519", "上新tesla3款车", "小数0.13800138000",
    ],
)
def test_text_without_personal_values_is_left_alone(text: str) -> None:
    assert find_in_text(text) == []
    assert hide_in_text(text) == text


def test_hidden_text_keeps_everything_else() -> None:
    text = f"张某({ID})来电13800138000，卡号{CARD}。"
    assert hide_in_text(text) == "张某(510903********" + ID[-4:] + ")来电138****8000，卡号622202*********0018。"


@given(WORDS, WORDS, st.sampled_from([ID, "13800138000", f"账号{CARD}", "川J1238F"]))
def test_hiding_leaves_no_personal_value(before: str, after: str, value: str) -> None:
    text = f"{before}，{value}，{after}"
    assert kinds_in(text) <= PERSONAL
    assert kinds_in(text)
    assert not kinds_in(hide_in_text(text))


@given(st.text(max_size=300))
def test_any_text_is_taken_and_hits_lie_within_it(text: str) -> None:
    hits = find_in_text(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert all(first.end <= second.start for first, second in pairwise(hits))
