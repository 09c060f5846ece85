"""Records on their way into the log: kept when their process is killed, moved once, by whoever comes first."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import orjson
import pytest

from suixin.data.access import journal, settling
from suixin.data.access.journal import Journal

ROW = ("t", 1, "public", "", "", "", "", "page", "rows", "R", "", 1, "", "", "", "200", 1, 2, "", *[None] * len(settling.ADDED))
CHILD = """
import os, signal, sys
from pathlib import Path
from suixin.data.access import settling
from suixin.data.access.journal import Journal
from suixin.data.access.tests.test_journal import packed
held = Journal(Path(sys.argv[1]))
for place in range(int(sys.argv[2])):
    held.append(packed(place))
print("written", flush=True)
os.kill(os.getpid(), signal.SIGKILL) if sys.argv[3] == "die" else sys.stdin.read()
"""


def packed(place, subjects=()):
    return settling.packed((f"t{place}", *ROW[1:]), subjects)


@contextmanager
def other_process(folder, count, then) -> Iterator[subprocess.Popen[str]]:
    """A process that wrote so many records, and died, or lives."""
    words = [sys.executable, "-c", CHILD, str(folder), str(count), then]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.sqlite"


def spoil(folder, at, count):
    """So many bytes of the only file are zero, as after a power cut."""
    [path] = journal.files(folder)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes(count))


def settled(log, folder):
    settling.settle(log, folder)
    with closing(sqlite3.connect(log)) as held:
        return [trace for (trace,) in held.execute("SELECT trace_id FROM access ORDER BY id")]


def test_killed_process_loses_nothing_and_its_file_goes(log, tmp_path):
    with other_process(tmp_path / "j", 500, "die") as process:
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert settled(log, tmp_path / "j") == [f"t{n}" for n in range(500)]
    assert settling.settle(log, tmp_path / "j") == 0
    assert list((tmp_path / "j").iterdir()) == []


def test_living_process_is_read_as_far_as_it_came_and_goes_on(log, tmp_path):
    with other_process(tmp_path / "j", 3, "live"):
        assert settled(log, tmp_path / "j") == settled(log, tmp_path / "j") == ["t0", "t1", "t2"]
        assert len(list((tmp_path / "j").iterdir())) == 1
    held = Journal(tmp_path / "j")
    held.append(packed("mine"))
    assert settled(log, tmp_path / "j") == ["t0", "t1", "t2", "tmine"]
    held.append(packed("next"))
    held.close()
    assert settled(log, tmp_path / "j")[-1] == "tnext"
    assert list((tmp_path / "j").iterdir()) == []


def test_record_half_written_is_none(tmp_path):
    held = Journal(tmp_path)
    held.append(b"whole")
    assert held._file is not None
    held._file._bytes[24:28] = b"half"  # its length never came
    assert journal.read(journal.files(tmp_path)[0], 0).records == [b"whole"]


@pytest.mark.parametrize("length", [1, 1000, journal.SIZE - 8, journal.SIZE + 1])
def test_full_file_is_followed_by_another_and_told(tmp_path, length):
    held = Journal(tmp_path)
    told = [held.append(b"x" * 1000) for _ in range(journal.SIZE // 1000 + 1)]
    told.append(held.append(b"y" * length))
    held.close()
    parts = [journal.read(path, 0) for path in journal.files(tmp_path)]
    assert [record[:1] for part in parts for record in part.records] == [b"x"] * (journal.SIZE // 1000 + 1) + [b"y"]
    assert (sum(told), all(part.is_last for part in parts)) == (len(parts) - 1, True)


def test_no_room_on_the_disk_is_told_and_the_next_record_tries_again(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    held = Journal(tmp_path / "j")
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(OSError, match="No space"):
            held.append(b"one")
        assert list((tmp_path / "j").iterdir()) == []
    held.append(b"two")
    assert [part.records for part in (journal.read(path, 0) for path in journal.files(tmp_path / "j"))] == [[b"two"]]


def test_settled_once_by_many_at_a_time_while_threads_write(log, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "SIZE", 8_000)
    held = Journal(tmp_path / "j")

    def work(place):
        if place % 10 == 0:
            settling.settle(log, tmp_path / "j")
        held.append(packed(place, ("b", "a", "b") if place == 3 else ()))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(400)))
    assert sorted(settled(log, tmp_path / "j")) == sorted(f"t{n}" for n in range(400))
    with closing(sqlite3.connect(log)) as read:
        about = read.execute("SELECT subject_index, trace_id FROM subject JOIN access ON access.id = access ORDER BY 1").fetchall()
    assert about == [("a", "t3"), ("b", "t3")]


def test_crash_between_settling_and_removing_doubles_nothing(log, tmp_path, monkeypatch):
    held = Journal(tmp_path / "j")
    held.append(packed(1))
    held.close()

    def die(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("suixin.kit.crash.point", die)
        with pytest.raises(KeyboardInterrupt):
            settling.settle(log, tmp_path / "j")
    assert settled(log, tmp_path / "j") == ["t1"]
    assert list((tmp_path / "j").iterdir()) == []


def test_fault_of_the_log_leaves_the_journal_whole(log, tmp_path, monkeypatch):
    held = Journal(tmp_path / "j")
    held.append(packed(1))
    monkeypatch.setattr(settling, "_PATIENCE_SECONDS", 0.01)
    settled(log, tmp_path / "j")
    held.append(packed(2))
    with closing(sqlite3.connect(log, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            settling.settle(log, tmp_path / "j")
    assert settled(log, tmp_path / "j") == ["t1", "t2"]


def test_record_that_a_power_cut_emptied_does_not_hold_up_the_others(log, tmp_path, caplog):
    held = Journal(tmp_path / "j")
    for place in range(3):
        held.append(packed(place))
    held.close()
    spoil(tmp_path / "j", 8 + len(packed(0)) // 8 * 8 + 16, 40)
    assert settled(log, tmp_path / "j") == ["t0", "t2"]
    assert [path.suffix for path in (tmp_path / "j").iterdir()] == [".broken"]
    assert "its records are lost" in caplog.text


def test_hole_that_a_power_cut_left_is_told_and_the_file_kept(log, tmp_path, caplog):
    held = Journal(tmp_path / "j")
    for place in range(3):
        held.append(packed(place))
    held.close()
    spoil(tmp_path / "j", 0, 8)
    assert settled(log, tmp_path / "j") == []
    assert [path.suffix for path in (tmp_path / "j").iterdir()] == [".broken"]
    assert "its records are lost" in caplog.text


def test_piece_that_is_not_whole_yet_ends_the_reading_of_a_living_process(tmp_path):
    held = Journal(tmp_path)
    for content in (b"first", b"second", b"third"):
        held.append(content)
    assert held._file is not None
    held._file._bytes[24:30] = b"sec---"
    part = journal.read(journal.files(tmp_path)[0], 0)
    assert (part.records, part.reached, part.is_last, part.has_damage) == ([b"first"], 16, False, False)
    held._file._bytes[24:30] = b"second"
    assert journal.read(journal.files(tmp_path)[0], part.reached).records == [b"second", b"third"]


def test_file_that_is_no_journal_holds_up_no_other(log, tmp_path, caplog):
    held = Journal(tmp_path / "j")
    held.append(packed(1))
    (tmp_path / "j" / "00000000000000000-empty.journal").touch()
    assert settled(log, tmp_path / "j") == ["t1"]
    assert "cannot be read" in caplog.text


def test_record_of_a_process_of_before_has_fewer_columns(log, tmp_path):
    held = Journal(tmp_path / "j")
    held.append(orjson.dumps(orjson.loads(packed(1))[:-3]))
    assert settled(log, tmp_path / "j") == ["t1"]


def test_value_that_no_column_takes_is_fitted_and_stops_nothing(log, tmp_path):
    held, place = Journal(tmp_path / "j"), settling.COLUMNS.index("received")
    for number in (7, 2**63):
        held.append(settling.packed((*ROW[:place], number, *ROW[place + 1 :]), ()))
    held.append(settling.packed(("t", 1, None, *ROW[3:]), ()))
    assert settled(log, tmp_path / "j") == ["t", "t", "t"]
    with closing(sqlite3.connect(log)) as read:
        assert read.execute("SELECT received FROM access").fetchall() == [(7,), (2**63 - 1,), (None,)]


def test_draft_of_a_process_that_died_is_removed_when_it_is_old(tmp_path):
    for name, age in (("new", 0), ("old", 1)):
        (tmp_path / f"{name}.draft").touch()
        os.utime(tmp_path / f"{name}.draft", (age, age)) if age else None
    assert journal.files(tmp_path) == []
    assert [path.name for path in tmp_path.glob("*.draft")] == ["new.draft"]
