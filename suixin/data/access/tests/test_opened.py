"""Sealed columns through plans: found by equality only, shown opened and masked, the same in SQL and in Python."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from suixin.data.access import engine
from suixin.data.access.conditions import output_sql
from suixin.data.access.errors import BadGrant, WrongValue
from suixin.data.access.models import Door, Grant, SubjectKind
from suixin.data.access.plans import open_plan, plan_of
from suixin.data.access.query import parse_query
from suixin.data.access.rows import fetch_page
from suixin.data.access.sqltext import identifier
from suixin.data.access.tests import factories
from suixin.data.access.tests.test_plan_equality import CONTRACT, FILTERS, RECORDS
from suixin.data.access.values import dumps
from suixin.data.access.versions import pinned
from suixin.data.catalog.contract import Level
from suixin.data.lake import index, sealing
from suixin.data.lake.errors import Unopened
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.ground.security.masks import MASKS
from suixin.kit.actor import PUBLIC, SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
SEALED = {"code", "name", "amount", "day", "at", "active", "number", "score"}
SPECS = tuple(replace(spec, is_sealed=spec.field in SEALED, level=Level.L3) for spec in factories.SPECS)


@pytest.fixture
def people():
    """Fifty records, most of their items sealed, the key among them."""
    resource = factories.make_resource("sealed_list", specs=SPECS, write_mode="upsert", has_lookup=True)
    factories.land(resource, [factories.record(n) for n in range(50)], specs=SPECS)
    return resource


def ask(resource, *parameters, actor=SYSTEM):
    """The rows that the parameters find."""
    plan = open_plan(actor, resource, door=Door.ROWS)
    return fetch_page(plan, parse_query(list(parameters), plan), pinned(resource.table))


@pytest.mark.parametrize(("name", "value", "count"), [
    ("code__exact", "k000008", 1), ("code__in", "k000001,k000008,nobody", 2), ("name__exact", "张1", 9),
    ("day__exact", "2024-01-09", 2), ("amount__exact", "2", 1), ("amount__in", "2.00,2.25", 2), ("active__exact", "true", 21),
    ("number__exact", "3", 5), ("name__isnull", "", 8), ("name__isnotnull", "", 42), ("at__exact", "2024-01-01T09:00:00.000001", 2),
])
def test_equality_finds_rows_by_the_blind_index(people, name, value, count):
    assert ask(people, (name, value)).total == count


@pytest.mark.parametrize("name", [
    "code__contains", "name__notcontains", "code__differs", "code__notin", "amount__less", "day__greater", "number__strictly_less",
    "code__sort", "number__groupby", "amount__sum", "day__max",
])
def test_anything_else_is_refused_with_what_is_possible(people, name):
    asked = [(name, "asc" if name.endswith("sort") else "1")]
    if name in ("amount__sum", "day__max"):
        asked.append(("note__groupby", ""))
    with pytest.raises(WrongValue, match=r"加密存储.*(exact|count)"):
        ask(people, *asked)


def test_a_masked_sealed_column_cannot_be_probed(people):
    factories.grant(people, masks={"code": "suppress"})
    with pytest.raises(WrongValue, match="脱敏"):
        ask(people, ("code__exact", "k000008"), actor=PUBLIC)


def test_pages_walk_through_all_rows_once(people):
    seen, after = [], ""
    while True:
        page = ask(people, ("page_size", "7"), *([("after", after)] if after else []))
        seen += [row["code"] for row in page.rows]
        after = page.next_after
        if not after:
            break
    assert sorted(seen) == [f"k{n:06d}" for n in range(50)]


def test_equality_on_the_key_is_answered_from_the_index_too(people):
    without = ask(people, ("code__exact", "k000008")).rows
    index.build_index(people.contract, pinned("sealed_list"))
    assert dumps(ask(people, ("code__exact", "Ｋ000008")).rows) == dumps(without)
    assert ask(people, ("page_size", "3")).total == 50


def test_a_row_filter_over_a_sealed_item_holds(people):
    factories.grant(people, row_filter="number = 3 OR day = DATE '2024-01-09'", columns=["note", "number"])
    found = ask(people, actor=PUBLIC)
    assert found.total == len([n for n in range(50) if n % 7 and (n % 10 == 3 or date(2024, 1, 1 + n % 28) == date(2024, 1, 9))])


def test_wrong_keys_are_told_with_a_sentence(people, monkeypatch):
    monkeypatch.setattr(sealing, "_key", lambda place, version: bytes(16))
    with pytest.raises(Unopened, match=r"sealed_list\.\w+.*打不开.*备份"):
        ask(people)


def test_a_mask_may_be_declared_for_one_door(people):
    factories.grant(people, columns=["code", "name"], masks={"姓名": "", "姓名@download": "suppress"})
    by_door = {door: open_plan(PUBLIC, people, door=door).column("name").mask for door in (Door.ROWS, Door.DOWNLOAD)}
    assert by_door == {Door.ROWS: "", Door.DOWNLOAD: "suppress"}
    with pytest.raises(BadGrant, match="通道"):
        factories.grant(people, masks={"姓名@window": "suppress"})


def test_important_data_are_never_given_to_the_public(people):
    people.items.filter(field="note").update(level=Level.IMPORTANT)
    with pytest.raises(BadGrant, match="重要数据"):
        factories.grant(people)
    factories.grant(people, subject_kind=SubjectKind.ORGANISATION, subject_key=factories.HOSPITAL)


SEALED_CONTRACT = replace(CONTRACT, items=SPECS)
GRANTS = st.builds(
    Grant, columns=st.lists(st.sampled_from([spec.field for spec in SPECS]), min_size=1, unique=True), row_filter=FILTERS,
    masks=st.dictionaries(st.sampled_from([spec.field for spec in SPECS]), st.sampled_from(["", *MASKS])),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=RECORDS, grant=GRANTS)
def test_sql_and_python_show_the_same_of_sealed_values(record, grant, tmp_path):
    rows = sealing.sealed_table(SEALED_CONTRACT, factories.table_of([record], SPECS))
    path = tmp_path / "lake" / f"{uuid4()}.parquet"  # the engine remembers files, and a clock of files ticks slowly
    parquet.write_table(rows, path)
    plan = plan_of(grant, PUBLIC, SEALED_CONTRACT, door=Door.ROWS)
    held = Snapshot("people_list", 1, (DataFile(str(path), 1, 1, {}, {}),), 1, rows.schema)
    sql, parameters = plan.select_sql(held)
    outputs = ", ".join(output_sql(identifier(column.field), column.type) for column in plan.columns)
    with engine.cursor() as cursor:
        found = cursor.execute(f"SELECT {outputs} FROM ({sql})", parameters).fetchall()
    by_sql = [dumps(dict(zip(plan.fields, row, strict=True))) for row in found]
    shown = plan.apply(rows.to_pylist()[0])
    assert by_sql == ([] if shown is None else [dumps(shown)])
