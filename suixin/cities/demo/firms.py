"""市场主体登记信息: 12,000 rows as an old register exports them, GB18030, every kind of untidiness.

Seeded faults  1.5 % wrong check characters, 0.5 % repeated rows, 0.3 % negative or missing capital dates,
               states outside the code set, blanks written as N/A, ----, 无
"""

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

from suixin.cities.credit_codes import example_code
from suixin.cities.demo import invented
from suixin.cities.demo.making import Making

ROWS = 12_000
_HEADER = (
    "统一社会信用代码", "企业名称", "法定代表人(负责人)", "企业类型", "注册资本(万元)", "成立日期", "登记状态",
    "行业门类", "行业大类", "从业人数", "住所", "所属区划代码", "登记机关", "联系电话", "备注",
)
_TRADES = tuple(
    tuple(trade.split())
    for trade in (
        "F 52 商贸", "F 51 贸易", "C 38 锂电材料", "C 39 电子科技", "C 15 酒业", "A 01 农业发展", "A 03 养殖",
        "E 50 装饰工程", "E 48 建设工程", "G 54 物流", "H 62 餐饮管理", "I 65 信息技术", "L 72 企业管理咨询",
        "M 75 科技服务", "O 80 家政服务", "R 88 文化传播", "N 78 园林绿化",
    )
)  # section, division, word in the name
_PRIVATE = ("有限责任公司", "有限责任公司(自然人独资)", "股份有限公司", "农民专业合作社")
_SMALL, _LARGE = (1, 2, 3, 5, 8, 10), (50, 100, 200, 500, 1000, 2000, 5000, 12000)
_FIRST = "涪江遂锦瑞鑫宏盛华川康泰佳恒德润丰祥和兴达美嘉永裕源博雅诚信安通明辉卓悦"
_STREETS = ("遂州中路", "滨江北路", "凯旋路", "明月路", "德水路", "工业大道", "团结街", "和平路", "太和大道", "文昌街")
_STATES = ("存续",) * 70 + ("1",) * 12 + ("在业",) * 6 + ("注销",) * 7 + ("吊销",) * 2 + ("停业",) * 2 + ("存续(在营)",)
_BLANKS = ("", "", "N/A", "----", "无")


def write_firms(making: Making) -> list[Path]:
    """One GB18030 CSV of `ROWS` rows."""
    path = making.directory / "市场主体登记信息_2025年.csv"
    rows = [_row(number, making.random) for number in range(1, ROWS + 1 - ROWS // 200)]
    rows += [list(making.random.choice(rows)) for _ in range(ROWS - len(rows))]
    making.random.shuffle(rows)
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        writer.writerows(rows)
    return [path]


def _row(number: int, random: Random) -> list[str]:
    district = invented.district_code(random)
    section, division, trade = random.choice(_TRADES)
    is_trader = random.random() < 0.45
    code = example_code("92" if is_trader else "91", district, number)
    name = invented.DISTRICTS[district]
    ending = "经营部" if is_trader else "有限公司"
    return [
        invented.spoilt(code, random) if random.random() < 0.015 else code,
        f"{name}{''.join(random.choices(_FIRST, k=2))}{trade}{ending}(模拟{number})",
        invented.person_name(random),
        "个体工商户" if is_trader else random.choice(_PRIVATE),
        _capital(random, is_trader),
        _founded(random),
        random.choice(_STATES),
        section,
        division,
        random.choice(_BLANKS) if random.random() < 0.08 else str(random.randrange(1, 12 if is_trader else 300)),
        f"四川省遂宁市{name}{random.choice(_STREETS)}{random.randrange(1, 400)}号",
        district,
        f"{name}市场监督管理局",
        random.choice(_BLANKS) if random.random() < 0.1 else invented.mobile(random),
        invented.MARK,
    ]


def _capital(random: Random, is_trader: bool) -> str:
    amount = random.choice(_SMALL if is_trader else _LARGE)
    style = random.randrange(1000)
    if style < 2:
        return f"-{amount}"
    if style < 30:
        return random.choice(_BLANKS)
    if style < 150:
        return f"{amount}(万元)"
    if style < 250:
        return f"{amount}万元人民币"
    if style < 450:
        return f"{amount:,}.00"
    return invented.full_width(str(amount)) if style < 500 else str(amount)


def _founded(random: Random) -> str:
    first = date(1992, 1, 1)
    share = random.random() ** 0.45  # more firms in later years
    day = first + timedelta(days=int(share * (date(2025, 12, 31) - first).days))
    if random.random() < 0.002:
        return f"{day.year}-13-{day.day:02d}"
    return invented.written_date(day, random)
