"""The sealer: committed records numbered without gaps, chained, anchored in two places."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from suixin.ground.audit import anchors, chain, sealing, store
from suixin.ground.audit.actions import record
from suixin.ground.audit.errors import AnchorsDisagree, AnchorsUnwritable
from suixin.ground.audit.models import Anchor, Pending, Record, Seal
from suixin.ground.audit.tests.factories import recorded, sealed
from suixin.ground.audit.verifying import verify
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("second_place")]


def test_chain_is_what_the_standard_says() -> None:
    sealed(3)
    first = anchors.parsed(Anchor.objects.get(seq=0).line)
    assert first is not None
    digest = chain.genesis(first.system)
    for link in store.links(1, 3):
        assert link.row is not None
        digest = chain.linked(digest, chain.canonical_json(link.row))
        assert link.digest == digest
    last = anchors.newest_kept()
    assert last is not None
    assert (last.number, last.digest, last.seq) == (3, digest, 1)


def test_rolled_back_and_late_records_leave_no_gap() -> None:
    recorded(2)
    with transaction.atomic():
        record(SYSTEM, "site.tried", ("thing", "gone"))
        transaction.set_rollback(True)
    recorded(1)
    late = Pending.objects.order_by("pk").first()
    assert late is not None
    Pending.objects.filter(pk=late.pk).delete()  # as if its transaction had not committed yet
    sealing.seal_pending()
    Pending.objects.create(record_id=late.pk, mac=late.mac)
    sealing.seal_pending(is_anchored=True)
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert Seal.objects.get(number=3).record_id == late.pk
    assert verify().is_intact


def test_two_sealers_at_once_number_each_record_once() -> None:
    recorded(300)
    counts: list[int] = []

    def seal() -> None:
        counts.append(sealing.seal_pending())
        connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealing.seal_pending(is_anchored=True)
    assert Seal.objects.count() == store.extent()[1] == 300
    assert verify().is_intact


def test_sealer_that_loses_the_race_seals_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(2)
    seen = store.waiting(10)
    sealing.seal_pending(is_anchored=True)
    Pending.objects.bulk_create([Pending(record_id=one.record_id, mac=one.mac) for one in seen])
    monkeypatch.setattr(sealing, "head", lambda: (0, b"stale"))
    assert sealing._seal_batch(10, 0) == 0
    assert Seal.objects.count() == 2


def test_anchor_waits_three_seconds_unless_asked() -> None:
    sealed(1)
    recorded(1)
    sealing.seal_pending()
    assert Anchor.objects.count() == 2
    with clock.frozen(clock.now() + timedelta(seconds=sealing.ANCHOR_SECONDS)):
        sealing.seal_pending()
    assert list(Anchor.objects.order_by("seq").values_list("number", flat=True)) == [0, 1, 2]


def test_record_changed_before_its_seal_is_refused_and_named() -> None:
    recorded(3)
    changed = Record.objects.order_by("pk")[1]
    Record.objects.filter(pk=changed.pk).update(actor_name="别人")
    found = verify()
    assert [(fault.kind, fault.record) for fault in found.faults] == [("changed_before_sealing", changed.pk)]
    assert Seal.objects.count() == 2


def test_records_of_a_release_without_sealer_are_taken_over_once() -> None:
    recorded(3)
    Pending.objects.update(mac=b"")
    sealing.seal_pending()
    recorded(1)
    Pending.objects.update(mac=b"")
    assert [fault.kind for fault in verify().faults] == ["changed_before_sealing"]
    assert Seal.objects.count() == 3


def test_database_older_than_the_second_place_is_not_sealed_on() -> None:
    sealed(3)
    Anchor.objects.filter(seq=1).delete()
    Seal.objects.filter(number=3).delete()
    with pytest.raises(AnchorsDisagree, match="恢复"):
        sealing.seal_pending()


def test_second_place_out_of_reach_stops_no_sealing_and_is_told(second_place: Path) -> None:
    second_place.write_text("no folder")
    recorded(3)
    with pytest.raises(AnchorsUnwritable):
        sealing.seal_pending(is_anchored=True)
    recorded(2)
    with pytest.raises(AnchorsUnwritable):
        sealing.seal_pending(is_anchored=True)
    assert (Seal.objects.count(), Pending.objects.count()) == (5, 0)
    second_place.unlink()
    assert verify().is_intact
    assert not Anchor.objects.filter(is_kept=False).exists()


CRASHES = ["audit.sealing", "audit.sealed", "audit.anchored", "audit.anchor_torn", "audit.anchor_kept"]


@pytest.mark.parametrize("place", CRASHES)
def test_crash_anywhere_is_mended_by_the_next_call(place: str, tmp_path: Path) -> None:
    recorded(5)
    name = connection.settings_dict["NAME"]
    database = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"postgresql://postgres@127.0.0.1:5432/{name}"
    more = {"SUIXIN_CRASH_AT": place, "SUIXIN_DATABASE_URL": database, "SUIXIN_ANCHORS": str(settings.SUIXIN.anchors)}
    ended = subprocess.run([sys.executable, "-m", "suixin.site.cli", "audit", "seal"], env={**os.environ, **more}, check=False)
    assert ended.returncode == -9
    _wait_for_the_lock_of_the_dead()
    found = verify()
    assert (found.faults, found.records, Pending.objects.count()) == ([], 5, 0)
    assert Anchor.objects.filter(is_kept=False).count() == 0


def _wait_for_the_lock_of_the_dead() -> None:
    """PostgreSQL gives a lock free once it has noticed that its holder is no more."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [sealing._ADVISORY_LOCK, sealing._ADVISORY_LOCK])
