"""Finished parts of the access log: no record is lost or shown twice, every file is sealed, and found out when changed."""

import sqlite3
from datetime import datetime, timedelta

import pytest

from suixin.data.access import log, log_files
from suixin.ground.audit import sealing
from suixin.ground.audit.models import Record
from suixin.ground.audit.tests.conftest import second_place  # noqa: F401  a fixture
from suixin.ground.audit.verdicts import Kind
from suixin.ground.audit.verifying import verify
from suixin.kit import clock
from suixin.kit.actor import PUBLIC, SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("second_place")]
DAY = datetime(2026, 3, 1, 12, tzinfo=clock.CHINA)
ALL = "SELECT * FROM access WHERE (:before = 0 OR id < :before) ORDER BY id DESC"


def read(count, *, day=DAY):
    """So many readings on that day."""
    for place in range(count):
        at_ms = int((day + timedelta(seconds=place)).timestamp() * 1000)
        log.write(log.Access(f"{at_ms}", at_ms, PUBLIC, "page", "rows", f"R{place}", "200", 1))


def ids():
    return [row["id"] for row in log_files.rows(ALL, {"before": 0}, limit=10_000)]


def live():
    log.settle()
    with sqlite3.connect(log.path()) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM access ORDER BY id")]


def test_each_finished_day_becomes_a_sealed_file_and_reading_goes_across():
    for after in range(3):
        read(5, day=DAY + timedelta(days=after))
    with clock.frozen(DAY + timedelta(days=2, hours=1)):
        made = log_files.rotate()
    assert [path.name for path in made] == ["access-20260301-1.sqlite", "access-20260302-6.sqlite"]
    assert (live(), ids()) == ([11, 12, 13, 14, 15], list(range(15, 0, -1)))
    assert [row["id"] for row in log_files.rows(ALL, {"before": 8}, limit=4)] == [7, 6, 5, 4]
    assert Record.objects.filter(action="audit.file_sealed", detail__lines=5).count() == 2
    assert verify().files == 2


def test_newest_record_stays_so_that_numbers_go_on():
    read(3)
    with clock.frozen(DAY + timedelta(days=9)):
        log_files.rotate()
        read(1, day=DAY + timedelta(days=9))
    assert live() == [3, 4]


def test_part_is_finished_before_its_day_is_over_when_it_is_large(monkeypatch):
    monkeypatch.setattr(log_files, "LARGEST", 4)
    read(10)
    with clock.frozen(DAY + timedelta(hours=1)):
        assert [path.name for path in log_files.rotate()] == ["access-20260301-1.sqlite", "access-20260301-5.sqlite"]
    assert (live(), ids()) == ([9, 10], list(range(10, 0, -1)))


@pytest.mark.parametrize("place", ["access.finished", "access.sealed"])
def test_crash_loses_and_doubles_nothing(place, monkeypatch):
    read(5)
    read(1, day=DAY + timedelta(days=1))

    def die(name):
        if name == place:
            raise KeyboardInterrupt

    with clock.frozen(DAY + timedelta(days=1, hours=1)), monkeypatch.context() as patch:
        patch.setattr("suixin.kit.crash.point", die)
        with pytest.raises(KeyboardInterrupt):
            log_files.rotate()
        assert ids() == [6, 5, 4, 3, 2, 1]
        patch.undo()
        log_files.rotate()
    assert (live(), ids(), Record.objects.filter(action="audit.file_sealed").count()) == ([6], [6, 5, 4, 3, 2, 1], 1)


def test_changed_or_missing_file_is_named():
    read(5)
    with clock.frozen(DAY + timedelta(days=1)):
        path = log_files.rotate()[0]
    sealing.seal_pending(is_anchored=True)
    path.chmod(0o640)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE access SET subject = 'somebody else' WHERE id = 2")
    connection.close()
    assert [fault.kind for fault in verify().faults] == [Kind.FILE]
    path.unlink()
    assert "不在了" in verify().faults[0].sentence


def test_file_whose_time_is_over_goes_on_record():
    read(5)
    with clock.frozen(DAY + timedelta(days=1)):
        path = log_files.rotate(actor=SYSTEM)[0]
    with clock.frozen(DAY + timedelta(days=log_files.KEPT_DAYS + 5)):
        log_files.rotate()
    assert not path.exists()
    assert Record.objects.filter(action="audit.file_expired").count() == 1
    assert verify().is_intact
