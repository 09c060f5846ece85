"""居民参保信息: 5,000 rows in a workbook, numbers kept as text, dates partly as serials of the sheet.

Seeded faults  1 % resident IDs that lack their last character, some months out of range, blanks
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from suixin.cities.demo import invented
from suixin.cities.demo.making import Making
from suixin.kit.clock import CHINA

ROWS = 5_000
# Written into workbooks so that the same seed gives the same bytes; sheets know no time zone.
CREATED = datetime(2026, 1, 5, 9, tzinfo=CHINA).replace(tzinfo=None)
_HEADER = (
    "姓名", "身份证号", "性别", "民族", "手机号", "险种", "参保地区划代码", "居住地址", "参保日期",
    "缴费基数", "累计缴费月数", "参保状态",
)
_KINDS = ("110", "170", "310", "390", "210", "410")
_ETHNIC = ("汉族",) * 95 + ("01",) * 2 + ("彝族", "藏族", "羌族")
_STATES = ("正常参保", "正常参保", "正常参保", "暂停缴费", "终止参保")


def write_residents(making: Making) -> list[Path]:
    """One workbook with a title row above the header."""
    path = making.directory / "居民参保信息(模拟数据).xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"title": "居民参保信息", "comments": invented.MARK, "created": CREATED})
    sheet = book.add_worksheet("参保明细")
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write(0, 0, "居民参保信息明细表(模拟数据,身份证号均不可能存在)")
    sheet.write_row(1, 0, _HEADER)
    for number in range(ROWS):
        for column, cell in enumerate(_row(making.random)):
            if isinstance(cell, date):
                sheet.write_datetime(number + 2, column, cell, as_date)
            else:
                sheet.write_string(number + 2, column, cell)
    book.close()
    return [path]


def _row(random: Random) -> list[str | date]:
    district = invented.district_code(random)
    is_male = random.random() < 0.5
    identity = invented.resident_id(random, district, is_male=is_male)
    insured = date(2005, 1, 1) + timedelta(days=random.randrange(7_300))
    months = random.randrange(1, 240) if random.random() > 0.004 else 999
    town = invented.DISTRICTS[district]
    return [
        invented.person_name(random),
        identity[:-1] if random.random() < 0.01 else identity,
        "男" if is_male else "女",
        random.choice(_ETHNIC),
        "" if random.random() < 0.03 else invented.mobile(random),
        random.choice(_KINDS),
        district,
        f"四川省遂宁市{town}示例小区{random.randrange(1, 60)}栋{random.randrange(101, 1899)}号",
        insured if random.random() < 0.6 else invented.written_date(insured, random),
        f"{random.randrange(4_000, 22_000):,}.{random.choice(('00', '50'))}",
        str(months),
        random.choice(_STATES),
    ]
