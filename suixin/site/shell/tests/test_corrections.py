"""The way back as a clerk goes it: from the order to the sheet, corrected, uploaded, measured, closed; masked for the bureau."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.data.quality import actions as quality
from suixin.ground.flow.orders import closing
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.actions import create_account
from suixin.ground.people.models import Organisation
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
ITEMS = (
    ItemSpec("code", "代码", ItemType.TEXT, 12, is_key=True, nullable=False),
    ItemSpec("phone", "电话", ItemType.TEXT, 11, sensitive="mobile", mask="mobile", level=Level.L3),
    ItemSpec("amount", "数量", ItemType.NUMBER, 12, 2),
)
ROWS = "代码,电话,数量\nK1,13800138000,1\nK2,13900139000,多\nK3,139001390001,3\n"


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A batch of the bureau's own, two of whose rows were rejected."""
    path = tmp_path / "表.csv"
    path.write_text(ROWS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(path, actor=SYSTEM, resource=factories.published(items=ITEMS))
        yield Batch.objects.landed().select_related("resource__provider").get()


def _sign_in(client: Client, role: str, of: Organisation) -> None:
    client.force_login(create_account(role, "A-long-password", organisation=of, roles=(role,)))


def _workbook(client: Client, batch: Batch) -> openpyxl.Workbook:
    answer = client.get(f"/console/resources/some_table/rejects/{batch.pk}.xlsx")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="some_table-{batch.pk}.xlsx"'
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer)))


def _upload(client: Client, batch: Batch, book: openpyxl.Workbook, **told: str) -> str:
    held = io.BytesIO()
    book.save(held)
    file = SimpleUploadedFile("更正.xlsx", held.getvalue())
    answer = client.post(f"/console/resources/some_table/rejects/{batch.pk}/correct/", {"file": file, **told}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_clerk_mends_the_rows_of_an_order_in_the_sheet(client: Client, batch: Batch) -> None:
    _sign_in(client, "clerk", batch.resource.provider)
    order = quality.turn_into_order(batch, actor=SYSTEM)
    page = client.get(f"/console/orders/{order.number}/").content.decode()
    assert f"批次 {batch.pk} 还有 2 行没有更正" in page
    assert f"rejects/{batch.pk}.xlsx" in page
    book = _workbook(client, batch)
    book["数据"]["F5"], book["数据"]["E6"] = "2", "13900139002"
    told = _upload(client, batch, book, order=order.number)
    assert "2 行更正入库，0 行仍不合格" in told
    assert f"工单 {order.number}" in told
    assert "都已更正" in told
    assert closing.measure(Subject("flow.order", order.number), {}).is_well


def test_row_that_is_still_bad_is_told_and_stays_open(client: Client, batch: Batch) -> None:
    _sign_in(client, "clerk", batch.resource.provider)
    book = _workbook(client, batch)
    book["数据"]["F5"] = "很多"
    told = _upload(client, batch, book)
    assert "0 行更正入库，2 行仍不合格" in told
    assert f"批次 {batch.pk} 还有 2 行没有更正" in told
    assert "很多" in str(_workbook(client, batch)["数据"]["F5"].value)


def test_officer_sees_personal_values_masked_and_cannot_bring_them_back(client: Client, batch: Batch) -> None:
    batch.resource.provider = organisation("医保局", parent=batch.resource.provider)
    batch.resource.save(update_fields=["provider"])
    _sign_in(client, "data_officer", factories.bureau())
    book = _workbook(client, batch)
    text = "".join(str(cell) for row in book["数据"].iter_rows(values_only=True) for cell in row)
    assert "13900139000" not in text
    assert "139001390001" not in text
    assert "已脱敏" in str(book["数据"]["A1"].value)
    assert "已脱敏，不能入库" in _upload(client, batch, book)
    rows = client.get(f"/console/resources/some_table/rejects/{batch.pk}/").content.decode()
    assert "13900139000" not in rows
    assert "139001390001" not in rows


def test_what_is_no_sheet_is_refused_with_a_sentence(client: Client, batch: Batch) -> None:
    _sign_in(client, "clerk", batch.resource.provider)
    assert "不是更正表" in _upload(client, batch, openpyxl.Workbook())
    answer = client.post(f"/console/resources/some_table/rejects/{batch.pk}/correct/", {}, follow=True)
    assert answer.status_code == 200
    assert "notice-" in answer.content.decode()


def test_batch_of_corrected_rows_leads_to_the_one_it_corrects_and_marks_no_resource(client: Client, batch: Batch) -> None:
    _sign_in(client, "clerk", batch.resource.provider)
    book = _workbook(client, batch)
    book["数据"]["F5"], book["数据"]["E6"] = "2", "13900139002"
    _upload(client, batch, book)
    made = Batch.objects.landed().latest("pk")
    page = client.get(f"/console/resources/some_table/batches/{made.pk}/").content.decode()
    assert f"更正的是批次 {batch.pk}" in page
    board = client.get("/console/resources/some_table/quality/").content.decode()
    assert f"更正批次 {batch.pk}" in board
