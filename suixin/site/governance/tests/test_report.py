"""The monthly report: right figures with their queries, kept once, the same when computed again, as paper and page."""

import io
from datetime import datetime
from pathlib import Path

import docx
import orjson
import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.generators import papers
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.data.quality import actions as quality
from suixin.data.quality.models import MonthlyReport
from suixin.ground.people.actions import create_account
from suixin.ground.people.tests.factories import organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import BadRequest
from suixin.site.governance import figures, making
from suixin.site.governance.papers_of import paper_of

pytestmark = pytest.mark.django_db
ROWS = "代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,乙,多,2024-01-02\nK3,丙,3,2024-01-03\n"


@pytest.fixture
def month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """October: one batch of three rows, one of them rejected, and its order; today is the first of November."""
    (tmp_path / "表.csv").write_text(ROWS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(tmp_path / "表.csv", actor=SYSTEM, resource=factories.published())
        order = quality.turn_into_order(Batch.objects.select_related("resource__provider").get(), actor=SYSTEM)
        inside = datetime(2026, 10, 31, 23, 30, tzinfo=clock.CHINA)
        Batch.objects.update(created_at=inside)
        type(order).objects.update(created_at=inside)
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 1, 5, tzinfo=clock.CHINA))
        yield "2026-10"


def _values(kept: MonthlyReport) -> dict[str, object]:
    return {one["label"]: one["value"] for one in orjson.loads(kept.figures)["figures"]}


def test_figures_are_those_of_the_month_each_with_its_query(month: str) -> None:
    kept = making.make_report(month, actor=SYSTEM)
    told = _values(kept)
    assert (told["入库批次"], told["收到行数"], told["拒绝行数"], told["接受率"]) == (1, 3, 1, 66.67)
    assert (told["新开工单"], told["办结工单"], told["月末未办结"], told["收到校核申请"]) == (1, 0, 1, 0)
    held = orjson.loads(kept.figures)
    assert all("SELECT" in one["sql"] for one in (*held["figures"], *held["tables"]))
    assert held["tables"][0]["rows"][0][:4] == ["市数据局", "1", "3", "1"]


def test_report_is_made_once_and_computes_to_the_same(month: str) -> None:
    assert "已生成" in making.make_last_month(actor=SYSTEM)
    kept = MonthlyReport.objects.get()
    assert making.is_same(kept, actor=SYSTEM)
    assert "已有" in making.make_last_month(actor=SYSTEM)
    Batch.objects.update(rows_in=4, accepted=3)
    assert not making.is_same(kept, actor=SYSTEM)
    assert making.make_report(month, actor=SYSTEM).sm3 == kept.sm3


@pytest.mark.parametrize(("text", "told"), [("2026-11", "还没有结束"), ("2026-13", "不是月份"), ("../x", "不是月份")])
def test_month_that_is_not_over_or_none_is_refused(month: str, text: str, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        figures.compute(text)


def test_month_before_january_is_december() -> None:
    assert figures.month_before(datetime(2027, 1, 1, tzinfo=clock.CHINA)) == "2026-12"
    assert figures.span_of("2026-12")[1] == datetime(2027, 1, 1, tzinfo=clock.CHINA)


def test_papers_say_the_figures_and_their_queries(month: str) -> None:
    kept = making.make_report(month, actor=SYSTEM)
    paper = docx.Document(io.BytesIO(papers.docx(paper_of(kept))))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "66.67%" in cells
    assert any("SELECT" in text for text in cells)
    assert any(kept.sm3 in line.text for line in paper.paragraphs)
    assert papers.pdf(paper_of(kept)) == papers.pdf(paper_of(kept))


def test_officer_makes_reads_and_checks_a_report_a_clerk_does_not_see_it(client: Client, month: str) -> None:
    client.force_login(create_account("o", "A-long-password", organisation=factories.bureau(), roles=("data_officer",)))
    assert "生成 2026-10 的报告" in client.get("/console/quality-reports/").content.decode()
    page = client.post("/console/quality-reports/", {"month": month}, follow=True).content.decode()
    assert "66.67%" in page
    assert "SM3 相同" in client.post(f"/console/quality-reports/{month}/", follow=True).content.decode()
    assert client.get(f"/console/quality-reports/{month}.pdf").content.startswith(b"%PDF")
    other = Client()
    other.force_login(create_account("c", "A-long-password", organisation=organisation("民政局"), roles=("clerk",)))
    assert other.get(f"/console/quality-reports/{month}/").status_code == 403
