"""A real server process with two workers on a hostile home, and who calls it."""

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from suixin.kit.signing import sign
from suixin.site.bench.processes import free_port
from suixin.site.testing_database import place_migrated
from tests.whole.conftest import environment

PASSWORD = "demo-password-510900"
_TRUST = ssl.create_default_context()  # made anew for each request it would cost more than the answer


@dataclass(frozen=True, slots=True)
class Site:
    """The server under attack."""

    home: Path
    url: str
    secrets: dict[str, str]
    key: str
    batch: int
    signed_in: dict[str, httpx.Cookies] = field(default_factory=dict)  # cookies by person

    def get(self, path: str, **options: object) -> httpx.Response:
        """The answer to a request as written, over a connection of its own, so that any worker may take it."""
        return httpx.get(self.url + path, timeout=60, verify=_TRUST, **options)  # type: ignore[arg-type]  # httpx's own options

    def send(self, path: str) -> httpx.Response:
        """The answer to an empty form without its token."""
        return httpx.post(self.url + path, timeout=60, verify=_TRUST)

    def signed(self, kind: str, path: str, **changes: str) -> httpx.Response:
        """The answer to a call signed by the application of that kind; `changes` replace headers after signing."""
        headers = sign("GET", self.url + path, app_id=kind, secret=self.secrets[kind].encode())
        return self.get(path, headers=headers | {name.replace("_", "-"): value for name, value in changes.items()})

    @contextmanager
    def as_staff(self, username: str) -> Iterator[httpx.Client]:
        """A browser in which that person of the demo is signed in: once, later browsers go on with that session while it lasts."""
        with httpx.Client(base_url=self.url, timeout=60, cookies=self.signed_in.get(username), verify=_TRUST) as client:
            if client.get("/console/notices/").status_code != 200:
                client.cookies.clear()
                client.get("/console/login/")
                form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
                assert client.post("/console/login/", data=form).status_code == 302
                self.signed_in[username] = httpx.Cookies(client.cookies)
            yield client

    def run(self, *words: str) -> str:
        """Output of `tests.attacks.home` in this home."""
        return made_by(self.home, *words)


def made_by(home: Path, *words: str) -> str:
    """What `tests.attacks.home` prints."""
    env = environment(home, DJANGO_SETTINGS_MODULE="suixin.site.settings")
    command = [sys.executable, "-m", "tests.attacks.home", *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server; when the tests are over its log holds no traceback."""
    home = tmp_path_factory.mktemp("attacked")
    facts = json.loads(made_by(place_migrated(home)).splitlines()[-1])
    port = free_port()
    command = [sys.executable, "-m", "suixin.site.cli", "serve", "--port", str(port), "--workers", "2"]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(home), stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(port, process)
            yield Site(home, f"http://127.0.0.1:{port}", facts["secrets"], facts["key"], facts["batch"])
        finally:
            process.terminate()
            process.wait(120)
    assert "Traceback" not in (home / "serve.log").read_text(), (home / "serve.log").read_text()[-4000:]


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(6000):  # a busy machine takes minutes
        assert process.poll() is None
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError("no server")
