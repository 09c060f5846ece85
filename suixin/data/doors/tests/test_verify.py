"""Verification: 一致, 不一致 or 查无 for each item asked, never a value; one by one and many at once."""

import sqlite3

import pytest

from suixin.data.access import actions, engine, log, stamps
from suixin.data.access.tests import factories
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.models import Item
from suixin.data.doors.gateway.verify import MOST_ROWS
from suixin.data.doors.tests.client import get, shared
from suixin.kit import signing
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/verify"


def verifier(**values):
    """A caller whose grant lets names be compared, though it masks them, and phones not."""
    values = {"columns": ["name", "amount", "at", "active", "phone"], "masks": {"name@verify": "", "phone": "mobile"}} | values
    return shared(**values)


@pytest.mark.parametrize(("claims", "expected"), [
    ("code=k000003&name=张3", {"name": "一致"}),
    ("code=k000003&姓名= 张３ &amount=0.750", {"name": "一致", "amount": "一致"}),
    ("编码=k000003&name=张4&active=false", {"name": "不一致", "active": "一致"}),
    ("code=k000003&at=2024-01-01T03:00:00.000001%2B00:00", {"at": "一致"}),
    ("code=k000007&name=张2", {"name": "查无"}),
    ("code=nobody&name=张2&amount=1", {"name": "查无", "amount": "查无"}),
])  # fmt: skip
def test_each_item_asked_is_told_and_nothing_else(claims, expected):
    caller, _ = verifier()
    got = caller.get(f"{URL}?{claims}")
    assert (got.status, got.json["data"]) == (200, expected)
    assert got.json["code"] == ("204" if "nobody" in claims else "200")
    assert "张*" not in got.body.decode()


@pytest.mark.parametrize(("query", "code", "word"), [
    ("code=k000003&phone=13800000003", "api-4032", "phone@verify"), ("code=k000003&number=3", "api-4032", "number"),
    ("code=k000003", "api-400", "至少给出一项"), ("name=张3", "api-400", "缺少参数 code"),
    ("code=k000003&amount=much", "api-400", "金额"), ("code=k000003&none=1", "api-400", "none"),
    ("code=k000003&name=1&columns=name", "api-400", "columns"), ("code=k000003&name=1&name=2", "api-400", "两次"),
])  # fmt: skip
def test_what_is_not_granted_or_not_understood_is_refused_by_name(query, code, word):
    caller, _ = verifier()
    got = caller.get(f"{URL}?{query}")
    assert (got.json["code"], got.json["data"]) == (code, None)
    assert word in got.json["message"]


def test_grant_without_the_door_tells_nothing():
    caller, _ = verifier(doors=["gateway"])
    assert caller.get(f"{URL}?code=k000003&amount=0.75").json["code"] == "api-403"
    assert caller.get("/gateway/people_list/lookup?code=k000003&columns=amount").json["code"] == "200"


def test_hidden_row_is_not_told_from_a_missing_one():
    caller, _ = verifier(row_filter="amount > 1")
    assert caller.get(f"{URL}?code=k000003&name=张3").json["data"] == caller.get(f"{URL}?code=no&name=张3").json["data"]


@pytest.mark.parametrize("has_index", [True, False])
def test_many_are_answered_in_order_each_with_its_code(has_index):
    caller, resource = verifier()
    if has_index:
        actions.index_keys(resource, actor=SYSTEM)
    rows = [
        {"code": "k000004", "name": "张4", "金额": 1}, ["k000003", "张4", "0.75"], {"code": "none", "name": "张4", "amount": 0},
        ["k000004"], {"code": "k000004", "name": None, "amount": 1}, ["k000004", "张4", 2.5],
    ]
    told = caller.post(URL, {"items": ["name", "amount"], "rows": rows}).json["data"]
    assert [one["code"] for one in told] == ["200", "200", "204", "api-400", "api-400", "200"]
    assert [one["data"] and list(one["data"].values()) for one in told] == [
        ["一致", "一致"], ["不一致", "一致"], ["查无", "查无"], None, None, ["一致", "不一致"],
    ]
    assert "不能是空值" in told[4]["message"]


@pytest.mark.parametrize(("content", "word"), [
    ({"items": ["name"], "rows": []}, "1 到 100,000"), ({"items": "name", "rows": [["k", "1"]]}, "数组"),
    ({"rows": [["k", "1"]]}, "至少给出一项"), ({"items": ["name"], "rows": [["k", "1"]], "x": 1}, "成员"),
    ({"items": ["code"], "rows": [["k", "1"]]}, "code"), (b"[1]", "JSON 对象"), (b"\xff", "JSON"), (b"", "JSON"),
    ({"items": ["name"], "rows": [["k", "1"]] * (MOST_ROWS + 1)}, "1 到 100,000"),
])  # fmt: skip
def test_body_that_is_none_is_a_sentence(content, word):
    caller, _ = verifier()
    got = caller.post(URL, content)
    assert got.status in (400, 403)
    assert word in got.json["message"]


def test_body_too_large_is_413_and_one_cut_short_is_400():
    caller, _ = verifier()
    headers = signing.sign("POST", URL, app_id=caller.app_id, secret=caller.secret)
    assert get(URL, method="POST", headers=headers, CONTENT_LENGTH=str(1 << 30)).json["code"] == "api-413"
    assert get(URL, method="POST", headers=headers, CONTENT_LENGTH="10").json["code"] == "api-400"


def test_whom_it_was_about_is_on_record_by_key_and_by_claim_but_no_claim_is():
    caller, _ = verifier()
    Item.objects.filter(field__in=("code", "name")).update(sensitive="resident_id")
    stamps.forget()
    caller.post(URL, {"items": ["name"], "rows": [["k000003", "secret-claim"], ["k000004", "张4"]]})
    assert [len(traces_about(one, Period())) for one in ("k000003", "secret-claim", "张4")] == [1, 1, 1]
    log.settle()
    with sqlite3.connect(log.path()) as connection:
        entry = connection.execute("SELECT door, action, rows, columns FROM access ORDER BY id DESC").fetchone()
        assert entry == ("verify", "verify", 2, "name")
        assert "secret-claim" not in "\n".join(connection.iterdump())


def test_a_hundred_thousand_are_a_few_statements(monkeypatch):
    caller, resource = verifier()
    actions.index_keys(resource, actor=SYSTEM)
    monkeypatch.setattr(engine, "cursor", lambda: pytest.fail("the key index answers"))
    found = factories.key_index("people_list")
    asked: list[str] = []
    assert found is not None
    found._connection.set_trace_callback(asked.append)
    rows = [[f"k{n:06d}", "张3"] for n in range(50_000)] * 2
    told = caller.post(URL, {"items": ["name"], "rows": rows}).json["data"]
    assert len(told) == MOST_ROWS
    assert told[3] == told[50_003] == {"code": "200", "data": {"name": "一致"}}
    assert len(asked) <= 3
