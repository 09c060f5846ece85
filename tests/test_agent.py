"""A front machine and its base as processes: each dies at the worst moment, a day passes off line, every row is counted at both ends.

Base    killed while it takes a chunk (kept, not yet noted), killed while it lands one (committed, not yet noted), off for a day
Agent   killed behind a chunk that the base has and it does not know of, killed at any moment while it reads
"""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from suixin.site.agent.spool import Spool
from suixin.site.bench.processes import free_port
from tests.whole.conftest import environment

pytestmark = [pytest.mark.any_database, pytest.mark.timeout(900)]
FIRST = datetime(2026, 3, 2, 8)  # noqa: DTZ001  front databases write no zone
TOML = """
base = "http://127.0.0.1:{port}"
plain_http = true
source = "front"
application = "front-app"
secret_file = "secret"
heartbeat_seconds = 1
[database.db]
address = "sqlite://{folder}/front.db"
[folder.out]
path = "out"
settle = 0
[stream.visits]
database = "db"
table = "visits"
cursor = "id"
every = 1
chunk_rows = 50
[stream.people]
database = "db"
table = "people"
mode = "modified"
cursor = "changed"
key = ["id"]
overlap = 60
every = 1
chunk_rows = 50
[stream.reports]
folder = "out"
pattern = "*.csv"
every = 1
chunk_rows = 50
"""
UNLANDED = "SELECT count(*) FROM collection_frontchunk WHERE landed_at IS NULL"
RUNNING = "SELECT count(*) FROM collection_feedrun WHERE state = 'running'"  # a base that is stopped in a run mends it when it starts
Row = tuple[int, str, datetime]


@dataclass
class Walk:
    """The two machines' folders, and what the department wrote, kept by the test alone."""

    folder: Path
    port: int = field(default_factory=free_port)
    written: dict[str, dict[int, Row]] = field(default_factory=lambda: {"visits": {}, "people": {}, "reports": {}})
    hours: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "base"

    def environment(self, crash: str = "") -> dict[str, str]:
        return environment(self.home, SUIXIN_CRASH_AT=crash, SUIXIN_JOB_RETRY="5", SUIXIN_JOB_PROCESSES="1")

    def office(self, *words: str) -> str:
        command = [sys.executable, "-m", "tests.agent_base", *words]
        return subprocess.run(command, env=self.environment(), check=True, timeout=300, stdout=subprocess.PIPE, text=True).stdout

    @cached_property
    def front(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.folder / "front.db", isolation_level=None)
        for table in ("visits", "people"):
            file.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, name TEXT, changed TIMESTAMP)")
        return file

    def hour(self, *, count: int = 30) -> None:
        """One hour of the department: visits are added, people come and change, a report is laid out."""
        at, first = FIRST + timedelta(hours=self.hours), len(self.written["visits"])
        for table, again in (("visits", ()), ("people", range(3 if self.hours % 6 == 0 else 0))):
            ids = [*again, *range(first, first + count)] if first else range(count)
            self._put(table, [(one, f"{table}{self.hours}-{one}", at + timedelta(seconds=one % 50)) for one in ids])
        rows = [(one, f"第“{self.hours}”时,{one}", at) for one in range(first, first + count)]
        with (self.folder / "part").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("id", "name", "changed"), *rows])
        (self.folder / "part").rename(self.folder / "out" / f"report_{self.hours:03d}.csv")
        self.written["reports"].update({row[0]: row for row in rows})
        self.hours += 1

    def _put(self, table: str, rows: list[Row]) -> None:
        self.front.execute("BEGIN IMMEDIATE")
        self.front.executemany(f"REPLACE INTO {table} VALUES (?, ?, ?)", [(one, name, str(at)) for one, name, at in rows])
        self.front.execute("COMMIT")
        self.written[table].update({row[0]: row for row in rows})

    @contextmanager
    def base(self, crash: str = "", *more: str) -> Iterator[None]:
        """The base serves; at the end it and whatever it started die without a word."""
        with self._started("serve", "--port", str(self.port), "--threads", "1", *more, crash=crash):
            _until(self._answers, "the base does not answer")
            yield

    @contextmanager
    def agent(self, crash: str = "") -> Iterator["subprocess.Popen[bytes]"]:
        """The agent works; at the end it dies without a word."""
        with self._started("agent", "run", "--config", str(self.folder / "agent.toml"), crash=crash) as process:
            yield process

    @contextmanager
    def _started(self, *words: str, crash: str) -> "Iterator[subprocess.Popen[bytes]]":
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            command = [sys.executable, "-m", "suixin.site.cli", *words]
            process = subprocess.Popen(command, env=self.environment(crash), stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # it may have died as it should
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def has_handed_over(self) -> bool:
        """Whether the agent, run once more to its end, read everything and nothing waits at it."""
        command = [sys.executable, "-m", "suixin.site.cli", "agent", "run", "--once", "--config", str(self.folder / "agent.toml")]
        return subprocess.run(command, env=self.environment(), check=False, timeout=300, capture_output=True).returncode == 0

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def spooled(self) -> int:
        """Chunks that wait at the front machine."""
        spool = Spool(self.folder / "state", limit=1)
        try:
            return spool.filled().chunks
        finally:
            spool.close()

    def holds_more_than(self, chunks: int) -> bool:
        return self.spooled() > chunks

    def asked(self, sql: str) -> int:
        """A number out of the base's control database."""
        with sqlite3.connect(self.home / "suixin.sqlite", timeout=30) as file:
            return int(file.execute(sql).fetchone()[0])

    def lake(self, table: str) -> list[tuple[object, ...]]:
        """Rows as they lie in the lake, doubled ones too, read without the product."""
        folder = self.home / "lake" / "std" / table
        if not DeltaTable.is_deltatable(str(folder)):
            return []
        found = pa.concat_tables(pq.ParquetFile(path).read(["id", "name", "changed"]) for path in DeltaTable(folder).file_uris())
        return sorted(tuple(row.values()) for row in found.to_pylist())

    def wanted(self, table: str) -> list[tuple[object, ...]]:
        china = timezone(timedelta(hours=8))
        return sorted((one, name, at.replace(tzinfo=china).astimezone(UTC)) for one, name, at in self.written[table].values())


def _until(is_so: Callable[[], bool], sentence: str) -> None:
    deadline = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.1)


def _die_in_turn(walk: Walk) -> None:
    """The base dies with a chunk in its hands, then while it lands one; the agent behind an answer, then in mid-reading."""
    with walk.base("chunk_kept", "--no-worker"), walk.agent():
        _until(lambda: bool(list((walk.home / "lake" / "inbox").glob("*"))), "no chunk was kept")
    assert (walk.asked("SELECT count(*) FROM collection_frontchunk"), walk.spooled() > 0) == (0, True)
    with walk.base("committed"):
        with walk.agent(crash="agent_sent") as agent:
            assert agent.wait(300) == -signal.SIGKILL
        assert walk.asked("SELECT count(*) FROM collection_frontchunk") == 1
        walk.hour(count=300)
        with walk.agent():
            _until(lambda: walk.asked("SELECT count(*) FROM collection_frontchunk") > 5, "chunks do not go on")
        _until(lambda: any(walk.lake(table) for table in walk.written), "nothing was committed")
    assert walk.asked(UNLANDED) > 0


def _be_off_line(walk: Walk) -> None:
    """A day: rows come and are read, the machine is switched off in the afternoon; nobody answers."""
    for _ in range(2):
        with walk.agent():
            for _ in range(12):
                before = walk.spooled()
                walk.hour()
                _until(partial(walk.holds_more_than, before), "rows are not read while the base is away")


def _is_quiet(walk: Walk) -> bool:
    """Whether nothing waits at either end and as much was taken as was written."""
    stream = "(SELECT id FROM collection_frontstream WHERE name = '{}')"
    taken = f"SELECT coalesce(sum(rows), 0) FROM collection_frontchunk WHERE stream_id = {stream}"
    is_taken = all(walk.asked(taken.format(name)) >= len(rows) for name, rows in walk.written.items())
    return is_taken and not walk.spooled() and not walk.asked(UNLANDED)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[tuple[Walk, dict[str, Any]]]":
    """The walk when it is over, and the base's account of it."""
    walk = Walk(tmp_path_factory.mktemp("walk"))
    walk.office("prepare", str(walk.folder))
    (walk.folder / "out").mkdir()
    (walk.folder / "agent.toml").write_text(TOML.format(port=walk.port, folder=walk.folder), "utf-8")
    walk.hour()
    _die_in_turn(walk)
    _be_off_line(walk)
    with walk.base():
        with walk.agent():
            _until(lambda: _is_quiet(walk), "what waited does not arrive")
            walk.hour()
            _until(lambda: _is_quiet(walk), "the next hour does not arrive")
        _until(walk.has_handed_over, "the agent does not hand over what is left")
        _until(lambda: not walk.asked(UNLANDED) and not walk.asked(RUNNING), "what was handed over does not land")
    yield walk, json.loads(walk.office("account"))
    walk.front.close()


def test_every_row_of_every_stream_is_in_the_lake_once(walked: tuple[Walk, dict[str, Any]]) -> None:
    walk, _ = walked
    for table in walk.written:
        assert walk.lake(table) == walk.wanted(table), table


def test_chunks_runs_and_batches_count_each_row_that_was_sent_once(walked: tuple[Walk, dict[str, Any]]) -> None:
    walk, account = walked
    batches = {table: sum(one[1] for one in account["batches"] if one[0] == table) for table in walk.written}
    assert account["runs"] == account["chunks"] == batches
    assert not sum(rejected for *_, rejected, _ in account["batches"])
    kept = {table: sum(accepted - replaced for name, _, accepted, _, replaced in account["batches"] if name == table) for table in batches}
    assert kept == {table: len(rows) for table, rows in walk.written.items()}


def test_nothing_waits_and_nothing_is_left_to_mend(walked: tuple[Walk, dict[str, Any]]) -> None:
    walk, account = walked
    assert (account["waiting"], account["apart"], account["broken"], walk.spooled()) == (0, [], 0, 0)
