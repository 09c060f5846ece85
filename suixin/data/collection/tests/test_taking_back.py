"""The annotated sheet: it shows what was wrong, comes back corrected, and what was mended leaves the open count, once."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from suixin.data.access.versions import row_count
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions, correcting
from suixin.data.collection.models import RunStatus
from suixin.data.collection.readers import UnreadableFile
from suixin.data.lake import rejects
from suixin.data.lake.models import Batch, DestroyedRows, Destruction, DestructionKind
from suixin.data.quality import actions as quality
from suixin.data.quality.correcting import measure
from suixin.data.quality.errors import ColumnsUnknown, RowsTaken, SheetRefused
from suixin.data.quality.loop import corrections
from suixin.data.quality.loop.sheets import sheet_of
from suixin.data.quality.models import Correction
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.actions import create_account
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
ROWS = "代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,=1+1,多,2024-01-02\nK3,丙,3,昨天\nK3,丁,4,2024-01-04\n"
FIRST = 5  # line of the first row


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """A landed batch of four rows, three of them rejected: a number, a date, a repeated key."""
    path = tmp_path / "表.csv"
    path.write_text(ROWS, "utf-8")
    actions.run_feed(path, actor=SYSTEM, resource=factories.published())
    return Batch.objects.landed().select_related("resource__provider").get()


Change = Callable[[Worksheet], None]


def _sheet(batch: Batch, folder: Path, change: Change | None = None, name: str = "更正.xlsx") -> Path:
    with sheet_of(batch, actor=SYSTEM) as made:
        book = openpyxl.load_workbook(made.path)
    if change:
        change(book["数据"])
    path = folder / name
    book.save(path)
    return path


def test_a_sheet_whose_last_cell_is_far_off_is_refused_before_it_is_opened(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def far(sheet: Worksheet) -> None:
        sheet["XFD1048576"] = "1"

    monkeypatch.setattr(correcting, "calamine", None)  # opening it would end the process
    with pytest.raises(UnreadableFile, match="撑得过大"):
        correcting.take_back(batch, _sheet(batch, tmp_path, far), actor=SYSTEM)


def _cells(batch: Batch, folder: Path) -> list[list[object]]:
    sheet = openpyxl.load_workbook(_sheet(batch, folder, name="看.xlsx"))["数据"]
    return [list(row) for row in sheet.iter_rows(min_row=FIRST, values_only=True)]


def _mend_all(sheet: Worksheet) -> None:
    sheet["F5"], sheet["G6"], sheet["B7"] = "2", "2024-01-03", "不再提供"


def test_sheet_shows_rows_as_they_came_with_reasons_and_marked_cells(batch: Batch, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(_sheet(batch, tmp_path))["数据"]
    row = [cell.value for cell in sheet[FIRST]]
    assert row[:2] == ["2", "更正"]
    assert row[3:] == ["K2", "=1+1", "多", "2024-01-02"]
    assert "“数量”的值“多”" in str(row[2])
    assert sheet["F5"].fill.start_color.rgb == "FFFFC7CE"
    assert "“数量”" in sheet["F5"].comment.text
    assert sheet["D5"].comment is None
    assert sheet["E5"].data_type == "s"
    assert sheet["E5"].quotePrefix
    assert sheet["D7"].comment is not None  # the repeated key


def test_corrected_rows_land_as_a_batch_that_names_the_one_it_corrects(batch: Batch, tmp_path: Path) -> None:
    made = correcting.take_back(batch, _sheet(batch, tmp_path, _mend_all), actor=SYSTEM, reason="重复录入")
    assert (made.mended, made.still_bad, made.given_up) == (2, 0, 1)
    assert made.landed is not None
    assert made.landed.corrects == batch.pk
    assert (made.landed.rows_in, made.landed.accepted) == (2, 2)
    assert corrections.open_count(batch) == 0
    assert _cells(batch, tmp_path) == []


def test_row_that_is_still_bad_comes_back_with_its_newest_cells_under_its_own_number(batch: Batch, tmp_path: Path) -> None:
    def half(sheet: Worksheet) -> None:
        sheet["F5"], sheet["G6"] = "2", "前天"

    made = correcting.take_back(batch, _sheet(batch, tmp_path, half), actor=SYSTEM)
    assert (made.mended, made.still_bad) == (1, 2)
    row, _ = _cells(batch, tmp_path)
    assert row[0] == "3"
    assert row[-1] == "前天"
    assert str(row[2]).startswith("数据第 3 行")
    assert corrections.open_count(batch) == 2


def test_same_sheet_again_lands_nothing_twice(batch: Batch, tmp_path: Path) -> None:
    path = _sheet(batch, tmp_path, _mend_all)
    first = correcting.take_back(batch, path, actor=SYSTEM, reason="重复录入")
    assert correcting.take_back(batch, path, actor=SYSTEM, reason="重复录入").pk == first.pk
    assert Batch.objects.landed().count() == 2
    assert row_count(batch.resource.table) == 3


@pytest.mark.parametrize("point", ["claimed", "corrected"])
def test_killed_in_between_the_same_sheet_ends_it(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    path = _sheet(batch, tmp_path, _mend_all)

    def die(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(crash, "point", die)
        with pytest.raises(KeyboardInterrupt):
            correcting.take_back(batch, path, actor=SYSTEM, reason="重复录入")
    assert not Correction.objects.get().is_done
    correcting.take_back(batch, path, actor=SYSTEM, reason="重复录入")
    assert Correction.objects.get().is_done
    assert Batch.objects.landed().count() == 2


def test_rows_that_were_mended_are_not_taken_from_an_older_sheet(batch: Batch, tmp_path: Path) -> None:
    older = _sheet(batch, tmp_path, lambda sheet: sheet.__setitem__("F5", "7"), "旧.xlsx")
    correcting.take_back(batch, _sheet(batch, tmp_path, _mend_all), actor=SYSTEM, reason="重复录入")
    with pytest.raises(RowsTaken, match="数据第 2、3、4 行"):
        correcting.take_back(batch, older, actor=SYSTEM)
    assert Batch.objects.landed().count() == 2


@pytest.mark.parametrize(("cell", "text", "told"), [
    ("A5", "99", "没有拒绝过这样一行"), ("A5", "3", "出现了两次"), ("B5", "删掉", "只能是"), ("B5", "不再提供", "请写明理由"),
    ("A2", "行号", "灰色行"),
])
def test_sheet_that_says_what_is_not_so_is_refused_whole(batch: Batch, tmp_path: Path, cell: str, text: str, told: str) -> None:
    with pytest.raises(SheetRefused, match=told):
        correcting.take_back(batch, _sheet(batch, tmp_path, lambda sheet: sheet.__setitem__(cell, text)), actor=SYSTEM)
    assert not Correction.objects.exists()
    assert Batch.objects.count() == 1


def test_sheet_whose_columns_are_refused_leaves_its_rows_open(batch: Batch, tmp_path: Path) -> None:
    def add(sheet: Worksheet) -> None:
        sheet["H4"], sheet["H5"] = "多出的列", "1"

    with pytest.raises(ColumnsUnknown):
        correcting.take_back(batch, _sheet(batch, tmp_path, add), actor=SYSTEM)
    assert not Correction.objects.exists()


def test_sheet_of_another_batch_a_plain_workbook_and_no_workbook_are_refused(batch: Batch, tmp_path: Path) -> None:
    other = tmp_path / "表2.csv"
    other.write_text(ROWS.replace("K2", "K9"), "utf-8")
    actions.run_feed(other, actor=SYSTEM, resource=batch.resource)
    second = Batch.objects.latest("pk")
    with pytest.raises(SheetRefused, match=f"是批次 {batch.pk} 的"):
        correcting.take_back(second, _sheet(batch, tmp_path), actor=SYSTEM)
    plain = tmp_path / "白.xlsx"
    openpyxl.Workbook().save(plain)
    for path in (plain, other):
        with pytest.raises(SheetRefused):
            correcting.take_back(batch, path, actor=SYSTEM)


def test_sheet_brought_by_the_ordinary_upload_is_led_to_its_place(batch: Batch, tmp_path: Path) -> None:
    (outcome,) = actions.run_feed(_sheet(batch, tmp_path), actor=SYSTEM)
    assert outcome.status == RunStatus.REFUSED
    assert "更正表" in outcome.message


def test_clerk_of_another_department_can_neither_fetch_nor_bring_a_sheet(batch: Batch, tmp_path: Path) -> None:
    outsider = actor_of(create_account("x", "A-long-password", organisation=organisation("民政局"), roles=("clerk",)))
    with pytest.raises(NotAllowed), sheet_of(batch, actor=outsider):
        pass
    with pytest.raises(NotAllowed):
        correcting.take_back(batch, _sheet(batch, tmp_path), actor=outsider)


def test_sheet_holds_the_first_rows_and_says_how_many_more(batch: Batch, tmp_path: Path) -> None:
    with sheet_of(batch, actor=SYSTEM, most=2) as made:
        assert (made.rows, made.total) == (2, 3)
        title = openpyxl.load_workbook(made.path)["数据"]["A1"].value
    assert "另有 1 行" in str(title)


def test_order_is_well_only_when_no_open_row_has_the_reason(batch: Batch, tmp_path: Path) -> None:
    order = quality.turn_into_order(batch, actor=SYSTEM)
    rule, subject = order.arguments["rule"], Subject(order.subject_kind, order.subject_key)
    assert "还没有收到更正表" in measure(subject, order.arguments).sentence
    correcting.take_back(batch, _sheet(batch, tmp_path, lambda s: s.__setitem__("C1", "")), actor=SYSTEM)
    first = measure(subject, order.arguments)
    assert (first.is_well, first.figures["judged_by"]) == (rule == "duplicate", batch.rule_version)
    correcting.take_back(batch, _sheet(batch, tmp_path, _only_first_two, "二.xlsx"), actor=SYSTEM)
    found = measure(subject, order.arguments)
    assert found.is_well, found.sentence
    assert f"规则版本 {batch.rule_version}" in found.sentence


def _only_first_two(sheet: Worksheet) -> None:
    sheet["F5"], sheet["G6"] = "2", "2024-01-03"


def test_rejected_rows_that_were_destroyed_are_open_no_more(batch: Batch, tmp_path: Path) -> None:
    correcting.take_back(batch, _sheet(batch, tmp_path, lambda sheet: sheet.__setitem__("F5", "2")), actor=SYSTEM)
    path = rejects.rejects_file(batch.resource.table, batch.pk)
    rejects.drop_rejects(batch.resource.table, path, lambda one: one.row in (2, 3))  # one of them was settled by the sheet
    destruction = Destruction.objects.create(
        kind=DestructionKind.BATCH, provider=batch.resource.provider, basis="x", document="y", asked_at=clock.now()
    )
    DestroyedRows.objects.create(destruction=destruction, batch=batch, rows=0, current=0, rejected=2)
    assert (corrections.open_count(batch), len(list(corrections.open_for_measuring(batch)))) == (1, 1)
