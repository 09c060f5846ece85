"""Themes as residents, firms, clerks and machines meet them: asked without script, told with days, kept and published in the console."""

import re
from html import unescape

import pytest
from django.test import Client

from suixin.data.catalog.tests import offices
from suixin.ground.flow import advancing
from suixin.ground.people.models import Account
from suixin.services.items.models import Item
from suixin.services.themes import publishing, queries
from suixin.services.themes.tests import factories

pytestmark = pytest.mark.django_db
SLUG, PLAN = "hr", "/api/v1/themes/hr/plan"


@pytest.fixture
def office() -> offices.Office:
    return offices.office()


def _page(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def _browser(name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=name))
    return client


def test_resident_answers_the_questions_and_reads_what_to_do_by_when(office: offices.Office, client: Client) -> None:
    factories.published(SLUG, office.city.department, office.city.bureau)
    path = f"/themes/{SLUG}/"
    assert path in _page(client, "/themes/", q="kaizhongjie")
    assert "可能要办的事项" in _page(client, path)
    assert "还不能确定" in _page(client, path, q1="maybe")
    told = _page(client, path, q1="yes")
    for one in ("第 1 至 5 个工作日", "第 6 至 10 个工作日", "每个问题只问一次", "gantt-bar", "整体退回", "部分办结"):
        assert one in told
    assert "后办的" not in _page(client, path, q1="no").split("万一有一项")[0]
    paper = _page(client, f"{path}print", q1="yes")
    assert f"{path}?q1=yes" in paper
    assert "您的情形" in paper
    english = client.get(path, {"q1": "yes"}, headers={"cookie": "language=en"}).content.decode()
    assert "If one item is refused" in english


def test_forms_and_samples_of_the_guides_are_downloaded_from_the_theme(office: offices.Office, client: Client) -> None:
    factories.published(SLUG, office.city.department, office.city.bureau)
    told = _page(client, f"/themes/{SLUG}/", q1="yes")
    code = Item.objects.get(organisation=office.city.department, tier="implementation").code
    addresses = [unescape(one) for one in re.findall(r'href="(/guides/[^"]+/files/[^"]+)"', told)]
    assert addresses == [f"/guides/{code}/files/1/form?version=1"]  # once, though both items want it; a sample without questions is none
    answer = client.get(addresses[0])
    assert (answer.status_code, "SQB" in answer.headers["Content-Disposition"]) == (200, True)


def test_machine_reads_themes_and_what_a_situation_comes_to(office: offices.Office, client: Client) -> None:
    factories.published(SLUG, office.city.department, office.city.bureau)
    assert client.get("/api/v1/themes").json()["data"][0]["items"] == 2
    assert client.get(f"/api/v1/themes/{SLUG}").json()["asks"] == [{"name": "有店面", "text": "有店面吗？", "answers": ["是", "否"]}]
    plan = client.get(PLAN, {"answer": "有店面=是"}).json()
    assert (plan["days"], plan["parts"], len(plan["questions"]), plan["questions_alone"]) == (10, ["first", "second"], 3, 4)
    assert [one["standing"] for one in plan["refusals"]] == ["refused", "partly"]
    for wrong, told in (("有店面=也许", "可答 是、否"), ("无", "answer"), ("颜色=红", "可用的问题有 有店面")):
        assert told in client.get(PLAN, {"answer": wrong}).json()["message"]
    assert "还没有回答“有店面”" in client.get(PLAN).json()["message"]


def test_guide_leads_to_its_theme_and_one_search_finds_both(office: offices.Office, client: Client) -> None:
    theme = factories.published(SLUG, office.city.department, office.city.bureau)
    code = queries.published(queries.newest_version(theme)).offers["first"].code
    assert f"/themes/{SLUG}/" in _page(client, f"/guides/{code}")
    found = _page(client, "/search", q="开中介")
    assert f"/themes/{SLUG}/" in found
    assert f"/guides/{code}" in found
    assert "没有找到" in _page(client, "/search", q="火星移民")


def test_clerk_declares_a_theme_and_the_centre_publishes_it(office: offices.Office) -> None:
    city = office.city
    factories.ready("other", city.department, city.bureau)
    clerk, page = _browser("clerk"), f"/console/themes/{SLUG}/"
    text = factories.declared(SLUG, city.department.slug, city.bureau.slug, promise=9)
    assert "不认识的键“colour”" in clerk.post("/console/themes/new/", {"text": f"{text}\ncolour: red"}).content.decode()
    assert clerk.post("/console/themes/new/", {"text": text}).status_code == 302
    assert "超过承诺的 9 个工作日" in clerk.get(page).content.decode()
    theme = queries.theme_by(SLUG)
    form = {"text": text.replace("promise_days: 9", "promise_days: 10"), "seen": theme.updated_at.isoformat()}
    assert "已保存，没有问题" in clerk.post(f"{page}edit/", form, follow=True).content.decode()
    assert "部分办结" in clerk.get(f"{page}branches.csv").content.decode()
    assert "已提交审核" in clerk.post(page, {"wish": "submit"}, follow=True).content.decode()
    instance = publishing.running(theme)
    assert instance
    step = publishing.waiting_step(instance)
    assert step
    advancing.decide(step, "approve", actor=office.reviewer, reason="可以")
    assert queries.theme_by(SLUG).version == 1
    paused = _browser("review").post(page, {"wish": "pause", "reason": "系统升级"}, follow=True).content.decode()
    assert "主题页上已写明" in paused
    assert "已暂停办理：系统升级" in _page(Client(), f"/themes/{SLUG}/")


def test_large_print_and_simple_view_are_kept_without_script(client: Client) -> None:
    answer = client.get("/themes/?view=large&q=店")
    assert (answer.status_code, answer["Location"]) == (302, "/themes/?q=%E5%BA%97")
    assert 'class="view-large"' in _page(client, "/themes/")
    assert 'class="view-normal"' in _page(client, "/console/login/")
    client.get("/?view=simple")
    assert 'class="view-simple"' in _page(client, "/help")
