"""A department's interface through the gateway: by two persons, only what is granted, never longer than it may."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from django.conf import settings

from suixin.data.access import actions as grants
from suixin.data.access import log, stamps
from suixin.data.access.errors import WrongValue
from suixin.data.access.models import SubjectKind
from suixin.data.access.tests.factories import BUREAU, make_resource, node_at
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.models import Item
from suixin.data.collection.declaring import SourceDraft, declare_source, switch_source
from suixin.data.collection.sources.base import Kind
from suixin.data.doors.errors import TooBusy
from suixin.data.doors.proxies import breaking, calling
from suixin.data.doors.proxies.actions import ProxyDraft, check_proxy, decide_proxy, register_proxy, stop_proxy
from suixin.data.doors.proxies.errors import SourceBroken, WrongProxy
from suixin.data.doors.proxies.models import Breaker, Proxy
from suixin.data.doors.tests.client import make_caller
from suixin.ground.audit.models import Record
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/proxy?code=A1"
ANSWER = {"status": "ok", "data": {"code": "A1", "xm": "张三丰", "phone": "13800000001", "amount": "12.50", "secret_of_theirs": "zzz"}}
OFFICER = Actor(ActorKind.STAFF, "officer", "数据专员", BUREAU, (BUREAU,), frozenset({"data_officer"}))
OTHER = replace(OFFICER, key="other")


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch) as folder:
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.1/32",)))
        calling.forget()
        yield folder


class Theirs:
    """The department's interface: what it answers may be changed; what it was asked is kept."""

    def __init__(self):
        self.status, self.body, self.wait, self.asked, self.address = 200, orjson.dumps(ANSWER), 0.0, [], ""
        self.posted = []


@contextmanager
def listening(theirs):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            theirs.posted.append((body, dict(self.headers)))
            self.do_GET()

        def do_GET(self):
            theirs.asked.append((urlsplit(self.path).path, parse_qs(urlsplit(self.path).query), dict(self.headers)))
            time.sleep(theirs.wait)
            self.send_response(theirs.status)
            if theirs.status == 302:
                self.send_header("Location", "http://169.254.169.254/")
            self.send_header("Content-Length", str(len(theirs.body)))
            self.end_headers()
            self.wfile.write(theirs.body)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            """Who called may have gone: that is tried."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def theirs():
    found = Theirs()
    with listening(found) as found.address:
        yield found


def registered(theirs, resource=None, **changes):
    """A proxy that waits for its second person."""
    resource = resource or make_resource()
    described = SourceDraft(
        "民政接口", "civil", Kind.HTTP, Organisation.objects.get(uscc=BUREAU), theirs.address,
        {"paths": "/persons", "auth": "bearer"}, {"secret": "their-token"},
    )
    source = declare_source(described, actor=SYSTEM)
    draft = replace(ProxyDraft("persons", {"code": "id"}, {"name": "xm"}, "data", {"code": "A1"}, seconds=2), **changes)
    return register_proxy(resource, source, draft, actor=OFFICER, reason="民政实时查询")


def active(theirs, grant=None, **changes):
    """A caller that is granted some items of a proxied resource."""
    caller, resource = make_caller(), make_resource()
    proxy = check_proxy(registered(theirs, resource, **changes), actor=SYSTEM)
    decide_proxy(proxy, is_approved=True, actor=OTHER, reason="同意")
    words = {"columns": ["name", "amount"], "doors": ["proxy"]} | (grant or {})
    grants.give_grant(resource, actor=SYSTEM, subject_kind=SubjectKind.APPLICATION, subject_key=caller.app_id, **words)
    stamps.forget()
    theirs.asked.clear()
    return caller, proxy


def test_only_what_is_granted_leaves_masked_and_typed(theirs):
    caller, _ = active(theirs)
    Item.objects.filter(field="code").update(sensitive="resident_id")
    got = caller.get(URL)
    assert (got.status, got.json["data"]) == (200, [{"name": "张**", "amount": 12.5}])
    path, query, headers = theirs.asked[0]
    assert (path, query, headers["Authorization"]) == ("/api/persons", {"id": ["A1"]}, "Bearer their-token")
    assert not {"X-Signature", "X-App-Id"} & set(headers)
    assert caller.post("/gateway/people_list/proxy", {"code": "A1", "columns": ["amount"]}).json["data"] == [{"amount": 12.5}]


def test_whom_it_was_about_is_on_record(theirs):
    caller, _ = active(theirs)
    Item.objects.filter(field="code").update(sensitive="resident_id")
    stamps.forget()
    caller.get(URL)
    assert [(one.door, one.rows) for one in traces_about("A1", Period())] == [("proxy", 1)]


def test_row_condition_and_columns_of_the_grant_hold(theirs):
    caller, _ = active(theirs, {"row_filter": "amount > 100"})
    assert caller.get(URL).json["code"] == "204"
    assert caller.get(f"{URL}&columns=phone").json["code"] == "api-4032"


def test_condition_on_what_is_not_shown_whole_is_refused(theirs):
    caller, _ = active(theirs, parameters={"code": "id", "phone": "tel"}, sample={"code": "A1", "phone": "1"})
    assert caller.get(f"{URL}&phone=13800000001").json["code"] == "api-4032"
    assert caller.get(f"{URL}&other=1").json["code"] == "api-400"
    assert caller.get("/gateway/people_list/proxy").json["code"] == "api-400"
    assert theirs.asked == []


def test_values_go_out_encoded(theirs):
    caller, _ = active(theirs)
    caller.get("/gateway/people_list/proxy?code=A1%26admin%3D1%0D%0AX-Evil%3A%201%27%20OR%201%3D1")
    _, query, headers = theirs.asked[0]
    assert query == {"id": ["A1&admin=1\r\nX-Evil: 1' OR 1=1"]}
    assert "X-Evil" not in headers


@pytest.mark.parametrize(("status", "body", "code"), [
    (500, b"", "api-502"), (302, b"", "api-502"), (200, b"<html>", "api-502"), (200, b'{"data": "x"}', "api-502"),
    (200, b'{"data": {"code": "A1", "amount": "13800000001 of zhang"}}', "api-502"), (200, b'{"data": {"code": {"a": 1}}}', "api-502"),
    (200, b"[" * 100_000, "api-502"), (403, b"", "api-502"), (404, b"", "204"),
    (200, b'{"data": null}', "204"), (200, b'{"data": []}', "204"),
])  # fmt: skip
def test_what_the_interface_does_wrong_is_told_without_a_value(theirs, status, body, code):
    caller, _ = active(theirs)
    theirs.status, theirs.body = status, body
    got = caller.get(URL)
    assert got.json["code"] == code
    assert "zhang" not in got.body.decode()


def test_slow_interface_is_a_504_in_time(theirs):
    caller, _ = active(theirs, seconds=1)
    theirs.wait = 3
    started = time.monotonic()
    got = caller.get(URL)
    assert (got.status, got.json["code"], got.headers["Retry-After"]) == (504, "api-504", "5")
    assert time.monotonic() - started < 2.8


def test_broken_interface_is_left_alone_then_tried_once(theirs, monkeypatch):
    caller, _ = active(theirs)
    theirs.status = 500
    assert {caller.get(URL).status for _ in range(breaking.FAILURES)} == {502}
    theirs.status = 200
    calling.forget()  # as another process, which saw nothing itself
    assert "暂停转发" in caller.get(URL).json["message"]
    assert len(theirs.asked) == breaking.FAILURES
    monkeypatch.setattr(breaking, "PAUSE", timedelta(0))
    assert [caller.get(URL).json["code"] for _ in range(2)] == ["200", "200"]
    assert Breaker.objects.get().failures == 0


def test_half_open_breaker_lets_one_call_out_and_closes_again_when_that_fails(theirs):
    proxy = registered(theirs)
    Breaker.objects.create(proxy=proxy, failures=breaking.FAILURES, opened_at=clock.now() - breaking.PAUSE)
    assert breaking.enter(proxy)
    with pytest.raises(SourceBroken):
        breaking.enter(proxy)
    breaking.leave(proxy, is_well=False, had_failed=True)
    assert breaking.is_open(proxy)
    with pytest.raises(SourceBroken):
        breaking.enter(proxy)


def test_interface_that_takes_a_body_is_posted_one_signed_and_not_too_large(theirs):
    caller, _ = active(theirs, method="POST", parameters={"code": "query.id"}, fixed={"query": {"kind": "person"}, "v": 1})
    assert caller.get(URL).json["code"] == "200"
    body, headers = theirs.posted[-1]
    assert orjson.loads(body) == {"query": {"kind": "person", "id": "A1"}, "v": 1}
    assert (headers["Content-Type"], headers["Authorization"]) == ("application/json", "Bearer their-token")
    asked = len(theirs.asked)
    with pytest.raises(WrongValue):
        calling.body_of(Proxy(fixed={}), {"id": "x" * calling.MOST_BODY})
    assert len(theirs.asked) == asked


def test_too_many_calls_a_second_and_at_once_are_429(theirs):
    caller, proxy = active(theirs, per_second=2)
    calling.forget()
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        assert [caller.get(URL).status for _ in range(3)] == [200, 200, 429]
        calling.forget()
        log.close_all()  # as another process, which saw nothing itself
        asked = len(theirs.asked)
        with pytest.raises(TooBusy):
            calling.call(proxy, {"code": "A1"})
        assert len(theirs.asked) == asked
    with pytest.raises(TooBusy):
        calling.Rate(at_once=3).enter(at_once=3)


def test_address_that_turned_inward_is_not_called(theirs, monkeypatch):
    caller, _ = active(theirs)
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=()))
    assert caller.get(URL).json["code"] == "api-502"
    assert theirs.asked == []


def test_two_persons_and_a_check_are_needed_and_the_new_one_replaces_the_old(theirs):
    proxy = registered(theirs)
    with pytest.raises(WrongProxy, match="检查"):
        decide_proxy(proxy, is_approved=True, actor=OTHER, reason="同意")
    check_proxy(proxy, actor=OFFICER)
    with pytest.raises(WrongProxy, match="另一位"):
        decide_proxy(proxy, is_approved=True, actor=OFFICER, reason="同意")
    assert decide_proxy(proxy, is_approved=True, actor=OTHER, reason="同意").state == "active"
    with pytest.raises(WrongProxy, match="办理过"):
        decide_proxy(proxy, is_approved=False, actor=OTHER, reason="不同意")
    again = check_proxy(
        register_proxy(proxy.resource, proxy.source, ProxyDraft("persons", {"code": "id"}, rows="data", sample={"code": "A1"}),
                       actor=OTHER, reason="改路径"), actor=OTHER)
    decide_proxy(again, is_approved=True, actor=OFFICER, reason="同意")
    proxy.refresh_from_db()
    assert (proxy.state, again.pk != proxy.pk) == ("stopped", True)
    told = list(Record.objects.filter(action__startswith="proxies.").order_by("pk").values_list("action", flat=True))
    assert told == ["proxies.registered", "proxies.checked", "proxies.active", "proxies.registered", "proxies.checked", "proxies.stopped",
                    "proxies.active"]


def test_stopped_proxy_and_paused_source_answer_no_more(theirs):
    caller, proxy = active(theirs)
    switch_source(proxy.source, is_paused=True, actor=SYSTEM)
    assert caller.get(URL).json["code"] == "api-502"
    stop_proxy(proxy, actor=OFFICER, reason="下线")
    assert caller.get(URL).json["code"] == "res-404"


@pytest.mark.parametrize(("changes", "word"), [
    ({"parameters": {"nothing": "x"}}, "nothing"), ({"parameters": {}}, "至少"), ({"sample": {}}, "试调用"), ({"seconds": 0}, "时限"),
    ({"path": "../admin"}, "路径"), ({"path": "a?b=1"}, "路径"), ({"members": {"zz": "x"}}, "zz"),
    ({"method": "PUT"}, "POST"), ({"fixed": {"a": 1}}, "固定成员"), ({"method": "POST", "fixed": {"id": 1}}, "冲突"),
])  # fmt: skip
def test_registration_that_does_not_fit_is_a_sentence(theirs, changes, word):
    with pytest.raises(WrongProxy, match=word):
        registered(theirs, **changes)
