"""Whatever rows come in whatever pieces, the files hold them exactly, typed, and in key order."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.lake import delta
from suixin.data.lake.errors import LakeError, SchemaMismatch, UnknownTable
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories
from suixin.data.lake.writer import BatchWriter, KeyOrder

ITEMS = (
    ItemSpec("t", "文", ItemType.TEXT), ItemSpec("n", "数", ItemType.NUMBER, length=38, scale=4), ItemSpec("d", "日", ItemType.DATE),
    ItemSpec("i", "整", ItemType.INTEGER), ItemSpec("f", "浮", ItemType.DOUBLE), ItemSpec("b", "是否", ItemType.BOOLEAN),
    ItemSpec("m", "时", ItemType.DATETIME),
)  # fmt: skip
CONTRACT = Contract(code="c", table="any", title="t", items=ITEMS)
EARLIEST, LATEST = dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)  # noqa: DTZ001 hypothesis wants naive bounds
ROW = st.tuples(
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=90),
    st.none() | st.decimals(min_value=-(10**33), max_value=10**33, places=4), st.none() | st.dates(),
    st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.floats(), st.none() | st.booleans(),
    st.none() | st.datetimes(timezones=st.just(dt.UTC), min_value=EARLIEST, max_value=LATEST),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=30), st.integers(1, 7))
def test_snapshot_holds_what_was_written_and_its_ranges_are_true(lake, rows, size):
    contract = Contract(code="c", table=f"t{id(rows)}-{len(list(lake.rglob('*.json')))}", title="t", items=ITEMS)
    schema = pa.schema([pa.field(item.field, item.arrow_type) for item in ITEMS])
    columns = list(zip(*rows, strict=True)) or [() for _ in ITEMS]
    data = pa.table([pa.array(list(c), f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
    delta.ensure_table(contract)
    with BatchWriter(contract, batch_id=3, first_id=11) as writer:
        for piece in data.to_batches(max_chunksize=size):
            writer.write(piece)
        done = writer.finish()
    delta.commit(delta.open_table(contract.table), contract.table, delta.Change(done.files), facts={"batch": 3})
    held = snapshot(contract.table)
    assert held.rows == len(rows)
    read = pa.concat_tables([pq.read_table(path) for path in held.paths]) if held.files else None
    assert read is None or str(read.select(schema.names).cast(schema).to_pylist()) == str(data.to_pylist())
    for file in held.files:
        for name, (low, high) in file.ranges.items():
            assert read is not None
            assert all(
                low <= value <= high for value in read.column(name).to_pylist() if value is not None and value == value
            )


@given(st.lists(st.tuples(st.sampled_from("abc中"), st.integers(0, 3)), max_size=20), st.integers(1, 5))
def test_key_order_is_noticed_over_any_pieces(keys, size):
    order = KeyOrder(("a", "b"))
    table = pa.table({"a": [a for a, _ in keys], "b": pa.array([b for _, b in keys], pa.int64())})
    for start in range(0, len(keys), size):
        order.see(table.slice(start, size))
    assert order.is_sorted == (keys == sorted(keys))


def test_leaving_without_finish_removes_everything(lake):
    with BatchWriter(factories.contract_of("trial"), batch_id=1, first_id=1) as writer:
        writer.write(factories.rows(1, 100_000))
    assert not [path for path in lake.rglob("*") if path.is_file()]


def test_wrong_columns_are_an_error_and_leave_nothing(lake):
    with pytest.raises((LakeError, KeyError)), BatchWriter(CONTRACT, batch_id=1, first_id=1) as writer:
        writer.write(pa.table({"x": [1]}))
    assert not [path for path in lake.rglob("*") if path.is_file()]


def test_table_at_rest_refuses_other_columns_by_name():
    delta.ensure_table(CONTRACT)
    with pytest.raises(SchemaMismatch, match="：n。"):
        delta.ensure_table(CONTRACT.with_items(tuple(item for item in ITEMS if item.field != "n")))


def test_unknown_table_and_version_are_named():
    with pytest.raises(UnknownTable, match="尚无数据"):
        snapshot("nothing")
    with pytest.raises(UnknownTable, match="不合规"):
        snapshot("../etc")
    delta.ensure_table(CONTRACT)
    with pytest.raises(UnknownTable, match="没有版本 7"):
        snapshot("any", 7)


def test_decimals_of_38_digits_come_back_whole():
    contract = Contract(
        code="c", table="wide", title="t", items=(ItemSpec("n", "数", ItemType.NUMBER, length=38, scale=2),)
    )
    delta.ensure_table(contract)
    value = Decimal("123456789012345678901234567890123456.78")
    with BatchWriter(contract, batch_id=1, first_id=1) as writer:
        writer.write(pa.table({"n": pa.array([value], pa.decimal128(38, 2))}))
        done = writer.finish()
    delta.commit(delta.open_table("wide"), "wide", delta.Change(done.files), facts={"batch": 1})
    assert pq.read_table(snapshot("wide").paths).column("n").to_pylist() == [value]
