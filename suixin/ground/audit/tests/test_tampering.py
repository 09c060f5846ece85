"""Whoever changes the log behind the application's back is found out, and what was done is named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from suixin.ground.audit import anchors, keys, sealing, store, verifying
from suixin.ground.audit.actions import _canonical
from suixin.ground.audit.models import Anchor, Pending, Record, Seal
from suixin.ground.audit.restoring import accept_restore
from suixin.ground.audit.tests.factories import recorded, sealed
from suixin.ground.audit.verdicts import Kind, Verdict
from suixin.ground.audit.verifying import verify
from suixin.kit.actor import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("second_place")]


def sql(text: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def insert_copy_of(record_id: int) -> None:
    columns = ", ".join(str(field.column) for field in Record._meta.concrete_fields if field.name != "id")
    sql(f"INSERT INTO audit_record (id, {columns}) SELECT 99999, {columns} FROM audit_record WHERE id = %s", record_id)


def named(found: Verdict) -> list[tuple[Kind, int, int]]:
    return [(fault.kind, fault.number, fault.record) for fault in found.faults]


def test_untouched_log_is_intact() -> None:
    sealed(20)
    found = verify()
    assert (found.faults, found.records, found.first, found.last) == ([], 20, 1, 20)


COLUMNS = ["actor_key", "organisation", "action", "object_key", "basis", "after_hash", "code", "trace_id", "address", "terminal"]


@pytest.mark.parametrize("column", COLUMNS)
def test_edited_row_is_named(column: str) -> None:
    ids = sealed(10)
    sql(f"UPDATE audit_record SET {column} = 'x' WHERE id = %s", ids[4])
    assert named(verify()) == [(Kind.CHANGED, 5, ids[4])]


def test_edited_time_and_detail_are_named() -> None:
    ids = sealed(10)
    sql("UPDATE audit_record SET at = '2020-01-01 00:00:00+00:00' WHERE id = %s", ids[2])
    sql("UPDATE audit_record SET detail = '{\"place\": 77}' WHERE id = %s", ids[7])
    assert named(verify()) == [(Kind.CHANGED, 3, ids[2]), (Kind.CHANGED, 8, ids[7])]


@pytest.mark.parametrize("place", [0, 4, 9])
def test_deleted_row_is_named_the_newest_too(place: int) -> None:
    ids = sealed(10)
    sql("DELETE FROM audit_record WHERE id = %s", ids[place])
    assert named(verify()) == [(Kind.DELETED, place + 1, ids[place])]


def test_newest_row_deleted_with_its_seal_is_a_cut_tail() -> None:
    ids = sealed(10)
    sql("DELETE FROM audit_record WHERE id = %s", ids[9])
    sql("DELETE FROM audit_seal WHERE number = 10")
    found = verify()
    assert named(found) == [(Kind.TAIL, 10, 0)]
    assert "编号 10 到 10" in found.faults[0].sentence


def test_middle_row_deleted_with_its_seal_is_a_gap() -> None:
    ids = sealed(10)
    sql("DELETE FROM audit_record WHERE id IN (%s, %s)", ids[4], ids[5])
    sql("DELETE FROM audit_seal WHERE number IN (5, 6)")
    assert named(verify()) == [(Kind.GAP, 5, 0)]


def test_first_rows_deleted_with_their_seals_are_a_gap() -> None:
    ids = sealed(10)
    sql("DELETE FROM audit_record WHERE id <= %s", ids[2])
    sql("DELETE FROM audit_seal WHERE number <= 3")
    assert (Kind.GAP, 1, 0) in named(verify())


def test_rows_exchanged_in_the_chain_are_named_as_order() -> None:
    ids = sealed(10)
    sql("UPDATE audit_seal SET record_id = -1 WHERE number = 4")
    sql("UPDATE audit_seal SET record_id = %s WHERE number = 7", ids[3])
    sql("UPDATE audit_seal SET record_id = %s WHERE number = 4", ids[6])
    assert named(verify()) == [(Kind.ORDER, 4, ids[6]), (Kind.ORDER, 7, ids[3])]


def test_rows_whose_ids_were_exchanged_are_named() -> None:
    ids = sealed(10)
    for old, new in ((ids[3], -1), (ids[6], ids[3]), (-1, ids[6])):
        sql("UPDATE audit_record SET id = %s WHERE id = %s", new, old)
    assert [fault.number for fault in verify().faults] == [4, 7]


def test_inserted_row_is_named_as_foreign() -> None:
    ids = sealed(10)
    insert_copy_of(ids[0])
    assert named(verify()) == [(Kind.FOREIGN, 0, 99999)]


def test_inserted_row_that_pretends_to_wait_is_refused() -> None:
    ids = sealed(3)
    insert_copy_of(ids[0])
    for mac in (b"", b"x" * 32):
        Pending.objects.update_or_create(record_id=99999, defaults={"mac": mac, "refused": False})
        assert named(verify()) == [(Kind.UNSEALED, 0, 99999)]


def test_seal_rewritten_to_fit_an_edited_row_is_named() -> None:
    ids = sealed(10)
    sql("UPDATE audit_record SET actor_name = 'x' WHERE id = %s", ids[4])
    Seal.objects.filter(number=5).update(digest=b"y" * 32)
    assert named(verify())[0] == (Kind.SEAL, 5, ids[4])


def test_chain_rewritten_by_somebody_who_has_the_log_key_breaks_at_the_anchor(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sealed(5)
    sql("UPDATE audit_record SET actor_name = 'x' WHERE id = %s", ids[1])
    Seal.objects.all().delete()
    for record in Record.objects.order_by("pk"):
        Pending.objects.create(record_id=record.pk, mac=keys.mac(_canonical(record)))
    genesis = anchors.parsed(Anchor.objects.get(seq=0).line)
    assert genesis is not None
    monkeypatch.setattr(sealing, "head", lambda: (0, genesis.digest))
    assert sealing._seal_batch(10, 0) == 5
    assert (Kind.ANCHOR, 5, 0) in named(verify())


def edit_line(place: Path) -> None:
    path = anchors.files(place)[0]
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace('"count":3', '"count":4')
    path.write_text("\n".join(lines) + "\n")


def drop_line(place: Path) -> None:
    path = anchors.files(place)[0]
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:1] + path.read_text().splitlines(keepends=True)[2:]))


def drop_last_line(place: Path) -> None:
    path = anchors.files(place)[-1]
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def drop_file(place: Path) -> None:
    shutil.rmtree(place)


def turn_lines(place: Path) -> None:
    path = anchors.files(place)[0]
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], lines[2], lines[1], *lines[3:]]))


@pytest.mark.parametrize("harm", [edit_line, drop_line, drop_last_line, drop_file, turn_lines])
def test_second_place_edited_is_named(harm: Callable[[Path], None], second_place: Path) -> None:
    for _ in range(3):
        sealed(3)
    harm(second_place)
    found = {fault.kind for fault in verify().faults}
    assert found == {Kind.ANCHOR_FILE}


def test_anchor_changed_in_the_database_is_named() -> None:
    sealed(3)
    anchor = Anchor.objects.get(seq=1)
    Anchor.objects.filter(seq=1).update(line=anchor.line.replace('"count":3', '"count":4'))
    assert {fault.kind for fault in verify().faults} == {Kind.ANCHOR_FILE}


def test_old_copy_of_the_database_is_a_cut_tail() -> None:
    sealed(3)
    copies = [(model, list(model._default_manager.all())) for model in (Record, Seal, Anchor, Pending)]
    sealed(4)
    for model, rows in copies:
        model._default_manager.all().delete()
        for row in rows:
            row.save(force_insert=True)
    recorded(1)
    found = verify()
    assert named(found) == [(Kind.TAIL, 4, 0)]
    assert found.unsealed == 1


def test_restored_database_goes_on_once_somebody_answers_for_it() -> None:
    sealed(3)
    copies = [(model, list(model._default_manager.all())) for model in (Record, Seal, Anchor, Pending)]
    sealed(4)
    for model, rows in copies:
        model._default_manager.all().delete()
        for row in rows:
            row.save(force_insert=True)
    assert accept_restore(actor=SYSTEM, basis="某号文件") == 1
    sealed(2)
    found = verify()
    assert (found.faults, found.records) == ([], 6)
    assert "回到编号 3:某号文件" in found.notes[0]
    assert accept_restore(actor=SYSTEM, basis="再次") == 0


def test_second_place_that_was_copied_earlier_is_written_on_after_a_restore(second_place: Path) -> None:
    sealed(3)
    sealed(4)
    drop_last_line(second_place)
    assert accept_restore(actor=SYSTEM, basis="某号文件") == 0
    assert verify().is_intact


def test_what_is_sealed_and_anchored_while_verifying_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed(3)

    def busy(*args: object) -> list[int]:
        sealed(2)
        return []

    monkeypatch.setattr(store, "foreign_ids", busy)
    before = verifying._walk_archives
    monkeypatch.setattr(verifying, "_walk_archives", lambda walk, low: (sealed(2), before(walk, low))[1])
    found = verify()
    assert (found.faults, found.records) == ([], 3)
