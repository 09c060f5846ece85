"""空气质量日报: two years, four stations, one file a month; missing values are written as a dash.

The index is worked out from the concentrations by the break points of HJ 633-2012 (daily), as these years require.
"""

import csv
import math
from datetime import date, timedelta
from pathlib import Path
from random import Random

from suixin.cities.demo.making import Making

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
_STATIONS = (
    ("SN01", "城北示例站", "510903"), ("SN02", "河东示例站", "510903"),
    ("SN03", "安居示例站", "510904"), ("SN04", "射洪示例站", "510981"),
)
_HEADER = (
    "监测日期", "站点编码", "站点名称", "区划代码", "AQI", "空气质量类别", "首要污染物",
    "PM2.5(μg/m³)", "PM10(μg/m³)", "SO2(μg/m³)", "NO2(μg/m³)", "CO(mg/m³)", "O3_8h(μg/m³)",
)
_INDEX = (0, 50, 100, 150, 200, 300, 400, 500)
_BREAKS = {
    "PM2.5": (0, 35, 75, 115, 150, 250, 350, 500), "PM10": (0, 50, 150, 250, 350, 420, 500, 600),
    "SO2": (0, 50, 150, 475, 800, 1600, 2100, 2620), "NO2": (0, 40, 80, 180, 280, 565, 750, 940),
    "CO": (0, 2, 4, 14, 24, 36, 48, 60), "O3": (0, 100, 160, 215, 265, 800),
}
_CATEGORIES = ((50, "优"), (100, "良"), (150, "轻度污染"), (200, "中度污染"), (300, "重度污染"), (500, "严重污染"))
_MISSING = "—"


def write_air(making: Making) -> list[Path]:
    """One UTF-8 CSV with BOM per month, in a folder of its own."""
    folder = making.directory / "空气质量日报"
    folder.mkdir(parents=True, exist_ok=True)
    by_month: dict[str, list[list[str]]] = {}
    days = (LAST - FIRST).days + 1
    weather = {code: 1.0 for code, _, _ in _STATIONS}
    for day in (FIRST + timedelta(days=n) for n in range(days)):
        for code, name, district in _STATIONS:
            weather[code] = min(2.2, max(0.45, weather[code] * making.random.uniform(0.8, 1.25)))
            row = [day.isoformat(), code, name, district, *_measured(day, weather[code], making.random)]
            by_month.setdefault(f"{day:%Y-%m}", []).append(row)
    return [_write_month(folder / f"空气质量日报_{month}.csv", rows) for month, rows in by_month.items()]


def _write_month(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        writer.writerows(rows)
    return path


def _measured(day: date, weather: float, random: Random) -> list[str]:
    winter = (1 + math.cos((day.timetuple().tm_yday - 10) / 365 * 2 * math.pi)) / 2  # 1 in January, 0 in July
    pm25 = round((14 + 34 * winter) * weather * random.uniform(0.85, 1.15))
    amounts: dict[str, float] = {
        "PM2.5": pm25, "PM10": round(pm25 * random.uniform(1.25, 1.8)), "SO2": random.randrange(4, 14),
        "NO2": round((14 + 18 * winter) * random.uniform(0.7, 1.3)),
        "CO": round(0.4 + 0.5 * winter * random.random(), 1),
        "O3": round((60 + 75 * (1 - winter)) * random.uniform(0.6, 1.35)),
    }
    if random.random() < 0.012:
        return [_MISSING] * 9
    parts = {name: index_of(name, amount) for name, amount in amounts.items()}
    aqi = max(parts.values())
    primary = "、".join(n for n, v in parts.items() if v == aqi) if aqi > 50 else _MISSING
    cells = [_MISSING if random.random() < 0.01 else f"{amount:g}" for amount in amounts.values()]
    return [str(aqi), next(c for limit, c in _CATEGORIES if aqi <= limit), primary, *cells]


def index_of(pollutant: str, amount: float) -> int:
    """The individual index of a daily concentration, rounded up, 500 at most. Source: HJ 633-2012 table 1."""
    breaks = _BREAKS[pollutant]
    for position in range(1, len(breaks)):
        low, high = breaks[position - 1], breaks[position]
        if amount <= high:
            floor, ceiling = _INDEX[position - 1], _INDEX[position]
            return math.ceil(round((ceiling - floor) / (high - low) * (amount - low) + floor, 6))
    return _INDEX[len(breaks) - 1]
