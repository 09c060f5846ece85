"""Who stood in what was given in bulk: by value, per version and predicate, before and after `keep`, even when files are gone."""

from dataclasses import replace
from pathlib import Path

import pytest

from suixin.data.access import deliveries, log, versions
from suixin.data.access.log_files import rows as logged
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.plans import open_plan
from suixin.data.access.predicates import delivered
from suixin.data.access.query import parse_query
from suixin.data.access.tests import factories
from suixin.data.access.tests.factories import HOSPITAL, OUTSIDER
from suixin.data.access.traces import Period, traces_about

pytestmark = pytest.mark.django_db(transaction=True)
SPECS = tuple(replace(one, sensitive="resident_id") if one.field == "phone" else one for one in factories.SPECS)
NUMBERS = {n: f"51090318010105503{n}" for n in range(1, 7)}


def people(*, specs=SPECS, **values):
    """Six persons, granted to a hospital: those with a number under 5."""
    resource = factories.make_resource("persons", specs=specs, write_mode="upsert")
    land(resource, range(1, 7), specs=specs)
    values.setdefault("row_filter", "number < 5")
    factories.grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=HOSPITAL, **values)
    return resource


def land(resource, numbers, *, sm3="one", shift=0, specs=SPECS):
    """Those persons' rows, their `number` moved by `shift`."""
    found = [factories.record(n) | {"phone": NUMBERS[n], "number": n + shift} for n in numbers]
    factories.land(resource, found, sm3=sm3, specs=specs)


def deliver(resource, *parameters, door=Door.DOWNLOAD):
    """One delivery of the newest version to the hospital."""
    plan = open_plan(OUTSIDER, resource, door=door)
    held = versions.pinned(resource.table)
    given = delivered(plan, held.version, parse_query(list(parameters), plan).filters)
    log.write(log.Access(f"t{held.version}", 1, OUTSIDER, door.value, "csv", resource.code, "200", 1, plan, 4, delivered=given))


def finds(*numbers):
    """How many deliveries each of the persons finds."""
    return [len(traces_about(NUMBERS[n], Period(), kind="delivered")) for n in numbers]


def test_who_stood_in_it_finds_it_and_who_did_not_does_not():
    deliver(people())
    assert finds(1, 4, 5, 6) == [1, 1, 0, 0]
    [found] = traces_about(NUMBERS[1], Period())
    assert (found.is_delivery, found.organisation, found.door) == (True, HOSPITAL, "download")


@pytest.mark.parametrize("is_sealed", [False, True])
def test_each_version_is_judged_by_the_rows_it_had(is_sealed):
    specs = tuple(replace(one, is_sealed=is_sealed and one.field == "phone") for one in SPECS)
    resource = people(specs=specs)
    deliver(resource)
    land(resource, [4, 5], sm3="two", shift=-1, specs=specs)  # 5 comes in
    deliver(resource)
    land(resource, [1], sm3="three", shift=9, specs=specs)  # 1 goes out
    deliver(resource)
    assert finds(1, 2, 5, 6) == [2, 3, 2, 0]
    assert deliveries.keep() == deliveries.Kept(3, 0)
    assert finds(1, 2, 5, 6) == [2, 3, 2, 0]
    assert deliveries.keep() == deliveries.Kept(0, 0)


def test_what_was_kept_outlives_the_files_of_its_version():
    resource = people()
    deliver(resource)
    paths = versions.pinned(resource.table).paths
    deliveries.keep()
    land(resource, range(1, 7), sm3="two", shift=20)
    for path in paths:
        Path(path).unlink()
    assert finds(1, 5) == [1, 0]


def test_version_whose_files_went_first_is_told_as_lost():
    resource = people()
    deliver(resource)
    for path in versions.pinned(resource.table).paths:
        Path(path).unlink()
    assert deliveries.keep() == deliveries.Kept(0, 1)
    assert finds(1) == [0]


def test_what_the_caller_asked_for_narrows_and_stands_sealed_in_the_log():
    resource = people()
    deliver(resource, ("name__exact", "张*"), ("number__less", "2"))
    assert finds(1, 2, 3) == [1, 1, 0]
    [kept] = [row["predicate"] for row in logged("SELECT * FROM access", {}, limit=9)]
    assert not kept.startswith("[")
    deliveries.keep()
    assert finds(1, 2, 3) == [1, 1, 0]


def test_bulk_door_that_says_nothing_is_taken_for_all_that_the_grant_shows():
    resource = people()
    plan = open_plan(OUTSIDER, resource, door=Door.TABLE)
    log.write(log.Access("t", 1, OUTSIDER, Door.TABLE.value, "full", resource.code, "200", 1, plan, 4))
    assert finds(4, 5) == [1, 0]


def test_table_that_names_nobody_keeps_no_predicate():
    resource = factories.filled(3)
    factories.grant(resource)
    deliver(resource)
    assert [row["version"] for row in logged("SELECT * FROM access", {}, limit=9)] == [None]
