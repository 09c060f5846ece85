"""What a reader of the change feed sees of an upsert, net of rows that stayed equal."""

from collections import Counter

import pyarrow as pa
import pytest

from suixin.data.lake import compaction, delta
from suixin.data.lake.tests import factories

pytestmark = pytest.mark.django_db


def net_changes(since: int) -> list[tuple[str, object]]:
    """(key, amount) of rows that came (+) and went (-), after equal rows have cancelled out."""
    balance: Counter[tuple[object, ...]] = Counter()
    for row in pa.table(delta.open_table("trial").load_cdf(starting_version=since)).to_pylist():
        stored = tuple(value for name, value in row.items() if not name.startswith("_c"))
        balance[stored] += 1 if row["_change_type"] == "insert" else -1
    return sorted((f"{'+' if count > 0 else '-'}{row[0]}", str(row[2])) for row, count in balance.items() if count)


def test_upsert_nets_to_exactly_what_changed():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 50), sm3="a")
    factories.land(resource, factories.rows(50, 51, amount=9), sm3="b")
    assert net_changes(2) == [
        ("+k000000050", "9.00"), ("+k000000051", "9.00"), ("-k000000050", "1.25"),
    ]  # fmt: skip


def test_compaction_shows_no_change():
    resource = factories.make_resource()
    factories.land(resource, factories.rows(1, 5), sm3="a")
    factories.land(resource, factories.rows(6, 9), sm3="b")
    assert compaction.compact_table(resource.contract, at_least=2) == 3
    assert net_changes(3) == []
