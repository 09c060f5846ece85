"""Retention: old sealed records move to archives that verify covers; contents end with the law's time, the chain does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from suixin.ground.audit import archiving, sealing
from suixin.ground.audit.errors import BadArchive
from suixin.ground.audit.models import Record, Seal
from suixin.ground.audit.tests.factories import recorded
from suixin.ground.audit.verdicts import Kind
from suixin.ground.audit.verifying import verify
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("second_place")]
DAY = datetime(2026, 1, 10, 12, tzinfo=clock.CHINA)


@pytest.fixture(autouse=True)
def old_and_young(second_place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Six old records and three young ones, sealed; it is a year later."""
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, home=tmp_path))
    for action, at in (("site.tried", DAY), ("access.grant_given", DAY), ("site.tried", DAY + timedelta(days=360))):
        with clock.frozen(at):
            recorded(3, action=action)
            sealing.seal_pending(is_anchored=True)
    with clock.frozen(DAY + timedelta(days=361)):
        yield


def faults() -> list[Kind]:
    return [fault.kind for fault in verify().faults]


def test_old_records_leave_the_database_and_the_chain_stays_whole() -> None:
    (path,) = archiving.archive(actor=SYSTEM)
    assert path.name == "audit-000000000001-000000000006.ndjson.zst"
    assert list(Seal.objects.order_by("number").values_list("number", flat=True)) == [7, 8, 9]
    found = verify()
    assert (found.faults, found.records, found.first, found.last) == ([], 10, 1, 10)
    assert Record.objects.get(action="audit.archived").detail["last"] == 6
    assert verify(first=8).is_intact


def test_archiving_again_does_nothing_and_goes_on_later() -> None:
    archiving.archive(actor=SYSTEM)
    assert archiving.archive(actor=SYSTEM) == []
    with clock.frozen(DAY + timedelta(days=800)):
        assert [path.name for path in archiving.archive(actor=SYSTEM)] == ["audit-000000000007-000000000010.ndjson.zst"]
        assert faults() == []


@pytest.mark.parametrize("place", ["audit.archive_written", "audit.archiving"])
def test_crash_while_archiving_loses_nothing(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(name: str) -> None:
        if name == place:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("suixin.kit.crash.point", die)
        with pytest.raises(KeyboardInterrupt):
            archiving.archive(actor=SYSTEM)
    found = verify()
    assert (found.faults, found.records, Record.objects.count()) == ([], 9, 9)
    assert len(archiving.archive(actor=SYSTEM)) == 1
    assert faults() == []


def test_archive_deleted_changed_or_damaged_is_named() -> None:
    (path,) = archiving.archive(actor=SYSTEM)
    whole, links = path.read_bytes(), list(archiving.lines(path))
    assert links[1].record is not None
    archiving._write(path, iter([links[0], replace(links[1], record=links[1].record.replace(b"tried", b"never")), *links[2:]]))
    assert [(fault.kind, fault.number) for fault in verify().faults] == [(Kind.ARCHIVE, 2), (Kind.ARCHIVE, 10)]
    archiving._write(path, iter([links[0], *links[2:]]))
    assert Kind.GAP in faults()
    path.write_bytes(whole[:-40])
    assert Kind.ARCHIVE in faults()
    path.unlink()
    assert {Kind.GAP, Kind.ARCHIVE} == set(faults())
    path.write_bytes(whole)
    assert faults() == []


def test_content_ends_with_its_time_and_that_of_grants_later() -> None:
    (path,) = archiving.archive(actor=SYSTEM)
    with clock.frozen(DAY + timedelta(days=3 * 366 + 2)):
        assert archiving.expire(actor=SYSTEM) == [path]
        assert archiving.expire(actor=SYSTEM) == []
        assert [link.record is None for link in archiving.lines(path)] == [True] * 3 + [False] * 3
        assert (faults(), Record.objects.filter(action="audit.archive_expired").count()) == ([], 1)
    with clock.frozen(DAY + timedelta(days=10 * 366 + 2)):
        archiving.expire(actor=SYSTEM)
        assert all(link.record is None for link in archiving.lines(path))
        assert faults() == []


def test_broken_chain_is_not_archived() -> None:
    Record.objects.order_by("pk")[1].delete()
    with pytest.raises(BadArchive, match="编号 2"):
        archiving.archive(actor=SYSTEM)
    assert Seal.objects.count() == 9


def test_what_is_not_sealed_or_not_anchored_stays() -> None:
    Seal.objects.filter(number__gt=3).delete()
    with pytest.raises(Exception, match="尾部被删除"):
        archiving.archive(actor=SYSTEM)
    assert Record.objects.count() == 9
