"""Things with a place: bus stops (GeoJSON), schools (semicolon CSV), townships (JSON lines), reservoirs (Parquet)."""

import csv
import gzip
import json
import math
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from suixin.cities.demo import invented
from suixin.cities.demo.making import Making
from suixin.kit.clock import CHINA

BUS_STOPS = 480
SCHOOLS = 320
_KINDS = {"subdistrict": "街道", "town": "镇", "township": "乡"}
_PLACES = (
    "中心广场", "滨江公园", "市民中心", "火车站", "体育馆", "农贸市场", "人民医院", "政务中心", "客运站", "职教园",
)
_STAGES = ("幼儿园", "小学", "小学", "初级中学", "九年一贯制学校", "高级中学", "完全中学")
_RESERVOIRS = (
    ("R01", "示例水库甲", "510904", 318.0), ("R02", "示例水库乙", "510921", 342.5),
    ("R03", "示例水库丙", "510923", 365.0), ("R04", "示例水库丁", "510981", 401.2),
    ("R05", "示例水库戊", "510904", 296.4), ("R06", "示例水库己", "510903", 288.0),
)
_TEXT, _NUMBER = pa.string(), pa.float64()
_WATER_COLUMNS: dict[str, pa.DataType] = {
    "监测时间": pa.timestamp("s", tz="Asia/Shanghai"), "测站编码": _TEXT, "水库名称": _TEXT, "区划代码": _TEXT,
    "水位": _NUMBER, "汛限水位": _NUMBER, "蓄水量": _NUMBER, "入库流量": _NUMBER, "出库流量": _NUMBER,
}
_SCHOOL_HEADER = (
    "学校标识码", "学校名称", "办学类型", "办学性质", "区划代码", "地址", "在校生数", "专任教师数", "经度", "纬度",
)


def write_bus_stops(making: Making) -> list[Path]:
    """A GeoJSON feature collection of points within the city; two stops lie where they cannot."""
    path = making.directory / "公交站点.geojson"
    features = [_stop(n, making.random, is_misplaced=n > BUS_STOPS - 2) for n in range(1, BUS_STOPS + 1)]
    document = {"type": "FeatureCollection", "name": "公交站点(模拟数据)", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return [path]


def _stop(number: int, random: Random, *, is_misplaced: bool) -> dict[str, object]:
    district = invented.district_code(random)
    point = (0.0, 0.0) if is_misplaced else invented.point_near(district, random)
    lines = "、".join(f"{line}路" for line in sorted(random.sample(range(1, 60), random.randrange(1, 5))))
    properties: dict[str, object] = {
        "站点编号": f"B{number:05d}",
        "站点名称": f"{random.choice(_PLACES)}{random.choice('东南西北')}站(模拟{number})",
        "途经线路": lines,
        "区划代码": district, "区县": invented.DISTRICTS[district], "有无候车亭": random.choice(("有", "无")),
        "经度": point[0], "纬度": point[1],
    }
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(point)}, "properties": properties}


def write_schools(making: Making) -> list[Path]:
    """A UTF-8 CSV with semicolons; some addresses break over two lines."""
    path = making.directory / "学校名录.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(_SCHOOL_HEADER)
        writer.writerows(_school(number, making.random) for number in range(1, SCHOOLS + 1))
    return [path]


def _school(number: int, random: Random) -> list[object]:
    district = invented.district_code(random)
    stage = random.choice(_STAGES)
    longitude, latitude = invented.point_near(district, random, 0.06)
    students = random.randrange(90, 3200)
    street = f"遂宁市{invented.DISTRICTS[district]}示例路{random.randrange(1, 300)}号"
    return [
        f"{9_900_000_000 + number}",
        f"{invented.DISTRICTS[district]}示例{stage}第{number}号",
        stage,
        random.choice(("公办", "公办", "公办", "民办")), district,
        f"{street}\n(示例校区)" if random.random() < 0.05 else street,
        students if random.random() > 0.03 else "缺",
        max(8, students // random.randrange(11, 20)),
        longitude, latitude,
    ]


def write_townships(making: Making) -> list[Path]:
    """Gzipped JSON lines, one township a line, in the form of a public mirror (code, name, areaCode)."""
    path = making.directory / "乡镇街道.jsonl.gz"
    names = {d.code: d.name for d in making.city.districts()}
    records = [
        {"code": t.code, "name": t.name, "kind": _KINDS[t.kind], "areaCode": t.parent, "areaName": names[t.parent]}
        for t in making.city.townships()
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))
    return [path]


def write_reservoirs(making: Making) -> list[Path]:
    """A Parquet file with native types: two years, six reservoirs, 8 o'clock every day."""
    path = making.directory / "水库水情_2024-2025.parquet"
    rows = [_water(name, day, making.random) for day in range(731) for name in _RESERVOIRS]
    columns = zip(*rows, strict=True)
    schema = pa.schema(_WATER_COLUMNS)
    arrays = [pa.array(list(values), type=field.type) for values, field in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema.with_metadata({"说明": invented.MARK})), path)
    return [path]


def _water(reservoir: tuple[str, str, str, float], day: int, random: Random) -> tuple[object, ...]:
    code, name, district, limit = reservoir
    at = datetime(2024, 1, 1, 8, tzinfo=CHINA) + timedelta(days=day)
    season = math.sin((at.timetuple().tm_yday - 110) / 365 * 2 * math.pi)
    level = round(limit - 3 + 2.6 * season + random.uniform(-0.4, 0.6), 2)
    inflow = round(max(0.2, 4 + 6 * season + random.uniform(-2, 4)), 2)
    volume = round(900 + 80 * (level - limit), 1)
    return at, code, name, district, level, limit, volume, inflow, round(inflow * random.uniform(0.6, 1.1), 2)
