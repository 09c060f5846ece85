"""Keys rotate under living tables; an item sealed later leaves nothing behind in the clear."""

import os
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.catalog.models import Item
from suixin.data.lake import archive, delta, envelopes, index, rejects, repair, resealing, sealing, snapshots, storage
from suixin.data.lake.errors import UnknownTable, Unopened
from suixin.data.lake.tests import factories
from suixin.data.lake.tests.processes import run
from suixin.ground.security.actions import move_key
from suixin.kit.actor import SYSTEM
from suixin.kit.keyring import KeyStateRefused, Kind

pytestmark = pytest.mark.django_db(transaction=True)
SEALED = ("code", "name", "day")


@pytest.fixture
def people(lake, monkeypatch):
    """A resource of which nothing is sealed yet, in three files, with rejects, an original and an index."""
    resource = factories.make_resource("people")
    for number in range(3):
        factories.land(resource, factories.rows(number * 50 + 1, number * 50 + 50), sm3=f"s{number}")
    rejects.write_rejects("people", 1, [rejects.KeptReject(1, '{"名称": "名77"}', ({"sentence": "名77"},))])
    index.build_index(resource.contract, snapshots.snapshot("people"))
    return resource


def seal(resource):
    """The items promised sealed, as the catalogue's action does it."""
    resource.items.filter(field__in=SEALED).update(is_sealed=True, level=4)
    return resealing.reseal_table(resource, actor=SYSTEM)


def opened(resource):
    """All rows of the newest version, in the clear, by row number."""
    rows = parquet.read_table(snapshots.snapshot("people").paths)
    for item in resource.contract.sealed:
        place = rows.schema.get_field_index(item.field)
        texts = sealing.open_texts(f"people.{item.field}", rows.column(place).combine_chunks())
        rows = rows.set_column(place, item.field, texts.cast(item.arrow_type))
    return rows.select([*(spec.field for spec in factories.SPECS), "__id", "__batch"]).sort_by("__id")


def test_sealing_a_living_table_keeps_every_row_and_number(people):
    before = opened(people)
    done = seal(people)
    assert (done.files, done.rows, done.rejects) == (3, 150, 1)
    assert opened(people).equals(before)
    assert snapshots.snapshot("people").rows == 150
    assert "resealed" in delta.log_entry("people", snapshots.snapshot("people").version).facts


def test_nothing_of_an_item_sealed_later_stays_in_the_clear(people, lake):
    seal(people)
    files = [path for path in lake.parent.rglob("*") if path.is_file()]
    for word in ("k000000007", "名77", "2020-01-08", "k000000001"):
        assert [path for path in files if word.encode() in path.read_bytes()] == []
    assert delta.open_table("people").version() == snapshots.snapshot("people").version


def test_sealed_table_takes_batches_and_upserts_as_before(people):
    seal(people)
    done = factories.land(people, factories.rows(140, 160, amount=9), sm3="later")
    assert (done.rows, done.replaced) == (160, 11)
    index.build_index(people.contract, snapshots.snapshot("people"))
    held = index.open_index("people")
    record = held.get(sealing.stored_key(people.contract, ("k000000150",), held.sealed))
    assert record is not None
    assert record["amount"] == "9.00"


def test_sealing_twice_does_nothing_more(people):
    seal(people)
    version = snapshots.snapshot("people").version
    assert resealing.reseal_table(people, actor=SYSTEM).is_nothing
    assert snapshots.snapshot("people").version == version


def test_rotation_leaves_old_rows_readable_and_reseal_frees_the_old_key(people):
    seal(people)
    before, ring = opened(people), sealing._ring()
    old, new = sealing.current_version(), ring.rotate("lake", Kind.SEAL)
    factories.land(people, factories.rows(151, 160), sm3="new-key")
    assert opened(people).num_rows == 160
    done = resealing.reseal_table(people, actor=SYSTEM)
    assert (done.files, done.rows, done.rejects) == (1, 150, 1)
    repair.vacuum_table("people", spared=timedelta(seconds=-1))
    assert set(resealing.versions_in_use()) == {new}
    ring.retire("lake", Kind.SEAL, old)
    assert opened(people).slice(0, 150).equals(before)


def test_a_retired_key_is_named_when_rows_still_need_it(people):
    seal(people)
    ring = sealing._ring()
    old = sealing.current_version()
    ring.rotate("lake", Kind.SEAL)
    ring.retire("lake", Kind.SEAL, old)
    with pytest.raises(KeyStateRefused, match=f"第 {old} 版密钥已停用"):
        opened(people)
    ring.bring_back("lake", Kind.SEAL, old)
    assert opened(people).num_rows == 150


def test_the_key_of_blind_indexes_is_never_retired(people):
    seal(people)
    sealing._ring().rotate("lake", Kind.INDEX)
    with pytest.raises(KeyStateRefused, match="盲索引"):
        move_key("lake", Kind.INDEX, 1, to="retired", actor=SYSTEM, reason="x")


def test_older_files_go_at_once_though_the_log_tells_no_bounds_of_the_item(lake):
    resource = factories.make_resource("people")
    flag = ItemSpec("flag", "是否", ItemType.BOOLEAN)
    Item.objects.create(resource=resource, position=9, **Item.columns_of(flag))
    rows = factories.rows(1, 50)
    factories.land(resource, rows.append_column("flag", pa.array([True, False] * 25)), sm3="s0")
    older = [Path(path) for path in snapshots.snapshot("people").paths]
    resource.items.filter(field="flag").update(is_sealed=True, level=4)
    resealing.reseal_table(resource, actor=SYSTEM)
    assert [path for path in older if path.exists()] == []


def test_a_reader_of_a_version_keeps_it_while_keys_change(people):
    seal(people)
    held = snapshots.snapshot("people")
    sealing._ring().rotate("lake", Kind.SEAL)
    resealing.reseal_table(people, actor=SYSTEM)
    assert parquet.read_table(held.paths).num_rows == 150
    assert snapshots.snapshot("people", held.version) == held


def test_originals_are_resealed_and_those_of_the_first_release_sealed(people, lake, tmp_path):
    kept = archive.archive_file(factories.small_file(tmp_path, "秘密\n" * 5000), table="people")
    plain = lake / "archive" / "people" / "abc.zst"
    plain.write_bytes(zstandard.compress("旧档".encode() * 50))
    version = envelopes.version_of(lake / kept.relative_path)
    sealing._ring().rotate("lake", Kind.SEAL)
    assert archive.reseal_all_archived() == 2
    assert envelopes.version_of(lake / kept.relative_path) == version + 1
    assert not plain.exists()
    with archive.open_archived("archive/people/abc.zst") as stream:
        assert stream.read().decode() == "旧档" * 50
    assert archive.reseal_all_archived() == 0


def test_a_cut_original_is_told_and_never_reads_as_a_shorter_one(lake, tmp_path):
    kept = archive.archive_file(_noise(tmp_path), table="people")
    path = lake / kept.relative_path
    content = path.read_bytes()
    path.chmod(0o644)
    size = int.from_bytes(content[20:24], "big")
    path.write_bytes(content[: 24 + size])
    with archive.open_archived(kept.relative_path) as stream, pytest.raises(Unopened, match=r"打不开|截断"):
        stream.read()


def _noise(folder):
    path = folder / "噪声.bin"
    path.write_bytes(os.urandom(3 << 20))
    return path


def test_kill_at_each_point_of_resealing_loses_and_doubles_nothing(migrated_home):
    assert run("crashing_reseal", migrated_home)["points"] == 3


def test_a_table_without_data_only_keeps_its_promise(lake):
    resource = factories.make_resource("people")
    assert seal(resource).is_nothing
    with pytest.raises(UnknownTable):
        delta.open_table("people")
    assert pa.types.is_binary(resource.contract.schema.field("code").type)
    assert storage.tables() == []
