"""Every real file of the shared folder: it lands or is refused by name, and its rows are what the manifest counts.

The manifest counts lines below the first for text, top-level entries for JSON, the used range for sheets. Where the
reader counts something else on purpose, DIFFERENCES says what and why; any other difference fails.
"""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from suixin.data.collection.readers import UnknownFormat, open_file
from suixin.data.collection.readers.tests.reading import counted

pytestmark = pytest.mark.real_data

TREE = "the manifest counts the 31 provinces at the top; every node of the tree is a row"
VERSION = "line 1 is a version line, kept as title; the manifest counts it as a row and the header as the header"
GEOMETRY = "a bare geometry is one row; the manifest counts the keys of the object"
CITY = "each city object is a row; the manifest counts the keys of the file"
HEADER = "the manifest's height of a sheet counts the header"

# file → rows the reader counts (over all its tables), and why the manifest says otherwise
DIFFERENCES: dict[str, tuple[int, str]] = {
    "catalog/vega_datapackage.json": (76, "73 resources, 2 contributors, 1 licence; the manifest counts the 8 keys"),
    "codes/GB-4754-2017.db": (1970, "the manifest gives no rows for a database; as many as GB-4754-2017.csv"),
    "divisions/china_area_2018.json": (3738, TREE),
    "divisions/china_area_2020.json": (3722, TREE),
    "divisions/china_area_2022.json": (3717, TREE),
    "divisions/china_area_2024.json.gz": (3706, TREE),
    "divisions/china_division_pcas-code.json": (44703, TREE + ": 31 + 342 + 2,978 + 41,352"),
    "divisions/china_division_HK-MO-TW.json": (383, "a map of maps gives a row per leaf; the manifest counts the 3 keys"),
    "divisions/china_area_summary.xlsx": (38, "8 rows less 2 of the merged header, 33 less 1; the manifest counts sheet rows"),
    "formats/cityjson/delft_1b.json": (1, CITY),
    "formats/cityjson/dummy.json": (2, CITY),
    "formats/cityjson/multi_lod.json": (10, CITY),
    "formats/cityjson/rotterdam_subset.json": (16, CITY),
    "formats/gtfs/sample-gtfs-feed.zip": (1247, "14 tables; the manifest gives no rows for an archive"),
    **{f"geo/cnmaps_amap_{code}.geojson": (1, GEOMETRY) for code in (510000, 510900, 510903, 510904, 510921, 510923, 510981)},
    "gov/high_speed_rail_timetable_2016-03-10.xlsx": (
        9 + 672 + 4458 + 34647, HEADER + "; 简介 has none, but a blank line at the top and one in the middle"
    ),
    "gov/qweather_China-City-List-latest.csv": (3578, VERSION),
    "gov/qweather_POI-Air-Monitoring-Station-List-latest.csv": (1900, VERSION),
    "gov/qweather_POI-Scenic-List-latest.csv": (2601, VERSION),
    "messy/frictionless/issue-647.csv.txt": (882, "883 lines, the first of which is the header"),
    "messy/frictionless/merged-cells.xls": (0, "one merged cell is a header without rows"),
    "messy/frictionless/merged-cells.xlsx": (0, "one merged cell is a header without rows"),
    "messy/frictionless/multiline-headers.xlsx": (1, "five of the six rows are a merged header"),
    "messy/horror/bian-anal-mca-2005-dols-eng-1011-0312-tab3.xlsm": (41, "text laid out in a sheet: blank rows are no rows"),
    "messy/horror/excel_pasting.csv": (14, "title, unit, blank line, header above; blank line, source and note below"),
    "messy/horror/large.xlsx": (28 + 8544 + 1, "titles and headers above, blank rows and notes below"),
    "messy/horror/spanish_chars.csv": (114, "blank line and source line below"),
    "messy/horror/weird_head_padding.csv": (65, "11 lines above the header, notes below; 5 notes in the middle are broken rows"),
    "messy/tablib/dates.xls": (1, HEADER),
    "messy/tablib/errors.xls": (1, HEADER),
    "messy/tablib/ragged.xlsx": (1, HEADER),
}  # fmt: skip
REFUSED = {
    "cap": "CAP 预警报文", "atom": "Atom 订阅源", "dcm": "DICOM 影像", "gpx": "GPX 轨迹", "html": "HTML 网页",
    "md": "Markdown 文档", "yaml": "YAML 文档",
}  # fmt: skip
BROKEN = {
    "gov/enterprises_sichuan_1978-2002.csv.gz": 16,  # one column too many, as in the source (README)
    "messy/horror/weird_head_padding.csv": 5,
}


def entries() -> list[dict[str, str]]:
    """The rows of the manifest."""
    with (settings.SUIXIN.data / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_in(path: Path) -> int:
    """What the reader counts in all tables of a file; -1 when its format is refused by the right name."""
    try:
        with open_file(path) as file:
            assert not file.refusals, path
            return sum(counted(table) for table in file.tables)
    except UnknownFormat as refusal:
        return -1 if refusal.format == REFUSED[path.suffix[1:]] else -2


def test_rows_of_every_listed_file_are_those_of_the_manifest():
    wrong = {}
    for entry in (entry for entry in entries() if not entry["file"].endswith("files)")):
        found, path = rows_in(settings.SUIXIN.data / entry["file"]), entry["file"]
        expected = -1 if path.rsplit(".")[-1] in REFUSED else DIFFERENCES.get(path, (entry["rows"],))[0]
        if str(found) != str(expected):
            wrong[path] = (found, expected)
    assert wrong == {}


def test_folders_of_small_tables_have_as_many_rows_as_the_manifest_says():
    for entry in (entry for entry in entries() if entry["file"].endswith("files)")):
        folder, files = re.findall(r"(.+/) \((\d+) CSV files\)", entry["file"])[0]
        paths = sorted((settings.SUIXIN.data / folder).rglob("*.csv"))
        assert (len(paths), sum(rows_in(path) for path in paths)) == (int(files), int(entry["rows"]))


def test_differences_name_real_differences_only():
    listed = {entry["file"]: entry["rows"] for entry in entries()}
    assert {path for path, (rows, _) in DIFFERENCES.items() if listed.get(path) in (None, str(rows))} == set()


def test_files_outside_the_manifest_are_the_two_that_describe_it():
    root = settings.SUIXIN.data
    listed = {entry["file"] for entry in entries()}
    others = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - listed
    assert {path for path in others if not path.startswith("economy/nbs_yearly/")} == {"README.md", "manifest.csv"}


def test_only_the_rows_known_to_be_broken_are_broken():
    broken = Counter[str]()
    for entry in (entry for entry in entries() if entry["file"].endswith((".csv", ".txt", ".csv.gz"))):
        with open_file(settings.SUIXIN.data / entry["file"]) as file:
            for table in file.tables:
                broken[entry["file"]] += sum(len(batch.broken) for batch in table.batches())
    assert {path: count for path, count in broken.items() if count} == BROKEN


def test_titles_sources_and_encodings_of_messy_files_are_kept():
    with open_file(settings.SUIXIN.data / "messy/tdx_gbk/SZ_002466.txt") as file:
        (table,) = file.tables
    assert table.title == "002466 天齐锂业 日线 前复权"
    assert table.columns == ("日期", "开盘", "最高", "最低", "收盘", "成交量", "成交额")
    assert "表尾注释：数据来源:通达信" in table.notes
    assert any("GBK" in note for note in table.notes)
