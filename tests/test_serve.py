"""The server as a process: it ends when it is told to, whenever that is."""

import subprocess
import sys
import time
from pathlib import Path

from suixin.site.bench.processes import free_port
from suixin.site.testing_database import place_migrated
from tests.whole.conftest import environment


def web_processes(server: int) -> list[str]:
    """Processes that the server has forked so far."""
    return [one for task in Path(f"/proc/{server}/task").iterdir() for one in (task / "children").read_text().split()]


def test_server_that_is_stopped_while_its_web_process_still_loads_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "suixin.site.cli", "serve", "--no-worker", "--port", str(free_port())]
    place_migrated(tmp_path)
    with (tmp_path / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment(tmp_path), stdout=log, stderr=subprocess.STDOUT)
    try:
        while b"http://" not in (tmp_path / "serve.log").read_bytes() or not web_processes(server.pid):
            assert server.poll() is None, (tmp_path / "serve.log").read_text()
            time.sleep(0.01)
        server.terminate()
        server.wait(60)
    finally:
        server.kill()
