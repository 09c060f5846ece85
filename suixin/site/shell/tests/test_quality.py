"""The quality board from the city to a cell, and the receipt of a batch as its supplier downloads it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access import receipts
from suixin.data.access.receipt_checks import verify_receipt
from suixin.data.access.tests.factories import node_at
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake.models import Batch
from suixin.ground.people.actions import create_account
from suixin.ground.people.models import Organisation
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = "代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,乙,多,2024-01-02\nK3,丙,3,2024-01-03\n"


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a landed batch, one of whose three rows was rejected."""
    path = tmp_path / "表.csv"
    path.write_text(ROWS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(path, actor=SYSTEM, resource=factories.published())
        yield path


def _signed_in(client: Client, role: str, *, of: Organisation | None = None) -> None:
    client.force_login(create_account(role, "A-long-password", organisation=of or factories.bureau(), roles=(role,)))


def _text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_one_gets_from_the_city_to_a_cell(client: Client, original: Path) -> None:
    _signed_in(client, "data_officer")
    batch, place = Batch.objects.get(), "/console/quality/"
    table = "/console/resources/some_table"
    beneath = (f"{table}/quality/", f"{table}/batches/{batch.pk}/", f"{table}/rejects/{batch.pk}/")
    steps = (f"/console/quality/{batch.resource.provider.slug}/", *beneath)
    for step in steps:
        assert f'href="{step}"' in _text(client, place)
        place = step
    assert '<span class="tag tag-bad">多</span>' in _text(client, place)


def test_a_batch_shows_all_twenty_indicators_with_formulas(client: Client, original: Path) -> None:
    _signed_in(client, "data_officer")
    told = _text(client, f"/console/resources/some_table/batches/{Batch.objects.get().pk}/")
    assert told.count("X = ") >= 19
    for words in ("脏数据出现率", "X = 1 - A/B", "不评分", "不适用", "规则版本", "33.33%"):
        assert words in told


def test_the_supplier_downloads_a_receipt_that_verifies_with_the_original(client: Client, original: Path) -> None:
    _signed_in(client, "data_officer")
    answer = client.get(f"/console/resources/some_table/batches/{Batch.objects.get().pk}/receipt.json")
    assert answer["Content-Disposition"].endswith('-receipt.json"')
    verdict = verify_receipt(answer.content, trusted=list(receipts.known_keys()), original=original)
    assert verdict.is_intact, verdict.faults
    assert client.get("/console/receipts/key.pem").content.startswith(b"-----BEGIN PUBLIC KEY-----")


def test_another_department_sees_neither_marks_nor_receipts(client: Client, original: Path) -> None:
    _signed_in(client, "clerk", of=organisation("民政局"))
    batch = Batch.objects.get()
    assert "试表" not in _text(client, "/console/quality/")
    for path in (f"/console/quality/{batch.resource.provider.slug}/", "/console/resources/some_table/quality/",
                 f"/console/resources/some_table/batches/{batch.pk}/", f"/console/resources/some_table/batches/{batch.pk}/receipt.json"):
        assert client.get(path).status_code in (403, 404), path


def test_a_batch_of_another_resource_is_not_found(client: Client, original: Path) -> None:
    _signed_in(client, "data_officer")
    factories.published("other_table")
    assert client.get(f"/console/resources/other_table/batches/{Batch.objects.get().pk}/").status_code == 404


def test_the_board_asks_as_many_questions_for_many_resources(client: Client, original: Path, django_assert_max_num_queries) -> None:
    _signed_in(client, "data_officer")
    client.get("/console/quality/")
    first = Batch.objects.get()
    for number in range(20):
        resource = factories.published(f"more_{number}")
        values = {f.attname: getattr(first, f.attname) for f in Batch._meta.fields if f.attname not in ("id", "resource_id")}
        Batch.objects.create(resource=resource, **values)
    with django_assert_max_num_queries(25):
        client.get("/console/quality/")
    with django_assert_max_num_queries(25):
        client.get(f"/console/quality/{first.resource.provider.slug}/")
