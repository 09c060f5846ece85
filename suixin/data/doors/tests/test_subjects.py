"""Whom a reading was about: kept blindly beside the record, found again by the person's or firm's own number."""

import sqlite3
from datetime import timedelta

import pytest

from suixin.data.access import log, settling, stamps
from suixin.data.access.tests.factories import filled, grant
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.models import Item
from suixin.data.doors.tests.client import get, shared
from suixin.kit import clock

pytestmark = pytest.mark.django_db
KEY = "k000003"  # stands for a resident ID: what counts is the item's kind


def sensitive(kind="resident_id"):
    """The key of every resource names a person or a firm."""
    Item.objects.filter(field="code").update(sensitive=kind)
    stamps.forget()


@pytest.mark.parametrize("kind", ["resident_id", "uscc"])
def test_lookup_by_a_person_s_number_is_found_by_that_person(kind):
    caller, resource = shared()
    sensitive(kind)
    got = caller.get(f"/gateway/people_list/lookup?code={KEY}&columns=name,amount")
    found = traces_about(KEY, Period())
    assert [(one.trace_id, one.resource, one.rows, one.fields, one.reader) for one in found] == [
        (got.json["trace_id"], resource.code, 1, ("name", "amount"), caller.app_id)
    ]
    assert found[0].masked == {"name"}


def test_reading_that_found_nothing_is_a_trace_too():
    caller, _ = shared()
    sensitive()
    caller.get("/gateway/people_list/lookup?code=nobody")
    assert [one.rows for one in traces_about("NOBODY", Period())] == [0]


def test_number_itself_stands_nowhere_in_the_log():
    caller, _ = shared()
    sensitive()
    caller.get(f"/gateway/people_list/lookup?code={KEY}")
    log.settle()
    with sqlite3.connect(log.path()) as connection:
        assert KEY not in "\n".join(connection.iterdump())


def test_other_keys_and_refused_calls_leave_no_trace():
    caller, _ = shared()
    caller.get(f"/gateway/people_list/lookup?code={KEY}")
    sensitive()
    caller.get(f"/gateway/people_list/lookup?code={KEY}", X_Signature="0" * 64)
    caller.get(f"/gateway/people_list/lookup?code={KEY}&columns=phone")
    assert traces_about(KEY, Period()) == []


def test_rows_asked_for_by_the_number_are_traces_unless_it_is_masked():
    resource = filled()
    sensitive()
    grant(resource, columns=["code", "amount"])
    get(f"/api/v1/datasets/people_list/rows?code__exact={KEY}")
    get(f"/api/v1/datasets/people_list/rows?code__in=k000004,{KEY}")
    get("/api/v1/datasets/people_list/rows?amount__less=1")
    assert [len(traces_about(key, Period(), kind="looked")) for key in (KEY, "k000004", "k000001")] == [2, 1, 0]
    assert [len(traces_about(key, Period(), kind="delivered")) for key in (KEY, "k000004", "k000001")] == [3, 2, 1]
    assert [one.is_delivery for one in traces_about("k000004", Period())] == [True, False]


def test_period_and_pages_narrow():
    caller, _ = shared()
    sensitive()
    for _ in range(3):
        caller.get(f"/gateway/people_list/lookup?code={KEY}")
    today = clock.today()
    newest = traces_about(KEY, Period(today, today), limit=2)
    assert [one.number for one in newest] == [3, 2]
    assert [one.number for one in traces_about(KEY, Period(), before=2)] == [1]
    assert traces_about(KEY, Period(last=today - timedelta(days=1))) == []
    assert traces_about(KEY, Period(first=today + timedelta(days=1))) == []


def test_log_of_an_older_version_goes_on():
    caller, _ = shared()
    sensitive()
    caller.get(f"/gateway/people_list/lookup?code={KEY}")
    log.settle()
    with sqlite3.connect(log.path()) as connection:
        connection.execute("DROP TABLE subject")
    assert traces_about(KEY, Period()) == []
    with sqlite3.connect(log.path()) as connection:  # columns that came later, too
        connection.execute("DROP INDEX access_delivered")
        for name in settling.ADDED:
            connection.execute(f"ALTER TABLE access DROP COLUMN {name}")
    assert traces_about(KEY, Period()) == []
    caller.get(f"/gateway/people_list/lookup?code={KEY}")
    assert len(traces_about(KEY, Period())) == 1
