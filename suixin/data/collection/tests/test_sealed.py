"""A file with sealed items on its whole way: nothing of it in the clear anywhere, read through plans only."""

from dataclasses import replace
from pathlib import Path

import pytest

from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.access.query import parse_query
from suixin.data.access.rows import fetch_page
from suixin.data.access.versions import pinned
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions, sealing
from suixin.data.lake.models import Batch
from suixin.data.lake.rejects import read_rejects
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = (
    ItemSpec("id_no", "身份证号", ItemType.TEXT, 18, is_key=True, nullable=False, level=Level.L4, mask="resident_id",
             is_sealed=True),
    ItemSpec("full_name", "姓名", ItemType.TEXT, 30, level=Level.L3, mask="name", is_sealed=True),
    ItemSpec("born", "出生日期", ItemType.DATE, level=Level.L3, mask="birthday", is_sealed=True),
    ItemSpec("income", "收入", ItemType.MONEY, 12, 2, level=Level.L4, is_sealed=True),
    ItemSpec("town", "乡镇", ItemType.TEXT, 20),
)
HEADER = "身份证号,姓名,出生日期,收入,乡镇\n"
GOOD = "999999198803070016,独孤求败,1988-03-07,98765.43,永兴镇\n999999198901010017,令狐冲,1989年1月1日,54321.09,唐家乡\n"
WRONG = "999999198803070016,岳不群,1988-03-07,10.5,永兴镇\n99999919880307001,任我行,1990-02-30,很多钱,永兴镇\n"
SECRETS = ("999999198803070016", "999999198901010017", "独孤求败", "令狐冲", "岳不群", "任我行", "很多钱", "98765", "54321", "1988-03-07")


def _source(tmp_path: Path) -> Path:
    source = tmp_path.parent / f"{tmp_path.name}-in" / "居民.csv"
    source.parent.mkdir()
    source.write_text(HEADER + GOOD + WRONG, "utf-8")
    return source


def _found(home: Path) -> list[tuple[Path, str]]:
    """Files below the home that hold one of the secrets in the clear."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [(path, word) for path in files for word in SECRETS if word.encode() in path.read_bytes()]


@pytest.fixture
def landed(tmp_path: Path):
    """The resource with its file landed; the file itself lies outside the home."""
    resource = factories.published("residents", ITEMS, has_lookup=True)
    [outcome] = actions.run_feed(_source(tmp_path), actor=SYSTEM, resource=resource)
    assert (outcome.status, outcome.accepted, outcome.rejected) == ("landed", 2, 2)
    return resource


def test_nothing_of_it_lies_in_the_clear_anywhere_in_the_home(landed, tmp_path: Path):
    kinds = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert kinds >= {".parquet", ".sealed", ".sqlite", ".json"}
    assert _found(tmp_path) == []


def test_items_sealed_later_leave_nothing_in_the_clear(tmp_path: Path):
    plain = tuple(replace(item, is_sealed=False) for item in ITEMS)
    resource = factories.published("residents", plain, has_lookup=True)
    [outcome] = actions.run_feed(_source(tmp_path), actor=SYSTEM, resource=resource)
    assert outcome.accepted == 2
    assert _found(tmp_path) != []
    done = sealing.seal_items(resource, ["身份证号", "姓名", "born", "income"], actor=SYSTEM, basis="数安〔2026〕1 号")
    assert (done.files, done.rows, done.rejects) == (1, 2, 1)
    assert _found(tmp_path) == []
    plan = open_plan(SYSTEM, resource, door=Door.PAGE)
    found = fetch_page(plan, parse_query([("id_no__exact", "999999198803070016")], plan), pinned("residents"))
    assert [row["full_name"] for row in found.rows] == ["独孤求败"]
    assert {use.files > 0 for use in sealing.versions_in_use(actor=SYSTEM)} == {True}


def test_reseal_all_passes_over_what_is_well(landed):
    assert all(done.is_nothing for done in sealing.reseal_all(actor=SYSTEM))


def test_rejected_rows_are_read_back_with_their_reasons(landed):
    kept = read_rejects("residents", Batch.objects.get().pk)
    assert [one.row for one in kept] == [3, 4]
    assert "任我行" in kept[1].text
    assert {reason["item"] for reason in kept[1].reasons} >= {"收入", "出生日期"}


def test_the_owner_reads_values_with_their_types(landed):
    plan = open_plan(SYSTEM, landed, door=Door.PAGE)
    rows = fetch_page(plan, parse_query([], plan), pinned("residents")).rows
    assert {row["full_name"] for row in rows} == {"独孤求败", "令狐冲"}
    assert {(str(row["born"]), str(row["income"])) for row in rows} == {("1988-03-07", "98765.43"), ("1989-01-01", "54321.09")}


def test_the_same_bytes_land_once_and_a_correction_replaces_by_sealed_key(landed, tmp_path: Path):
    changed = tmp_path / "更正.csv"
    changed.write_text(HEADER + "999999198803070016,独孤求胜,1988-03-07,1.00,永兴镇\n", "utf-8")
    actions.run_feed(changed, actor=SYSTEM, resource=landed)
    plan = open_plan(SYSTEM, landed, door=Door.PAGE)
    page = fetch_page(plan, parse_query([("身份证号__exact", "９９９９９９１９８８０３０７００１６")], plan), pinned("residents"))
    assert [row["full_name"] for row in page.rows] == ["独孤求胜"]
    assert pinned("residents").rows == 2
