"""Lookup: what the grant shows, what is refused with which code, what the log holds."""

import sqlite3

import pytest

from suixin.data.access import actions, log, stamps
from suixin.data.access.models import Grant
from suixin.data.doors.tests.client import get, shared
from suixin.kit import clock, signing
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/lookup?code=k000003"


def records():
    """Rows of the access log."""
    log.settle()
    with sqlite3.connect(log.path()) as con:
        con.row_factory = sqlite3.Row
        return con.execute("SELECT * FROM access ORDER BY id").fetchall()


def test_what_cannot_be_recorded_for_want_of_room_is_not_answered(monkeypatch):
    caller, _ = shared()
    log.close_all()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.posix_fallocate", full)
        got = caller.get(URL)
    assert (got.status, got.json["code"], got.json["data"]) == (500, "api-500", None)
    assert caller.get(URL).status == 200


def test_length_that_no_number_holds_stops_no_log():
    shared()
    assert get(URL, CONTENT_LENGTH="9" * 20).json["code"] != "200"
    assert records()[-1]["received"] < 2**40


def test_it_works_masked_and_logged_before_the_answer():
    caller, resource = shared()
    got = caller.get(URL)
    assert (got.status, got.json["code"]) == (200, "200")
    assert got.json["data"] == {"code": "k000003", "name": "张*", "amount": 0.75, "at": "2024-01-01T11:00:00.000001+08:00"}
    entry = records()[-1]
    assert (entry["trace_id"], entry["subject"], entry["resource"]) == (got.json["trace_id"], "hospital", resource.code)
    assert (entry["columns"], entry["rows"], entry["masks"], entry["code"]) == ("code,name,amount,at", 1, "name:name", "200")


def test_chinese_aliases_and_columns_are_taken():
    caller, _ = shared()
    got = caller.get("/gateway/people_list/lookup?columns=%E7%BC%96%E7%A0%81&%E7%BC%96%E7%A0%81=k000003")
    assert got.json["data"] == {"code": "k000003"}


def test_no_record_answers_204_inside_200():
    caller, _ = shared()
    got = caller.get("/gateway/people_list/lookup?code=none")
    assert (got.status, got.json["code"], got.json["data"]) == (200, "204", None)


@pytest.mark.parametrize("changes", [
    {"X_Signature": "0" * 64}, {"X_Nonce": "short"}, {"X_Timestamp": "1000000000000"}, {"X_App_Id": "nobody"},
    {"X_Sign_Alg": "none"}, {"X_App_Id": ""}, {"X_Timestamp": "x"}, {"X_Nonce": "another-nonce-of-mine"},
    {"X_Signature": "é"},
])
def test_broken_signature_is_refused_and_logged(changes):
    caller, _ = shared()
    got = caller.get(URL, **changes)
    assert (got.status, got.json["code"], got.json["data"]) == (401, "api-401", None)
    assert records()[-1]["code"] == "api-401"


def test_replayed_nonce_is_refused():
    caller, _ = shared()
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
    assert get(URL, headers=headers).status == 200
    again = get(URL, headers=headers)
    assert (again.status, again.json["code"], again.json["data"]) == (409, "api-409", None)
    assert [entry["code"] for entry in records()] == ["200", "api-409"]


def test_stale_timestamp_is_refused():
    caller, _ = shared()
    old = int(clock.now().timestamp() * 1000) - 301_000
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret, timestamp_ms=old)
    assert get(URL, headers=headers).json["code"] == "api-401"


@pytest.mark.parametrize(("query", "status", "code"), [
    ("code=k000003&columns=phone", 403, "api-4032"), ("code=k000003&columns=nothing", 400, "api-400"),
    ("", 400, "api-400"),
    ("code=k000003&other=1", 400, "api-400"), ("code=a&code=b", 400, "api-400"),
])
def test_bad_query_is_refused_by_name(query, status, code):
    caller, _ = shared()
    got = caller.get(f"/gateway/people_list/lookup?{query}")
    assert (got.status, got.json["code"]) == (status, code)


def test_answer_comes_from_the_key_index_when_there_is_one():
    caller, resource = shared()
    actions.index_keys(resource, actor=SYSTEM)
    from_rows = {"code": "k000003", "name": "张*", "amount": 0.75, "at": "2024-01-01T11:00:00.000001+08:00"}
    assert caller.get(URL).json["data"] == from_rows


def test_suspended_grant_and_unknown_resource():
    caller, _ = shared()
    actions.suspend_grant(Grant.objects.get(), actor=SYSTEM, reason="整改")
    stamps.forget()
    assert caller.get(URL).json["code"] == "api-4033"
    assert caller.get("/gateway/other/lookup?code=1").json["code"] == "res-404"


def test_unsigned_call_and_other_method():
    shared()
    assert get(URL).json["code"] == "api-401"
    assert get(URL, method="PUT").status == 405
