"""What lies in SUIXIN_HOME beside database, lake and keys: access log, audit archive, anchors, and what comes later.

Left out is what is made again (indexes, caches, built files, scratch); everything else is taken, so that a module's
new folder is never forgotten. SQLite files are copied by SQLite's own backup, files that grow to their size now.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from suixin.data.access import journal
from suixin.site.backup.errors import BackupFailed
from suixin.site.config import Config

MADE_AGAIN = frozenset({"index", "cache", "static", "tmp", "scratch", "demo", "shots", "keys", "bench", "packages"})
ANCHORS = "anchors"
REGISTER = "keys.register"  # goes with the keys
_SQLITE = b"SQLite format 3\x00"
_BESIDE = ("-wal", "-shm", "-journal", ".part", ".rewritten")  # of a database, of a file that is being written
_COUNTS = Path("state/metrics")  # of servers that run now


@dataclass(frozen=True, slots=True)
class HomeFile:
    """One file: its name below the home, where its bytes can be read, and how many of them count."""

    path: str
    source: Path
    size: int


def files(config: Config, scratch: Path, *, without: frozenset[str] = frozenset()) -> Iterator[HomeFile]:
    """Every file to be taken, except those named in `without`; anchors that lie elsewhere are taken as `anchors/`."""
    if not config.anchors.is_relative_to(config.home):
        for path in sorted(config.anchors.glob("*.ndjson")):
            if f"{ANCHORS}/{path.name}" not in without:
                yield HomeFile(f"{ANCHORS}/{path.name}", path, path.stat().st_size)
    for path in sorted(config.home.rglob("*"), key=_turn):
        name = path.relative_to(config.home).as_posix()
        if name in without or path.is_symlink() or not path.is_file() or _is_left_out(path, config):
            continue
        if path.suffix == journal.NAME:  # settled and removed before its turn comes, perhaps
            if (copy := _copied(path, scratch / "journals" / path.name)) is not None:
                yield HomeFile(name, copy, copy.stat().st_size)
            continue
        if _is_sqlite(path):
            copy = scratch / "sqlite" / name
            _copy_sqlite(path, copy)
            yield HomeFile(name, copy, copy.stat().st_size)
        else:
            yield HomeFile(name, path, path.stat().st_size)


def _turn(path: Path) -> tuple[bool, Path]:
    """Journals of the access log before the log: what is moved meanwhile is then in both, and counted once, never in none."""
    return (path.suffix != journal.NAME, path)


def _is_left_out(path: Path, config: Config) -> bool:
    name = path.relative_to(config.home)
    first = name.parts[0]
    return (
        first in MADE_AGAIN or first.startswith((".", REGISTER)) or path.is_relative_to(config.lake) or path == config.database_file
        or path.name.endswith(_BESIDE) or name.is_relative_to(_COUNTS)
    )


def _copied(source: Path, target: Path) -> Path | None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # what it held is in the log, which is copied after it
        return shutil.copyfile(source, target)
    return None


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _copy_sqlite(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        reading.backup(writing)
    except sqlite3.Error as error:
        raise BackupFailed(f"复制 {source} 时出错:{error}。没有留下不完整的备份;请检查磁盘空间后重试。") from error
    finally:
        reading.close()
        writing.close()
