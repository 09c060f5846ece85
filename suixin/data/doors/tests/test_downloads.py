"""Files: each opens and holds every row, streamed and at rest alike; Range, 304, refusals."""

import csv
import io
import xml.etree.ElementTree as ET

import openpyxl
import orjson
import pyarrow.parquet as pq
import pytest

from suixin.data.access import engine, plans, versions
from suixin.data.access.models import Door
from suixin.data.access.tests.factories import filled, grant, land, make_resource, record
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Resource
from suixin.data.doors.downloads import rest
from suixin.data.doors.downloads.formats import FORMATS
from suixin.data.doors.tests.client import get
from suixin.kit.actor import PUBLIC

pytestmark = pytest.mark.django_db
BASE = "/dataset/people_list/resource/1/download/people_list"


@pytest.fixture
def plan(db):
    """Thirty records open to the public."""
    resource = filled(30)
    grant(resource)
    return plans.open_plan(PUBLIC, resource, door=Door.DOWNLOAD)


@pytest.mark.parametrize("name", ["csv", "json", "ndjson", "xml"])
def test_streamed_bytes_equal_those_at_rest(plan, name):
    streamed = get(f"{BASE}.{name}")
    assert "Content-Length" not in streamed.headers
    rest.prepare(plan, [name])
    resting = get(f"{BASE}.{name}")
    assert streamed.body == resting.body
    assert streamed.headers["ETag"] == resting.headers["ETag"]


MANY = ", ".join(f"'k{n:06d}'" for n in range(20, 60))


@pytest.mark.parametrize("row_filter", ["", f"code IN ({MANY}) OR number = 1"])
def test_a_version_is_the_same_bytes_every_time_however_many_files_and_threads(row_filter, tmp_path):
    resource = filled(40)
    for n in range(41, 47):
        land(resource, [record(n) | {"number": 1}], sm3=f"more {n}")
    grant(resource, row_filter=row_filter)
    plan = plans.open_plan(PUBLIC, resource, door=Door.DOWNLOAD)
    held = versions.pinned(plan.table)
    assert len(held.files) > 5
    target = tmp_path / "tmp" / "duckdb" / "file"
    target.parent.mkdir(parents=True, exist_ok=True)
    for made_by in (FORMATS[name] for name in ("csv", "json", "ndjson", "xml", "parquet", "xlsx")):
        seen = set()
        for _ in range(6):
            rest.write_file(plan, held, made_by, target=target)
            seen.add(target.read_bytes())
        assert len(seen) == 1, made_by.name
    codes = [str(one) for one in pq.read_table(_written(plan, held, target)).column("code").to_pylist()]
    assert codes == sorted(codes)
    sql, parameters = plan.select_sql(held)
    with engine.ordered_cursor(sql, parameters) as cursor:
        [(threads, memory)] = cursor.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall()
    with engine.cursor() as cursor:
        [(whole,)] = cursor.execute("SELECT current_setting('memory_limit')").fetchall()
    assert (threads == 1) == bool(row_filter) == (memory != whole)


def _written(plan, held, target):
    rest.write_file(plan, held, FORMATS["parquet"], target=target)
    return target


def test_csv_has_chinese_headers_and_no_formulas(plan):
    rows = list(csv.DictReader(io.StringIO(get(f"{BASE}.csv").body.decode(), newline="")))
    assert len(rows) == 30
    assert (rows[1]["备注"], rows[2]["备注"], rows[3]["备注"]) == ("-12.5", 'a,"b"\n<c>&', "'=cmd|' /C calc'!A0")
    assert rows[3]["姓名"] == "张*"
    assert get(f"{BASE}.csv?encoding=utf-8-sig").body.startswith("\ufeff编码".encode())


def test_xlsx_opens_with_types_and_no_formulas(plan):
    book = openpyxl.load_workbook(io.BytesIO(get(f"{BASE}.xlsx").body))
    rows = [[cell.value for cell in row] for row in book["数据"].iter_rows()]
    assert rows[0][:2] == ["编码", "姓名"]
    assert len(rows) == 31
    assert (rows[2][3], str(rows[2][4])[:10], rows[2][7], rows[4][9]) == (0.25, "2024-01-02", False, "'=cmd|' /C calc'!A0")
    assert rows[1][1] is None


def test_json_and_ndjson_hold_every_row(plan):
    rows = orjson.loads(get(f"{BASE}.json").body)
    assert rows == [orjson.loads(line) for line in get(f"{BASE}.ndjson").body.splitlines()]
    assert rows[1]["at"] == "2024-01-01T09:00:00.000001+08:00"
    assert rows[0]["amount"] is None


def test_xml_is_well_formed(plan):
    root = ET.fromstring(get(f"{BASE}.xml").body)
    assert len(root) == 30
    assert root[2].findtext("note") == 'a,"b"\n<c>&'
    assert root[0].find("note") is None


def test_parquet_keeps_types_and_masks(plan):
    table = pq.read_table(io.BytesIO(get(f"{BASE}.parquet").body))
    assert table.num_rows == 30
    assert table.column("name")[1].as_py() == "张*"
    assert "__id" not in table.column_names


def test_part_of_a_file_at_rest(plan):
    rest.prepare(plan, ["csv"])
    whole = get(f"{BASE}.csv")
    part = get(f"{BASE}.csv", headers={"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert get(f"{BASE}.csv", headers={"Range": "bytes=-5"}).body == whole.body[-5:]
    assert get(f"{BASE}.csv", headers={"Range": "bytes=99999999-"}).status == 416
    assert get(f"{BASE}.csv", headers={"Range": "bytes=0-1", "If-Range": '"old"'}).status == 200
    assert get(f"{BASE}.csv", headers={"If-None-Match": whole.headers["ETag"]}).status == 304


def test_new_version_makes_a_new_file(plan):
    rest.prepare(plan)
    before = get(f"{BASE}.parquet").headers["ETag"]
    land(Resource.objects.get(), [{"code": "k999999"}], sm3="two")
    after = get(f"{BASE}.parquet")
    assert after.headers["ETag"] != before
    assert pq.read_table(io.BytesIO(after.body)).num_rows == 31


def test_description_tells_size_and_digest_once_at_rest(plan):
    assert {one["size"] for one in rest.describe(plan, slug="s", resource_id="1")} == {None}
    rest.prepare(plan)
    told = {one["format"]: one for one in rest.describe(plan, slug="people_list", resource_id="1")}
    assert set(told) == {"csv", "xlsx", "json", "ndjson", "xml", "parquet"}
    assert told["csv"]["url"] == f"{BASE}.csv"
    assert told["csv"]["size"] == len(get(f"{BASE}.csv").body)


@pytest.mark.parametrize(("url", "status"), [
    (f"{BASE}.exe", 404), (f"{BASE}.geojson", 404), (f"{BASE}.csv?x=1", 400), (f"{BASE}.json?encoding=utf-8-sig", 400),
    ("/dataset/other/resource/1/download/a.csv", 404), (f"{BASE}", 404),
])
def test_bad_file_is_refused(plan, url, status):
    assert get(url).status == status


def test_points_become_geojson(db):
    specs = (
        ItemSpec("name", "名称", ItemType.TEXT), ItemSpec("lon", "经度", ItemType.DOUBLE), ItemSpec("lat", "纬度", ItemType.DOUBLE),
    )
    resource = make_resource("people_list", specs=specs)
    land(resource, [{"name": '局"一"', "lon": 105.57, "lat": 30.51}, {"name": "x", "lon": None, "lat": 1.0}], specs=specs)
    grant(resource)
    content = orjson.loads(get(f"{BASE}.geojson").body)
    assert content["features"][0]["geometry"] == {"type": "Point", "coordinates": [105.57, 30.51]}
    assert content["features"][0]["properties"]["name"] == '局"一"'
    assert content["features"][1]["geometry"] is None
