"""Pages of administration: what an administrator does there, what everybody else is refused, hostile texts."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from suixin.ground.audit.models import Record
from suixin.ground.people.models import Account, Organisation, Post, Role
from suixin.ground.people.tests.factories import Tree, tree

pytestmark = pytest.mark.django_db
HEAD = "姓名,账号,机构,角色\n"


@pytest.fixture
def city() -> Tree:
    return tree()


def holder(name: str, role: str, place: Organisation, shown: str = "") -> Account:
    account = Account.objects.create(username=name, display_name=shown or name)
    Post.objects.create(account=account, organisation=place, role=role)
    return account


def enter(role: str, place: Organisation) -> Client:
    client = Client()
    client.force_login(holder(f"me-{role}", role, place))
    return client


def test_administrator_makes_gives_ends_disables_and_enables(city: Tree) -> None:
    client = enter("administrator", city.bureau)
    typed = {"display_name": "李四", "username": "lisi", "mobile": "", "organisation": city.department.pk, "role": "clerk"}
    made = client.post("/console/people/new/", typed)
    account = Account.objects.get(username="lisi")
    password = re.search(r'class="secret">([a-z0-9-]+)<', made.content.decode())
    assert password
    assert account.check_password(password[1])
    page = f"/console/people/{account.pk}/"
    assert password[1] not in client.get(page).content.decode()
    given = {"move": "give", "organisation": city.department.pk, "role": "leader", "begins": "", "ends": ""}
    assert client.post(page, given).status_code == 302
    assert client.post(page, {"move": "end", "post": account.posts.get(role="leader").pk, "reason": "调整"}).status_code == 302
    assert client.post(page, {"move": "disable", "reason": "停职"}).status_code == 302
    assert "停职" in client.get(page).content.decode()
    assert client.post(page, {"move": "enable", "reason": "复职"}).status_code == 302
    assert client.post(page, {"move": "disable", "reason": " "}).status_code == 422


def test_sheet_is_judged_then_brought_with_passwords_once(city: Tree) -> None:
    client = enter("administrator", city.bureau)
    file = SimpleUploadedFile("人员.csv", (HEAD + "张三,zhang,市民政局,经办人\n李四,lisi,区民政局,部门负责人\n").encode())
    page = client.post("/console/people/import/", {"file": file})
    assert page.status_code == 200
    assert not Account.objects.filter(username="zhang").exists(), "the dry run writes nothing"
    rows = page.context["rows"]
    answer = client.post("/console/people/import/", {"rows": rows})
    assert "attachment" in answer.headers["Content-Disposition"]
    handed = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert Account.objects.get(username="zhang").check_password(str(handed[1][3]))
    assert client.post("/console/people/import/", {"rows": rows}).status_code == 302, "the same again changes nothing"
    assert Account.objects.count() == 3


@pytest.mark.parametrize("rows", ["", "[", "{}", '[["x"]]', '[[2, ["a"]]]', "[" * 5000, '[[2, ["=1", "a", "b", "c", "", "", ""]]]', "7"])
def test_forged_rows_are_refused_with_a_sentence(city: Tree, rows: str) -> None:
    answer = enter("administrator", city.bureau).post("/console/people/import/", {"rows": rows})
    assert answer.status_code == 422
    assert Account.objects.count() == 1


def test_list_finds_by_name_body_role_and_state(city: Tree) -> None:
    holder("wang", "clerk", city.department, "王五")
    holder("zhao", "leader", city.district_department, "赵六")
    client = enter("administrator", city.bureau)

    def found(query: str) -> set[str]:
        page = client.get(f"/console/people/?{query}")
        return {row[1].text for row in page.context["page"].table.rows}

    assert found("q=王") == {"wang"}
    assert found("organisation=o4") == {"zhao"}
    assert found("role=leader") == {"zhao"}
    Account.objects.filter(username="wang").update(is_active=False)
    assert found("state=disabled") == {"wang"}
    assert found("q=王&page=9") == {"wang"}


def test_district_administrator_sees_and_touches_the_district_only(city: Tree) -> None:
    ours, theirs = holder("ours", "clerk", city.district_department), holder("theirs", "clerk", city.department)
    client = enter("administrator", city.district_bureau)
    assert {row[1].text for row in client.get("/console/people/").context["page"].table.rows} == {"ours", "me-administrator"}
    assert client.get(f"/console/people/{ours.pk}/").status_code == 200
    assert client.get(f"/console/people/{theirs.pk}/").status_code == 403
    assert client.post(f"/console/people/{theirs.pk}/", {"move": "disable", "reason": "试"}).status_code == 403
    for slug, status in (("o6", 200), ("o3", 403), ("o1", 403), ("none", 404)):
        assert client.get(f"/console/organisations/{slug}/").status_code == status


@pytest.mark.parametrize(("role", "place", "status"), [
    ("administrator", "department", 422), ("auditor", "district_department", 422), ("clerk", "department", 422),
    ("clerk", "district_department", 302), ("leader", "district_department", 302), ("operator", "district_department", 422),
])  # fmt: skip
def test_forged_form_gives_no_role_and_no_body_that_is_not_ones_own(city: Tree, role: str, place: str, status: int) -> None:
    victim = holder("victim", "clerk", city.district_bureau)
    typed = {"move": "give", "organisation": getattr(city, place).pk, "role": role, "begins": "", "ends": ""}
    answer = enter("administrator", city.district_bureau).post(f"/console/people/{victim.pk}/", typed)
    assert answer.status_code == status
    assert victim.posts.count() == (2 if status == 302 else 1)


@pytest.mark.parametrize("role", sorted(Role.values))
def test_every_people_page_against_every_role(city: Tree, role: str) -> None:
    victim, client = holder("victim", "clerk", city.department), enter(role, city.bureau)
    may_look, may_touch = role in ("administrator", "auditor", "security_officer"), role == "administrator"
    looks = ["/console/people/", f"/console/people/{victim.pk}/", "/console/organisations/", "/console/organisations/o3/"]
    touches = ["/console/organisations/new/", "/console/people/new/", "/console/people/import/", "/console/people/import/template.xlsx"]
    for path in looks:
        assert client.get(path).status_code == (200 if may_look else 403), path
    for path in touches:
        assert client.get(path).status_code == (200 if may_touch else 403), path
    for move in ("disable", "give", "end"):
        client.post(f"/console/people/{victim.pk}/", {
            "move": move, "reason": "试", "post": victim.posts.get().pk, "organisation": city.department.pk, "role": "leader"})
        victim.refresh_from_db()
        assert may_touch or (victim.is_active and victim.posts.get().valid_to is None)
        Post.objects.filter(role="leader", account=victim).delete()
        Account.objects.filter(pk=victim.pk).update(is_active=True)
    change = client.post("/console/organisations/o3/", {"public_name": "改名", "reason": "试"})
    assert (change.status_code == 302) is may_touch


@pytest.mark.parametrize("pk", ["0", "999999", "99999999999999999999", "-1", "1'"])
def test_account_that_is_not_there_is_not_found(city: Tree, pk: str) -> None:
    assert enter("administrator", city.bureau).get(f"/console/people/{pk}/").status_code == 404


def test_hostile_names_are_escaped_everywhere(city: Tree) -> None:
    evil = '"><script>alert(1)</script>{{7*7}}'
    account = holder("evil", "clerk", city.department, evil)
    Organisation.objects.filter(pk=city.department.pk).update(name=evil, short_name=evil, public_name=evil)
    client = enter("administrator", city.bureau)
    for path in ("/console/people/", f"/console/people/{account.pk}/", "/console/organisations/", "/console/organisations/o3/"):
        text = client.get(path).content.decode()
        assert "<script>alert(1)" not in text
        assert "alert(1)" in text
    answer = client.post("/console/organisations/o3/", {"public_name": "<b>", "reason": "试"})
    assert answer.status_code == 422


def test_administrator_corrects_name_and_mobile_with_a_reason(city: Tree) -> None:
    account, client = holder("li", "clerk", city.department), enter("administrator", city.bureau)
    page, typed = f"/console/people/{account.pk}/", {"move": "edit", "display_name": "李四", "mobile": "13800138000", "reason": "更正"}
    assert client.post(page, typed).status_code == 302
    for wrong in ({"reason": ""}, {"mobile": "abc"}, {"display_name": "<b>"}):
        assert client.post(page, typed | wrong).status_code == 422
    account.refresh_from_db()
    assert (account.display_name, account.mobile) == ("李四", "13800138000")
    kept = Record.objects.get(action="people.account_edited")
    assert (kept.basis, "13800138000" in str(kept.detail)) == ("更正", False)
    assert enter("clerk", city.department).post(page, typed).status_code == 403


def test_administrator_makes_renames_and_moves_an_organisation(city: Tree) -> None:
    client = enter("administrator", city.bureau)
    typed = {"uscc": "91510900MA0000015B", "name": "区大数据中心", "short_name": "", "kind": "institution", "parent": city.district.pk,
             "division_code": "510903", "public_name": "", "reason": "批复"}  # fmt: skip
    assert client.post("/console/organisations/new/", typed | {"uscc": "91510900MA0000015A"}).status_code == 422
    place = client.post("/console/organisations/new/", typed).headers["Location"]
    change = {"move": "place", "name": "市大数据中心", "short_name": "数据中心", "parent": city.government.pk, "reason": "上划"}
    assert client.post(place, change).status_code == 302
    made = Organisation.objects.get(uscc=typed["uscc"])
    assert (made.name, made.parent) == ("市大数据中心", city.government)
    assert client.post("/console/organisations/o4/", change | {"parent": city.district_bureau.pk}).status_code == 422, "no ring"
    assert Organisation.objects.get(slug="o4").name == "区政府"


def test_forged_place_stays_within_the_district(city: Tree) -> None:
    client = enter("administrator", city.district_bureau)
    change = {"move": "place", "name": "区民政局", "short_name": "", "parent": city.government.pk, "reason": "试"}
    assert client.post("/console/organisations/o6/", change).status_code == 422
    assert client.post("/console/organisations/o3/", change).status_code == 403
    own = client.post("/console/organisations/o4/", {**change, "name": "区人民政府"})
    assert own.status_code == 302, "its own government may be renamed, staying where it is"
    refused = enter("clerk", city.department).get("/console/organisations/new/")
    assert (refused.status_code, "console-menu" in refused.content.decode()) == (403, True)


def test_administrator_does_not_end_his_own_body(city: Tree) -> None:
    client = enter("administrator", city.bureau)
    for slug in ("o1", "o2"):
        answer = client.post(f"/console/organisations/{slug}/", {"valid_to": "2020-01-01", "reason": "试", "is_bureau": "on"})
        assert answer.status_code == 422
    assert not Organisation.objects.exclude(valid_to=None).exists()


def test_district_page_of_the_portal_has_its_own_name_and_data(city: Tree, client: Client) -> None:
    Organisation.objects.filter(pk=city.district_bureau.pk).update(public_name="某区开放专区")
    assert "某区开放专区" in client.get("/b/o5").content.decode()
    assert "某区开放专区" in client.get("/datasets").content.decode()
    assert client.get("/b/o3").status_code == 404


def test_administrator_gives_a_new_password_and_resets_factors_but_not_of_the_auditor(city: Tree) -> None:
    clerk, auditor = holder("li", "clerk", city.department), holder("shen", "auditor", city.department)
    client = enter("administrator", city.bureau)
    answer = client.post(f"/console/people/{clerk.pk}/", {"move": "password", "reason": "忘记"})
    assert 'class="secret"' in answer.content.decode()
    assert client.post(f"/console/people/{clerk.pk}/", {"move": "reset", "reason": "手机丢失"}).status_code == 302
    clerk.refresh_from_db()
    assert clerk.must_change_password
    before = auditor.password
    for move in ("password", "reset", "unlock"):
        assert client.post(f"/console/people/{auditor.pk}/", {"move": move, "reason": "试"}).status_code == 422
    auditor.refresh_from_db()
    assert (auditor.password, auditor.must_enrol_factor) == (before, False)


def test_security_officer_resets_the_auditors_factor_and_gives_no_password(city: Tree) -> None:
    auditor, client = holder("shen", "auditor", city.department), enter("security_officer", city.bureau)
    page = f"/console/people/{auditor.pk}/"
    assert client.post(page, {"move": "reset", "reason": "手机丢失"}).status_code == 302
    assert client.post(page, {"move": "password", "reason": "试"}).status_code == 422


@pytest.mark.parametrize("number", ["Infinity", "1e999", "-1e999"])
def test_rows_that_no_page_of_ours_made_are_refused_with_a_sentence(city: Tree, number: str) -> None:
    client = enter("administrator", city.bureau)
    cells = '["张三", "zhang", "市民政局", "经办人", "", "", ""]'
    for rows in (f"[[{number}, {cells}]]", f"[[2, {cells.replace('张三', chr(92) + 'ud800')}]]", "[" * 5000):
        answer = client.post("/console/people/import/", {"rows": rows})
        assert answer.status_code == 422
        assert "请重新上传文件" in answer.content.decode()


@pytest.mark.parametrize("reason", ["", "本人 510903180101055035 来电"])
def test_reason_that_cannot_be_kept_changes_nothing(city: Tree, reason: str) -> None:
    client, account = enter("administrator", city.bureau), holder("lisi", "clerk", city.department)
    for move in ("disable", "password"):
        answer = client.post(f"/console/people/{account.pk}/", {"move": move, "reason": reason})
        assert answer.status_code == 422
        assert answer.content.decode().count("请写明理由，理由里不要写个人信息。") == 1
    account.refresh_from_db()
    assert account.is_active


def test_administrator_ends_every_session_of_another(city: Tree) -> None:
    account, theirs = holder("lisi", "clerk", city.department), Client()
    theirs.force_login(account)
    page = f"/console/people/{account.pk}/"
    client = enter("administrator", city.bureau)
    assert client.post(page, {"move": "sessions", "reason": "电脑丢失"}).status_code == 302
    assert theirs.get("/console/").status_code == 302
    assert "电脑丢失" in client.get(page).content.decode()
