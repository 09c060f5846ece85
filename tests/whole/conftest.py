"""A whole installation for tests that cross modules: the demo's home, and a real server process on it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from suixin.site.bench.processes import free_port
from suixin.site.testing_database import place_migrated


def run_suixin(home: Path, *words: str, timeout: float = 300, **variables: str) -> subprocess.CompletedProcess[str]:
    """A finished `suixin` command whose state lives in `home`."""
    command = [sys.executable, "-m", "suixin.site.cli", *words]
    return subprocess.run(
        command, env=environment(home, **variables), capture_output=True, text=True, timeout=timeout, check=False
    )


def environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment of a process whose state lives in `home`, on its own SQLite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIXIN_")}
    return {**kept, "SUIXIN_HOME": str(home), "SUIXIN_DEMO_PASSWORD": "demo-password-510900", **variables}


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which `suixin demo --no-serve` has run."""
    home = tmp_path_factory.mktemp("demo")
    ran = run_suixin(place_migrated(home), "demo", "--no-serve")
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return home


@pytest.fixture(scope="session")
def live(demo_home: Path) -> Iterator[str]:
    """Address of a real server process with two workers on the demo's home."""
    port = free_port()
    log = (demo_home / "serve.log").open("wb")
    command = [sys.executable, "-m", "suixin.site.cli", "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, env=environment(demo_home), stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(port, process, demo_home / "serve.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(3_600):
        assert process.poll() is None, log.read_text()[-3000:]
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"no server at port {port}: {log.read_text()[-3000:]}")
