"""The writer of the access log: what threads write at once, nonces that end, the journal carried over, a file from before."""

import sqlite3
import threading
from contextlib import closing

import pytest

from suixin.data.access import log, log_writer, nonces
from suixin.data.access.errors import Replayed
from suixin.kit.actor import PUBLIC

pytestmark = pytest.mark.django_db
START = 1_700_000_000_000


@pytest.fixture(autouse=True)
def _spent_in_the_log(monkeypatch):
    """Nonces lie in the node's file whatever the control database."""
    monkeypatch.setattr(nonces, "is_shared", lambda: False)


def read(resource, nonce=None, *, at_ms=START, subjects=()):
    """One reading; its nonce ends a second later."""
    spent = None if nonce is None else log.Nonce("app", nonce, at_ms + 1000)
    log.write(log.Access(resource, at_ms, PUBLIC, "gateway", "lookup", resource, "200", 1, subjects=subjects), nonce=spent)


def asked(sql):
    with closing(sqlite3.connect(log.path())) as held:
        return held.execute(sql).fetchall()


def at_once(calls):
    """Which calls were refused, all of them waiting for the writer before it writes the first."""
    raised = {}

    def one(place):
        try:
            read(*calls[place][0], **calls[place][1])
        except Replayed as error:
            raised[place] = error

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(calls))]
    writer = log._writer()
    with writer.lock:
        for thread in threads:
            thread.start()
        while len(writer._waiting) < len(calls):
            threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    return raised


def test_threads_that_wait_are_written_by_one_statement(monkeypatch):
    written, insert = [], log_writer.Writer._insert

    def noted(self, entries):
        written.append(len(entries))
        insert(self, entries)

    monkeypatch.setattr(log_writer.Writer, "_insert", noted)
    raised = at_once([((f"R{n}", f"n{n}"), {"subjects": ("b", "a", "b") if n == 3 else ()}) for n in range(8)])
    assert (raised, written) == ({}, [8])
    assert asked("SELECT count(DISTINCT resource), count(*) FROM access") == [(8, 8)]
    assert asked("SELECT subject_index, resource FROM subject JOIN access ON access.id = access ORDER BY 1") == [("a", "R3"), ("b", "R3")]
    assert asked("SELECT count(*) FROM nonce") == [(8,)]


def test_of_many_the_replayed_one_alone_is_refused():
    read("first", "n2")
    raised = at_once([((f"R{n}", f"n{n}"), {}) for n in range(5)])
    assert list(raised) == [2]
    assert asked("SELECT resource FROM access ORDER BY resource") == [("R0",), ("R1",), ("R3",), ("R4",), ("first",)]


def test_nonces_that_ended_go_and_the_others_are_refused_for_ever(monkeypatch):
    monkeypatch.setattr(log_writer, "_SWEEP_KEYS", 10)
    for n in range(40):
        read("R", f"old{n:02d}")
    for n in range(40):
        read("R", f"new{n:02d}", at_ms=START + 60_000)
    for _ in range(log_writer._SWEEP_EVERY * 9):
        read("R", at_ms=START + 60_500)
    assert asked("SELECT min(nonce), max(nonce), count(*) FROM nonce") == [("new00", "new39", 40)]
    with pytest.raises(Replayed):
        read("R", "new07", at_ms=START + 60_500)


def test_the_journal_is_carried_over_beside_the_calls_and_starts_anew(monkeypatch):
    monkeypatch.setattr(log_writer, "_CHECKPOINT_EVERY", 50)
    read("R")
    for _ in range(3):
        for n in range(50):
            read(f"R{n}")
        with log._writer()._is_keeping:  # until it is carried over
            pass
    journal = log.path().with_name("access.sqlite-wal")
    with closing(sqlite3.connect(f"file:{log.path()}?immutable=1", uri=True)) as without_journal:
        assert without_journal.execute("SELECT count(*) >= 150 FROM access").fetchone() == (1,)
    assert journal.stat().st_size < 150 * 4096


def test_a_file_from_before_keeps_its_nonces_and_loses_their_index():
    log.path().parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(log.path())) as before:
        before.executescript(
            "CREATE TABLE nonce (app_id TEXT NOT NULL, nonce TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (app_id, nonce))"
            " WITHOUT ROWID; CREATE INDEX nonce_until ON nonce (until_ms); INSERT INTO nonce VALUES ('app', 'n', 1800000000000)"
        )
    with pytest.raises(Replayed):
        read("R", "n")
    assert asked("SELECT name FROM sqlite_master WHERE name = 'nonce_until'") == []


def test_call_is_answered_where_no_thread_can_be_had_for_the_journal(monkeypatch):
    monkeypatch.setattr(log_writer, "_CHECKPOINT_EVERY", 1)

    class NoThread:
        def __init__(self, **_):
            pass

        def start(self):
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread", NoThread)
        read("units", "a")
        read("units", "b")
    assert asked("SELECT count(*) FROM access") == [(2,)]
