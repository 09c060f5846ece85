"""Pages out of the key index are those of DuckDB, byte for byte, and each continues the other."""

import pytest

from suixin.data.access import indexed, plans
from suixin.data.access.models import Door
from suixin.data.access.query import parse_query
from suixin.data.access.rows import fetch_page
from suixin.data.access.tests.factories import filled, grant
from suixin.data.access.values import dumps
from suixin.data.lake import index
from suixin.data.lake.snapshots import snapshot
from suixin.kit.actor import PUBLIC

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(db):
    resource = filled(60, write_mode="upsert")
    grant(resource, masks={"phone": "mobile"}, columns=[item.field for item in resource.contract.items if item.field != "note"])
    return plans.open_plan(PUBLIC, resource, door=Door.ROWS)


def pages(plan, size, columns="", *, build_at=0):
    """JSON of every page; the index is built before page number `build_at`."""
    found: list[object] = []
    after = ""
    while True:
        if len(found) == build_at:
            index.build_index(plan.contract, snapshot(plan.table))
        asked = {"page_size": str(size), **({"after": after} if after else {}), **({"columns": columns} if columns else {})}
        page = fetch_page(plan, parse_query(list(asked.items()), plan), snapshot(plan.table))
        found.append(dumps([page.rows, page.total]))
        after = page.next_after
        if not after:
            return found


@pytest.mark.parametrize("size", [1, 7, 59, 60, 100])
@pytest.mark.parametrize("columns", ["", "phone,at", "编码,金额"])
def test_pages_are_the_same_as_without_index(plan, size, columns):
    without = pages(plan, size, columns, build_at=-1)
    assert pages(plan, size, columns) == without


def test_index_takes_over_between_two_pages(plan):
    without = pages(plan, 7, build_at=-1)
    assert pages(plan, 7, build_at=3) == without


def test_duckdb_goes_on_where_the_index_stopped(plan, monkeypatch):
    without = pages(plan, 7, build_at=-1)
    index.build_index(plan.contract, snapshot(plan.table))
    first = fetch_page(plan, parse_query([("page_size", "7")], plan), snapshot(plan.table))
    monkeypatch.setattr(indexed, "index_for", lambda *_: None)
    second = fetch_page(plan, parse_query([("page_size", "7"), ("after", first.next_after)], plan), snapshot(plan.table))
    assert [dumps([page.rows, page.total]) for page in (first, second)] == without[:2]


@pytest.mark.parametrize("value", ["k000003", "k000007", "nobody"])
def test_row_of_a_key_is_the_same_as_without_index(plan, value):
    query = parse_query([("code__exact", value), ("columns", "code,phone,at")], plan)
    without = fetch_page(plan, query, snapshot(plan.table))
    index.build_index(plan.contract, snapshot(plan.table))
    assert indexed.index_for(plan, query, snapshot(plan.table)) is not None
    found = fetch_page(plan, query, snapshot(plan.table))
    assert dumps([found.rows, found.total]) == dumps([without.rows, without.total])


@pytest.mark.parametrize("asked", [("number__exact", "3"), ("number__sort", "asc"), ("number__groupby", "")])
def test_other_questions_are_not_answered_from_the_index(plan, asked):
    index.build_index(plan.contract, snapshot(plan.table))
    assert indexed.index_for(plan, parse_query([asked], plan), snapshot(plan.table)) is None


def test_hidden_or_masked_key_is_not_walked(plan):
    index.build_index(plan.contract, snapshot(plan.table))
    query = parse_query([], plan)
    assert indexed.index_for(plan, query, snapshot(plan.table)) is not None
    assert indexed.index_for(plan.narrowed(["phone", "day"]), query, snapshot(plan.table)) is None
