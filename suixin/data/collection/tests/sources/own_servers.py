"""Database servers that a test starts for itself, as their logs must be set up: in a folder of its own, gone afterwards.

They run as an unprivileged user where the tests run as root, which PostgreSQL demands. Where the programs are absent the test
is skipped by name.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from suixin.data.collection.tests.sources.servers import Server

_PLACES = ("/usr/lib/postgresql", "/usr/pgsql", "/usr/local/pgsql")
_USERS = ("postgres", "mysql", "nobody")
_SECONDS = 60


class OwnServer(Server):
    """A server of the test's own, which may be stopped, killed and started again."""

    def __init__(self, engine: Engine, address: str, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        super().__init__(engine, address)
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Up, and answering."""
        self._process = self._start()
        until = time.monotonic() + _SECONDS
        while True:
            try:
                self.run("SELECT 1")
            except DBAPIError:
                assert self._process.poll() is None, "the test's own server has ended"
                assert time.monotonic() < until, "the test's own server does not answer"
                time.sleep(0.2)  # a process of another program can only be asked again
            else:
                return

    def stop(self, *, by: signal.Signals = signal.SIGINT) -> None:
        """Down; SIGKILL as a power cut would."""
        self.engine.dispose()
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(_SECONDS)
            self._process = None

    def forget_log(self) -> None:
        """Whatever was kept of the log for readers is gone."""
        if self.address.startswith("postgresql"):
            self.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
        else:
            self.run("RESET MASTER")


@contextmanager
def postgres(*options: str) -> Iterator[OwnServer]:
    """PostgreSQL with wal_level=logical and a database `city`, or as the options say."""
    programs = _postgres_programs()
    with _folder() as (folder, user):
        data, port = folder / "data", _free_port()
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], user)
        settings = {"wal_level": "logical", "fsync": "off", "listen_addresses": "127.0.0.1", "port": str(port), "shared_buffers": "16MB"}
        settings |= dict(option.split("=", 1) for option in options)
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        base = f"127.0.0.1:{port}"
        admin = create_engine(f"postgresql+psycopg://postgres@{base}/postgres", isolation_level="AUTOCOMMIT")
        start = _starter([programs / "postgres", "-D", data, "-k", folder, *words], user)
        with _started(OwnServer(admin, "postgresql", start)) as first:
            first.run("CREATE DATABASE city")
            first.engine = create_engine(f"postgresql+psycopg://postgres@{base}/city")
            first.address = f"postgresql://postgres@{base}/city"
            yield first
        admin.dispose()


@contextmanager
def mariadb(*options: str) -> Iterator[OwnServer]:
    """MariaDB that writes rows whole into its log and names their columns, with a database `city`; or as the options say."""
    program, installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if program is None or installer is None:
        pytest.skip("mariadbd and mariadb-install-db are not installed: reading MariaDB's log is not tried")
    with _folder() as (folder, user):
        data, port = folder / "data", _free_port()
        _run([installer, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"], user)
        words = [
            "--no-defaults", f"--datadir={data}", f"--port={port}", f"--socket={folder}/s", "--bind-address=127.0.0.1", "--server-id=7",
            "--log-bin=binlog", "--binlog-format=ROW", "--binlog-row-image=FULL", "--binlog-row-metadata=FULL",
            "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=2", *options,
        ]
        admin = create_engine(f"mysql+pymysql://root@127.0.0.1:{port}", isolation_level="AUTOCOMMIT")
        with _started(OwnServer(admin, "mysql", _starter([program, *words], user))) as first:
            first.run("CREATE DATABASE city CHARACTER SET utf8mb4")
            first.engine = create_engine(f"mysql+pymysql://root@127.0.0.1:{port}/city?charset=utf8mb4")
            first.address = f"mysql://root@127.0.0.1:{port}/city"
            yield first
        admin.dispose()


@contextmanager
def _started(server: OwnServer) -> Iterator[OwnServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop(by=signal.SIGKILL)


@contextmanager
def _folder() -> Iterator[tuple[Path, str | None]]:
    """A folder of a short name (a socket's path has few letters), and the user that the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="suixin-db-"))
    user = next((name for name in _USERS if _exists(name)), None) if os.getuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _starter(command: Sequence[object], user: str | None) -> Callable[[], "subprocess.Popen[bytes]"]:
    words = [str(word) for word in command]
    return lambda: subprocess.Popen(words, user=user, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _run(command: Sequence[object], user: str | None) -> None:
    done = subprocess.run([str(word) for word in command], user=user, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def _postgres_programs() -> Path:
    folders = [path for place in _PLACES for path in sorted(Path(place).glob("*/bin"), reverse=True)]
    named = shutil.which("postgres")
    found = next((one for one in [*folders, *([Path(named).parent] if named else [])] if (one / "initdb").exists()), None)
    if found is None:
        pytest.skip("initdb and postgres are not installed: reading PostgreSQL's log is not tried")
    return found


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
