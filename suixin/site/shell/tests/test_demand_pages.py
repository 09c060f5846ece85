"""Pages of demands, systems and sources, as a clerk, another department's clerk and the bureau's officer use them."""

import io
from typing import Any  # test data

import openpyxl
import pytest
from django.test import Client

from suixin.data.catalog import actions, systems
from suixin.data.catalog.models import Change, Demand, InformationSystem, Item, Resource
from suixin.data.catalog.systems import SystemDraft
from suixin.data.catalog.tests import offices
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.running import deliver
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
DEMANDS, SYSTEMS, SOURCES = "/console/catalogue/demands/", "/console/catalogue/systems/", "/console/catalogue/sources/"


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


def _as(username: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=username))
    return client


def _entry(office: offices.Office, **more: Any) -> Resource:  # test data
    return actions.publish_resource(offices.entry(office, **more), actor=SYSTEM)


def _file(client: Client) -> str:
    """The address of a demand filed through the form, page by page."""
    path = f"{DEMANDS}file/"
    token = "7d7cf3bd-5b7b-4c7f-a8c3-5f6f7a0b1c2d"
    common = {"_token": token, "_end": "1", "_do": "next"}
    first = {**common, "_revision": "0", "_page": "0", "title": "路灯信息", "owner": "", "wanted.0.item": "名称", "wanted.0.code": ""}
    assert client.post(path, first).status_code == 302
    second = {**common, "_revision": "1", "_page": "1", "purpose": "统一维护照明", "basis": "某办法第八条", "cycle": "4", "way": "any"}
    assert client.post(path, second).status_code == 302
    done = client.post(path, {"_token": token, "_revision": "2", "_do": "submit"})
    assert done.status_code == 302, done.content.decode()
    return done.headers["Location"]


def test_a_clerk_finds_what_exists_before_filing(office: offices.Office) -> None:
    entry = _entry(office)
    page = _as("clerk").get(f"{DEMANDS}new/", {"q": "路灯"}).content.decode()
    assert entry.code in page
    assert "file/?title=" in page
    form = _as("clerk").get(f"{DEMANDS}file/", {"title": "路灯信息"}).content.decode()
    assert 'value="路灯信息"' in form
    assert 'name="wanted.0.item"' in form


def test_a_demand_goes_from_the_form_to_its_answer(office: offices.Office) -> None:
    address = _file(_as("clerk"))
    officer, clerk = _as("data_officer"), _as("clerk")
    assert "不予受理" in officer.get(address).content.decode()
    assert officer.post(address, {"move": "match", "owner": office.city.department.uscc, "reason": "三定"}).status_code == 302
    assert clerk.post(address, {"move": "answer", "text": ""}).status_code == 422
    entry = _entry(office)
    assert clerk.post(address, {"move": "answer", "resource": entry.code, "text": "见目录"}).status_code == 302
    shown = clerk.get(address).content.decode()
    assert entry.title in shown
    assert "提出异议" in shown
    assert clerk.post(address, {"move": "close", "reason": "已用上"}).status_code == 302
    assert Demand.objects.get().state == "closed"


def test_what_the_catalogue_refuses_comes_back_on_the_form(office: offices.Office) -> None:
    client, path = _as("clerk"), f"{DEMANDS}file/"
    token = "7d7cf3bd-5b7b-4c7f-a8c3-5f6f7a0b1c2e"
    rows = {"wanted.0.item": "名称", "wanted.1.item": "名称"}
    client.post(path, {"_token": token, "_revision": "0", "_page": "0", "_end": "1", "_do": "next", "title": "路灯", **rows})
    second = {"_token": token, "_revision": "1", "_page": "1", "_end": "1", "_do": "next", "cycle": "4", "way": "any"}
    client.post(path, {**second, "purpose": "统一维护照明", "basis": "某办法第八条"})
    answer = client.post(path, {"_token": token, "_revision": "2", "_do": "submit"})
    assert answer.status_code == 422
    assert "写了两次" in answer.content.decode()
    assert not Demand.objects.exists()


def test_filters_and_an_unknown_move(office: offices.Office) -> None:
    address, officer = _file(_as("clerk")), _as("data_officer")
    for query, is_shown in (("state=open", True), ("state=overdue", False), ("q=名称", True), ("q=水库", False), ("of=asked", True)):
        assert ("路灯信息" in officer.get(f"{DEMANDS}?{query}").content.decode()) is is_shown
    assert officer.post(address, {"move": "else"}).status_code == 400
    assert officer.get(f"{DEMANDS}7d7cf3bd-5b7b-4c7f-a8c3-5f6f7a0b1c2d/").status_code == 404


def test_others_are_refused(office: offices.Office) -> None:
    address, head = _file(_as("clerk")), _as("department_head")
    assert head.get(address).status_code == 200
    for data in ({"move": "match", "owner": office.city.department.uscc}, {"move": "close", "reason": "不要了"}):
        assert head.post(address, data).status_code == 403
    assert head.get(f"{DEMANDS}file/").status_code == 403
    assert Demand.objects.get().state == "filed"


def test_a_system_is_registered_shown_and_put_over_entries(office: offices.Office) -> None:
    clerk, entry = _as("clerk"), _entry(office)
    form = {"organisation": office.city.department.uscc, "code": "lamps", "name": "照明系统", "protection": "2", "network": "extranet",
            "state": "running", "databases": "达梦、mysql", "live_on": "2020-01-31"}
    assert clerk.post(f"{SYSTEMS}new/", {**form, "code": "错"}).status_code == 422
    assert clerk.post(f"{SYSTEMS}new/", form).status_code == 302
    assert clerk.post(f"{SYSTEMS}lamps/", {"codes": "没有"}).status_code == 422
    assert clerk.post(f"{SYSTEMS}lamps/", {"codes": entry.code}).status_code == 302
    assert "所属系统：照明系统" in Change.objects.get(resource=entry).reason, "what is in force changes by its procedure"
    Change.objects.all().delete()
    systems.hold_resources(InformationSystem.objects.get(), [entry], actor=SYSTEM)
    assert entry.title in clerk.get(f"{SYSTEMS}lamps/").content.decode()
    assert "照明系统" in clerk.get(f"/console/resources/{entry.table}/").content.decode()
    assert clerk.post(f"{SYSTEMS}lamps/edit/", {**form, "name": "城市照明平台"}).status_code == 302
    assert InformationSystem.objects.get().databases == ["达梦", "mysql"]
    assert _as("department_head").post(f"{SYSTEMS}lamps/", {"codes": entry.code}).status_code == 403


def test_the_register_goes_out_and_comes_in_and_bad_rows_are_told_at_the_cell(office: offices.Office) -> None:
    systems.keep_system(SystemDraft("a1", "旧名", databases=("达梦",)), office.city.department, actor=office.clerk)
    clerk = _as("clerk")
    book = openpyxl.load_workbook(io.BytesIO(clerk.get("/console/catalogue/systems.xlsx").content))
    sheet = book["信息系统"]
    assert [cell.value for cell in sheet[2]][:3] == ["a1", "旧名", office.city.department.uscc]
    sheet["B2"] = "新名"
    sheet.append(["b 2", "坏的", office.city.bureau.uscc])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "systems.xlsx"
    page = clerk.post("/console/catalogue/", {"file": out}).headers["Location"]
    deliver(Job.objects.get(kind="catalog.bring").pk)
    answer = clerk.get(page).content.decode()
    assert InformationSystem.objects.get().name == "新名"
    for words in ("A3", "系统编码“b 2”", "C3", "您不能为"):
        assert words in answer


def test_the_officer_names_the_source_of_a_contested_item(office: offices.Office) -> None:
    _entry(office)
    _entry(office, table="two", title="另一个", provider=office.city.bureau.uscc)
    officer = _as("data_officer")
    assert "名称" in officer.get(SOURCES).content.decode()
    item = f"{SOURCES}item/?name=名称&code_set="
    form = {"organisation": office.city.department.uscc, "reason": "三定规定"}
    assert _as("clerk").post(item, form).status_code == 403
    assert officer.post(item, {**form, "reason": ""}).status_code == 422
    assert officer.post(item, form).status_code == 302
    assert set(Item.objects.filter(name="名称").values_list("source_department", flat=True)) == {office.city.department.uscc}
    assert officer.get(f"{SOURCES}item/?name=没有").status_code == 404
