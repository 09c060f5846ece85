"""What was used up on this node: nonces that end, a quota that a replayed call does not use, a node from before."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from suixin.data.access import spending
from suixin.data.access.errors import OverQuota
from suixin.data.access.spending import Nonce, Spending, Use

START = 1_700_000_000_000


@pytest.fixture
def spent(tmp_path):
    with closing(Spending(tmp_path / "spent.sqlite", before=tmp_path / "access.sqlite")) as found:
        yield found


def spend(spent, nonce, *, at_ms=START, use=None):
    """The nonce ends a second later."""
    spent.spend(Nonce("app", nonce, at_ms + 1000), use, at_ms=at_ms)


def asked(spent, sql):
    with closing(sqlite3.connect(spent._path)) as held:
        return held.execute(sql).fetchall()


def test_nonces_that_ended_go_and_the_others_are_refused_for_ever(spent, monkeypatch):
    monkeypatch.setattr(spending, "_SWEEP_KEYS", 10)
    for n in range(40):
        spend(spent, f"old{n:02d}")
    for n in range(40):
        spend(spent, f"new{n:02d}", at_ms=START + 60_000)
    for n in range(spending._SWEEP_EVERY * 9):
        spend(spent, f"z{n:03d}", at_ms=START + 60_500)
    assert asked(spent, "SELECT min(nonce), count(*) FROM nonce WHERE nonce < 'z'") == [("new00", 40)]
    with pytest.raises(sqlite3.IntegrityError):
        spend(spent, "new07", at_ms=START + 60_500)


def test_replayed_call_uses_no_quota_and_one_over_quota_no_nonce(spent):
    use = Use(SimpleNamespace(counted_as="grant", per_second=None, per_day=2), 1, START)
    spend(spent, "a", use=use)
    with pytest.raises(sqlite3.IntegrityError):
        spend(spent, "a", use=use)
    spend(spent, "b", use=use)
    with pytest.raises(OverQuota):
        spend(spent, "c", use=use)
    spend(spent, "c")
    assert asked(spent, "SELECT in_day FROM quota") == [(2,)]


def test_journal_is_carried_over_beside_the_calls_and_starts_anew(spent, monkeypatch):
    monkeypatch.setattr(spending, "_CARRY_EVERY", 50)
    for n in range(150):
        spend(spent, f"{n}")
        if n % 50 == 49:
            with spent._is_carrying:  # until it is carried over
                pass
    with closing(sqlite3.connect(f"file:{spent._path}?immutable=1", uri=True)) as without_journal:
        assert without_journal.execute("SELECT count(*) FROM nonce").fetchone() == (150,)
    assert spent._path.with_name("spent.sqlite-wal").stat().st_size < 150 * 4096


def test_call_is_answered_where_no_thread_can_be_had(spent, monkeypatch):
    monkeypatch.setattr(spending, "_CARRY_EVERY", 1)

    class NoThread:
        def __init__(self, **_):
            pass

        def start(self):
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread", NoThread)
        spend(spent, "a")
        spend(spent, "b")
    assert asked(spent, "SELECT count(*) FROM nonce") == [(2,)]


def test_second_process_sees_a_nonce_at_once(spent, tmp_path):
    spend(spent, "a")
    with closing(Spending(tmp_path / "spent.sqlite", before=tmp_path / "access.sqlite")) as other, pytest.raises(sqlite3.IntegrityError):
        spend(other, "a")


def test_nonces_and_quotas_of_a_node_from_before_are_taken_over_once(tmp_path):
    before = tmp_path / "access.sqlite"
    with closing(sqlite3.connect(before)) as held:
        held.executescript(spending._SCHEMA + (
            "CREATE INDEX nonce_until ON nonce (until_ms); INSERT INTO nonce VALUES ('app', 'n', 1800000000000);"
            "INSERT INTO quota VALUES ('grant', 1, 1, 719164, 7); CREATE TABLE access (id INTEGER PRIMARY KEY)"
        ))
    for turn in range(2):
        with closing(Spending(tmp_path / "spent.sqlite", before=before)) as spent:
            with pytest.raises(sqlite3.IntegrityError):
                spend(spent, "n")
            assert asked(spent, "SELECT in_day FROM quota") == [(7 + turn,)]
            spend(spent, f"new{turn}", use=Use(SimpleNamespace(counted_as="grant", per_second=None, per_day=9), 1, 86_400_000))
        with closing(sqlite3.connect(before)) as held:  # a process of before still runs
            held.execute("INSERT INTO nonce VALUES ('app', ?, 1800000000000)", (f"new{turn + 1}",))
            held.commit()
