"""Shares at rest: what they show, what changed in them, and that they end with their grant."""

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from suixin.data.access import actions, engine
from suixin.data.access.errors import VersionGone
from suixin.data.access.granted import changing, history, shares
from suixin.data.access.models import Door
from suixin.data.access.plans import plan_of
from suixin.data.access.tests.factories import filled, grant, land, node_at, record
from suixin.data.lake import storage
from suixin.data.lake.snapshots import snapshot
from suixin.kit.actor import PUBLIC, SYSTEM

pytestmark = pytest.mark.django_db
COLUMNS = ["code", "name", "amount", "number"]


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch) as folder:
        yield folder


def plan_for(given):
    return plan_of(given, PUBLIC, given.resource.contract, door=Door.SHARE)


def whole(resource):
    return grant(resource, masks={"name": ""})


def shown(plan, version=None):
    """Rows as served files hold them."""
    found = []
    for file in shares.served(plan, version).files:
        found += pq.read_table(shares.file_at(plan, file.place), columns=list(plan.fields)).to_pylist()
    return sorted(found, key=lambda row: row["code"])


def asked(plan, version=None):
    """Rows as the plan shows them."""
    with engine.cursor() as cursor:
        sql, parameters = plan.select_sql(snapshot(plan.table, version))
        return sorted(cursor.execute(sql, parameters).to_arrow_table().to_pylist(), key=lambda row: row["code"])


def told(plan, first, last):
    """Changes as the files of the feed hold them."""
    found = []
    for file in shares.changed(plan, first, last):
        found += pq.read_table(shares.file_at(plan, file.place)).to_pylist()
    return sorted((row[changing.KIND], row["code"]) for row in found)


def changed_twice(resource):
    """Version 2: two rows changed, one new, one sent again as it was; version 3: nothing of what a filter shows."""
    rows = [record(3) | {"amount": Decimal("99.00")}, record(4) | {"number": 9}, record(5), record(90)]
    land(resource, rows, sm3="two")
    land(resource, [record(92)], sm3="three")


def test_whole_grant_is_served_from_the_standard_tables_own_files():
    plan = plan_for(whole(filled(30, write_mode="upsert")))
    assert shares.is_standard(plan)
    assert [file.place.split("/")[0] for file in shares.served(plan).files] == ["std"]
    assert shown(plan) == asked(plan)
    assert not history.grants()


@pytest.mark.parametrize("limits", [{"columns": COLUMNS}, {}, {"masks": {"name": ""}, "row_filter": "number < 5"}])
def test_any_limit_is_served_from_a_table_of_the_grants_own(limits):
    plan = plan_for(grant(filled(30, write_mode="upsert"), **limits))
    assert shown(plan) == asked(plan)
    assert {file.place.split("/")[:2][1] for file in shares.served(plan).files} == {plan.grant}
    names = {name for file in shares.served(plan).files for name in pq.read_schema(shares.file_at(plan, file.place)).names}
    assert names == set(plan.fields)


def test_own_table_follows_the_standard_one_and_tells_exactly_what_changed():
    resource = filled(30, write_mode="upsert")
    plan = plan_for(grant(resource, columns=COLUMNS, row_filter="number < 5"))
    shares.served(plan)
    changed_twice(resource)
    assert shown(plan) == asked(plan)
    came = [("insert", "k000003"), ("insert", "k000090"), ("insert", "k000092")]
    assert told(plan, 2, 3) == [("delete", "k000003"), ("delete", "k000004"), *came]
    assert shown(plan, 1) == asked(plan, 1)
    feed = DeltaTable(history.folder_of(plan.grant)).load_cdf(starting_version=1).read_all()
    assert sorted(feed["_change_type"].to_pylist()) == ["delete", "delete", "insert", "insert", "insert"]


def test_standard_tables_feed_is_net_and_holds_images_of_before():
    resource = filled(30, write_mode="upsert")
    plan = plan_for(whole(resource))
    changed_twice(resource)
    images = [(f"update_{which}", code) for which in ("postimage", "preimage") for code in ("k000003", "k000004")]
    assert told(plan, 2, 2) == [("insert", "k000090"), *images]
    assert told(plan, 3, 3) == [("insert", "k000092")]


def test_row_that_leaves_a_filter_is_a_deletion_that_tells_only_what_was_shown():
    resource = filled(10, write_mode="upsert")
    plan = plan_for(grant(resource, columns=COLUMNS, row_filter="number < 5"))
    land(resource, [record(3) | {"number": 8, "amount": Decimal("77.00")}], sm3="two")
    with changing.changes(plan, 1, 2) as found:
        rows = found.cursor.execute(found.all_sql()).to_arrow_table().to_pylist()
        assert found.cursor.execute(found.written_sql()).fetchall() == []
    assert [(row[changing.KIND], row["code"], row["amount"]) for row in rows] == [("delete", "k000003", Decimal("0.75"))]


def test_version_whose_files_are_gone_is_told_as_such():
    resource = filled(10, write_mode="upsert")
    plan = plan_for(whole(resource))
    old = [file.path for file in snapshot(resource.table).files]
    land(resource, [record(3) | {"number": 8}], sm3="two")
    for path in old:
        storage.remove(Path(path))
    with pytest.raises(VersionGone, match="已清理"), changing.changes(plan, 1, 2):
        pass
    with pytest.raises(VersionGone, match="已清理"):
        shares.served(plan, 1)


def test_revoked_grant_takes_its_table_with_it(django_capture_on_commit_callbacks):
    given = grant(filled(10), columns=COLUMNS)
    plan = plan_for(given)
    shares.served(plan)
    assert history.grants() == [plan.grant]
    with django_capture_on_commit_callbacks(execute=True):
        actions.revoke_grant(given, actor=SYSTEM, reason="试验")
    assert history.grants() == []


def test_tables_without_a_living_grant_are_cleared():
    given = grant(filled(10), columns=COLUMNS)
    shares.served(plan_for(given))
    assert shares.forget_ended() == []
    type(given).objects.filter(pk=given.pk).update(state="revoked")
    assert shares.forget_ended() == [str(given.uuid)]
