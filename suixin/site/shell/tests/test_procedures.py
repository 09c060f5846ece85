"""Pages of procedures: the list, the drawing with its table, versions and their differences, checking and publishing."""

from datetime import date

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from suixin.ground.audit.models import Record
from suixin.ground.flow.declaration import Declaration, Node
from suixin.ground.flow.models import Procedure, ProcedureVersion
from suixin.ground.flow.parsing import parse
from suixin.ground.flow.procedures import publish_procedure
from suixin.ground.people.models import Account, Post
from suixin.ground.people.tests.factories import Tree, tree
from suixin.kit.actor import SYSTEM
from suixin.site.shell.queries.procedure_diff import differences
from suixin.site.shell.queries.procedure_drawing import drawn

pytestmark = pytest.mark.django_db
RESTAURANT = """
id: open-restaurant
title: 开办餐馆
promised: 10wd
statutory: 20wd
basis: 食品安全法
fields: {area: 数值, seats: 整数, is_chain: 是否}
approvers: {suspend: 部门负责人}
supplement_limit: 15d
nodes:
  accept: {title: 综合受理, role: 经办人, limit: 1wd, actions: [受理, 补正, 不予受理]}
  licence: {title: 食品经营许可, organisation: o3, role: 经办人, after: accept, limit: 5wd, extension: 3wd}
  fire: {title: 消防安全检查, organisation: o2, role: 数据专员, after: accept, limit: 7wd, when: "area > 300"}
  drain: {title: 排水许可, organisation: o3, role: 经办人, after: accept, limit: 6wd, silent: deemed-approved}
  site: {title: 联合踏勘, kind: joint, organisations: [o2, o3], role: 经办人, after: accept, limit: 10wd,
    stops: [fire, drain], special: true}
  deliver: {title: 出件, role: 经办人, after: {all: [licence, fire, drain]}, limit: 1wd}
on_reject: {fire: continue-others, drain: continue-others}
"""
CHANGED = RESTAURANT.replace("limit: 5wd", "limit: 4wd").replace("promised: 10wd", "promised: 9wd").replace(
    'when: "area > 300"', "hint: 看门口"
)


@pytest.fixture(autouse=True)
def city() -> Tree:
    cache.clear()
    found = tree()
    _holder("officer", "data_officer", found.bureau.pk)
    for number, place in enumerate((found.government, found.bureau, found.department)):
        _holder(f"clerk{number}", "clerk", place.pk)
        _holder(f"head{number}", "department_head", place.pk)
    return found


def _holder(name: str, role: str, place: int) -> None:
    account = Account.objects.create(username=name, display_name=f"某{name}")
    Post.objects.create(account=account, organisation_id=place, role=role)


def entered(name: str = "officer") -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name))
    return client


def published(text: str = RESTAURANT) -> ProcedureVersion:
    return publish_procedure(text, actor=SYSTEM)


def html(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def test_list_shows_version_in_force_limits_and_live_instances() -> None:
    published()
    page = html(entered("clerk2"), "/console/procedures/")
    assert all(text in page for text in ("开办餐馆", "v1", "10 个工作日", "20 个工作日", 'href="/console/procedures/open-restaurant/"'))
    assert "/console/procedures/new/" not in page


def test_list_costs_the_same_for_one_procedure_as_for_twenty(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(20):
        published(RESTAURANT.replace("open-restaurant", f"restaurant-{number}"))
    client = entered()
    html(client, "/console/procedures/?q=餐馆")
    with django_assert_max_num_queries(14):
        html(client, "/console/procedures/")


def test_page_draws_every_node_and_says_the_same_in_a_table() -> None:
    published()
    page = html(entered("clerk2"), "/console/procedures/open-restaurant/")
    drawing, _, rest = page.partition("</figure>")
    for title in ("综合受理", "食品经营许可", "消防安全检查", "排水许可", "联合踏勘", "出件"):
        assert title in drawing
        assert title in rest
    assert "area大于300" in drawing
    assert "最长路径 9 个工作日，在时限以内，还余 1 个工作日" in page
    assert "修改" not in page


def test_versions_tell_their_differences_in_words() -> None:
    published()
    published(CHANGED)
    page = html(entered(), "/console/procedures/open-restaurant/")
    assert all(text in page for text in ("v2 与上一版相比", "5 个工作日", "4 个工作日", "已被取代", "现行", "看门口"))
    assert "v2 与上一版相比" not in html(entered(), "/console/procedures/open-restaurant/?version=1")


def test_differences_name_new_and_dropped_nodes_and_no_difference_is_none() -> None:
    one, two = parse(RESTAURANT), parse(RESTAURANT.replace("  drain:", "  water:").replace("drain", "water"))
    rows = [[cell.text for cell in row] for row in differences(one, two).rows]
    assert ["排水许可", "新增的环节"] in [row[:2] for row in rows]
    assert ["排水许可", "去掉的环节"] in [row[:2] for row in rows]
    assert differences(one, parse(RESTAURANT)).rows == []


def test_unknown_procedure_and_version_are_not_found() -> None:
    published()
    for path in ("nothing/", "open-restaurant/?version=7", "open-restaurant/?version=x", "open-restaurant/v9.yaml", "nothing/edit/"):
        assert entered().get(f"/console/procedures/{path}").status_code == 404, path


def test_text_of_a_version_can_be_taken_away_and_published_again() -> None:
    version = published()
    answer = entered("clerk2").get("/console/procedures/open-restaurant/v1.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="open-restaurant-v1.yaml"'
    assert published(answer.content.decode()).pk == version.pk


def test_check_tells_all_faults_at_once_beside_what_was_understood() -> None:
    faulty = RESTAURANT.replace("limit: 7wd", "limit: soon").replace("silent: deemed-approved", "silnt: x")
    faulty = faulty.replace("title: 出件", "title: 5")
    answer = entered().post("/console/procedures/new/", {"text": faulty, "wish": "check"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(text in page for text in ("nodes.fire.limit", "nodes.drain", "nodes.deliver.title", "综合受理", "有 3 处要更正"))
    assert 'class="flow-box flow-wrong"' in page
    assert not Procedure.objects.exists()


def test_check_of_a_well_declared_procedure_writes_nothing() -> None:
    answer = entered().post("/console/procedures/new/", {"text": RESTAURANT, "wish": "check"})
    assert answer.status_code == 200
    assert "没有发现错误" in answer.content.decode()
    assert not Procedure.objects.exists()


def test_example_has_no_fault() -> None:
    page = html(entered(), "/console/procedures/new/")
    example = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0].replace("&gt;", ">").replace("&quot;", '"')
    answer = entered().post("/console/procedures/new/", {"text": example, "wish": "check"})
    assert "没有发现错误" in answer.content.decode(), answer.content.decode()


def test_circle_is_told_and_drawn() -> None:
    circle = RESTAURANT.replace("role: 经办人, limit: 1wd, actions", "role: 经办人, limit: 1wd, after: deliver, actions")
    page = entered().post("/console/procedures/new/", {"text": circle, "wish": "check"}).content.decode()
    assert "flow-back" in page
    assert "检查结果" in page


def test_publishing_from_a_file_makes_a_version_and_its_audit() -> None:
    file = SimpleUploadedFile("餐馆.yaml", RESTAURANT.encode())
    sent = {"file": file, "text": "", "note": "市府办〔2026〕1 号", "wish": "publish"}
    assert entered().post("/console/procedures/new/", sent).headers["Location"] == "/console/procedures/open-restaurant/"
    version = ProcedureVersion.objects.get()
    assert (version.number, version.note) == (1, "市府办〔2026〕1 号")
    assert Record.objects.filter(action="flow.procedure_published").count() == 1


def test_edit_begins_with_the_newest_text_and_keeps_to_its_procedure() -> None:
    published()
    assert "食品经营许可" in html(entered(), "/console/procedures/open-restaurant/edit/")
    other = entered().post("/console/procedures/open-restaurant/edit/", {"text": RESTAURANT.replace("open-", "close-"), "wish": "publish"})
    assert other.status_code == 422
    assert "请改回 open-restaurant" in other.content.decode()
    late = {"text": CHANGED, "wish": "publish", "effective_from": "2999-01-01"}
    assert entered().post("/console/procedures/open-restaurant/edit/", late).status_code == 302
    assert ProcedureVersion.objects.get(number=2).effective_from == date(2999, 1, 1)
    assert "将于 2999-01-01 生效" in html(entered(), "/console/procedures/open-restaurant/")


@pytest.mark.parametrize("sent", [{}, {"text": "a: [" * 50}, {"text": "x" * 260_000}, {"text": "a: &a [*a]"},
                                  {"effective_from": "2020-01-01", "text": RESTAURANT}, {"effective_from": "soon", "text": RESTAURANT}])
def test_bad_input_is_told_and_writes_nothing(sent: dict[str, str]) -> None:
    assert entered().post("/console/procedures/new/", {"wish": "publish", **sent}).status_code == 422
    assert not Procedure.objects.exists()


def test_file_that_is_no_text_is_told() -> None:
    answer = entered().post("/console/procedures/new/", {"file": SimpleUploadedFile("x.yaml", b"\xff\xfe\x00"), "wish": "check"})
    assert "不是 UTF-8" in answer.content.decode()


def test_who_may_not_publish_opens_no_editor() -> None:
    published()
    for path in ("/console/procedures/new/", "/console/procedures/open-restaurant/edit/"):
        assert entered("clerk2").get(path).status_code == 403
        assert entered("clerk2").post(path, {"text": CHANGED, "wish": "publish"}).status_code == 403
    assert ProcedureVersion.objects.count() == 1


def test_markup_in_texts_is_shown_as_text() -> None:
    hostile = '<script>alert(1)</script>"&'
    text = RESTAURANT.replace("title: 出件", f"title: '{hostile}'").replace("area > 300", "area < 300")
    published(text)
    page = html(entered(), "/console/procedures/open-restaurant/")
    checked = entered().post("/console/procedures/new/", {"text": text + f"\n'{hostile}': 1", "wish": "check"}).content.decode()
    for one in (page, checked):
        assert "<script>alert" not in one
        assert "&lt;script&gt;" in one


def test_two_hundred_nodes_are_drawn() -> None:
    nodes = [Node(f"n{at}", f"第 {at} 个环节", after=tuple({f"n{at // 2}", f"n{at - 1 - at % 7}"} if at > 8 else ())) for at in range(200)]
    shown = drawn(Declaration("p", "大流程", tuple(nodes)))
    assert len(shown.graph.boxes) == len(shown.table.rows) == 200
