"""What a clerk fills into a template is collected by the ordinary way; its example, titles and lists never are."""

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from suixin.data.access import versions
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.generators.xlsx_template import FIRST_ROW, template
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests.factories import published
from suixin.data.collection import actions
from suixin.data.collection.models import RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.lake.models import Batch
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
ITEMS = (
    ItemSpec("code", "编号", ItemType.TEXT, 12, is_key=True, nullable=False),
    ItemSpec("name", "=cmd", ItemType.TEXT, 10),
    ItemSpec("sex", "性别", ItemType.TEXT, 1, code_set="GB/T 2261.1"),
    ItemSpec("born", "code", ItemType.DATE),  # a name that is another item's field
    ItemSpec("amount", "金额", ItemType.MONEY, 12, 2),
    ItemSpec("is_valid", "有效", ItemType.BOOLEAN),
)
GOOD = ("007", "甲", "1 男", "2022-03-01", 12.5, "是")


@pytest.fixture
def resource() -> Resource:
    return published("lamps", ITEMS)


def filled(resource: Resource, folder: Path, *rows: tuple[str | float | None, ...], **more: str) -> Path:
    """The template with rows typed in, saved by another program."""
    book = openpyxl.load_workbook(BytesIO(template(resource.contract)))
    sheet = book["数据"]
    assert isinstance(sheet, Worksheet)
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            sheet.cell(FIRST_ROW + 1 + number, at + 1, value)
    for place, value in more.items():
        sheet[place] = value
    path = folder / "我的数据 2024-01-05.xlsx"
    book.save(path)
    return path


def brought(path: Path) -> FileOutcome:
    outcomes = actions.run_feed(path, actor=SYSTEM)
    assert len(outcomes) == 1
    return outcomes[0]


def test_rows_go_to_the_entry_whose_template_it_is_and_labels_become_codes(resource: Resource, tmp_path: Path) -> None:
    outcome = brought(filled(resource, tmp_path, GOOD, ("008", "乙", "女", "2022-03-02", 1, "否")))
    assert (outcome.status, outcome.resource, outcome.accepted, outcome.rejected) == (RunStatus.LANDED, resource.code, 2, 0)
    batch = Batch.objects.landed().get(resource=resource)
    assert batch.normalised["性别"]["code_name"] == 2


def test_wrong_cells_are_rejected_with_reasons_and_good_rows_kept(resource: Resource, tmp_path: Path) -> None:
    rows: list[tuple[str | float | None, ...]] = [
        GOOD, ("008", "名字太长了" * 3, "7 无", "明天", "多", "也许"), ("007", "重复", "1", None, None, None), (None, "缺键"),
    ]
    outcome = brought(filled(resource, tmp_path, *rows))
    assert (outcome.rows_in, outcome.accepted, outcome.rejected) == (4, 1, 3)
    batch = Batch.objects.landed().get(resource=resource)
    kept = versions.rejected_rows(resource, batch.pk, actor=SYSTEM, offset=0, limit=10)
    told = ["".join(str(reason["sentence"]) for reason in one.reasons) for one in kept]
    assert all(word in told[0] for word in ("“=cmd”", "“性别”", "“code”", "“金额”", "“有效”"))
    assert "重复" in told[1]
    assert "主键" in told[2]


def test_an_example_copied_down_and_blank_rows_are_no_data(resource: Resource, tmp_path: Path) -> None:
    outcome = brought(filled(resource, tmp_path, GOOD, (None,) * 6, ("例：1", "例：甲", "例：1 男", None, None, None)))
    assert outcome.rows_in == 1


def test_an_empty_template_is_refused_with_what_to_do(resource: Resource, tmp_path: Path) -> None:
    outcome = brought(filled(resource, tmp_path))
    assert outcome.status == RunStatus.REFUSED
    assert "还没有填写数据" in outcome.message


def test_a_column_that_somebody_added_is_refused_by_its_heading(resource: Resource, tmp_path: Path) -> None:
    outcome = brought(filled(resource, tmp_path, (*GOOD, "多的"), G4="自己加的列"))
    assert outcome.status == RunStatus.REFUSED
    assert "自己加的列" in outcome.message


def test_a_template_of_an_entry_that_is_gone_says_so(resource: Resource, tmp_path: Path) -> None:
    path = filled(resource, tmp_path, GOOD)
    Resource.objects.filter(pk=resource.pk).update(code="510900-1/9")
    outcome = brought(path)
    assert outcome.status == RunStatus.REFUSED
    assert "重新下载模板" in outcome.message
