"""The life of an entry in a real browser: registered by form and by sheet, sent back, corrected, published, found, changed, withdrawn.

With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from suixin.data.catalog import actions, changing, dependences, publication
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Change, Resource, Use
from suixin.data.catalog.tests import factories, offices
from suixin.data.catalog.tests.offices import Office
from suixin.data.catalog.tests.test_exchange import ITEM, book
from suixin.ground.jobs.models import Job
from suixin.ground.jobs.running import deliver
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser_inbox import check, entered, fill

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1440, 768, 360)
NAMES = {"clerk": "李明", "department_head": "周局", "review": "王芳", "data_officer": "陈晨"}


@pytest.fixture
def office() -> Office:
    made = offices.office()
    for username, name in NAMES.items():
        Account.objects.filter(username=username).update(display_name=name)
    return made


def register(page: "Page") -> None:
    """By form: two cards filled in, one more added and moved up, one that nobody needs removed."""
    page.goto("/console/resources/new/")
    page.fill("#id_title", "公园名录")
    page.fill("#id_item0-name", "公园编号")
    page.check("#id_item0-is_key")
    page.fill("#id_item1-name", "占地面积")
    page.click("#add-item")
    page.locator("#id_item3-name").wait_for()
    assert page.input_value("#id_item1-type") == "N"
    page.fill("#id_item3-name", "建成日期")
    page.click("#up-4")
    expect(page.locator("#id_item2-name")).to_have_value("建成日期")
    page.click("#remove-4")
    expect(page.locator("#id_item3-name")).to_have_count(0)
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url("**/console/proposals/**")


def complete(page: "Page") -> None:
    """Handed on too early, told what is missing, then completed and handed on."""
    page.select_option("#id_meta-share_type", "unconditional")
    page.get_by_role("button", name="提交审核").click()
    assert "保密风险评估编号没有填写" in page.inner_text("main")
    check(page, "proposal-missing")
    page.fill("#id_meta-abstract", "城区公园的编号和面积")
    page.fill("#id_meta-secrecy_assessment", "保密评〔模拟〕9号")
    page.fill("#id_meta-privacy_assessment", "不涉及")
    page.get_by_role("button", name="提交审核").click()
    assert "已提交审核" in page.inner_text("main")


def decide(page: "Page", title: str, button: str = "", *, back: str = "") -> None:
    """What waits in the inbox under that title, agreed to by that button, or sent `back` for that reason."""
    page.goto("/console/")
    page.get_by_role("link", name=title).first.click()
    if back:
        fill(page, "return", reason=back)
    else:
        page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def test_entry_is_registered_sent_back_corrected_published_and_found(browser: "Browser", live_server: LiveServer, office: Office) -> None:
    clerk, head, review = (entered(browser, live_server, name) for name in ("clerk", "department_head", "review"))
    register(clerk)
    complete(clerk)
    decide(head, "发布目录：公园名录", back="请写明覆盖范围")
    made = Resource.objects.get(title="公园名录")
    clerk.goto(f"/console/proposals/{made.table}/")
    assert "请写明覆盖范围" in clerk.inner_text("main")
    clerk.fill("#id_meta-abstract", "主城区全部公园的编号、面积和建成日期")
    clerk.get_by_role("button", name="提交审核").click()
    decide(head, "发布目录：公园名录", "同意报审")
    review.goto("/console/")
    review.get_by_role("link", name="发布目录：公园名录").first.click()
    assert "占地面积" in review.inner_text("main")  # what is agreed to stands where it is agreed to
    check(review, "review-step")
    decide(review, "发布目录：公园名录", "审核通过并发布")
    made.refresh_from_db()
    assert (made.state, made.approver) == ("published", "周局")
    assert [item.name for item in made.contract.items] == ["公园编号", "占地面积", "建成日期"]
    for words in ("公园", "gongyuan", "gyml", "公圆名录", "公元名录", "建成日期"):
        clerk.goto(f"/catalogue?q={words}")
        assert clerk.get_by_role("link", name=re.compile("公园名录")).count(), words
    for page in (clerk, head, review):
        page.context.close()


def test_sheet_comes_back_annotated_and_its_good_rows_are_kept(
    browser: "Browser", live_server: LiveServer, office: Office, tmp_path
) -> None:
    good = {
        "title": "广场名录", "provider": office.city.department.uscc, "category": "307001", "abstract": "广场", "update_cycle": "每年",
        "share_type": "无条件共享", "open_type": "不予开放",
    }
    bad = good | {"title": "游园名录", "share_type": "不予共享", "basis_document": "某部门管理办法", "basis_article": "第三条"}
    path = tmp_path / "目录.xlsx"
    path.write_bytes(book([good, bad], [ITEM | {"resource": "广场名录"}, ITEM | {"resource": "游园名录"}]))
    page = entered(browser, live_server, "clerk")
    page.goto("/console/catalogue/")
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/imports/**")
    deliver(Job.objects.get().pk)
    page.get_by_role("heading", name="导入结果").wait_for()
    told = page.inner_text("main")
    assert "部门规章或规范性文件，不能作为不予共享的依据" in told
    assert page.get_by_role("link", name="下载标注问题的文件").count() == 1
    check(page, "sheet-verdict")
    assert list(Resource.objects.values_list("title", "state")) == [("广场名录", "proposed")]
    page.context.close()


def test_change_shows_its_impact_and_withdrawal_names_a_successor(browser: "Browser", live_server: LiveServer, office: Office) -> None:
    resource = actions.publish_resource(offices.entry(office), actor=SYSTEM, reason="首次发布")
    dependences.declare(By("access.grant", "g", "授权给区民政局", office.city.department), [(resource, "name", Use.SHOWN)])
    clerk = entered(browser, live_server, "clerk")
    clerk.goto(f"/console/resources/{resource.table}/versions/")
    clerk.get_by_role("link", name="办理变更").click()
    clerk.fill("#id_reason", "职责调整，不再登记名称")
    clerk.get_by_role("button", name="开始编制").click()
    clerk.click("#remove-2")
    expect(clerk.locator(".item-card")).to_have_count(3)
    clerk.get_by_role("button", name="保存，看变化和影响").click()
    told = clerk.inner_text("main")
    for words in ("有 1 处使用将失效", "授权给区民政局", "信息项“名称”"):
        assert words in told, words
    check(clerk, "change-impact")
    clerk.get_by_role("button", name="提交审核").click()
    clerk.wait_for_url("**/versions/")
    change = Change.objects.get()
    for who in (office.head, office.reviewer):
        offices.decide(changing.running(change), who)
    clerk.reload()
    assert "第 1 版到第 2 版的变化" in clerk.inner_text("main")
    check(clerk, "versions")
    withdraw(clerk, resource, office)
    clerk.goto(f"/catalogue/{resource.table}")
    assert "已撤销" in clerk.inner_text("main") or clerk.get_by_text("已撤销").count()
    clerk.context.close()


def withdraw(clerk: "Page", resource: Resource, office: Office) -> None:
    """Begun in the browser with the code of what stands for it, agreed to by both."""
    successor = publication_of(office)
    clerk.goto(f"/console/resources/{resource.table}/change/?kind=withdrawal")
    clerk.fill("#id_reason", "并入智慧灯杆名录")
    clerk.fill("#id_successor", successor.code)
    clerk.get_by_role("button", name="开始编制").click()
    check(clerk, "withdrawal")
    clerk.get_by_role("button", name="提交审核").click()
    change = Change.objects.get(kind="withdrawal")
    for who in (office.head, office.reviewer):
        offices.decide(changing.running(change), who)
    resource.refresh_from_db()
    assert (resource.state, resource.superseded_by) == ("withdrawn", successor)
    clerk.goto(f"/console/resources/{resource.table}/versions/")
    assert successor.title in clerk.inner_text("main")


def publication_of(office: Office) -> Resource:
    """Another entry of the department, in force."""
    draft = factories.draft("smart_poles")
    draft = replace(draft, provider=office.city.department.uscc, contract=replace(draft.contract, title="智慧灯杆名录"))
    return actions.publish_resource(actions.propose_resource(draft, actor=SYSTEM), actor=SYSTEM)


@pytest.mark.any_database
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_pass_axe_and_fit(browser: "Browser", live_server: LiveServer, office: Office, width: int) -> None:
    made = offices.entry(office, by=office.clerk, secrecy_assessment="")
    publication.begin(made, actor=office.clerk)
    resource = publication_of(office)
    change = changing.begin_change(resource, actor=office.clerk, reason="更名")
    page = entered(browser, live_server, "clerk", width)
    for name, path in {
        "entry-new": "resources/new/", "entry-pattern": f"resources/new/?pattern={resource.table}", "proposal": f"proposals/{made.table}/",
        "exchange": "catalogue/", "change": f"changes/{change.uuid}/", "change-new": f"resources/{resource.table}/change/",
        "versions-one": f"resources/{resource.table}/versions/", "lists": "catalogue/lists/", "resources": "resources/?q=dengganminglu",
        "resource": f"resources/{resource.table}/",
    }.items():  # fmt: skip
        page.goto(f"/console/{path}")
        check(page, name)
    page.context.close()


def test_without_javascript_cards_are_added_too_and_enter_saves(browser: "Browser", live_server: LiveServer, office: Office) -> None:
    made = offices.entry(office, by=office.clerk)
    signed_in = entered(browser, live_server, "clerk")
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    context.add_cookies(signed_in.context.cookies())  # type: ignore[arg-type]  # as they were given out
    page = context.new_page()
    page.goto(f"/console/proposals/{made.table}/")
    page.click("#add-item")
    page.fill("#id_item4-name", "功率")
    page.press("#id_item4-name", "Enter")
    assert "已保存" in page.inner_text("main")
    assert [item.name for item in made.contract.items] == ["代码", "名称", "数量", "日期", "功率"]
    signed_in.context.close()
    context.close()
