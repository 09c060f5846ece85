"""The demo's files pass the readers and are judged by their entries: most rows good, the seeded faults found."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from suixin.cities.demo_files import make
from suixin.cities.loader import load_city
from suixin.cities.specs import ResourceSpec
from suixin.data.collection.readers import open_file
from suixin.data.quality.check import Verdict, check_batch

RESOURCES = load_city("suining").resources
FAULTS = {
    "market_entity": {"统一社会信用代码/checksum", "登记状态/code_set", "duplicate", "capital-not-negative", "成立日期/type"},
    "resident_insurance": {"resident-id-length", "months-in-range"},
    "bus_stop": {"longitude-in-city", "latitude-in-city"},
    "service_volume": {"online-within-accepted"},
    "school": {"在校生数/type"},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One set of demo files."""
    return make(tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: r.slug)
def test_the_seeded_faults_are_found_and_nothing_else_is_refused(resource: ResourceSpec, files: list[Path]) -> None:
    path = next(f for f in files if any(fnmatch(f.name, pattern) for pattern in resource.patterns))
    verdict = judged(resource, path)
    assert verdict.rows_in == verdict.accepted + verdict.rejected
    assert verdict.accepted >= 0.9 * verdict.rows_in
    assert set(verdict.reasons) >= FAULTS.get(resource.slug, set())
    assert resource.slug in FAULTS or verdict.rejected == 0


def test_stage_of_a_school_is_written_one_way(files: list[Path]) -> None:
    school = next(resource for resource in RESOURCES if resource.slug == "school")
    verdict = judged(school, next(f for f in files if any(fnmatch(f.name, pattern) for pattern in school.patterns)))
    assert verdict.indicators["0401"] == 100.0


def judged(resource: ResourceSpec, path: Path) -> Verdict:
    """The verdict on the file's only table."""
    with open_file(path) as opened:
        (table,) = opened.tables
        return check_batch(resource.contract, table, on_accepted=lambda batch: None, on_rejected=lambda rejects: None)
