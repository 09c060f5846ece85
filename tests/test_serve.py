"""The server as a process: it tells its address when it answers there, and ends when it is told to, whenever that is."""

import argparse
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from suixin.site.bench.processes import free_port
from suixin.site.cli import serve
from suixin.site.logs import NotOurs, settings_for
from suixin.site.testing_database import place_migrated
from tests.whole.conftest import environment


def web_processes(server: int) -> list[str]:
    """Processes that the server has forked so far."""
    return [one for task in Path(f"/proc/{server}/task").iterdir() for one in (task / "children").read_text().split()]


class Late(BaseHTTPRequestHandler):
    """A site that loads while the first questions are asked: then it says so, and at last it answers."""

    loading = 2

    def do_GET(self) -> None:
        self.send_response(503 if Late.loading else 200)
        Late.loading = max(Late.loading - 1, 0)
        self.end_headers()

    def log_request(self, *_: object) -> None:
        pass


def test_address_is_told_once_the_site_answers_there_and_not_before(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    telling = threading.Thread(target=serve.announce, args=("127.0.0.1", port, lambda: True))
    telling.start()
    assert capsys.readouterr().out == ""
    with HTTPServer(("127.0.0.1", port), Late) as site:
        while telling.is_alive():
            site.handle_request()
            site.timeout = 0.2
        telling.join()
    assert (Late.loading, capsys.readouterr().out) == (0, f"可以访问了:http://127.0.0.1:{port}/\n")


def test_nothing_is_told_of_a_server_that_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    end = os.pidfd_open(gone.pid)
    serve.announce("127.0.0.1", free_port(), lambda: serve._lives(gone.pid, end))  # it ended, and nobody has waited for it yet
    os.close(end)
    gone.wait()
    assert (serve._lives(gone.pid, -1), serve._lives(os.getpid(), -1), capsys.readouterr().out) == (False, True, "")


def test_no_thread_runs_when_workers_are_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Recorded:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def serve(self) -> None:
            seen.append(threading.active_count())

    monkeypatch.setattr("granian.server.Server", Recorded)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    monkeypatch.setattr(serve, "_announce_apart", lambda *_: None)
    monkeypatch.setenv("SUIXIN_HOME", str(tmp_path))
    before = threading.active_count()
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    serve.run(parser.parse_args(["--no-worker", "--port", str(free_port())]))
    assert seen == [before]


def test_what_the_server_says_to_everybody_is_left_out_of_its_log() -> None:
    said = logging.LogRecord("_granian", logging.WARNING, "", 0, "Configuration allows spawning up to 24 Python threads", (), None)
    other = logging.LogRecord("_granian", logging.WARNING, "", 0, "Killing worker-1", (), None)
    assert [NotOurs().filter(one) for one in (said, other)] == [False, True]
    assert settings_for("text", has_access_lines=False)["loggers"]["_granian"]["filters"] == ["ours"]  # type: ignore[index]  # a mapping


def test_help_of_the_demo_installs_nothing(tmp_path: Path) -> None:
    script = shutil.copy(Path(__file__).parents[1] / "bin" / "demo", tmp_path)
    for word in ("--help", "-h"):
        told = subprocess.run(["sh", script, "--port", "1", word], capture_output=True, text=True, check=True).stdout
        assert "Usage: bin/demo [--no-serve]" in told
        assert "set -eu" not in told
    assert [one.name for one in tmp_path.iterdir()] == ["demo"]


def test_server_that_is_stopped_while_its_web_process_still_loads_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "suixin.site.cli", "serve", "--no-worker", "--port", str(free_port())]
    place_migrated(tmp_path)
    with (tmp_path / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment(tmp_path), stdout=log, stderr=subprocess.STDOUT)
    try:
        while b"Spawning worker" not in (tmp_path / "serve.log").read_bytes() or not web_processes(server.pid):
            assert server.poll() is None, (tmp_path / "serve.log").read_text()
            time.sleep(0.01)
        server.terminate()
        server.wait(60)
    finally:
        server.kill()
