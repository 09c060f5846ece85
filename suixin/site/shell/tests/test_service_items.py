"""A clerk drafts an item, mends what the checker finds, hands it on; the centre approves; files go in and out."""

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.catalog.tests import offices
from suixin.ground.files.tests.factories import PDF
from suixin.ground.flow import advancing
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.running import deliver
from suixin.ground.people.models import Account
from suixin.services.items import publishing
from suixin.services.items.models import Item
from suixin.services.items.tests import factories
from suixin.services.items.tests.factories import BASIC

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


def browser(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name))
    return client


def test_clerk_drafts_mends_and_hands_on_and_the_centre_approves(office: offices.Office) -> None:
    factories.basic()
    clerk, code = browser("clerk"), f"{office.clerk.organisation}3{BASIC}"
    assert clerk.post("/console/items/new/", {"code": code}).status_code == 302
    page = f"/console/items/{code}/"
    assert "缺少“办理地点”" in clerk.get(page).content.decode()
    Item.objects.filter(code=code).update(content={key: value for key, value in factories.COMPLETE.items() if key != "questions"})
    answer = clerk.post(f"{page}edit/questions/", {"question": "多久？", "answer": "五天", "wish": "save"}, follow=True)
    assert "已保存，没有问题" in answer.content.decode()
    assert clerk.post(page, {"wish": "submit"}).status_code == 302
    assert "正在等待" in clerk.get(page).content.decode()
    step = publishing.waiting_step(publishing.running(Item.objects.get(code=code)))  # type: ignore[arg-type]  # under way
    assert step is not None
    advancing.decide(step, "approve", actor=office.reviewer)
    assert f"/guides/{code}" in clerk.get(page).content.decode()


def test_group_is_edited_and_an_empty_field_is_inherited(office: offices.Office) -> None:
    item = factories.implementation(office.city.department)
    path = f"/console/items/{item.code}/edit/g2/"
    clerk = browser("clerk")
    assert "沿用上级：20" in clerk.get(path).content.decode()
    assert clerk.post(path, {"project_type": "2", "promise_day": "3", "promise_type": "1", "anticipate_day": ""}).status_code == 302
    item.refresh_from_db()
    assert item.content["promise_day"] == 3
    assert "anticipate_day" not in item.content
    assert clerk.post(path, {"promise_day": "三"}).status_code == 422


def test_rows_are_added_moved_and_removed(office: offices.Office) -> None:
    item = factories.implementation(office.city.department)
    clerk, path = browser("clerk"), f"/console/items/{item.code}/edit/questions/"
    clerk.post(path, {"question": "第二问", "answer": "答", "wish": "save"})
    clerk.post(f"{path}?row=2", {"wish": "up"})
    clerk.post(f"{path}?row=2", {"wish": "remove"})
    item.refresh_from_db()
    assert [row["question"] for row in item.content["questions"]] == ["第二问"]
    assert clerk.post(path, {"wish": "save"}).status_code == 422


def test_stranger_neither_edits_nor_moves(office: offices.Office) -> None:
    offices.employ("clerk", office.city.district_department, "stranger")
    item = factories.published(office.city.department)
    stranger = browser("stranger")
    assert stranger.post(f"/console/items/{item.code}/edit/g2/", {"promise_day": "1"}).status_code == 403
    assert stranger.post(f"/console/items/{item.code}/", {"wish": "pause", "reason": "试"}).status_code == 403


def test_file_is_brought_by_a_job_and_told(office: offices.Office) -> None:
    factories.published(office.city.department)
    clerk, code = browser("clerk"), f"{office.clerk.organisation}3{BASIC}"
    told = {"items": [{"taskCode": f"{code}01", "taskName": "甲"}, {"taskCode": f"{code}02", "promiseDay": "五"}]}
    file = SimpleUploadedFile("items.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))
    answer = clerk.post("/console/items/exchange/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    deliver(Job.objects.get(uuid=answer["Location"].rstrip("/").rpartition("/")[2]).pk)
    page = clerk.get(answer["Location"]).content.decode()
    assert "items[1].promiseDay" in page
    assert Item.objects.filter(code=f"{code}01").exists()
    for form, start in (("template", b"PK"), ("xlsx", b"PK"), ("json", b"{")):
        assert clerk.get("/console/items/file/", {"form": form}).content.startswith(start)
    assert clerk.get("/console/items/file/", {"form": "doc"}).status_code == 400


def test_blank_form_is_uploaded_in_the_editor_and_downloaded_from_the_guide(office: offices.Office) -> None:
    item = factories.published(office.city.department)
    officer, path = browser("data_officer"), f"/console/items/{item.code}/edit/materials/?row=1"
    row = {key: value for key, value in item.content["materials"][0].items() if isinstance(value, str)}
    told = {**row, "form_file": SimpleUploadedFile("../申请 表.pdf", PDF), "wish": "save"}
    assert officer.post(path, told).status_code == 400  # cut off: the end of the form did not come
    told["form_file"] = SimpleUploadedFile("表.exe", b"MZ\x90\x00" + bytes(60))
    assert "不是可以接收的类型" in officer.post(path, {**told, "_end": "1"}).content.decode()
    told["form_file"] = SimpleUploadedFile("../申请 表.pdf", PDF)
    assert officer.post(path, {**told, "_end": "1"}).status_code == 302
    assert "申请 表.pdf" in officer.get(path).content.decode()
    assert officer.post(f"/console/items/{item.code}/", {"wish": "submit"}).status_code == 302
    link = f"/guides/{item.code}/files/1/form"
    assert f"{link}?version=2" in Client().get(f"/guides/{item.code}").content.decode()
    answer = Client().get(link)
    assert (answer.content, answer.headers["Content-Type"], "filename*=utf-8" in answer.headers["Content-Disposition"]) == (
        PDF, "application/pdf", True)
    assert Client().get(link, headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    first = Client().get(link, {"version": "1"})  # of the first version, which had no file, it is made
    assert (first.content[:2], first.headers["ETag"][:2]) == (b"PK", "W/")
    assert Client().get(f"/guides/{item.code}/files/2/form").status_code == 404
    huge = officer.generic("POST", path, b"x", CONTENT_LENGTH=str(2 << 30))
    assert huge.status_code == 413
