"""Pages of an entry's life as people use them: register by form, complete, change, see the impact, withdraw."""

import pytest
from django.test import Client

from suixin.data.catalog import actions, changing, dependences
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Change, Resource, Use
from suixin.data.catalog.tests import offices
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name))
    return client


@pytest.fixture
def clerk(office: offices.Office) -> Client:
    return signed_in("clerk")


@pytest.fixture
def resource(office: offices.Office) -> Resource:
    return actions.publish_resource(offices.entry(office), actor=SYSTEM)


def filled(answer) -> dict[str, str]:
    """What the page's forms would send if nothing were touched."""
    context = answer.context
    fields = [field for form in (context["stated"], *context["rows"]) for field in form]
    return {field.html_name: field.value() for field in fields if field.value() not in (None, False)}


def proposal_filled(answer) -> dict[str, str]:
    context = answer.context
    fields = [field for form in (context["form"], context["stated"], *(row for _, row in context["rows"])) for field in form]
    return {field.html_name: field.value() for field in fields if field.value() not in (None, False)}


def test_clerk_registers_an_entry_by_form_and_goes_on_to_its_metadata(clerk: Client, office: offices.Office) -> None:
    page = clerk.get("/console/resources/new/")
    assert page.status_code == 200
    typed = {
        "title": "公园名录", "provider": office.city.department.uscc, "category": "307001", "further": "201002", "count": "10",
        "item0-name": "公园编号", "item0-type": "C", "item0-length": "20", "item0-is_key": "on", "item0-level": "1",
        "item1-name": "面积", "item1-type": "N", "item1-length": "10", "item1-scale": "2", "item1-level": "1", "wish": "save",
    }
    answer = clerk.post("/console/resources/new/", typed)
    made = Resource.objects.get(title="公园名录")
    assert answer.headers["Location"] == f"/console/proposals/{made.table}/"
    assert [(item.name, item.is_key) for item in made.contract.items] == [("公园编号", True), ("面积", False)]
    assert made.classifications.count() == 2
    assert clerk.get(answer.headers["Location"]).status_code == 200


def test_more_rows_keep_what_was_typed_and_faults_are_told(clerk: Client, office: offices.Office) -> None:
    typed = {"title": "公园名录", "provider": office.city.department.uscc, "category": "abc", "count": "10", "item0-name": "甲"}
    more = clerk.post("/console/resources/new/", {**typed, "wish": "more"})
    assert (more.status_code, len(more.context["rows"])) == (200, 20)
    wrong = clerk.post("/console/resources/new/", {**typed, "wish": "save"})
    assert wrong.status_code == 422
    assert "例如 307001" in wrong.content.decode()


def test_clerk_registers_for_no_other_department(clerk: Client, office: offices.Office) -> None:
    typed = {"title": "公园", "provider": office.city.district_department.uscc, "category": "307001", "item0-name": "甲", "wish": "save"}
    assert clerk.post("/console/resources/new/", typed).status_code == 422
    assert not Resource.objects.exists()


def test_assessments_are_typed_on_the_proposals_page_before_it_is_handed_on(clerk: Client, office: offices.Office) -> None:
    made = offices.entry(office, by=office.clerk, secrecy_assessment="")
    path = f"/console/proposals/{made.table}/"
    refused = clerk.post(path, proposal_filled(clerk.get(path)) | {"meta-abstract": "新摘要", "wish": "accept"}, follow=True)
    assert "保密风险评估编号没有填写" in refused.content.decode()
    done = clerk.post(path, {**proposal_filled(refused), "meta-secrecy_assessment": "保密评2号", "wish": "accept"})
    made.refresh_from_db()
    assert (done.status_code, made.secrecy_assessment, made.abstract) == (302, "保密评2号", "新摘要")


def test_change_shows_what_differs_and_whom_it_reaches_before_it_is_handed_on(
    clerk: Client, office: offices.Office, resource: Resource
) -> None:
    dependences.declare(By("access.grant", "g", "授权给区民政局"), [(resource, "name", Use.SHOWN)])
    path = f"/console/resources/{resource.table}/change/"
    begun = clerk.post(path, {"kind": "change", "reason": "精简", "happened_on": "2026-01-05"})
    page = clerk.get(begun.headers["Location"])
    assert "完全一样" in page.content.decode()
    typed = filled(page) | {"title": "路灯", "item1-gone": "on", "wish": "save"}
    assert clerk.post(begun.headers["Location"], typed).status_code == 302
    shown = clerk.get(begun.headers["Location"]).content.decode()
    for words in ("信息项“名称”", "授权给区民政局", "有 1 处使用将失效", "路灯名录"):
        assert words in shown


def test_change_is_handed_on_approved_and_compared_with_the_version_before(
    clerk: Client, office: offices.Office, resource: Resource
) -> None:
    change = changing.begin_change(resource, actor=office.clerk, reason="更名")
    path = f"/console/changes/{change.uuid}/"
    typed = filled(clerk.get(path)) | {"title": "城区路灯名录", "wish": "submit"}
    assert clerk.post(path, typed).headers["Location"] == f"/console/resources/{resource.table}/versions/"
    offices.decide(changing.running(change), office.head)
    offices.decide(changing.running(change), office.reviewer)
    shown = signed_in("review").get(f"/console/resources/{resource.table}/versions/").content.decode()
    assert "第 1 版到第 2 版的变化" in shown
    assert "城区路灯名录" in shown
    assert clerk.get(f"/console/resources/{resource.table}/versions/?older=9").status_code == 404


def test_withdrawal_is_begun_dropped_and_begun_again(clerk: Client, resource: Resource) -> None:
    path = f"/console/resources/{resource.table}/change/"
    told = {"kind": "withdrawal", "reason": "职责取消", "happened_on": "2026-01-05"}
    begun = clerk.post(path, told)
    assert clerk.post(path, told).status_code == 422
    assert clerk.post(begun.headers["Location"], {"wish": "drop"}).status_code == 302
    again = clerk.post(path, told)
    assert clerk.post(again.headers["Location"], {"wish": "submit"}).status_code == 302
    assert list(Change.objects.values_list("state", flat=True)) == ["submitted", "dropped"]


@pytest.mark.parametrize("who", ["head", "review"])
def test_who_decides_looks_but_does_not_edit(office: offices.Office, resource: Resource, who: str) -> None:
    change = changing.begin_change(resource, actor=office.clerk, reason="更名")
    client = signed_in("department_head" if who == "head" else who)
    page = client.get(f"/console/changes/{change.uuid}/")
    assert (page.status_code, page.context["page"].may_edit) == (200, False)
    assert client.post(f"/console/changes/{change.uuid}/", {"wish": "drop"}).status_code == 422
    change.refresh_from_db()
    assert change.state == "draft"
