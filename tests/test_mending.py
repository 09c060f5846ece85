"""What a start puts right, and what a check finds wrong."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from suixin.data.access.tests.factories import node_at
from suixin.data.catalog import actions as catalog
from suixin.data.lake.models import Batch
from suixin.data.lake.tests import factories
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.site import health, wiring

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of its own, with a table of two batches of which the second replaced three rows."""
    with node_at(tmp_path, monkeypatch) as folder:
        resource = factories.make_resource()
        factories.land(resource, factories.rows(1, 10), sm3="a")
        factories.land(resource, factories.rows(8, 12), sm3="b")
        yield folder


def faults() -> list[str]:
    return [found.sentence for found in health.findings() if found.part == "lake" and not found.is_well]


def test_start_removes_files_that_no_reader_holds_any_more() -> None:
    wiring.mend()  # finds the table, which no action put into the index
    assert wiring.mend() == ""
    with clock.frozen(clock.now() + timedelta(hours=7)):
        assert "清理过期文件" in wiring.mend()


def test_start_removes_downloads_of_withdrawn_tables(home: Path) -> None:
    cached = home / "cache" / "downloads" / "trial"
    cached.mkdir(parents=True)
    wiring.mend()
    assert cached.is_dir()
    catalog.withdraw_resource(Batch.objects.all()[0].resource, actor=SYSTEM, reason="测试")
    wiring.mend()
    assert not cached.exists()


def test_rows_that_batches_do_not_explain_are_a_fault() -> None:
    assert faults() == []
    Batch.objects.filter(replaced=3).update(replaced=2)
    assert "12 行" in faults()[0]
