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
    fields = [field for form in (context["stated"], *context["items"].rows) for field in form]
    return {field.html_name: field.value() for field in fields if field.value() not in (None, False)}


def proposal_filled(answer) -> dict[str, str]:
    context = answer.context
    fields = [field for form in (context["form"], context["stated"], *context["items"].rows) for field in form]
    return {field.html_name: field.value() for field in fields if field.value() not in (None, False)}


def test_clerk_registers_an_entry_by_form_and_goes_on_to_its_metadata(clerk: Client, office: offices.Office) -> None:
    page = clerk.get("/console/resources/new/")
    assert page.status_code == 200
    typed = {
        "title": "公园名录", "provider": office.city.department.uscc, "category": "307001", "further": "201002",
        "item0-name": "公园编号", "item0-type": "C", "item0-length": "20", "item0-is_key": "on", "item0-level": "1",
        "item1-name": "面积", "item1-type": "N", "item1-length": "10", "item1-scale": "2", "item1-level": "1", "wish": "save",
    }
    answer = clerk.post("/console/resources/new/", typed)
    made = Resource.objects.get(title="公园名录")
    assert answer.headers["Location"] == f"/console/proposals/{made.table}/"
    assert [(item.name, item.is_key) for item in made.contract.items] == [("公园编号", True), ("面积", False)]
    assert made.classifications.count() == 2
    assert clerk.get(answer.headers["Location"]).status_code == 200


def test_cards_are_added_moved_and_removed_and_nothing_is_saved_or_lost(clerk: Client, office: offices.Office) -> None:
    typed = {"title": "公园名录", "provider": office.city.department.uscc, "category": "abc", "item0-name": "身份证号", "item1-name": "乙"}
    page = clerk.post("/console/resources/new/", {**typed, "wish": "item-add"})
    told = [{name: row[name].value() for name in ("name", "type", "level", "mask", "length")} for row in page.context["items"].rows]
    assert (page.status_code, len(told), page.context["form"]["category"].value()) == (200, 3, "abc")
    assert told[0] == {"name": "身份证号", "type": "C", "level": "4", "mask": "resident_id", "length": "18"}
    for wish, names in (("item-down:0", ["乙", "身份证号"]), ("item-up:0", ["身份证号", "乙"]), ("item-remove:0", ["乙"])):
        page = clerk.post("/console/resources/new/", {**typed, "wish": wish})
        assert [row["name"].value() for row in page.context["items"].rows] == names
    wrong = clerk.post("/console/resources/new/", {**typed, "wish": "save"})
    assert wrong.status_code == 422
    assert "例如 307001" in wrong.content.decode()
    assert not Resource.objects.exists()


def test_faults_stand_at_the_card(clerk: Client, office: offices.Office) -> None:
    typed = {
        "title": "公园名录", "provider": office.city.department.uscc, "category": "307001", "item0-name": "甲", "item0-code_set": "没有",
        "item1-name": "甲", "item2-length": "5", "item3-name": "丁", "item3-share_type": "withheld", "item3-withhold_reason": "秘密",
        "item4-name": "戊", "item4-scale": "99", "item5-name": "己", "item5-source_department": "x", "wish": "save",
    }
    page = clerk.post("/console/resources/new/", typed)
    told = {(row.prefix, name) for row in page.context["items"].rows for name in row.errors}
    assert told == {
        ("item0", "code_set"), ("item1", "name"), ("item2", "name"), ("item3", "withhold_reason"), ("item4", "scale"),
        ("item5", "source_department"),
    }


def test_names_suggest_what_the_items_are(clerk: Client, office: offices.Office) -> None:
    typed = {"title": "补贴发放", "provider": office.city.department.uscc, "category": "307001", "wish": "save"}
    words = ("姓名", "采购费用", "是否在册", "审核时间", "备注", "某某")
    clerk.post("/console/resources/new/", typed | {f"item{place}-name": name for place, name in enumerate(words)})
    items = Resource.objects.get().contract.items
    assert [item.type.value for item in items] == ["C", "Y", "L", "T", "M", "C"]
    assert (items[0].field, items[0].level, items[0].mask, items[0].sensitive) == ("person_name", 3, "name", "person_name")


def test_an_entry_serves_as_pattern_but_for_its_assessments(clerk: Client, office: offices.Office, resource: Resource) -> None:
    page = clerk.get(f"/console/resources/new/?pattern={resource.table}")
    typed = {field.html_name: field.value() for row in page.context["items"].rows for field in row if field.value() not in (None, False)}
    typed |= {"title": "公园路灯", "provider": office.city.department.uscc, "category": "307001", "pattern": resource.table}
    clerk.post("/console/resources/new/", typed)
    made = Resource.objects.get(title="公园路灯")
    assert (made.abstract, made.share_type, made.secrecy_assessment) == ("路灯", "unconditional", "")
    assert [item.field for item in made.contract.items] == [item.field for item in resource.contract.items]
    again = clerk.post("/console/resources/new/", typed)
    assert "已有同名目录" in str(again.context["form"].errors["title"])


def test_items_of_a_proposal_are_added_and_removed_on_its_page(clerk: Client, office: offices.Office) -> None:
    made = offices.entry(office, by=office.clerk)
    path = f"/console/proposals/{made.table}/"
    typed = proposal_filled(clerk.get(path))
    added = proposal_filled(clerk.post(path, typed | {"wish": "item-add"}))
    clerk.post(path, added | {"item4-name": "功率", "item4-type": "I", "wish": "save"})
    assert [item.name for item in made.contract.items] == ["代码", "名称", "数量", "日期", "功率"]
    typed = proposal_filled(clerk.get(path))
    moved = proposal_filled(clerk.post(path, typed | {"wish": "item-up:4"}))
    clerk.post(path, {key: value for key, value in moved.items() if not key.startswith("item1-")} | {"wish": "save"})
    assert [item.name for item in Resource.objects.get().contract.items] == ["代码", "数量", "功率", "日期"]


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
    removed = clerk.post(begun.headers["Location"], filled(page) | {"title": "路灯", "wish": "item-remove:1"})
    assert removed.context["title"] == "路灯"
    typed = filled(removed) | {"title": removed.context["title"], "wish": "save"}
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
