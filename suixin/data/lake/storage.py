"""Where things lie, and how a file becomes lasting.

Layout   <root>/archive/<table>/<sm3>.sealed   originals, zstd, sealed
         <root>/std/<table>/                   Delta table; data files in one folder per batch, read-only
         <root>/rejects/<table>/<batch>.parquet
         <root>/inbox/<key>/<file name>        handed in, sealed, waiting for its job (collection)
         <root>/tmp/<owner>-<random>/          scratch of one process; `owner` tells whether it still lives
         <root>/../index/<table>/<version>.sqlite and `current`
"""

import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from suixin.data.lake.errors import UnknownTable

INBOX = "inbox"
_TABLE = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_\-]{0,119}")


def root() -> Path:
    """The folder of the lake."""
    return Path(settings.SUIXIN.lake)


def table_folder(table: str) -> Path:
    """Folder of the table's Delta log and data files."""
    return root() / "std" / _checked(table)


def archive_folder(table: str) -> Path:
    """Folder of the originals that were sent for the table."""
    return root() / "archive" / _checked(table)


def rejects_folder(table: str) -> Path:
    """Folder of the rows that were not accepted."""
    return root() / "rejects" / _checked(table)


def index_folder(table: str) -> Path:
    """Folder of the table's key indexes, beside the lake because every node builds its own."""
    return root().parent / "index" / _checked(table)


def tables() -> list[str]:
    """Names of the tables that exist, sorted."""
    folder = root() / "std"
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def _checked(table: str) -> str:
    if not _TABLE.fullmatch(table):
        raise UnknownTable(f"表名“{table}”不合规：只能用字母、数字、下划线和连字符，最多 120 个字符。", table=table)
    return table


def owner() -> str:
    """Who this process is: host, process number and its start, so that a reused number is told apart."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def owner_lives(name: str) -> bool | None:
    """Whether the process of that `owner()` runs; None when it is on another host."""
    host, pid, started = [*name.rsplit(":", 2), "", ""][:3]
    if host != socket.gethostname() or not pid.isdigit():
        return None
    return _started(int(pid)) == started != ""


def _started(pid: int) -> str:
    """Start tick of a process, empty when there is none or it is a zombie (Linux; else the pid is trusted)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def make_scratch() -> Path:
    """A new folder inside the lake's file system that only this user reads; `repair` removes those of dead processes."""
    folder = root() / "tmp" / f"{owner()}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True, mode=0o700)
    return folder


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of one's own inside the lake's file system, gone afterwards."""
    folder = make_scratch()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove(path: Path) -> None:
    """Remove a file or a whole folder; one that is gone already is fine."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def seal_file(path: Path) -> None:
    """Bring the file's bytes to the disk and make it read-only."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(0o444)


def sync_folder(folder: Path) -> None:
    """Bring the folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """`name` as an SQL identifier; the only way a column's name gets into SQL here."""
    return '"' + name.replace('"', '""') + '"'
