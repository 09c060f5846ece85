"""Quotas at a door: answered calls count, the next is `api-429` with Retry-After, cheaply and on record; nothing else counts."""

import sqlite3
from datetime import datetime, timedelta
from threading import Thread
from types import SimpleNamespace

import pytest

from suixin.data.access import log, quotas, usage
from suixin.data.access.errors import OverQuota
from suixin.data.access.models import Grant
from suixin.data.access.tests.factories import filled, grant
from suixin.data.doors import records
from suixin.data.doors.tests.client import get, shared
from suixin.kit import clock

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/lookup?code=k000003"
NOON = datetime(2026, 3, 2, 12, 0, 0, 250_000, clock.CHINA)


def codes(caller, count, url=URL):
    """Codes of so many signed calls."""
    return [caller.get(url).json["code"] for _ in range(count)]


def test_a_second_has_so_many_calls_and_the_next_has_them_again():
    caller, _ = shared(per_second=2, valid_from=NOON)
    with clock.frozen(NOON):
        assert codes(caller, 3) == ["200", "200", "api-429"]
        assert caller.get(URL).headers["Retry-After"] == "1"
    with clock.frozen(NOON + timedelta(seconds=1)):
        assert codes(caller, 3) == ["200", "200", "api-429"]


def test_a_day_has_so_many_calls_until_midnight_in_china():
    caller, _ = shared(per_day=2, valid_from=NOON)
    with clock.frozen(NOON):
        assert codes(caller, 3) == ["200", "200", "api-429"]
        assert caller.get(URL).headers["Retry-After"] == "43200"
    with clock.frozen(NOON + timedelta(hours=12)):
        assert codes(caller, 1) == ["200"]
        assert quotas.used(Grant.objects.get(), spent=log.spent_path()) == quotas.Used(1, 2, None)


def test_refusals_and_replays_count_nothing_and_no_record_counts_as_an_answer():
    caller, _ = shared(per_day=2)
    assert codes(caller, 1, "/gateway/people_list/lookup?code=k000003&columns=phone") == ["api-4032"]
    nonce = "nonce-of-sixteen-characters"
    assert [caller.get(URL, X_Nonce=nonce).status, *codes(caller, 3, "/gateway/people_list/lookup?code=nobody")] == [
        401, "204", "204", "api-429",
    ]


def test_ten_thousand_over_quota_read_no_row_and_are_on_record(monkeypatch):
    caller, _ = shared(per_day=40)
    assert codes(caller, 41) == [*["200"] * 40, "api-429"]
    monkeypatch.setattr(records, "find_record", lambda *_: pytest.fail("a row was read"))
    assert set(codes(caller, 9_999)) == {"api-429"}
    log.settle()
    with sqlite3.connect(log.path()) as held:
        assert held.execute("SELECT code, fault, count(*) FROM access GROUP BY code ORDER BY code").fetchall() == [
            ("200", "", 40), ("api-429", "OverQuota", 10_000),
        ]


def test_a_file_over_quota_is_refused_before_it_leaves():
    grant(filled(), per_day=1)
    url = "/dataset/people_list/resource/x/download/people_list.csv"
    assert [get(url).status, get(url).status] == [200, 429]


def test_writers_of_one_node_count_exactly():
    shared(per_day=50)
    given, taken = Grant.objects.get(), []
    plan = SimpleNamespace(counted_as=str(given.uuid), per_second=None, per_day=given.per_day)

    def use():
        held = sqlite3.connect(log.spent_path(), isolation_level=None, timeout=30)
        for _ in range(40):
            held.execute("BEGIN IMMEDIATE")
            try:
                quotas.take(lambda sql, given: held.execute(sql, given).fetchone(), plan, at_ms=1_000_000)
                taken.append(1)
            except OverQuota:
                pass
            held.execute("COMMIT")
        held.close()

    log._writer().spending()
    threads = [Thread(target=use) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(taken) == 50


def test_a_use_on_record_is_carried_over_once():
    caller, _ = shared(valid_from=clock.now() - timedelta(days=100))
    given = Grant.objects.get()
    assert list(usage.unused(clock.now())) == [given]
    assert usage.note_uses() == 0
    caller.get("/gateway/people_list/lookup?code=k000003&columns=phone")
    assert usage.note_uses() == 0  # a refusal is no use
    caller.get("/gateway/people_list/lookup?code=k000003")
    assert [usage.note_uses(), usage.note_uses()] == [1, 0]
    assert list(usage.unused(clock.now())) == []
