"""Receipts of exchanges: made while rows pass, verified with nothing but the file, every change of it told."""

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from suixin.data.access.granted import evidence
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.plans import plan_of
from suixin.data.access.receipt_checks import is_exchange, told_of, verify_exchange
from suixin.data.access.receipts import known_keys
from suixin.data.access.tests.factories import filled, grant, node_at
from suixin.kit.actor import PUBLIC, SYSTEM
from suixin.kit.errors import BadRequest, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch) as folder:
        yield folder


@pytest.fixture
def plan():
    given = grant(filled(5000), row_filter="number < 9")
    return plan_of(given, PUBLIC, given.resource.contract, door=Door.SHARE)


def written(plan, folder, change=lambda rows: rows):
    """The rows of the plan as a file that somebody holds."""
    path = folder / "rows.parquet"
    rows = pa.concat_tables(list(evidence.rows_of(plan)))
    pq.write_table(change(rows), path)
    return path


def test_receipt_names_what_was_given_and_verifies_off_line_with_its_rows(plan, node):
    envelope = evidence.receipt_of(plan)
    assert is_exchange(envelope)
    verdict = verify_exchange(envelope, trusted=list(known_keys()), rows=written(plan, node))
    assert verdict.is_intact, verdict.faults
    told = dict(told_of(verdict.statement))
    assert (told["授权"], told["行条件"], told["脱敏"]) == (plan.grant, "number < 9", "name(name)")
    assert told["行数"] == f"{sum(rows.num_rows for rows in evidence.rows_of(plan)):,}"


@pytest.mark.parametrize("place", ["requester", "grant", "query", "versions", "rows", "root", "columns"])
def test_any_part_that_was_changed_is_told(plan, place):
    whole = orjson.loads(evidence.receipt_of(plan))
    told = whole["receipt"][place]
    whole["receipt"][place] = {**told, next(iter(told)): 7} if isinstance(told, dict) else told[:-1]
    content = orjson.dumps(whole, option=orjson.OPT_SORT_KEYS) + b"\n"
    assert not verify_exchange(content, trusted=list(known_keys())).is_intact


def test_rows_that_differ_are_named_by_their_chunk(plan, node):
    envelope, keys = evidence.receipt_of(plan), list(known_keys())
    cut = verify_exchange(envelope, trusted=keys, rows=written(plan, node, lambda rows: rows.slice(1)))
    assert [one.what for one in cut.faults] == ["rows"]
    turned = written(plan, node, lambda rows: pa.concat_tables([rows.slice(2000), rows.slice(0, 2000)]))
    assert "第 1 块" in verify_exchange(envelope, trusted=keys, rows=turned).faults[0].sentence
    assert [one.what for one in verify_exchange(envelope, trusted=["0" * 32]).faults] == ["signer"]


def test_delivery_is_receipted_by_the_grants_uuid_and_door():
    given = grant(filled(5), subject_kind=SubjectKind.ORGANISATION, subject_key="11510900MB1X000011", doors=["share"])
    envelope = evidence.delivery_receipt(str(given.uuid), "share", None, actor=SYSTEM)
    assert orjson.loads(envelope)["receipt"]["requester"]["name"] == "市数据局"
    with pytest.raises(BadRequest, match="没有通道"):
        evidence.delivery_receipt(str(given.uuid), "rows", None, actor=SYSTEM)
    with pytest.raises(NotFound):
        evidence.delivery_receipt("nonsense", "share", None, actor=SYSTEM)
