"""Two sources of one entry, one of them with a department's own codes: each is translated as it says, the sheet likewise."""

from pathlib import Path

import openpyxl
import pytest

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import correcting, declaring, inbox
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.errors import WrongSource
from suixin.data.collection.models import Feed
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import feed_of, lake_rows, ran, source_of
from suixin.data.lake.models import Batch
from suixin.data.quality.loop.sheets import sheet_of
from suixin.data.quality.tests.test_standards import OWN, TOWNS, mapped, towns
from suixin.ground.jobs import running
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = (
    ItemSpec("id", "编号", ItemType.INTEGER, is_key=True, nullable=False),
    ItemSpec("town", "乡镇代码", ItemType.TEXT, 2, code_set=TOWNS),
)


def feed_from(folder: Path, rows: str, **options: object) -> Feed:
    folder.mkdir()
    with servers.sqlite(folder) as server:
        server.run("CREATE TABLE places (id INTEGER PRIMARY KEY, town TEXT)")
        server.run(f"INSERT INTO places VALUES {rows}")
        found = Resource.objects.filter(table="place_list").first() or factories.published("place_list", ITEMS)
        return feed_of(source_of(server), resource=found, table="places", **options)


def test_each_source_is_translated_from_its_own_codes(reach: Path) -> None:
    towns()
    mapped({"1": "4", "x": "1"})
    own = feed_from(reach / "own", "(1, '1'), (2, 'x'), (3, 'y')", own_codes={"town": OWN})
    assert (ran(own).accepted, ran(feed_from(reach / "plain", "(4, '1'), (5, '4')")).accepted) == (2, 2)
    assert lake_rows("id", "town", table="place_list") == [(1, "4"), (2, "1"), (4, "1"), (5, "4")]


def test_rejected_rows_come_back_in_the_codes_of_their_source(reach: Path, tmp_path: Path) -> None:
    towns()
    mapped({"1": "4", "x": "1"})
    ran(feed_from(reach / "own", "(1, '1'), (3, 'y')", own_codes={"town": OWN}))
    batch = Batch.objects.landed().select_related("resource__provider").get()
    with sheet_of(batch, actor=SYSTEM) as made:
        book = openpyxl.load_workbook(made.path)
    book["数据"]["E5"] = "x"
    book.save(tmp_path / "更正.xlsx")
    correcting.take_back(batch, tmp_path / "更正.xlsx", actor=SYSTEM)
    assert lake_rows("id", "town", table="place_list") == [(1, "4"), (3, "1")]


def test_files_of_a_folder_are_translated_and_their_sheet_comes_back_likewise(reach: Path, tmp_path: Path) -> None:
    towns()
    mapped({"1": "4", "x": "1"})
    (reach / "files").mkdir()
    (reach / "files" / "a.csv").write_text("编号,乡镇代码\n1,1\n2,x\n3,y\n", "utf-8")
    resource = factories.published("place_list", ITEMS)
    told = SourceDraft("文件夹", "files", Kind.FOLDER, resource.provider, str(reach / "files"), {"settle": 0})
    source = declaring.declare_source(told, actor=SYSTEM)
    draft = FeedDraft("*.csv", schedule="", own_codes={"town": OWN})
    feed = declaring.declare_source_feed(source, resource, draft, columns=(), actor=SYSTEM)
    assert (ran(feed).accepted, lake_rows("id", "town", table="place_list")) == (2, [(1, "4"), (2, "1")])
    (tmp_path / "b.csv").write_text("编号,乡镇代码\n4,1\n", "utf-8")
    upload = inbox.hand_in("b.csv", [(tmp_path / "b.csv").read_bytes()], actor=SYSTEM, resource=resource, own_codes={"town": OWN})
    assert running.deliver(upload.pk) == "done"
    batch = Batch.objects.landed().select_related("resource__provider").get(rejected=1)
    with sheet_of(batch, actor=SYSTEM) as made:
        book = openpyxl.load_workbook(made.path)
    book["数据"]["E5"] = "x"
    book.save(tmp_path / "更正.xlsx")
    correcting.take_back(batch, tmp_path / "更正.xlsx", actor=SYSTEM)
    assert lake_rows("id", "town", table="place_list") == [(1, "4"), (2, "1"), (3, "1"), (4, "4")]


@pytest.mark.parametrize(("own_codes", "told"), [({"town": "nothing"}, "已发布对照"), ({"id": OWN}, "没有代码集")])
def test_own_codes_without_a_mapping_or_a_code_set_are_refused(reach: Path, own_codes: dict[str, str], told: str) -> None:
    towns()
    with pytest.raises(WrongSource, match=told):
        feed_from(reach / "own", "(1, '1')", own_codes=own_codes)
