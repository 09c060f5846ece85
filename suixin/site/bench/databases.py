"""Empty databases of a bench, beside that of the tests, and the processor time that the server spends for them."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from suixin.site.config import config

_EVERY = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


def own_database(name: str) -> str:
    """The address of an empty PostgreSQL database of that name; empty when no server answers at SUIXIN_TEST_POSTGRES."""
    try:
        import psycopg
        from psycopg import sql
    except ImportError:
        return ""
    try:
        with psycopg.connect(config.test_postgres, autocommit=True, connect_timeout=3) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.OperationalError:
        return ""
    return urlsplit(config.test_postgres)._replace(path=f"/{name}").geturl()


def server_note(address: str) -> str:
    """Whether PostgreSQL is measured, for the notes of a report."""
    return "在测" if address else f"没有在 {config.test_postgres} 应答,没有测"


@dataclass(slots=True)
class ServerTime:
    """Processor seconds of the server's processes that served a database, by their number; nothing of a server elsewhere."""

    by_process: dict[int, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """All of them together."""
        return sum(self.by_process.values())


@contextmanager
def server_time(address: str) -> Iterator[ServerTime]:
    """What the server spends inside the block for the database of that address; seen every tenth of a second."""
    import psycopg

    spent, is_over = ServerTime(), threading.Event()
    parts = urlsplit(address)

    def watch() -> None:
        with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as server:
            while not is_over.wait(_EVERY):
                for (number,) in server.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [parts.path[1:]]):
                    spent.by_process[number] = max(spent.by_process.get(number, 0.0), _spent_by(number))

    watching = threading.Thread(target=watch, name="server-time", daemon=True)
    watching.start()
    try:
        yield spent
    finally:
        is_over.set()
        watching.join()


def spent_so_far(address: str) -> dict[int, float]:
    """Processor seconds of each of the server's processes that serve that database now, by number; 0.0 of a server elsewhere."""
    import psycopg

    parts = urlsplit(address)
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as server:
        found = server.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [parts.path[1:]]).fetchall()
    return {number: _spent_by(number) for (number,) in found}


def spent_since(address: str, before: Mapping[int, float]) -> float:
    """Processor seconds since then; what a process that ended meanwhile had spent is not in it."""
    return sum(seconds - before.get(number, 0.0) for number, seconds in spent_so_far(address).items())


def _spent_by(number: int) -> float:
    try:
        name, _, fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")
    except OSError:
        return 0.0
    told = fields.split()
    return (int(told[11]) + int(told[12])) / _TICKS if "postgres" in name else 0.0
