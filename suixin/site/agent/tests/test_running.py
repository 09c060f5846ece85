"""The loop against a stub: off line, answers lost, the base behind, the machine new; every row counted at both ends."""

import shutil
import sqlite3

import pytest

from suixin.site.agent.errors import AlreadyRunning
from suixin.site.agent.spool import Spool
from suixin.site.agent.tables import TableStream
from suixin.site.agent.tests.conftest import Machine


def test_rows_and_files_arrive_once_and_only_new_ones_the_next_time(machine: Machine) -> None:
    machine.people(*range(1, 26))
    machine.file("a.csv", "A1,x", "A2,")
    assert machine.agent.turn(is_due=True)
    machine.people(26)
    machine.file("b.csv", "B1,y")
    assert machine.agent.turn(is_due=True)
    assert (machine.ids(), machine.base.rows("files", "code")) == (list(range(1, 27)), ["A1", "A2", "B1"])
    assert machine.base.rows("files", "来源文件") == ["a.csv", "a.csv", "b.csv"]
    assert len(machine.base.got["people"]) == 4


def test_day_without_the_base_is_read_into_the_spool_and_handed_over_afterwards(machine: Machine) -> None:
    machine.agent.turn(is_due=True)
    machine.base.is_away = True
    for hour in range(24):
        machine.people(*range(hour * 15, hour * 15 + 15))
        assert not machine.agent.turn(is_due=True)
    assert (machine.ids(), machine.agent.spool.filled().rows) == ([], 360)
    machine.base.is_away = False
    assert machine.start().turn(is_due=True)
    assert (machine.ids(), machine.agent.spool.folder.joinpath("spool.sqlite").exists()) == (list(range(360)), True)


def test_stream_that_nobody_takes_is_not_read(machine: Machine) -> None:
    machine.people(1)
    machine.base.is_taken = False
    machine.agent.turn(is_due=True)
    machine.base.is_away = True
    machine.agent.turn(is_due=True)
    assert (machine.agent.spool.filled().chunks, machine.base.got) == (0, {})
    assert machine.base.told is not None
    assert [one.name for one in machine.base.told.streams[0].columns] == ["id", "name"]


@pytest.mark.parametrize(("status", "rows"), [(409, 0), (401, 1)])
def test_base_that_refuses_stops_the_reading_but_a_wrong_clock_does_not(machine: Machine, status: int, rows: int) -> None:
    machine.agent.turn(is_due=True)
    machine.base.refuses = status
    machine.people(1)
    machine.agent.beat()
    machine.base.is_away = True
    machine.agent.turn(is_due=True)
    assert machine.agent.spool.filled().rows == rows
    machine.base.refuses, machine.base.is_away = 0, False
    machine.agent.turn(is_due=True)
    assert machine.ids() == [1]


def test_lost_answers_double_nothing(machine: Machine) -> None:
    machine.people(*range(40))
    machine.base.answers_lost = 3
    for _ in range(5):
        machine.agent._next_try = 0
        machine.agent.turn(is_due=True)
    assert machine.ids() == list(range(40))


def test_base_that_lost_chunks_gets_their_rows_again_and_those_behind_once(machine: Machine) -> None:
    machine.people(*range(40))
    machine.agent.turn(is_due=True)
    del machine.base.got["people"][2:]
    machine.people(40, 41)
    machine.agent.turn(is_due=True)
    machine.agent.turn(is_due=True)
    assert machine.ids() == list(range(42))
    assert any("从第 3 块" in one for one in machine.said)


def test_base_found_behind_in_the_middle_of_a_reading_leaves_no_gap(machine: Machine) -> None:
    machine.people(*range(20))
    machine.agent.turn(is_due=True)
    machine.people(*range(20, 60))
    machine.agent._next_beat = 2**60
    del machine.base.got["people"][1:]
    for _ in range(3):
        machine.agent.turn(is_due=_ > 0)
        machine.agent.spool.over("people")
    machine.agent.turn(is_due=True)
    assert machine.ids() == list(range(60))


def test_machine_that_lost_its_state_goes_on_where_the_base_is(machine: Machine) -> None:
    machine.people(*range(12))
    machine.file("a.csv", "A1,x")
    machine.base.may_repeat = False
    machine.agent.turn(is_due=True)
    machine.agent.spool.close()
    shutil.rmtree(machine.home / "state")
    machine.people(12)
    machine.file("b.csv", "B1,x")
    machine.start().turn(is_due=True)
    assert (machine.ids(), machine.base.rows("files", "code")) == (list(range(13)), ["A1", "B1"])


@pytest.mark.parametrize("machine", [("spool_megabytes = 1", 'cursor = "id"\nchunk_rows = 2000')], indirect=True)
def test_full_spool_pauses_reading_with_a_sentence_and_loses_nothing(machine: Machine) -> None:
    import random

    words = random.Random(7)
    machine.agent.turn(is_due=True)
    machine.base.is_away = True
    with sqlite3.connect(machine.home / "front.db") as file:
        file.executemany("INSERT INTO people VALUES (?, ?)", [(n, words.randbytes(100).hex()) for n in range(20_000)])
    file.close()
    machine.agent.turn(is_due=True)
    machine.agent.turn(is_due=True)
    assert 0 < machine.agent.spool.filled().bytes <= 1 << 20
    assert "暂停读取" in machine.agent.told().sentence
    machine.base.is_away, machine.agent._next_try = False, 0
    assert machine.agent.turn(is_due=True)
    assert (machine.ids(), machine.agent.told().sentence) == (list(range(20_000)), "")


def test_what_waits_is_sealed_and_only_the_owner_may_open_the_folder(machine: Machine) -> None:
    machine.agent.turn(is_due=True)
    machine.base.is_away = True
    with sqlite3.connect(machine.home / "front.db") as file:
        file.execute("INSERT INTO people VALUES (91510900, '欧阳震华')")
    file.close()
    machine.agent.turn(is_due=True)
    held = b"".join(path.read_bytes() for path in (machine.home / "state").iterdir())
    assert machine.agent.spool.filled().chunks == 1
    assert not [one for one in (b"91510900", "欧阳".encode(), b"\x28\xb5\x2f\xfd") if one in held]
    assert (machine.home / "state").stat().st_mode & 0o077 == 0


def test_second_process_in_the_same_folder_is_refused(machine: Machine) -> None:
    other = Spool(machine.home / "state", limit=1)
    with pytest.raises(AlreadyRunning, match="只运行一个"), other.hold():
        pass
    other.close()


@pytest.mark.parametrize("machine", [("", 'mode = "full"\nchunk_rows = 10')], indirect=True)
def test_table_read_whole_is_sent_again_only_when_it_changed(machine: Machine) -> None:
    machine.people(1, 2, 3)
    machine.agent.turn(is_due=True)
    machine.agent.turn(is_due=True)
    machine.people(4)
    machine.agent.turn(is_due=True)
    assert machine.ids() == [1, 2, 3, 1, 2, 3, 4]
    machine.base.may_repeat = False
    machine.agent.turn(is_due=True)
    machine.agent.turn(is_due=True)
    assert "逐批追加" in machine.agent.spool.state("people").fault


@pytest.mark.parametrize("machine", [("", 'mode = "modified"\ncursor = "id"\noverlap = 3\nchunk_rows = 10')], indirect=True)
def test_overlap_reads_late_rows_and_rests_when_there_are_none(machine: Machine) -> None:
    machine.people(1, 2, 5, 8)
    machine.agent.turn(is_due=True)
    machine.people(6)
    machine.agent.turn(is_due=True)
    for _ in range(3):
        machine.agent.turn(is_due=True)
    assert (set(machine.ids()), len(machine.base.got["people"])) == ({1, 2, 5, 6, 8}, 2)


def test_file_with_a_broken_row_is_told_and_nothing_of_it_sent_until_it_is_mended(machine: Machine) -> None:
    machine.file("a.csv", "A1,x", "A2,x,y,z")
    machine.file("b.csv", "B1,x")
    machine.agent.turn(is_due=True)
    machine.agent.beat()
    assert machine.base.rows("files", "code") == ["B1"]
    assert machine.base.told is not None
    assert "a.csv" in machine.base.told.streams[1].sentence
    machine.file("a.csv", "A1,x", "A2,y")
    machine.agent.turn(is_due=True)
    assert (machine.base.rows("files", "code"), machine.agent.spool.state("files").fault) == (["B1", "A1", "A2"], "")


def test_changed_file_is_sent_again_only_where_rows_are_told_apart(machine: Machine) -> None:
    machine.file("a.csv", "A1,x")
    machine.agent.turn(is_due=True)
    machine.base.may_repeat = False
    machine.agent.turn(is_due=True)
    machine.file("a.csv", "A1,x", "A2,y")
    machine.agent.turn(is_due=True)
    assert (machine.base.rows("files", "code"), "又改了" in machine.agent.spool.state("files").fault) == (["A1"], True)
    machine.base.may_repeat = True
    machine.agent.beat()
    machine.agent.turn(is_due=True)
    assert machine.base.rows("files", "code") == ["A1", "A1", "A2"]


def test_table_that_is_gone_is_told_and_the_other_stream_goes_on(machine: Machine) -> None:
    machine.agent.turn(is_due=True)
    with sqlite3.connect(machine.home / "front.db") as file:
        file.execute("DROP TABLE people")
    file.close()
    machine.file("a.csv", "A1,x")
    machine.agent.turn(is_due=True)
    assert "没有表" in machine.agent.spool.state("people").fault
    assert machine.base.rows("files", "code") == ["A1"]


def test_front_database_cannot_be_written_through_the_agent(machine: Machine) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    reader = machine.agent.readers["people"]
    assert isinstance(reader, TableStream)
    with reader._opened() as connector, connector._opened(None).connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("DELETE FROM people"))
