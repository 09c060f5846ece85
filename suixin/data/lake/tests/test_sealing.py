"""Sealed items at rest: nothing in the clear, found by blind index, opened by whoever has the key."""

from dataclasses import replace

import pyarrow as pa
import pytest
from pyarrow import parquet

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.lake import delta, index, rejects, sealing, snapshots, storage
from suixin.data.lake.errors import Unopened
from suixin.data.lake.tests import factories
from suixin.kit import sealed_cells
from suixin.kit.keyring import KeyMissing, Kind

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "510903189912310011"


@pytest.fixture
def people(monkeypatch):
    """A resource whose key and name are sealed, two rows in it."""
    specs = tuple(replace(spec, is_sealed=spec.field in ("code", "name", "amount", "day", "at")) for spec in factories.SPECS)
    monkeypatch.setattr(factories, "SPECS", specs)
    resource = factories.make_resource("people")
    factories.land(resource, _named(["李四", SECRET]), sm3="one")
    return resource


def _named(names):
    rows = factories.rows(1, len(names))
    return rows.set_column(0, "code", pa.array(names)).set_column(1, "name", pa.array(names))


def test_nothing_in_the_clear_lies_in_the_lake(people, lake):
    index.build_index(people.contract, snapshots.snapshot("people"))
    files = [path for path in lake.parent.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in files)
    for word in (SECRET, "李四", "2020-01-0", "1.25"):
        assert not [path for path in files if word.encode() in path.read_bytes()]


def test_statistics_tell_nothing_of_a_sealed_item(people):
    file = snapshots.snapshot("people").files[0]
    assert set(file.ranges) & {"code", "name", "amount", "day", "at"} == set()
    assert "score" in file.ranges
    assert all(set(group.ranges) & {"code", "name", "amount"} == set() for group in file.groups)


def test_a_record_is_found_by_its_sealed_key(people):
    index.build_index(people.contract, snapshots.snapshot("people"))
    held = index.open_index("people")
    record = held.get(sealing.stored_key(people.contract, (SECRET,), held.sealed))
    assert record is not None
    assert "$" in str(record["code"])
    full_width = SECRET.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert held.get(sealing.stored_key(people.contract, (f" {full_width} ",), held.sealed)) == record


def test_upsert_replaces_by_sealed_key(people):
    done = factories.land(people, _named([SECRET, "王五"]), sm3="two")
    assert (done.rows, done.replaced) == (3, 1)


def test_values_open_to_their_types(people):
    files = snapshots.snapshot("people").paths
    table = parquet.read_table(files)
    for item in people.contract.sealed:
        column = table.column(item.field).combine_chunks()
        texts = sealing.open_texts(f"people.{item.field}", column)
        assert sealing.texts_of(item, texts.cast(item.arrow_type)).equals(texts)
        assert texts.null_count == 0


def test_a_value_moved_to_another_column_does_not_open(people):
    column = parquet.read_table(snapshots.snapshot("people").paths).column("name").combine_chunks()
    with pytest.raises(Unopened, match=r"people\.code"):
        sealing.open_texts("people.code", column)


def test_a_lost_key_version_is_named(people):
    ring = sealing._ring()
    place = sealing.place_of("people", "name")
    version, key = ring.derived("lake", Kind.SEAL, place)
    sealed = sealed_cells.seal_value(b"x", key=key[:16], version=version + 40, aad=place)
    with pytest.raises(KeyMissing, match=f"第 {version + 40} 版"):
        sealing.open_text("people", "name", sealed)


@pytest.mark.parametrize("kind", [ItemType.DATE, ItemType.DATETIME, ItemType.NUMBER, ItemType.BOOLEAN, ItemType.DOUBLE])
def test_null_stays_null_whatever_the_type(kind):
    item = ItemSpec("f", "项", kind, 12, 2 if kind is ItemType.NUMBER else None, is_sealed=True)
    nothing = pa.array([None] * 3, item.arrow_type)
    texts = sealing.texts_of(item, nothing)
    assert sealing.seal_texts("t", "f", texts).null_count == sealing.blind_texts("t", "f", texts).null_count == 3


def test_rejected_rows_are_sealed_and_read_back(tmp_path):
    class Row:
        row, text, reasons = 7, '{"证件号": "510903189912310011"}', ({"sentence": f"“{SECRET}”不合规则"},)

    writer = rejects.RejectsWriter("people", batch_id=5, draft=storage.rejects_folder("people") / ".5-x.draft", is_sealed=True)
    writer.write([Row()])
    path = writer.publish()
    assert path is not None
    assert SECRET.encode() not in path.read_bytes()
    assert rejects.read_rejects("people", 5)[0].reasons[0]["sentence"] == f"“{SECRET}”不合规则"


def test_delta_log_knows_bytes_and_a_blind_column(people):
    names = {field.name: str(field.type) for field in delta.open_table("people").schema().fields}
    assert "binary" in names["code"]
    assert "string" in names["__bx_code"]
