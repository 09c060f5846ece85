"""A front machine with a SQLite database and a folder, and a base that is a stub."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django

from suixin.site.agent import settings as agent_settings
from suixin.site.agent.reach import EVERYWHERE, Reach
from suixin.site.agent.running import Agent
from suixin.site.agent.spool import Spool
from suixin.site.agent.tests.stubs import StubBase

TOML = """
base = "https://base.test"
source = "front"
application = "front-app"
secret_file = "secret"
{top}
[database.db]
address = "sqlite://{home}/front.db"
[folder.out]
path = "out"
settle = 0
[stream.people]
database = "db"
table = "people"
{people}
[stream.files]
folder = "out"
pattern = "*.csv"
"""
CURSOR = 'cursor = "id"\nchunk_rows = 10'


@dataclass
class Machine:
    """The machine's folder, its settings, and what works there."""

    home: Path
    base: StubBase
    start: Callable[[], Agent]
    agent: Agent
    said: list[str]

    def people(self, *numbers: int) -> None:
        """Rows of the table `people`."""
        with sqlite3.connect(self.home / "front.db") as file:
            file.executemany("INSERT INTO people VALUES (?, ?)", [(number, f"张{number}") for number in numbers])
        file.close()

    def file(self, name: str, *rows: str) -> None:
        """A file in the folder."""
        (self.home / "out" / name).write_text("\n".join(["code,note", *rows]) + "\n", "utf-8")

    def ids(self) -> list[int]:
        """Every number of `people` that came to the base, doubled ones too."""
        return [int(str(one)) for one in self.base.rows("people", "id")]


@pytest.fixture
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Parametrised indirectly with (top, people): lines of the file of settings."""
    top, people = getattr(request, "param", ("", CURSOR))
    (tmp_path / "out").mkdir()
    with sqlite3.connect(tmp_path / "front.db") as file:
        file.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    file.close()
    path = tmp_path / "agent.toml"
    path.write_text(TOML.format(home=tmp_path, top=top, people=people), "utf-8")
    monkeypatch.setattr(django, "SUIXIN", Reach(tmp_path, tmp_path / "scratch", EVERYWHERE, (str(tmp_path),)))
    base = StubBase()
    said: list[str] = []
    with ExitStack() as stack:

        def start() -> Agent:
            stack.close()
            declared = agent_settings.load(path)
            spool = Spool(declared.path(declared.state), limit=declared.spool_megabytes << 20)
            stack.callback(spool.close)
            stack.enter_context(spool.hold())
            return Agent(declared, spool, base, tell=said.append)  # type: ignore[arg-type]  # a stub of it

        yield Machine(tmp_path, base, start, start(), said)
