"""Figures by district and month: population (workbook, merged header), electricity (JSON), service volume (TSV)."""

import csv
import json
import math
from pathlib import Path
from random import Random

import xlsxwriter

from suixin.cities.demo import invented
from suixin.cities.demo.making import Making
from suixin.cities.demo.residents import CREATED

YEARS = range(2016, 2026)
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
_BASES = {  # residents, registered, urban share, land area; rounded by us, not official figures
    "510903": (830_000, 720_000, 0.74, 617.0), "510904": (450_000, 760_000, 0.45, 1258.0),
    "510921": (480_000, 690_000, 0.43, 1251.0), "510923": (370_000, 530_000, 0.49, 703.0),
    "510981": (730_000, 900_000, 0.56, 1496.0),
}


def write_population(making: Making) -> list[Path]:
    """A workbook with two title rows, a header of two merged rows, and a footnote."""
    path = making.directory / "区县人口与面积(模拟数据).xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "区县人口与面积", "comments": invented.MARK, "created": CREATED})
    sheet = book.add_worksheet("人口与面积")
    centred = book.add_format({"align": "center", "bold": True})
    sheet.merge_range(0, 0, 0, 7, "遂宁市各区县人口与面积(模拟数据)", centred)
    sheet.merge_range(1, 0, 1, 7, "单位:人、平方千米", centred)
    for column, name in enumerate(("年份", "区划代码", "区县")):
        sheet.merge_range(2, column, 3, column, name, centred)
    sheet.merge_range(2, 3, 2, 5, "人口", centred)
    sheet.merge_range(2, 6, 2, 7, "面积", centred)
    sheet.write_row(3, 3, ("户籍人口", "常住人口", "城镇人口", "土地面积", "乡级单位数"))
    row = 4
    for year in YEARS:
        for code, name in invented.DISTRICTS.items():
            sheet.write_row(row, 0, _population(year, code, name, len(making.city.townships(code)), making.random))
            row += 1
    sheet.write(row, 0, "注:本表为模拟数据,仅供演示;口径为年末数。")
    book.close()
    return [path]


def _population(year: int, code: str, name: str, townships: int, random: Random) -> list[int | float | str]:
    residents, registered, urban, area = _BASES[code]
    drift = 1 - 0.006 * (2025 - year) * (-1 if code == "510903" else 1) / 2
    people = round(residents * drift * random.uniform(0.998, 1.002))
    in_town = round(people * (urban - 0.012 * (2025 - year)))
    resident_cell: int | str = f"{people:,}" if random.random() < 0.2 else people  # some cells typed as text
    return [year, code, name, round(registered * (1 + 0.003 * (2025 - year))), resident_cell, in_town, area, townships]


def write_electricity(making: Making) -> list[Path]:
    """A JSON document: a heading and a list of nested records."""
    path = making.directory / "各区县月度用电量.json"
    records = [
        {
            "month": month, "district": {"code": code, "name": name},
            "electricity": _electricity(month, code, making.random),
        }
        for month in MONTHS
        for code, name in invented.DISTRICTS.items()
    ]
    document = {"title": "各区县月度用电量", "note": invented.MARK, "unit": "万千瓦时", "data": records}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return [path]


def _electricity(month: str, code: str, random: Random) -> dict[str, float | None]:
    scale = _BASES[code][0] / 100
    heat = 1 + 0.35 * abs(math.cos((int(month[5:]) - 1) / 12 * 2 * math.pi))  # summer and winter peaks
    industrial = round(scale * (2.4 if code in ("510981", "510903") else 1.1) * random.uniform(0.9, 1.1), 2)
    residential = round(scale * 0.9 * heat * random.uniform(0.95, 1.05), 2)
    commercial = round(scale * 0.5 * heat * random.uniform(0.95, 1.05), 2)
    total = round((industrial + residential + commercial) * 1.03, 2)
    return {
        "industrial": industrial, "residential": residential,
        "commercial": None if random.random() < 0.02 else commercial, "total": total,
    }


def write_services(making: Making) -> list[Path]:
    """Tab-separated UTF-16 text, as a spreadsheet saves it; a few rows contradict themselves."""
    path = making.directory / "政务服务办件量.tsv"
    departments = [o for o in making.city.organisations if o.kind == "department" and o.parent == "city-government"]
    sizes = {o.slug: making.random.choice((60, 150, 400, 900, 2500)) for o in departments}
    with path.open("w", encoding="utf-16", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(("统计月份", "部门标识", "部门", "受理件数", "办结件数", "网上办理件数", "超期件数", "满意率"))
        for number, month in enumerate(MONTHS):
            for body in departments:
                counts = _volume(sizes[body.slug], number, making.random)
                writer.writerow([_month(month), body.slug, body.short_name, *counts])
    return [path]


def _month(month: str) -> str:
    return f"{month[:4]}年{int(month[5:])}月1日"


def _volume(size: int, number: int, random: Random) -> list[str]:
    accepted = round(size * random.uniform(0.75, 1.3))
    online = round(accepted * min(0.97, (0.55 + 0.012 * number) * random.uniform(0.92, 1.08)))
    if random.random() < 0.01:
        online = accepted + random.randrange(1, 30)  # more online than accepted: a rule finds it
    decided = round(accepted * random.uniform(0.93, 1.03))
    overdue = random.choice((0, 0, 0, 0, 1, 2)) if decided > 2 else 0
    return [f"{accepted:,}", f"{decided:,}", str(online), str(overdue), f"{random.uniform(96.5, 100):.2f}%"]
