"""The demo's files: same seed, same bytes; nobody real in them; headers and patterns meet the catalogue."""

import csv
import gzip
import json
import sqlite3
from fnmatch import fnmatch
from pathlib import Path

import openpyxl
import pytest

from suixin.cities.demo.air import index_of
from suixin.cities.demo_files import make
from suixin.cities.loader import load_city
from suixin.kit.checksums import has_resident_check_char, is_resident_id, is_uscc


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one set of demo files."""
    directory = tmp_path_factory.mktemp("demo")
    make(directory)
    return directory


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = make(tmp_path)
    assert len(again) == 34
    assert [p for p in again if p.read_bytes() != (folder / p.relative_to(tmp_path)).read_bytes()] == []


def test_every_file_belongs_to_exactly_one_entry(folder: Path) -> None:
    resources = load_city("suining").resources
    for path in (p for p in folder.rglob("*") if p.is_file()):
        assert sum(any(fnmatch(path.name, pattern) for pattern in r.patterns) for r in resources) == 1, path.name


def test_no_resident_id_can_be_real_but_most_have_a_right_check_character(folder: Path) -> None:
    rows = sheet_rows(next(folder.glob("居民参保*.xlsx")))[2:]
    numbers = [str(row[1]) for row in rows]
    assert len(numbers) == 5_000
    assert not any(map(is_resident_id, numbers))
    assert all(n[6:8] == "18" for n in numbers)
    assert 0.97 < sum(map(has_resident_check_char, numbers)) / len(numbers) < 1


def test_firms_have_some_wrong_credit_codes_and_only_example_ones(folder: Path) -> None:
    text = next(folder.glob("市场主体*.csv")).read_bytes().decode("gb18030")
    rows = list(csv.DictReader(text.splitlines()))
    codes = [row["统一社会信用代码"] for row in rows]
    assert len(rows) == 12_000
    assert {code[8:10] for code in codes} == {"XX"}
    assert 0.97 < sum(map(is_uscc, codes)) / len(codes) < 0.99


def test_all_townships_and_organisations_are_written(folder: Path) -> None:
    lines = gzip.decompress((folder / "乡镇街道.jsonl.gz").read_bytes()).splitlines()
    with sqlite3.connect(folder / "部门单位清单.sqlite") as connection:
        (bodies,) = connection.execute("SELECT count(*) FROM 部门单位").fetchone()
    assert len({json.loads(line)["code"] for line in lines}) == 95
    assert bodies == len(load_city("suining").organisations)


def test_all_but_the_seeded_stops_lie_within_the_city(folder: Path) -> None:
    west, south, east, north = load_city("suining").bounds
    features = json.loads((folder / "公交站点.geojson").read_text("utf-8"))["features"]
    points = [feature["geometry"]["coordinates"] for feature in features]
    assert sum(west <= x <= east and south <= y <= north for x, y in points) == len(points) - 2


@pytest.mark.parametrize(
    ("pollutant", "amount", "index"),
    [("PM2.5", 35, 50), ("PM2.5", 75, 100), ("PM2.5", 36, 52), ("O3", 160, 100), ("CO", 0.9, 23)],
)
def test_index_follows_the_standard(pollutant: str, amount: float, index: int) -> None:
    assert index_of(pollutant, amount) == index


def test_bad_files_are_made_only_when_asked_for(folder: Path, tmp_path: Path) -> None:
    assert not (folder / "坏文件示例").exists()
    assert (tmp_path / "坏文件示例" / "截断的工作簿.xlsx") in make(tmp_path, include_bad=True)


def sheet_rows(path: Path) -> list[tuple[object, ...]]:
    """All rows of the first sheet."""
    book = openpyxl.load_workbook(path, read_only=True)
    return list(book.worksheets[0].iter_rows(values_only=True))
