"""One grant, two back ends: DuckDB over rows and Python over a record show the same, for random grants and rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import duckdb
import orjson
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.data.access.conditions import output_sql
from suixin.data.access.models import Door, Grant
from suixin.data.access.plans import plan_of
from suixin.data.access.sqltext import identifier
from suixin.data.access.tests.factories import SPECS, table_of
from suixin.data.access.values import dumps
from suixin.data.catalog.contract import Contract
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.ground.security.masks import MASKS
from suixin.kit.actor import PUBLIC

CONTRACT = Contract("c", "people_list", "试验", SPECS)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS = [spec.field for spec in SPECS]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20) | st.sampled_from(
    ["欧阳锋", "13800000001", "0825-2220112", "四川省遂宁市船山区德水路1号", "z@x.cn", "510903199001010012", "105.571234,30.5"]
)
RECORDS = st.fixed_dictionaries({
    "code": TEXTS, "name": TEXTS | st.none(), "phone": TEXTS | st.none(),
    "amount": st.decimals("-1e9", "1e9", places=2) | st.none(),
    "day": st.dates(date(1, 1, 1), date(9999, 1, 1)) | st.none(),
    "at": st.integers(-(2**50), 2**52).map(lambda micros: EPOCH + timedelta(microseconds=micros)) | st.none(),
    "score": st.floats(allow_nan=False, allow_infinity=False) | st.none(), "active": st.booleans() | st.none(),
    "number": st.integers(-(2**63), 2**63 - 1) | st.none(), "note": TEXTS | st.none(),
})
FILTERS = st.sampled_from([
    "", "number > 5", "active OR amount < 100.5", "day >= DATE '2000-01-01' AND name IS NOT NULL", "NOT (score <= 0)",
    "姓名 LIKE '张%' OR length(备注) > 3", "code IN ('a', 'b') OR number BETWEEN 0 AND 1000", "at > TIMESTAMP '2000-01-01 00:00:00'",
])
GRANTS = st.builds(
    Grant, columns=st.lists(st.sampled_from(FIELDS), min_size=1, unique=True), row_filter=FILTERS,
    masks=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["", *MASKS])),
)


def stored(record):
    """The record as the key index keeps it."""
    return orjson.loads(orjson.dumps(record, default=lambda value: format(value, "f") if isinstance(value, Decimal) else value))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=RECORDS, grant=GRANTS)
def test_sql_and_python_show_the_same(record, grant, tmp_path):
    table = table_of([record | {"score": record["score"]}])
    path = tmp_path / f"{uuid4()}.parquet"  # the engine remembers files, and a clock of files ticks slowly
    pq.write_table(table, path)
    plan = plan_of(grant, PUBLIC, CONTRACT, door=Door.ROWS)
    file = DataFile(str(path), 1, 1, {}, {})
    sql, parameters = plan.select_sql(Snapshot("people_list", 1, (file,), 1, table.schema))
    outputs = ", ".join(output_sql(identifier(column.field), column.type) for column in plan.columns)
    with duckdb.connect() as con:
        rows = con.execute(f"SELECT {outputs} FROM ({sql})", parameters).fetchall()
    by_sql = [orjson.loads(dumps(dict(zip(plan.fields, row, strict=True)))) for row in rows]
    shown = plan.apply(stored(record))
    assert by_sql == ([] if shown is None else [orjson.loads(dumps(shown))])
