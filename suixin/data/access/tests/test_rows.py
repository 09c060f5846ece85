"""Pages: operators, order, position, totals, groups; against plain Python over the same records."""

from decimal import Decimal

import pytest

from suixin.data.access import plans
from suixin.data.access.errors import BadToken, ColumnOutsideGrant, UnknownColumn, UnknownParameter, WrongValue
from suixin.data.access.models import Door
from suixin.data.access.query import parse_query
from suixin.data.access.rows import fetch_page
from suixin.data.access.tests.factories import filled, grant, land, record
from suixin.data.catalog.models import Resource
from suixin.data.lake.snapshots import snapshot
from suixin.kit.actor import PUBLIC

pytestmark = pytest.mark.django_db
RECORDS = [record(n) for n in range(50)]


@pytest.fixture
def plan(db):
    resource = filled(50)
    grant(resource, masks={"phone": "mobile"}, columns=[f for f in RECORDS[0] if f != "note"])
    return plans.open_plan(PUBLIC, resource, door=Door.ROWS)


def ask(plan, **parameters):
    """A page for the parameters."""
    return fetch_page(plan, parse_query(list(parameters.items()), plan), snapshot(plan.table))


def codes(plan, **parameters):
    """Codes of all pages."""
    found, after = [], ""
    while True:
        page = ask(plan, **parameters, **({"after": after} if after else {}))
        found += [row["code"] for row in page.rows]
        after = page.next_after
        if not after:
            assert page.total == len(found)
            return found


def expected(test):
    """Codes of the records that pass."""
    return [r["code"] for r in RECORDS if test(r)]


OPERATORS = [
    ("number__exact", "3", lambda r: r["number"] == 3),
    ("数量__exact", "3", lambda r: r["number"] == 3),
    ("number__differs", "3", lambda r: r["number"] not in (3, None)),
    ("code__contains", "K00001", lambda r: "k00001" in r["code"]),
    ("code__notcontains", "1", lambda r: "1" not in r["code"]),
    ("number__in", "1,2", lambda r: r["number"] in (1, 2)),
    ("number__notin", "1,2", lambda r: r["number"] not in (1, 2, None)),
    ("amount__less", "2.5", lambda r: r["amount"] is not None and r["amount"] <= Decimal("2.5")),
    ("amount__greater", "2.5", lambda r: r["amount"] is not None and r["amount"] >= Decimal("2.5")),
    ("score__strictly_less", "2.5", lambda r: r["score"] is not None and r["score"] < 2.5),
    ("day__strictly_greater", "2024-01-20", lambda r: r["day"] is not None and str(r["day"]) > "2024-01-20"),
    ("at__greater", "2024-01-01T20:00:00", lambda r: r["at"] is not None and r["at"].hour >= 12),
    ("active__exact", "true", lambda r: r["active"] is True),
    ("name__isnull", "", lambda r: r["name"] is None),
    ("name__isnotnull", "", lambda r: r["name"] is not None),
]


@pytest.mark.parametrize(("parameter", "value", "test"), OPERATORS, ids=[o[0] for o in OPERATORS])
def test_operator_finds_exactly_its_rows(plan, parameter, value, test):
    assert codes(plan, **{parameter: value, "page_size": "4"}) == expected(test)


def test_filter_acts_on_the_mask_not_on_the_value(plan):
    assert ask(plan, phone__exact="13800000001").total == 0
    assert "138****0001" in [row["phone"] for row in ask(plan, phone__contains="0001").rows]


@pytest.mark.parametrize("column", ["number", "amount", "day", "at", "score", "active", "name", "phone"])
@pytest.mark.parametrize("way", ["asc", "desc"])
def test_sorted_pages_hold_every_row_once_nulls_last(plan, column, way):
    found = codes(plan, **{f"{column}__sort": way, "page_size": "3"})
    assert sorted(found) == [r["code"] for r in RECORDS]
    nulls = [r["code"] for r in RECORDS if r["name"] is None]
    assert found[-len(nulls):] == nulls


def test_pages_in_key_order_across_overlapping_batches(plan):
    resource = Resource.objects.get()
    land(resource, [record(n) for n in range(80, 20, -1) if n >= 50 or n % 2], sm3="two")
    found = codes(plan, page_size="7")
    assert found == sorted(found)


def test_columns_are_narrowed_and_aliased(plan):
    row = ask(plan, columns="编码,amount").rows[1]
    assert list(row) == ["code", "amount"]
    assert row["amount"] == Decimal("0.25")


def test_groups_count_sum_and_page(plan):
    page = ask(plan, number__groupby="", code__count="", amount__sum="", page_size="3")
    assert page.total == 11
    assert [row["number"] for row in page.rows] == [0, 1, 2]
    rows = [r for r in RECORDS if r["number"] == 1]
    assert page.rows[1]["code__count"] == len(rows)
    assert page.rows[1]["amount__sum"] == sum(r["amount"] for r in rows)
    assert [r["number"] for r in ask(plan, groupby="number", agg="count", page_size="3", after=page.next_after).rows] == [3, 4, 5]


@pytest.mark.parametrize(("parameters", "error"), [
    ({"nothing": "1"}, UnknownParameter), ({"nothing__exact": "1"}, UnknownColumn), ({"code__like": "1"}, UnknownParameter),
    ({"number__exact": "x"}, WrongValue), ({"number__exact": "9" * 30}, WrongValue), ({"day__less": "2024-13-01"}, WrongValue),
    ({"page_size": "0"}, WrongValue), ({"page_size": "1001"}, WrongValue), ({"after": "abc"}, BadToken), ({"after": "é"}, BadToken),
    ({"number__contains": "1"}, WrongValue), ({"code__sort": "up"}, WrongValue), ({"code__sum": "", "number__groupby": ""}, WrongValue),
    ({"code__count": ""}, UnknownParameter), ({"note__exact": "x"}, ColumnOutsideGrant), ({"columns": "note"}, ColumnOutsideGrant),
    ({"amount__exact": "1e30"}, WrongValue), ({"amount__exact": "nan"}, WrongValue), ({"code__exact": "a\0"}, WrongValue),
])
def test_bad_parameter_is_refused_by_name(plan, parameters, error):
    with pytest.raises(error):
        ask(plan, **parameters)


def test_token_of_another_order_is_refused(plan):
    after = ask(plan, page_size="3").next_after
    with pytest.raises(BadToken):
        ask(plan, number__sort="asc", after=after)
    with pytest.raises(BadToken):
        ask(plan, after=("A" if after[0] != "A" else "B") + after[1:])
