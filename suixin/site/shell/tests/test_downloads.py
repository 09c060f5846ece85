"""Downloads on the page of a dataset: each address answers, and Excel's readers find theirs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.opening import actions as opening
from suixin.data.opening.tests.opened import table_with_rows
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the node, its lake empty."""
    with node_at(tmp_path, monkeypatch) as folder:
        yield folder


def test_dataset_page_offers_the_csv_that_excel_reads(client: Client) -> None:
    dataset = opening.publish_dataset(table_with_rows(), actor=SYSTEM, reason="试")
    page = client.get(f"/dataset/{dataset.slug}").content.decode()
    [address] = re.findall(r'href="([^"]+\.csv\?encoding=utf-8-sig)"', page)
    assert "用 Excel 打开选这个" in page
    assert address.replace("?encoding=utf-8-sig", "") in page.replace(address, "")


def test_help_says_what_to_open_with_excel(client: Client) -> None:
    assert "用 Excel 打开请选 XLSX" in client.get("/help").content.decode()
