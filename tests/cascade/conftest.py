"""Three instances on the loopback, province, city and county, each with a home, a server and keys of its own; two that share a folder."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from suixin.site.bench.processes import environment, free_port, python, serving

PLACES = {
    "sc": ("510000", "province", "四川省平台"), "sn": ("510900", "city", "遂宁市平台"), "cs": ("510903", "county", "船山区平台"),
}


@dataclass
class Instance:
    """One installation: its home, where it listens, what its processes are told."""

    code: str
    home: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    actor: subprocess.Popen[str] | None = None
    stack: ExitStack | None = None
    is_served: bool = False

    def start(self) -> subprocess.Popen[str]:
        """The process of people and worker here; its faults go to a file of the home."""
        faults = (self.home / "acting.log").open("w")
        self.actor = subprocess.Popen(
            python("tests.cascade.acting"), env=environment(self.home, **self.settings), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=faults,
        )
        faults.close()
        return self.actor

    def act(self, what: str, **given: Any) -> dict[str, Any]:
        """What somebody did here, and its answer."""
        assert self.actor is not None
        assert self.actor.stdin is not None
        assert self.actor.stdout is not None
        print(json.dumps([what, given]), file=self.actor.stdin, flush=True)
        answer = self.actor.stdout.readline()
        assert answer, (self.home / "acting.log").read_text()[-3000:]
        told: dict[str, Any] = json.loads(answer)
        return told

    def cascade(self, *words: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
        """A finished `suixin cascade`; with `crash_at` it died there by SIGKILL."""
        return self.command("cascade", *words, crash_at=crash_at)

    def command(self, *words: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
        """A finished `suixin` of these words; as above."""
        more = {**self.settings, **({"SUIXIN_CRASH_AT": crash_at} if crash_at else {})}
        command, variables = python("suixin.site.cli", *words), environment(self.home, **more)
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=500, check=False)
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        assert not crash_at or done.returncode == -9, done.stdout + done.stderr
        return done

    def serve(self) -> None:
        """The server, until the tests of the module are over."""
        assert self.stack is not None
        if not self.is_served:
            self.is_served = True
            self.stack.enter_context(self.serving())

    def serving(self, **more: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """The server, inside the block."""
        command = python("suixin.site.cli", "serve", "--no-worker", "--port", str(self.port))
        variables: Mapping[str, str] = {**self.settings, **more}
        return serving(command, home=self.home, port=self.port, log=self.home / "serve.log", variables=variables)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Path:
    """A home with an empty database and nothing else: that of the tests, copied."""
    home = tmp_path_factory.mktemp("blank")
    with django_db_blocker.unblock():
        if connection.vendor != "sqlite":
            pytest.skip("instances of this test have SQLite databases of their own")
        connection.ensure_connection()
        with closing(sqlite3.connect(home / "suixin.sqlite")) as target:
            connection.connection.backup(target)
    return home


def founded(folder: Path, blank: Path, codes: Mapping[str, int], stack: ExitStack) -> dict[str, Instance]:
    """Instances of those codes with so many rows, each knowing itself, none another; their processes end with the stack."""
    made: dict[str, Instance] = {}
    for code, rows in codes.items():
        division, level, name = PLACES[code]
        (folder / "carried").mkdir(exist_ok=True)
        settings = {"SUIXIN_SOURCE_NETWORKS": "127.0.0.0/8", "SUIXIN_SOURCE_FOLDERS": str(folder / "carried")}
        home = folder / code
        shutil.copytree(blank, home, ignore=shutil.ignore_patterns("keys*", "*.log"))
        made[code] = Instance(code, home, free_port(), settings)
        stack.enter_context(made[code].start())
        address = f"http://127.0.0.1:{made[code].port}"
        made[code].act(
            "found", code=code, name=name, level=level, division=division, address=address, rows=rows,
            introduction=str(folder / f"{code}.json"),
        )
    return made


def peer_of(folder: Path, code: str, role: str) -> dict[str, object]:
    """What a person knows of a peer: its introduction, where it stands."""
    division, level, _ = PLACES[code]
    return {
        "introduction": str(folder / f"{code}.json"), "role": role, "division": division, "level": level, "catalogue": role == "upper",
    }


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, blank: Path) -> Iterator[dict[str, Instance]]:
    """Province, city and county, linked; catalogues go up; the province's rows are offered to the city.

    Province and county listen; the city's server is the tests' to start and to kill.
    """
    folder = tmp_path_factory.mktemp("cascade")
    with ExitStack() as stack:
        made = founded(folder, blank, {"sc": 10_000, "sn": 0, "cs": 0}, stack)
        _join_three(folder, made)
        for code in ("sc", "cs"):
            made[code].act("listen", port=made[code].port)
        made["sn"].stack = stack
        yield made


def _join_three(folder: Path, made: Mapping[str, Instance]) -> None:
    for code, peers in (("sc", {"sn": "lower"}), ("sn", {"sc": "upper", "cs": "lower"}), ("cs", {"sn": "upper"})):
        made[code].act("join", peers=[peer_of(folder, peer, role) for peer, role in peers.items()])
    made["sc"].act("offer", peer="sn", divisions=["510900"])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, blank: Path) -> Iterator[dict[str, Instance]]:
    """City and county that share nothing but what is carried between two folders."""
    folder = tmp_path_factory.mktemp("gap")
    down, up = folder / "carried" / "down", folder / "carried" / "up"
    with ExitStack() as stack:
        made = founded(folder, blank, {"sn": 2_600, "cs": 0}, stack)
        for carried in (down, up):
            carried.mkdir()
        for code, peer, role, out, into in (("sn", "cs", "lower", down, up), ("cs", "sn", "upper", up, down)):
            told = peer_of(folder, peer, role) | {"way": "folder", "out": str(out), "into": str(into)}
            made[code].act("join", peers=[told])
        made["sn"].act("offer", peer="cs", divisions=["510903"])
        yield made
