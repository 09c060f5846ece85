"""The real files end to end: each lands or is refused by its format, with as many rows as the manifest counts.

What the reader counts otherwise on purpose is explained beside it in the readers' own table (DIFFERENCES); what is
not accepted is explained in REJECTED. Of the 804 files of the yearbook two folders are brought, of the
largest files the first rows; the readers' tests count those whole.
"""

import gzip
import shutil
from collections import Counter
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.catalog.tests.factories import ASSESSED
from suixin.data.collection.folders import collect_folder
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.collection.readers.tests.test_real_data import DIFFERENCES, REFUSED, entries
from suixin.data.lake.models import Batch
from tests.cast import data_officer

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

SAMPLED = {
    "perf/flights-3m.parquet", "perf/a_share_daily_2022H2-2025.parquet", "air/china_cities_hourly_2018-12_2019-06.parquet",
}  # fmt: skip
VILLAGES = "divisions/china_division_villages.csv.gz"
SAMPLE = 20_000
YEARBOOK = "economy/nbs_yearly"
YEARBOOK_FOLDERS = ("能源", "财政")
REJECTED = {  # file → rows that are not accepted, and why that is right
    "gov/enterprises_sichuan_1978-2002.csv.gz": (70, "at its end, 16 rows with a column too many and 54 in another order of columns"),
    "gov/qweather_POI-Scenic-List-latest.csv": (1, "row 1851 gives a city where the province belongs"),
    "messy/horror/weird_head_padding.csv": (5, "foot notes below the table"),
}


def copied(target: Path) -> Path:
    """The shared folder with large files cut, the yearbook's two folders, and no papers about it."""
    source = settings.SUIXIN.data
    left_out = shutil.ignore_patterns(
        "README.md", "manifest.csv", "nbs_yearly", *(Path(name).name for name in {*SAMPLED, VILLAGES})
    )
    shutil.copytree(source, target, ignore=left_out)
    for name in YEARBOOK_FOLDERS:
        shutil.copytree(source / YEARBOOK / name, target / YEARBOOK / name)
    for name in SAMPLED:
        (target / name).parent.mkdir(exist_ok=True)
        first = next(pq.ParquetFile(source / name).iter_batches(SAMPLE))
        pq.write_table(pa.Table.from_batches([first]), target / name)
    with gzip.open(source / VILLAGES) as whole, gzip.open(target / VILLAGES, "wb") as cut:
        cut.writelines(islice(whole, SAMPLE + 1))
    return target


def expected_rows() -> dict[str, int]:
    """Rows of every file that must land, by the manifest and the table of differences."""
    listed = {e["file"]: e["rows"] for e in entries() if e["file"].rsplit(".")[-1] not in (*REFUSED, "md")}
    rows = {file: int(DIFFERENCES.get(file, (count,))[0]) for file, count in listed.items() if "files)" not in file}
    return rows | dict.fromkeys({*SAMPLED, VILLAGES}, SAMPLE)


def summed(outcomes: list[FileOutcome], column: str) -> dict[str, int]:
    """Sums of one count over the tables of each file that landed."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.status == "landed":
            counts[outcome.path] += getattr(outcome, column)
    return dict(counts)


def test_real_files_land_once_with_the_rows_of_the_manifest(city_lake: Path, tmp_path: Path) -> None:
    folder = copied(tmp_path / "data")
    outcomes = collect_folder(folder, actor=data_officer, accept=ASSESSED)
    refused = {outcome.path for outcome in outcomes if outcome.status == "refused"}
    assert {path.rsplit(".")[-1] for path in refused} <= set(REFUSED)
    landed = {path: rows for path, rows in summed(outcomes, "rows_in").items() if not path.startswith(YEARBOOK)}
    assert landed == expected_rows()
    assert {p: n for p, n in summed(outcomes, "rejected").items() if n} == {p: n for p, (n, _) in REJECTED.items()}
    assert all(o.rows_in == o.accepted + o.rejected for o in outcomes)
    assert_described()
    before = (Resource.objects.count(), Batch.objects.count())
    again = collect_folder(folder, actor=data_officer, accept=ASSESSED)
    assert {outcome.status for outcome in again} == {"known", "refused"}
    assert (Resource.objects.count(), Batch.objects.count()) == before


def assert_described() -> None:
    """Every entry has a readable title of its own, an abstract and a source; the yearbook is one group."""
    entries_made = list(Resource.objects.filter(state=ResourceState.PUBLISHED))
    assert all("/" not in entry.title and entry.abstract and entry.source_note for entry in entries_made)
    assert len({entry.title for entry in entries_made}) == len(entries_made)
    slugs = {e.group.slug if e.group else "" for e in entries_made if f"目录 {YEARBOOK}" in e.source_note}
    assert slugs == {"economy-nbs-yearly"}
    personal = {i.field for e in entries_made for i in e.contract.items if i.level > 1}
    assert personal == {"birth_date"}  # of dates.xls, which is one
