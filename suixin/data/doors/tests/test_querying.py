"""Rows, statistics and lookups of many through the gateway."""

from dataclasses import replace

import pytest
from django.conf import settings

from suixin.data.doors.tests.client import get, shared

pytestmark = pytest.mark.django_db
ROWS, AGGREGATE, LOOKUP = (f"/gateway/people_list/{one}" for one in ("rows", "aggregate", "lookup"))


def test_many_keys_are_looked_up_in_order():
    caller, _ = shared(columns=["name", "amount"])
    told = caller.post(LOOKUP, {"columns": ["amount"], "keys": ["k000004", "none", ["k000003"], {"编码": "k000005"}, 7, None]}).json["data"]
    assert [one["code"] for one in told] == ["200", "204", "200", "200", "204", "api-400"]
    assert [one["data"] for one in told[:4]] == [{"amount": 1}, None, {"amount": 0.75}, {"amount": 1.25}]


def test_rows_are_found_by_conditions_page_by_page_signed_only():
    caller, _ = shared(columns=["code", "name", "amount"])
    url = f"{ROWS}?amount__greater=1&page_size=2&columns=code,name"
    first = caller.get(url).json
    assert (first["code"], [row["code"] for row in first["data"]]) == ("200", ["k000004", "k000005"])
    assert first["data"][0]["name"] == "张*"
    second = caller.get(f"{url}&after={first['meta']['after']}").json
    assert [row["code"] for row in second["data"]] == ["k000006", "k000008"]
    assert caller.post(ROWS, {"amount__exact": 0.75, "columns": "code"}).json["data"] == [{"code": "k000003"}]
    assert caller.get(f"{ROWS}?code__exact=none").json["code"] == "204"
    assert get(ROWS).json["code"] == "api-401"


def statistician(monkeypatch, least):
    """A caller that may ask for statistics only; groups of fewer rows than `least` stay hidden."""
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, small_group=least))
    return shared(columns=["code", "active", "amount", "name"], doors=["aggregate"])[0]


def test_statistics_over_all_rows_and_by_group(monkeypatch):
    caller = statistician(monkeypatch, 5)
    assert caller.get(f"{AGGREGATE}?amount__count&amount__max").json["data"] == [{"amount__count": 25, "amount__max": 7.25}]
    told = caller.get(f"{AGGREGATE}?active__groupby&amount__count&active__sort=desc&page_size=2").json
    assert told["data"] == [{"active": True, "amount__count": 12}, {"active": False, "amount__count": 13}]
    assert (told["meta"]["total"], told["meta"]["withheld"], told["meta"]["least"]) == (3, 0, 5)
    assert caller.get(ROWS).json["code"] == "api-403"


def test_group_of_few_rows_is_withheld_and_a_single_one_takes_the_next_with_it(monkeypatch):
    caller = statistician(monkeypatch, 6)
    told = caller.get(f"{AGGREGATE}?active__groupby&amount__count").json
    assert (told["data"], told["meta"]["withheld"]) == ([{"active": False, "amount__count": 13}], 2)
    told = caller.get(f"{AGGREGATE}?active__groupby&amount__count&amount__isnotnull").json
    assert [row["amount__count"] for row in told["data"]] == [13, 12]


def test_one_person_s_value_is_in_no_statistic(monkeypatch):
    caller = statistician(monkeypatch, 5)
    few = caller.get(f"{AGGREGATE}?amount__sum&code__exact=k000003").json
    assert (few["code"], few["data"], few["meta"]["withheld"]) == ("204", [], 1)
    mostly_empty = "code__in=k000000,k000007,k000014,k000021,k000028,k000003"
    told = caller.get(f"{AGGREGATE}?amount__sum&amount__count&{mostly_empty}").json
    assert told["data"] == [{"amount__sum": None, "amount__count": None}]


@pytest.mark.parametrize(("query", "word"), [
    ("number__groupby", "须有汇总"), ("amount__sum&columns=amount", "columns"), ("amount__sum&amount__sort=asc", "排序"),
    ("name__sum", "不是数值"), ("agg=count", "须有汇总"), ("amount__sum&after=x", "after"), ("phone__count", "phone"),
])  # fmt: skip
def test_statistics_asked_wrongly_are_a_sentence(query, word):
    caller, _ = shared(columns=["number", "amount", "name"], doors=["aggregate"])
    got = caller.get(f"{AGGREGATE}?{query}")
    assert got.status in (400, 403)
    assert word in got.json["message"]
