"""Records are found by key in the index of the version in force."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from suixin.data.lake import index, index_build
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


def test_index_never_goes_back_to_a_smaller_version():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 10), sm3="a")
    factories.land(resource, factories.rows(11, 20), sm3="b")
    later = index.build_index(resource.contract, snapshot("trial"))
    assert index.build_index(resource.contract, snapshot("trial", 1)) == later
    assert index.open_index("trial").version == 2


def test_index_of_a_version_that_is_no_more_gives_way():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 10), sm3="a")
    built = index.build_index(resource.contract, snapshot("trial"))
    built.rename(built.with_name("7.sqlite"))
    pointer = index_build.pointer_file("trial")
    pointer.unlink()
    pointer.write_text("7", "ascii")
    index.build_index(resource.contract, snapshot("trial"))
    assert index.open_index("trial").version == 1


def test_parts_of_a_composite_key_never_run_into_each_other():
    separator, mark = index_build.SEPARATOR, index_build.ESCAPE
    parts = [(f"a{separator}b", "c"), ("a", f"b{separator}c"), (f"a{mark}1b", "c"), (f"a{mark}", f"{separator}c")]
    places = {separator.join(map(index_build.escaped, pair)) for pair in parts}
    assert len(places) == len(parts)
    with duckdb.connect() as con:
        for text in (part for pair in parts for part in pair):
            row = con.execute(f"SELECT {index_build._escaped_sql('$1::VARCHAR')}", [text]).fetchone()
            assert row == (index_build.escaped(text),)
