"""Records are found by key in the index of the version in force."""

from datetime import date
from decimal import Decimal

import pytest

from suixin.data.lake import index
from suixin.data.lake.errors import UnknownTable
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories

pytestmark = pytest.mark.django_db


def amount(held: index.KeyIndex, number: int) -> object:
    record = held.get((f"k{number:09d}",))
    return record and record["amount"]


def test_record_is_found_with_dates_as_iso_and_decimals_as_text():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 300), sm3="a")
    index.build_index(resource.contract, snapshot("trial"))
    assert index.open_index("trial").get(("k000000002",)) == {
        "code": "k000000002",
        "name": "名2",
        "amount": "1.25",
        "day": "2020-01-03",
        "at": "2020-01-01T08:00:00.000002+08:00",
        "score": 0.5,
    }
    assert index.open_index("trial").get(("none",)) is None


def test_next_version_copies_its_predecessor_and_applies_the_batch():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 300), sm3="a")
    index.build_index(resource.contract, snapshot("trial"))
    first = index.open_index("trial")
    factories.land(resource, factories.rows(300, 310, amount=7), sm3="b")
    index.build_index(resource.contract, snapshot("trial"))
    held = index.open_index("trial")
    assert (first.version, held.version, held.count_rows()) == (1, 2, 310)
    assert [amount(held, n) for n in (299, 300, 310)] == ["1.25", "7.00", "7.00"]


def test_files_that_overlap_are_merged_into_key_order():
    resource = factories.make_resource()
    odd = factories.rows(1, 400).take(list(range(0, 400, 2)))
    factories.land(resource, odd, sm3="a")
    factories.land(resource, factories.rows(1, 400).take(list(range(1, 400, 2))), sm3="b")
    index.build_index(resource.contract, snapshot("trial"))
    assert index.open_index("trial").count_rows() == 400


def test_table_without_index_says_so():
    with pytest.raises(UnknownTable, match="没有主键索引"):
        index.open_index("nothing")
    assert index.find_index("nothing") is None


def test_composite_and_numeric_keys_are_found_by_text_or_value(typed_index):
    held = typed_index
    assert held.get((7, "2020-01-08", "1.5")) == {"number": 7, "day": "2020-01-08", "part": "1.50", "note": "n7"}
    assert held.get(("7", "2020-01-08", "1.50")) == held.get((7, date(2020, 1, 8), Decimal("1.5")))
    assert held.get(("x", "2020-01-08", "1.5")) is None
