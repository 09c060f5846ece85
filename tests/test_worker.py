"""The worker as real processes: jobs that write the lake, kills, orphans, and the server that attends one."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from suixin.site.bench.processes import free_port
from suixin.site.testing_database import place_migrated
from tests.whole.conftest import environment

T = TypeVar("T")
CLI = [sys.executable, "-m", "suixin.site.cli"]


def in_home(home: Path, *words: str) -> str:
    """Output of `tests.jobs_home` in that home."""
    command = [sys.executable, "-m", "tests.jobs_home", *words]
    env = environment(home, DJANGO_SETTINGS_MODULE="suixin.site.settings")
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the resource `trial` and its first delivery."""
    folder = tmp_path_factory.mktemp("jobs")
    in_home(place_migrated(folder), "prepare")
    return folder


def read(home: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of the home's control database."""
    connection = sqlite3.connect(f"file:{home}/suixin.sqlite?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def until(ask: Callable[[], T], seconds: float = 90.0) -> T:
    """The first answer that is true; the last one when time is up."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


@contextmanager
def running(home: Path, *words: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the command line that ends with the block."""
    env = environment(home, SUIXIN_JOB_RETRY="3", **variables)
    with (home / "process.log").open("ab") as log, subprocess.Popen([*CLI, *words], env=env, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()


def family(pid: int) -> list[int]:
    """The processes below that one, as /proc tells."""
    below: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        child = int(entry.parent.name)
        if parent(child) == pid:
            below += [child, *family(child)]
    return below


def children(pid: int) -> list[int]:
    """The living processes that it started."""
    return [child for child in family(pid) if lives(child) and parent(child) == pid]


def parent(pid: int) -> int:
    """Who started it; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def is_worker(pid: int) -> bool:
    """Whether it is a `suixin worker` of a server."""
    try:
        return b"worker\0--parent" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def is_listening(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def lives(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def landed(home: Path) -> int:
    """How many batches landed."""
    return len(read(home, "SELECT 1 FROM lake_batch WHERE state = 'landed'"))


def is_done(home: Path, uuid: str) -> bool:
    """Whether that job came to its good end."""
    return bool(read(home, f"SELECT 1 FROM jobs_job WHERE uuid = '{uuid.replace('-', '')}' AND state = 'done'"))


def test_job_whose_process_was_killed_runs_again_and_lands_once(home: Path) -> None:
    uuid, before = in_home(home, "hand-in", "1"), landed(home)
    with running(home, "worker", SUIXIN_CRASH_AT="committed"):
        assert until(lambda: is_done(home, uuid)), (home / "process.log").read_text("utf-8")
    attempts = read(home, f"SELECT attempts FROM jobs_job WHERE uuid = '{uuid.replace('-', '')}'")[0][0]
    assert (attempts, landed(home)) == (2, before + 1)


def test_killed_worker_leaves_no_orphan_and_another_finishes_its_job(home: Path) -> None:
    uuid, before = in_home(home, "hand-in", "2"), landed(home)
    with running(home, "worker", SUIXIN_CRASH_AT="archived") as worker:
        assert until(lambda: read(home, "SELECT 1 FROM jobs_job WHERE attempts > 0 AND state = 'running'"))
        below = family(worker.pid)
        worker.kill()
        assert len(below) >= 4
        assert until(lambda: not any(lives(pid) for pid in below))
    with running(home, "worker"):
        assert until(lambda: is_done(home, uuid)), (home / "process.log").read_text("utf-8")
    assert landed(home) == before + 1


def test_server_attends_a_worker_and_takes_it_along_when_killed(home: Path) -> None:
    def worker() -> int:
        return next((pid for pid in children(server.pid) if is_worker(pid)), 0)

    port = free_port()
    with running(home, "serve", "--port", str(port)) as server:
        first = until(worker)
        os.kill(first, signal.SIGKILL)
        second = until(lambda: (worker() not in {0, first}) and worker())
        assert second, (home / "process.log").read_text("utf-8")
        assert until(lambda: is_listening(port))
        below = family(server.pid)
        assert any(pid != second and not is_worker(pid) for pid in children(server.pid))  # the web process
        server.kill()
        assert until(lambda: not any(lives(pid) for pid in below))
    assert not is_listening(port)


def test_requests_jobs_and_records_at_once_never_find_the_database_locked(home: Path) -> None:
    port = free_port()
    with running(home, "serve", "--port", str(port)), ThreadPoolExecutor(4) as pool:
        transport = httpx.HTTPTransport(retries=9)  # waits 0.5 s, 1 s, 2 s ... until it listens
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=60) as client:
            client.get("/console/login/")
            floods = [pool.submit(in_home, home, "flood") for _ in range(2)]
            form = {"username": "nobody", "password": "x", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
            answers = [client.post("/console/login/", data=form).status_code for _ in range(40)]
            assert [flood.result() for flood in floods] == ["", ""]
        assert max(answers) < 500
        left = "SELECT 1 FROM jobs_job WHERE kind = 'collection.forget' AND state IN ('waiting', 'running')"
        assert until(lambda: not read(home, left))
    assert "locked" not in (home / "process.log").read_text("utf-8")
