"""What should not work at the gateway: revoked in mid-stream, withdrawn, replayed elsewhere, injected, with other verbs."""

import time

import pytest

from suixin.data.access import actions, stamps
from suixin.data.access.models import Grant
from suixin.data.access.plans import open_plan
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.doors import callers, streams
from suixin.data.doors.exchange import Exchange, Request
from suixin.data.doors.streams import StreamEnded, Watched
from suixin.data.doors.tests.client import get, shared
from suixin.ground.people.applications import revoke_key, set_application_active
from suixin.ground.people.models import Application
from suixin.kit import signing
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
ACTIONS = ("lookup", "verify", "rows", "aggregate", "proxy")
DOWNLOAD = "/dataset/people_list/resource/people_list/download/people_list.csv"


def streaming(monkeypatch):
    """(caller, a body on its way to it): every piece is looked at."""
    caller, _ = shared(doors=["download"])
    monkeypatch.setattr(streams, "EVERY_SECONDS", 0.0)
    headers = signing.sign("GET", DOWNLOAD, app_id=caller.app_id, secret=caller.secret)
    environ = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    exchange = Exchange(Request("GET", DOWNLOAD, "", environ), "download", "download")
    callers.admit(exchange)
    exchange.plan = open_plan(exchange.actor, Resource.objects.get(), door="download")
    return caller, Watched(exchange, iter([b"1", b"2", b"3"]))


def test_download_goes_on_while_nothing_ends(monkeypatch):
    assert list(streaming(monkeypatch)[1]) == [b"1", b"2", b"3"]


@pytest.mark.parametrize("ended", [
    lambda: revoke_key(Application.objects.get().keys.get(), actor=SYSTEM, reason="泄露"),
    lambda: set_application_active(Application.objects.get(), is_active=False, actor=SYSTEM, reason="停用"),
    lambda: actions.revoke_grant(Grant.objects.get(), actor=SYSTEM, reason="收回"),
    lambda: actions.suspend_grant(Grant.objects.get(), actor=SYSTEM, reason="整改"),
    lambda: Resource.objects.update(state=ResourceState.WITHDRAWN),
])
def test_download_is_cut_when_what_gave_it_ends(monkeypatch, ended):
    _, body = streaming(monkeypatch)
    assert next(body) == b"1"
    ended()
    later = time.monotonic() + 2
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(StreamEnded):
        next(body)


def test_grant_on_a_withdrawn_resource_opens_nothing():
    caller, resource = shared()
    Resource.objects.filter(pk=resource.pk).update(state=ResourceState.WITHDRAWN)
    stamps.forget()
    asked = {"lookup": "code=k000003", "verify": "code=k000003&name=1", "rows": "", "aggregate": "amount__count", "proxy": "code=1"}
    for action in ACTIONS:
        got = caller.get(f"/gateway/people_list/{action}?{asked[action]}")
        assert (got.status, got.json["code"], got.json["data"]) == (404, "res-404", None)


def test_column_that_the_supplier_renamed_is_shown_no_more_and_asking_for_it_is_a_sentence():
    caller, resource = shared(columns=["code", "amount"])
    resource.items.filter(field="amount").update(field="sum_total", name="总额")
    stamps.forget()
    assert set(caller.get("/gateway/people_list/lookup?code=k000003").json["data"]) == {"code"}
    assert [set(row) for row in caller.get("/gateway/people_list/rows?page_size=1").json["data"]] == [{"code"}]
    for url in ("lookup?code=k000003&columns=amount", "rows?amount__greater=1", "verify?code=k000003&amount=1"):
        got = caller.get(f"/gateway/people_list/{url}")
        assert (got.status, got.json["data"]) == (400, None)
        assert "amount" in got.json["message"]


def test_row_condition_over_a_renamed_column_opens_nothing():
    caller, resource = shared(columns=["code"], row_filter="amount > 0")
    resource.items.filter(field="amount").update(field="sum_total", name="总额")
    stamps.forget()
    for url in ("lookup?code=k000003", "rows", "aggregate?code__count"):
        got = caller.get(f"/gateway/people_list/{url}")
        assert (got.status // 100, got.json["data"]) == (4, None), url


@pytest.mark.parametrize(("action", "most"), [("lookup", 4), ("verify", 32), ("rows", 1), ("aggregate", 1), ("proxy", 1)])
def test_a_body_that_is_too_large_is_refused_unread(action, most):
    caller, _ = shared()
    url, body = f"/gateway/people_list/{action}", Unread()
    headers = signing.sign("POST", url, app_id=caller.app_id, secret=caller.secret, body=b"")
    got = get(url, method="POST", headers=headers, CONTENT_LENGTH=str((most << 20) + 1), **{"wsgi.input": body})
    assert (got.status, got.json["code"]) == (413, "api-413")
    assert f"{most} MB" in got.json["message"]


class Unread:
    """A body that must not be read."""

    def read(self, size=-1):
        raise AssertionError(size)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_verbs_are_405_with_those_that_work(method):
    shared()
    for action in ACTIONS:
        got = get(f"/gateway/people_list/{action}", method=method)
        assert (got.status, got.json["code"], got.headers["Allow"]) == (405, "api-405", "GET, HEAD, POST")


def test_signature_for_one_verb_body_or_action_fits_no_other():
    caller, _ = shared()
    url = "/gateway/people_list/lookup"
    body = b'{"keys": ["k000003"]}'
    headers = signing.sign("POST", url, app_id=caller.app_id, secret=caller.secret, body=body)
    assert get(url, method="POST", headers=headers, body=b'{"keys": ["k000004"]}').json["code"] == "api-401"
    assert get(url, headers=headers, body=body).json["code"] == "api-401"
    assert get("/gateway/people_list/verify", method="POST", headers=headers, body=body).json["code"] == "api-401"
    assert get(url, method="POST", headers=headers, body=body).json["code"] == "200"
    assert get(url, method="POST", headers=headers, body=body).json["code"] == "api-409"


INJECTIONS = (
    "k' OR '1'='1", 'k"; DROP TABLE record; --', "k\x1f", "k\u2028", "%s", "{{7*7}}", "k\\", "k0'||(SELECT body FROM record LIMIT 1)||'",
)


@pytest.mark.parametrize("nasty", INJECTIONS)
def test_what_is_written_into_values_names_and_addresses_stays_a_value(nasty):
    caller, _ = shared()
    many = caller.post("/gateway/people_list/lookup", {"keys": [nasty, "k000003"]}).json
    assert [one["code"] for one in many["data"]] == ["204", "200"]
    for content in ({f"{nasty}__exact": "1"}, {"code__exact": nasty, "columns": nasty}, {"code__sort": nasty}):
        assert caller.post("/gateway/people_list/rows", content).status in (400, 403)
    assert caller.post("/gateway/people_list/rows", {"code__exact": nasty}).json["code"] == "204"
    assert caller.post("/gateway/people_list/aggregate", {f"{nasty}__groupby": None, "amount__sum": None}).status == 400
    assert caller.post("/gateway/people_list/verify", {"items": [nasty], "rows": [["k000003", "x"]]}).status == 400


@pytest.mark.parametrize("body", [
    b'{"keys": [' + b"[" * 2000 + b"]" * 2000 + b"]}", b'{"keys": ["\\ud800"]}', b'{"keys": [1e400]}', b'{"keys": [1' + b"0" * 5000 + b"]}",
    b'{"keys": {"a": 1}}', b'{"keys": []}', b'{"keys": [null]}', b'{"keys": [{"code": {"code": 1}}]}', b'{"columns": [], "keys": ["a"]}',
    b'{"columns": ["a", 1], "keys": ["a"]}', b"\x00", b'{"keys": ["a\\u0000"]}', b"null", b"{}",
])  # fmt: skip
def test_no_body_is_a_fault_of_ours(body):
    caller, _ = shared()
    for action in ("lookup", "verify", "rows", "aggregate", "proxy"):
        assert caller.post(f"/gateway/people_list/{action}", body).status in (200, 400, 403, 404)
