"""Two departments from "I need data" to its end: a real server with its worker, people at pages, programs that receive.

Asked, supplemented once, delayed once, disputed once, granted; read by curl, by the official Delta Sharing client and into a
PostgreSQL of the asker's own; corrected once; terminated, after which nothing is read any more; the resident's page tells it.
With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from suixin.data.collection.tests.sources import servers
from suixin.data.collection.tests.sources.servers import Server
from suixin.kit import clock
from suixin.site.bench.processes import free_port, python, serving
from suixin.site.shell.tests.test_browser_sharing import delay, dispute, supplement
from suixin.site.testing_database import place_migrated
from tests.whole.conftest import environment, run_suixin
from tests.whole.desks import RealDesks
from tests.whole.receiving import Curl, Delta, received
from tests.whole.register import ASKED, CONDITION, PASSWORD, RESIDENT, TABLE, TITLE, file_of, months_of, number_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.slow]
EASED = {
    "SUIXIN_SECOND_FACTOR": "optional", "SUIXIN_SIMULATED_IDENTITY": "1", "SUIXIN_SOURCE_NETWORKS": "127.0.0.0/8",
    "SUIXIN_DEMO_PASSWORD": PASSWORD,
}
PROVIDER = "o3"
INSURED, RIGHT = ("feng", "sun", "ouyang"), 51
TOLD = (r"\d{4}-\d\d-\d\d \d\d:\d\d", r"市救助局\s+(救助核对系统|工作人员)", TITLE, "缴费月数", "社会救助暂行办法 国务院令第649号")
DOORS = ("页面", "接口", "网关查询", "库表交换", "Delta Sharing")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own in which nobody has asked yet."""
    made = place_migrated(tmp_path / "home")
    subprocess.run(python("tests.whole.sharing_city"), env=environment(made, **EASED), check=True, timeout=300)
    return made


@pytest.fixture
def address(home: Path) -> Iterator[str]:
    """Address of a real server with its worker."""
    port = free_port()
    command = python("suixin.site.cli", "serve", "--port", str(port))
    with serving(command, home=home, port=port, log=home / "serve.log", variables=EASED):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def receiver() -> Iterator[Server]:
    """A PostgreSQL database of the asker's own; without a server the test is skipped by that name."""
    with servers.postgres() as server:
        yield server


def program(desks: RealDesks) -> Curl:
    """An application of the asker, made on its page: what signs, and the lines that the page prints."""
    page = desks.at("head_of_sharing", "/console/applications/new/")
    page.get_by_label("所属部门").select_option(label="市救助局")
    page.get_by_label("应用名称").fill("救助核对系统")
    page.get_by_role("button", name="新建应用").click()
    secret = page.locator("#new-secret").inner_text()
    printed = page.locator("section[aria-labelledby=how] pre").first.inner_text()
    return Curl(re.findall("X-App-Id: ([^\"]+)", printed)[0], printed, secret, desks.address)


def ask(desks: RealDesks) -> None:
    """Found among the entries, put into a basket, stated, submitted by the clerk, consented to by the head."""
    page = desks.at("clerk", "/console/")
    page.get_by_role("link", name="交换", exact=True).click()
    page.get_by_role("link", name="我要数据").click()
    page.get_by_label("要什么数据").fill("参保")
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_label(TITLE, exact=True).check()
    page.get_by_label("新申请的名称").fill("低保资格核对")
    desks.looked_at(page, "pick")
    page.get_by_role("button", name="放入申请").click()
    page.get_by_label("调用应用").select_option(label="救助核对系统")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("link", name="填写").click()
    desks.own = page.url.removeprefix(desks.address)
    state(page)
    desks.looked_at(page, "statement")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("已填好").wait_for()
    page.get_by_role("button", name="提交，请负责人同意").click()
    page.get_by_text("待本部门负责人同意").wait_for()
    desks.decide("head_of_sharing", "同意提出", opinion="属于本部门职责")


def state(page: "Page") -> None:
    """What Decree 809 wants to be stated."""
    for name, wanted in (("columns", ASKED), ("doors", DOORS)):
        for box in page.locator(f"input[name={name}]").all():
            label = page.locator(f"label[for={box.get_attribute('id')}]").inner_text()
            box.set_checked(label.split("（")[0].strip() in wanted)
    for label, text in (("使用依据", "社会救助暂行办法"), ("文号", "国务院令第649号"), ("使用场景", "核对低保申请人")):
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_label("使用时限").fill(clock.today().replace(year=clock.today().year + 1).isoformat())


def provided(desks: RealDesks) -> None:
    """The provider says that the data can be had."""
    desks.decide("supplier", "已供数")


def called(desks: RealDesks, curl: Curl) -> None:
    """The share's page tells how to call; curl does."""
    page = desks.part("clerk")
    page.get_by_role("link", name="怎样调用、怎样记录使用").click()
    desks.shared = page.url.removeprefix(desks.address)
    page.get_by_text(f"POST /gateway/{TABLE}/lookup").wait_for()
    page.get_by_text("只限应用的共享，页面上不显示数据").wait_for()
    desks.looked_at(page, "share")
    status, answer = curl.lookup(number_of(RESIDENT))
    assert (status, answer["data"]["months"], "phone" in answer["data"]) == (200, months_of(RESIDENT), False)
    assert curl.lookup(number_of("zhou"))[1]["data"] is None  # insured for another kind: outside what was asked for


def written(desks: RealDesks, server: Server) -> None:
    """The department's own database registered, an exchange set up and run by the worker."""
    page = desks.at("head_of_sharing", "/console/exchange/tables/receivers/new/")
    page.get_by_label("接收单位").select_option(label="市救助局")
    for label, text in (("名称", "救助局前置库"), ("英文标识", "front"), ("地址", server.address)):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="登记并检查").click()
    page.get_by_text("连接成功").first.wait_for()
    page = desks.at("head_of_sharing", desks.shared)
    page.get_by_role("link", name="/console/exchange/tables/new/").click()
    page.get_by_label("接收库").select_option(label="救助局前置库")
    page.get_by_role("button", name="新建库表交换").click()
    desks.exchange = page.url.removeprefix(desks.address)
    run(desks)
    desks.looked_at(page, "exchange")


def run(desks: RealDesks) -> None:
    """The exchange run by the worker once more."""
    page = desks.at("head_of_sharing", desks.exchange)
    before = page.get_by_text("一致", exact=True).count()
    page.get_by_role("button", name="立即运行").click()
    desks.until(page, "一致", more_than=before)


def downloaded(folder: Path, home: Path, curl: Curl) -> Delta:
    """A profile made by the command; the official client reads what the share shows, and nothing else."""
    made = run_suixin(home, "share-profile", curl.app_id, "--base", curl.address)
    profile = folder / "救助核对系统.share"
    profile.write_text(made.stdout, "utf-8")
    delta = Delta(profile, f"{curl.app_id}.{PROVIDER}.{TABLE}")
    found = delta.read()
    assert sorted(found["rows"][0]) == ["kind", "months", "name", "resident_id"], found
    assert {row["resident_id"]: row["months"] for row in found["rows"]} == {number_of(one): months_of(one) for one in INSURED}
    return delta


def doubted(desks: RealDesks) -> None:
    """The clerk is told of a wrong number and has it checked."""
    page = desks.at("clerk", desks.shared)
    page.get_by_role("link", name="申请校核").click()
    page.get_by_label("身份证号").fill(number_of(RESIDENT))
    page.get_by_label("哪一项有误").select_option(label="缴费月数")
    page.get_by_label("应为").fill(str(RIGHT))
    page.get_by_label("依据").fill("缴费台账第三页")
    page.get_by_role("button", name="提交校核申请").click()
    page.wait_for_url("**/doubts/")
    desks.looked_at(page, "doubts")


def corrected(desks: RealDesks, folder: Path) -> None:
    """The provider's clerk finds it in the inbox, corrects it at the source, uploads the row and says so; it is measured."""
    page = desks.at("supplier", "/console/")
    page.get_by_role("link", name="“缴费月数”申请校核").first.click()
    page.get_by_role("button", name="接单").click()
    page.wait_for_load_state()
    page = desks.at("supplier", "/console/upload/")
    file = folder / "更正.csv"
    file.write_bytes(file_of(**{RESIDENT: RIGHT}))
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("归入的资源").select_option(label=f"307001/{TABLE} {TITLE}")
    page.get_by_role("button", name="上传并归集").click()
    page.get_by_text("其中 1 行替换了原有同键数据").wait_for()
    page = desks.at("supplier", "/console/orders/")
    page.get_by_role("link", name="“缴费月数”申请校核").click()
    order = page.url
    page.get_by_role("link", name="看现在的环节").click()
    page.get_by_role("button", name="已更正").click()
    page.wait_for_load_state()
    page.goto(order)
    desks.until(page, "已办结")
    desks.looked_at(page, "corrected")


def seen_corrected(desks: RealDesks, curl: Curl, delta: Delta, server: Server) -> None:
    """The asker is answered, and what is right comes through every way."""
    desks.at("clerk", "/console/doubts/").get_by_text("提供单位已更正").first.wait_for()
    assert curl.lookup(number_of(RESIDENT))[1]["data"]["months"] == RIGHT
    found = delta.read()
    assert (found["version"], [row["months"] for row in found["rows"] if row["resident_id"] == number_of(RESIDENT)]) == (2, [RIGHT])
    run(desks)
    assert received(server, number_of(RESIDENT)) == [("欧阳立秋", RIGHT)]


def ended(desks: RealDesks) -> None:
    """Terminated by the provider after talking with the asker; filed by the bureau; the asker owes a receipt and gives it."""
    page = desks.at("supplier-head", desks.shared)
    page.get_by_label("终止理由").fill("系统下线")
    page.get_by_label("与需求方协商情况").fill("三日已与救助局商定")
    page.get_by_role("button", name="终止共享").click()
    page.get_by_text("待主管部门备案").wait_for()
    page = desks.at("clerk", desks.shared)
    page.get_by_label("处置情况").fill("前置库中的表已删除")
    page.get_by_role("button", name="提交回执").click()
    page.get_by_text("前置库中的表已删除").first.wait_for()
    desks.looked_at(page, "ended")


def refused_everywhere(desks: RealDesks, curl: Curl, delta: Delta, file: str) -> None:
    """No program reads any more: the gateway, the client, the address of a file that was given out, the exchange."""
    status, answer = curl.lookup(number_of(RESIDENT))
    assert (status, answer["code"], answer["data"]) == (403, "api-403", None)
    refused = httpx.get(file, timeout=60)
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "api-403"), refused.text
    assert "404" in delta.read()["stopped"]  # the share is not listed any more
    page = desks.at("head_of_sharing", desks.exchange)
    page.get_by_role("button", name="立即运行").click()
    desks.until(page, "待处理")
    page.get_by_text(f"没有读取「{TITLE}」的授权").first.wait_for()


def told(desks: RealDesks) -> None:
    """The resident's page: looked up and contained in deliveries, by whom, when, of what, on what basis, through what."""
    page = desks.resident(RESIDENT)
    page.get_by_role("link", name="查看数据使用记录").click()
    for kind, doors in (("被查询", {"网关查询": 2, "页面": 1}), ("包含在批量提供中", {"库表交换": 2, "Delta Sharing": 3})):
        page.get_by_role("link", name=kind, exact=True).click()
        page.get_by_text(kind, exact=True).and_(page.locator("b")).wait_for()
        rows = page.locator("table tbody tr").all_inner_texts()
        assert {door: sum(door in row for row in rows) for door in doors} == doors, rows
        assert len(rows) == sum(doors.values())
        for word in TOLD:
            assert all(re.search(word, row) for row in rows), (word, rows)
    desks.looked_at(page, "traces")


def test_two_departments_from_need_to_revocation_and_the_resident_sees_it(
    browser: "Browser", home: Path, address: str, receiver: Server, tmp_path: Path
) -> None:
    desks = RealDesks(browser, address)
    curl = program(desks)
    ask(desks)
    supplement(desks, CONDITION)
    delay(desks)
    dispute(desks)
    called(desks, curl)
    written(desks, receiver)
    delta = downloaded(tmp_path, home, curl)
    provided(desks)
    doubted(desks)
    corrected(desks, tmp_path)
    seen_corrected(desks, curl, delta, receiver)
    given, own = delta.file(), home / "lake" / "grants"
    assert httpx.get(given, timeout=60).status_code == 200
    assert [one.name for one in own.iterdir() if not one.name.startswith("_")]
    ended(desks)
    assert not [one.name for one in own.iterdir() if not one.name.startswith("_")]
    refused_everywhere(desks, curl, delta, given)
    told(desks)
