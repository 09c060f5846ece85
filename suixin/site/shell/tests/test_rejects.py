"""Rejected rows on their page and in their file: each is named by what it is counted as."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.ground.people.actions import create_account
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
TITLED = "某表（模拟数据）,,,\n代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,乙,多,2024-01-02\nK3,丙,3,2024-01-03\n"


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    """A batch whose second row of data stands in the fourth line of its file."""
    path = tmp_path / "表.csv"
    path.write_text(TITLED, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(path, actor=SYSTEM, resource=factories.published())
        yield Batch.objects.landed().get()


@pytest.mark.parametrize("ending", ["/", ".csv"])
def test_rejected_row_is_told_as_a_row_of_the_data(client: Client, batch: Batch, ending: str) -> None:
    client.force_login(create_account("o", "A-long-password", organisation=factories.bureau(), roles=("data_officer",)))
    answer = client.get(f"/console/resources/some_table/rejects/{batch.pk}{ending}")
    told = (b"".join(answer) if answer.streaming else answer.content).decode()
    assert "数据行号（不含表头）" in told
    assert "数据第 2 行“数量”" in told
    assert "原文件" not in told
