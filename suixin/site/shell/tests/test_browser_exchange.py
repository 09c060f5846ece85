"""Exchange in a real browser: from a grant to rows in the asker's own database and changes at its address, by the forms alone.

A letter is refused and sent again, a receipt taken, the share ended; the resident's page tells what was delivered.
With the environment's PICTURES set to a folder, pictures of the pages are kept there.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from suixin.data.access.tests.factories import land, make_resource, node_at, record
from suixin.data.catalog.models import Item, Resource
from suixin.data.doors.models import DeadLetter, ExchangeRun, Subscription, TableExchange
from suixin.data.doors.subscriptions import delivering
from suixin.data.doors.tables import running
from suixin.data.sharing.models import Share
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office
from suixin.ground.people.applications import create_application
from suixin.ground.people.residents.tests.factories import NUMBERS, resident, session
from suixin.kit.actor import SYSTEM
from suixin.site.shell.tests.test_browser_sharing import Desks, browser  # noqa: F401 its fixture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOME, WIDTHS = "/console/exchange/", (1440, 360)


class Receiver:
    """The asker's address: what it answers may be changed, what came is kept."""

    def __init__(self) -> None:
        self.status, self.taken = 400, list[bytes]()
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(told.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    found.thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    found.thread.join()


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Two departments, and one that was granted rows about a resident."""
    with node_at(tmp_path, monkeypatch):
        (tmp_path / "incoming").mkdir()
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.0/8",)))
        found = offices.office()
        resource: Resource = make_resource()
        land(resource, [record(1) | {"code": NUMBERS["ouyang"]}, *(record(n) for n in range(2, 6))])
        resource.provider = found.city.department
        resource.save()
        Item.objects.filter(resource=resource, field="code").update(sensitive="resident_id")
        create_application(found.asker, "救助核对系统", actor=SYSTEM)
        offices.agreed(found, resource, doors=["rows", "table", "subscription"])
        yield found


def written(desks: Desks, folder: Path) -> None:
    """A database registered, an exchange set up and run, its receipt taken."""
    page = desks.at("head_of_sharing", f"{HOME}tables/receivers/new/")
    page.get_by_label("接收单位").select_option(label="市救助局")
    for label, text in (("名称", "救助局前置库"), ("英文标识", "front"), ("地址", f"sqlite://{folder}/incoming/front.db")):
        page.get_by_label(label).fill(text)
    desks.looked_at(page, "exchange-receiver-form")
    page.get_by_role("button", name="登记并检查").click()
    page.get_by_text("连接成功").first.wait_for()
    desks.looked_at(page, "exchange-receiver")
    page = desks.at("head_of_sharing", f"{HOME}tables/new/")
    page.get_by_role("link", name="试验名单").click()
    page.get_by_label("接收库").select_option(label="救助局前置库")
    desks.looked_at(page, "exchange-table-form")
    page.get_by_role("button", name="新建库表交换").click()
    page.get_by_role("button", name="立即运行").click()
    page.get_by_text("已排队").wait_for()
    running.run_exchange(TableExchange.objects.get(), actor=SYSTEM)  # as the worker would
    page.reload()
    page.get_by_text("一致", exact=True).wait_for()
    desks.looked_at(page, "exchange-table")
    with closing(sqlite3.connect(folder / "incoming" / "front.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM people_list").fetchone() == (5,)


def told(desks: Desks, receiver: Receiver) -> None:
    """A subscription, everything replayed, refused thrice, sent again by hand."""
    page = desks.at("head_of_sharing", f"{HOME}subscriptions/new/")
    page.get_by_role("link", name="试验名单").click()
    page.get_by_label("接收地址").fill(receiver.url)
    page.get_by_role("button", name="新建订阅").click()
    assert Subscription.objects.get().secret in page.locator("#new-secret").inner_text()
    page.get_by_label("从第几版之后重放").fill("0")
    page.locator("#replay_reason").fill("首次装载")
    page.get_by_role("button", name="开始重放").click()
    page.wait_for_load_state()
    for _ in range(delivering.REFUSALS):
        delivering.deliver(Subscription.objects.get(), actor=SYSTEM)  # as the worker would
    page.goto(page.url)
    page.get_by_text("HTTP 400").first.wait_for()
    desks.looked_at(page, "exchange-subscription")
    receiver.status = 200
    page.get_by_role("button", name="全部重送").click()
    page.get_by_text("已全部重送").wait_for()
    assert (DeadLetter.objects.get().sent_at is not None, len(receiver.taken)) == (True, delivering.REFUSALS + 1)


def ended(desks: Desks) -> None:
    """Terminated by the provider: nothing runs any more."""
    share = Share.objects.get()
    page = desks.at("supplier-head", f"/console/sharing/shares/{share.uuid}/")
    page.get_by_label("终止理由").fill("系统下线")
    page.get_by_label("与需求方协商情况").fill("已与救助局商定")
    page.get_by_role("button", name="终止共享").click()
    page.get_by_text("待主管部门备案").wait_for()
    with pytest.raises(Exception, match="授权"):
        running.run_exchange(TableExchange.objects.get(), actor=SYSTEM)


def test_rows_and_changes_arrive_by_the_forms_and_the_resident_sees_it(
    browser: "Browser", live_server: LiveServer, city: Office, receiver: Receiver, tmp_path: Path  # noqa: F811
) -> None:
    desks = Desks(browser, live_server, 1440)
    written(desks, tmp_path)
    told(desks, receiver)
    assert ExchangeRun.objects.get().receipt
    ended(desks)
    token, me = secrets.token_hex(8), Client()
    session(resident("ouyang"), token)
    me.cookies["resident"] = token
    shown = me.get("/me/traces/").content.decode()
    assert "市救助局" in shown


@pytest.mark.any_database
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_exchange_passes_axe_and_fits(
    browser: "Browser", live_server: LiveServer, city: Office, width: int  # noqa: F811
) -> None:
    desks = Desks(browser, live_server, width)
    for path in ("", "tables/", "subscriptions/", "proxies/", "recipients/", "receipts/", "tables/new/", "subscriptions/new/"):
        name = f"exchange-{path.replace('/', '-') or 'home'}"
        desks.looked_at(desks.at("data_officer", f"{HOME}{path}"), name)
    page = desks.at("data_officer", f"{HOME}tables/new/")
    page.get_by_role("link", name="试验名单").click()
    desks.looked_at(page, "exchange-new-table")
    desks.looked_at(desks.at("clerk", HOME), "exchange-clerk")
