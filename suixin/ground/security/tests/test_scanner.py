"""The scanner finds what is sensitive and leaves alone what only looks so."""

import pytest

from suixin.ground.security.scanner import find_kind
from suixin.kit.checksums import resident_id_check_char, uscc_check_char

RESIDENTS = [
    s + resident_id_check_char(s) for s in (f"5109031899{m:02}{d:02}001" for m in range(1, 9) for d in (3, 17))
]
USCCS = [s + uscc_check_char(s) for s in (f"91510900MA{i:07}"[:17] for i in range(12))]
MOBILES = ["13800138000", "15912345678", "18982500000", "17700001111", "19150002222"]
PEOPLE = ["张三", "李小明", "欧阳锋", "王五", "买买提·艾力", "陈静"]
HOMES = ["四川省遂宁市船山区凯旋路12号", "安居区柔刚街道3组", "射洪市太和街道88号", "大英县蓬莱镇江南路1号"]
CARDS = [
    "6222020000000000000",
    "6222020000000000018",
    "6222020000000000026",
    "6222020000000000034",
    "6222020000000000042",
]


@pytest.mark.parametrize(
    ("header", "values", "kind", "level", "mask"),
    [
        ("证号", RESIDENTS, "resident_id", 4, "resident_id"),
        ("随便", [*RESIDENTS, "", None, "无"], "resident_id", 4, "resident_id"),
        ("身份证号", [s[:17] + "0" for s in RESIDENTS], "resident_id", 4, "resident_id"),
        ("统一社会信用代码", USCCS, "uscc", 1, ""),
        ("手机", MOBILES, "mobile", 3, "mobile"),
        ("列3", MOBILES, "mobile", 3, "mobile"),
        ("联系电话", ["0825-2312345", "0825-2398765"], "landline", 2, "landline"),
        ("联系电话", [*MOBILES, "0825-2312345"], "mobile", 3, "landline"),
        ("咨询电话", ["0825-2312345"], "landline", 1, ""),
        ("车辆", ["川J1238F", "川J·A8888", "川JD12345"], "plate", 3, "plate"),
        ("邮箱", ["a@b.cn", "c.d@e.com"], "email", 3, "email"),
        ("家庭住址", HOMES, "address", 3, "address"),
        ("患者姓名", PEOPLE, "person_name", 3, "name"),
        ("法定代表人", PEOPLE, "person_name", 2, "name"),
    ],
)
def test_sensitive_column_is_found(header: str, values: list[str], kind: str, level: int, mask: str) -> None:
    finding = find_kind(values, header)
    assert finding is not None
    assert (finding.kind, finding.default_level, finding.default_mask) == (kind, level, mask)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("股票代码", ["600519", "002466", "300750"]),
        ("行政区划代码", ["510903", "510904001", "510904001001", "110101001001"]),
        ("流水号", [f"138000{i:05}" for i in range(50)]),
        ("编号", MOBILES),
        ("序列", [f"15900{i:06}" for i in range(50)]),
        ("时间戳", ["1580515200000", "1580518800000"]),
        ("订单", [f"{10**17 + i * 7919}" for i in range(50)]),
        ("地址", HOMES),
        ("机构地址", HOMES),
        ("景点名称", ["张三", "黄山", "金山寺"]),
        ("城市", ["成都", "广安", "宁波"]),
        ("负责人单位", ["张家村", "王家镇"]),
        ("姓名", ["遂宁市第一人民医院", "某某局"]),
        ("空", []),
        ("空", ["", None]),
        ("数值", [f"{i * 1.37:.2f}" for i in range(50)]),
        ("日期", ["2020-01-01", "20200102"]),
    ],
)
def test_harmless_column_is_left_alone(header: str, values: list[str]) -> None:
    assert find_kind(values, header) is None
