"""Rows that must end leave every place of the lake: versions, rejects, log, index; and stay gone when it is killed."""

import os
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from suixin.data.lake import delta, index, rejects, snapshots, storage
from suixin.data.lake.errors import NotSelectable
from suixin.data.lake.purging import rejected, rows
from suixin.data.lake.purging.selecting import Selection, checked, mentions
from suixin.data.lake.tests import factories
from suixin.data.lake.tests.processes import run
from suixin.data.lake.writer import Whole

pytestmark = pytest.mark.django_db(transaction=True)
WHO = "k000000007"
PERSON = Selection("code", (WHO,))


@pytest.fixture
def people(lake):
    """A resource in three versions: a person came, was replaced, and has neighbours; with an index."""
    resource = factories.make_resource("people")
    factories.land(resource, factories.rows(1, 50), sm3="s0")
    index.build_index(resource.contract, snapshots.snapshot("people"))
    factories.land(resource, factories.rows(7, 9, amount=9), sm3="s1")
    index.build_index(resource.contract, snapshots.snapshot("people"))
    factories.land(resource, factories.rows(51, 60), sm3="s2")
    index.build_index(resource.contract, snapshots.snapshot("people"))
    return resource


def purge(resource, selection=PERSON, name="d1"):
    """What was told before it was done."""
    told: list[rows.Found] = []
    rows.purge_rows(resource.contract, selection, destruction=name, tell=told.append)
    return told[0]


def numbers(resource):
    """The table's batches, oldest first."""
    return tuple(resource.batches.order_by("pk").values_list("pk", flat=True))


def holders(word: str, lake: Path) -> list[str]:
    """Files beside the lake that hold the word, in their bytes or in the rows of a Parquet file."""
    found = []
    for path in (one for one in lake.parent.rglob("*") if one.is_file()):
        inside = str(parquet.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
        if word.encode() in path.read_bytes() or word in inside:
            found.append(path.name)
    return found


def test_a_person_is_in_no_file_of_the_lake_any_more(people, lake):
    assert holders(WHO, lake)
    found = purge(people)
    assert holders(WHO, lake) == []
    first, second, _ = numbers(people)
    assert dict(found.rows) == {first: 1, second: 1}
    assert snapshots.snapshot("people").rows == 59


def test_every_other_row_stays_as_it_was(people):
    before = parquet.read_table(snapshots.snapshot("people").paths).sort_by("__id")
    purge(people)
    after = parquet.read_table(snapshots.snapshot("people").paths).sort_by("__id")
    kept = pa.array([code != WHO for code in before.column("code").to_pylist()])
    assert after.equals(before.filter(kept))


def test_the_change_feed_tells_nothing_of_it_and_the_commit_only_counts(people):
    before = snapshots.snapshot("people").version
    purge(people)
    entry = delta.log_entry("people", before + 1)
    assert entry.facts["purged"] == {"destruction": "d1", "batches": {str(numbers(people)[1]): 1}}
    changes = delta.open_table("people").load_cdf(starting_version=before + 1).read_all()
    assert changes.num_rows == 0


def test_doing_it_again_does_nothing_more(people):
    purge(people)
    version = snapshots.snapshot("people").version
    assert purge(people).files == ()
    assert snapshots.snapshot("people").version == version
    assert dict(rows.purged_rows("people", "d1")) == {numbers(people)[1]: 1}


def test_the_index_is_made_anew_and_no_older_one_stays(people):
    purge(people)
    held = index.open_index("people")
    assert held.version == snapshots.snapshot("people").version
    assert held.get((WHO,)) is None
    assert held.get(("k000000008",)) is not None
    assert len(list(storage.index_folder("people").glob("*.sqlite"))) == 1


def test_an_index_of_another_node_forgets_it_when_it_is_brought_up(people):
    folder = storage.index_folder("people")
    older = {path.name: path.read_bytes() for path in folder.iterdir()}
    purge(people)
    for path in folder.iterdir():
        path.unlink()
    for name, content in older.items():
        (folder / name).write_bytes(content)
    index.build_index(people.contract, snapshots.snapshot("people"))
    assert [path.name for path in folder.glob("*.sqlite") if WHO.encode() in path.read_bytes()] == []


def test_a_batch_goes_with_all_its_rows(people, lake):
    first = numbers(people)[0]
    found = purge(people, Selection(batches=(first,)))
    assert dict(found.rows) == {first: 50}
    assert holders("k000000030", lake) == []
    assert snapshots.snapshot("people").rows == 13


def test_a_sealed_item_is_found_by_its_blind_index_whatever_the_case(lake):
    resource = factories.make_resource("people")
    resource.items.filter(field="code").update(is_sealed=True, level=4)
    factories.land(resource, factories.rows(1, 20), sm3="s0")
    assert dict(purge(resource, Selection("code", (" K000000007 ",))).rows) == {numbers(resource)[0]: 1}
    assert snapshots.snapshot("people").rows == 19


@pytest.mark.parametrize("changed", [7, 20])
def test_change_data_goes_when_it_holds_the_person(people, lake, changed):
    state = pa.concat_tables([factories.rows(1, changed - 1), factories.rows(changed, changed, amount=3), factories.rows(changed + 1, 60)])
    factories.land(people, state, sm3="w", whole=Whole(50))
    folder = storage.table_folder("people") / "_change_data"
    before = list(folder.rglob("*.parquet"))
    holding = [path for path in before if WHO in str(parquet.read_table(path).to_pylist())]
    assert before
    assert bool(holding)
    purge(people)
    assert holders(WHO, lake) == []
    assert not any(path.exists() for path in holding)


def test_a_table_may_end_whole(people):
    purge(people, Selection(batches=numbers(people)))
    assert snapshots.snapshot("people").rows == 0
    assert index.find_index("people") is None
    factories.land(people, factories.rows(1, 5), sm3="later")
    assert snapshots.snapshot("people").rows == 5


def test_rejected_rows_of_the_person_go_and_others_stay(people):
    kept = [
        rejects.KeptReject(1, '{"编码": "K000000007", "名称": "甲"}', ({"sentence": "x", "value": "甲"},)),
        rejects.KeptReject(2, '["k000000008"]', ({"sentence": "主键 k000000007 重复"},)),
        rejects.KeptReject(3, '["k0000000071"]', ({"sentence": "x"},)),
        rejects.KeptReject(4, '["k000000009"]', ({"sentence": "x"},)),
    ]
    rejects.write_rejects("people", 1, kept)
    found = rejected.find_rejected(people.contract, PERSON)
    assert found == {1: 3}
    rejected.purge_rejected(people.contract, PERSON, found)
    assert [one.row for one in rejects.read_rejects("people", 1)] == [4]


def test_a_short_value_is_not_sought_inside_others():
    assert mentions(" 51 ", ("51",))
    assert not mentions("1951", ("51",))


@pytest.mark.parametrize(("field", "values"), [("amount", ("1.25",)), ("code", (" ",)), ("nothing", ("x",))])
def test_what_cannot_be_sought_is_refused(people, field, values):
    with pytest.raises(NotSelectable):
        checked(people.contract, Selection(field, values))


def test_kill_at_each_point_comes_to_the_same_end(migrated_home):
    assert run("crashing_purge", migrated_home)["points"] == 5


def test_a_full_disk_leaves_the_table_as_it_was(people, monkeypatch):
    before = snapshots.snapshot("people")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(rows, "write_query", full)
    with pytest.raises(Exception, match="磁盘空间不足"):
        purge(people)
    assert snapshots.snapshot("people") == before
