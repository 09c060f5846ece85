"""Homes to back up, on SQLite and on PostgreSQL, and commands run in them as processes of their own."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from suixin.site.bench.processes import environment
from suixin.site.testing_runs import MadeOnce
from tests.upgrade.conftest import grow, unpack

PASSPHRASE = "correct horse battery"
SERVER = os.environ.get("SUIXIN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")


def ran(
    home: Path, *words: str, module: str = "suixin.site.cli", check: bool = True, limit: int = 0, database: str = "",
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """A finished command; `check`: it must end well; `limit` bounds the size of every file that it writes."""
    import resource

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    wanted = {"SUIXIN_BACKUP_PASSPHRASE": PASSPHRASE, **({"SUIXIN_DATABASE_URL": database} if database else {}), **(more or {})}
    done = subprocess.run(
        [sys.executable, "-m", module, *words], env=environment(home, **wanted), capture_output=True, text=True,
        timeout=300, check=False, preexec_fn=bound if limit else None,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr[-3000:]
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def grown(made_once: MadeOnce) -> Path:
    """A home of this release that once was one of 0.1.0: never written to by tests."""
    return made_once("grown", grow)


@pytest.fixture(scope="session")
def kept(grown: Path, made_once: MadeOnce) -> Path:
    """A backup of it, as one archive."""

    def make(folder: Path) -> None:
        home = shutil.copytree(grown, folder / "home")  # a backup leaves a record, and others copy what is grown meanwhile
        ran(home, "backup", str(folder / "whole.tar.zst"))

    return made_once("kept", make) / "whole.tar.zst"


@pytest.fixture(scope="session")
def restored(kept: Path, made_once: MadeOnce) -> Path:
    """A folder where that backup was restored as `home`, and what was told meanwhile in `told.txt`: never written to by tests."""

    def make(folder: Path) -> None:
        told = ran(folder / "home", "restore", str(kept)).stdout
        (folder / "told.txt").write_text(told, "utf-8")

    return made_once("restored", make)


@contextmanager
def fresh_database() -> Iterator[str]:
    """The address of an empty PostgreSQL database that is gone afterwards; without a server the test is left out."""
    psycopg = pytest.importorskip("psycopg")
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip(f"no PostgreSQL answers at {SERVER}")
    name = f"suixin_backup_{secrets.token_hex(4)}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        yield SERVER.rpartition("/")[0] + "/" + name
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


@pytest.fixture
def postgres() -> Iterator[str]:
    """An empty PostgreSQL database of one's own."""
    with fresh_database() as address:
        yield address


@pytest.fixture
def old_home(tmp_path: Path) -> Path:
    """The home as release 0.1.0 left it."""
    unpack(tmp_path / "old_home")
    return tmp_path / "old_home"
