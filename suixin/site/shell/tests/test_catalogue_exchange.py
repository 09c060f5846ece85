"""A clerk brings a sheet, gets it back annotated, corrects it; the whole catalogue goes out in three forms."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.test_exchange import GOOD, ITEM, book
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.running import deliver
from suixin.ground.people.models import Account

pytestmark = pytest.mark.django_db
PATH = "/console/catalogue/"


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


@pytest.fixture
def clerk(office: offices.Office) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username="clerk"))
    return client


def _brought(client: Client, content: bytes) -> Any:  # Any: the test client's own answer
    """The page of the job after the worker has been at it."""
    answer = client.post(PATH, {"file": SimpleUploadedFile("目录.xlsx", content)})
    assert answer.status_code == 302
    assert 'hx-trigger="every 2s"' in client.get(answer["Location"]).content.decode()
    deliver(Job.objects.get(uuid=answer["Location"].rstrip("/").rpartition("/")[2]).pk)
    return client.get(answer["Location"])


def test_bad_sheet_is_answered_with_its_cells_and_an_annotated_file(clerk: Client, office: offices.Office) -> None:
    ours = office.city.department.uscc
    rows = [GOOD | {"provider": ours}, GOOD | {"provider": ours, "title": "广场", "share_type": "看着办"}]
    content = book(rows, [ITEM, ITEM | {"resource": "广场"}])
    answer = _brought(clerk, content)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert ">K3<" in shown
    assert "可选 无条件共享" in shown
    assert list(Resource.objects.values_list("title", flat=True)) == ["公园名录"]
    file = clerk.get(answer.context["annotated_href"])
    back = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
    assert "问题" in [cell.value for cell in back["信息资源"][1]]


def test_workbook_of_another_layout_is_a_sentence_on_the_page_of_its_job(clerk: Client) -> None:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    assert "请下载模板" in _brought(clerk, out.getvalue()).content.decode()
    assert not Resource.objects.exists()


def test_import_of_somebody_else_is_not_shown(clerk: Client, office: offices.Office) -> None:
    answer = clerk.post(PATH, {"file": SimpleUploadedFile("目录.xlsx", book([GOOD], [ITEM]))})
    other = Client()
    other.force_login(Account.objects.get(username="review"))
    assert other.get(answer["Location"]).status_code == 404


def test_what_is_no_catalogue_is_a_sentence_and_nothing_is_written(clerk: Client) -> None:
    for content in (b"nothing", b"{}", b"<x/>", b""):
        answer = clerk.post(PATH, {"file": SimpleUploadedFile("目录.xlsx", content)})
        assert answer.status_code == 422
    assert not Resource.objects.exists()


def test_catalogue_goes_out_in_three_forms_and_the_template_with_it(clerk: Client, office: offices.Office) -> None:
    offices.entry(office)
    for form, start in (("xlsx", b"PK"), ("json", b"{"), ("xml", b"<?xml")):
        answer = clerk.get(f"{PATH}export/?form={form}")
        assert (answer.status_code, answer.content.startswith(start)) == (200, True)
    assert clerk.get(f"{PATH}export/?form=pdf").status_code == 400
    assert clerk.get(f"{PATH}template.xlsx").content.startswith(b"PK")
    assert clerk.get(PATH).status_code == 200


def test_who_only_looks_is_offered_no_import(office: offices.Office) -> None:
    client = Client()
    client.force_login(Account.objects.get(username="review"))
    assert "上传并检查" not in client.get(PATH).content.decode()
    answer = client.post(PATH, {"file": SimpleUploadedFile("目录.xlsx", book([GOOD], [ITEM]))})
    assert answer.status_code == 403
