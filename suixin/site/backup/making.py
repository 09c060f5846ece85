"""Making a backup while the system runs: home files, then one database instant with the pins of the lake, then keys."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from suixin import __version__
from suixin.ground.audit.actions import record
from suixin.ground.audit.sealing import seal_all
from suixin.kit import clock, holdings, keyring
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError
from suixin.kit.holdings import Held, HeldFile
from suixin.site.backup import database, home, manifest, states
from suixin.site.backup.errors import BackupFailed, NewerBackup
from suixin.site.backup.home import HomeFile
from suixin.site.backup.manifest import Manifest
from suixin.site.backup.passphrase import Derived, derive, seal_folder
from suixin.site.backup.progress import Progress
from suixin.site.backup.targets import Target, opened
from suixin.site.config import Config

_SCRATCH = "backup-"


@dataclass(frozen=True, slots=True)
class _Pinned:
    """What the one database transaction told."""

    vendor: str
    migrations: list[tuple[str, str]]
    tables: dict[str, int]
    counters: dict[str, int]
    dumps: list[Path]
    held: dict[str, Held]


def make(config: Config, target: Path, passphrase: str | None) -> Manifest:
    """The manifest of a complete backup at `target`; keys are left out without a passphrase. Raises BackupFailed."""
    derived = derive(passphrase) if passphrase else None
    progress = Progress("备份", 0)
    _seal()
    with _scratch(config) as scratch, opened(target, progress) as place:
        before = [*home.files(config, scratch)]
        _add_home(place, before)
        pinned = _pin(scratch)
        progress.expect(sum(_size(file.source) for held in pinned.held.values() for file in held.files))
        for dump in pinned.dumps:
            place.add(f"database/{dump.name}", dump)
        for name, held in pinned.held.items():
            for one in held.files:
                _add_held(place, name, one)
        _add_home(place, home.files(config, scratch, without=frozenset(file.path for file in before)))
        made = _close(config, place, pinned, derived)
    progress.end()
    _remember(target, made)
    return made


def _seal() -> None:
    """What waits for its seal is sealed, so that it is saved with it; a log known to be broken is saved as it is."""
    if _has_all_migrations():
        try:
            seal_all()
        except SuixinError as error:
            print(error.sentence, file=sys.stderr, flush=True)


def _add_home(place: Target, files: Iterable[HomeFile]) -> None:
    """The files, but for those that were taken away since they were listed (counts of an ended server, an expired log)."""
    for file in files:
        try:
            place.add(f"home/{file.path}", file.source, size=file.size)
        except FileNotFoundError:
            if file.source.exists():
                raise


def _add_held(place: Target, name: str, file: HeldFile) -> None:
    try:
        place.add(f"{name}/{file.path}", file.source, is_fixed=True)
    except FileNotFoundError:
        if not file.may_go or file.source.exists():
            raise


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _pin(scratch: Path) -> _Pinned:
    folder = scratch / "database"
    folder.mkdir()
    try:
        with database.instant() as now:
            unknown = states.unknown(now.connection, now.migrations)
            if unknown:
                raise NewerBackup(f"数据库由更新的版本迁移过({'.'.join(unknown[0])});请用那个版本做备份。")
            if not now.models:
                raise BackupFailed("数据库里还没有表;请先运行 suixin migrate。")
            written = list(now.write(folder))
            held = {one.name: one.held(now.rows) for one in holdings.all_holdings()}
            tables = {label: rows for _, label, rows in written}
            return _Pinned(now.connection.vendor, now.migrations, tables, now.counters(), [path for path, *_ in written], held)
    except DatabaseError as error:
        raise BackupFailed(f"读取数据库时出错:{error}。没有留下不完整的备份。") from error


def _close(config: Config, place: Target, pinned: _Pinned, derived: Derived | None) -> Manifest:
    ring = keyring.of(config.keys)
    ring.public_key(manifest.PURPOSE)  # made on first use, before the keys are sealed
    if derived is not None:
        place.add(f"home/{home.REGISTER}", config.home / home.REGISTER)
        place.add_bytes(manifest.KEYS, seal_folder(derived, config.keys))
    versions = {name: held.versions for name, held in pinned.held.items()}
    made = Manifest(
        __version__, clock.now().isoformat(), pinned.vendor, [list(key) for key in pinned.migrations], pinned.tables,
        pinned.counters, versions, derived is not None, sorted(place.entries, key=lambda entry: entry.path),
    )
    text = made.to_bytes()
    place.add_bytes(manifest.MANIFEST, text)
    place.add_bytes(manifest.SIGNATURE, manifest.sign(text, derived, ring))
    return made


def _remember(target: Path, made: Manifest) -> None:
    """A record that the backup was made; a database that waits for its migrations cannot take one."""
    if _has_all_migrations():
        detail = {"files": len(made.files), "bytes": made.size, "has_keys": made.has_keys}
        record(SYSTEM, "site.backup_made", ("site.backup", target.name), detail=detail)


def _has_all_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@contextmanager
def _scratch(config: Config) -> Iterator[Path]:
    folder = config.home / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    _forget_left(folder)
    made = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder))
    with _held(made):
        try:
            yield made
        finally:
            with suppress(OSError):
                shutil.rmtree(made)


def _forget_left(folder: Path) -> None:
    """What a killed backup left goes: rows of every table in the clear. One that still runs holds its own."""
    for left in folder.glob(f"{_SCRATCH}*"):
        with suppress(BlockingIOError), _held(left):
            shutil.rmtree(left)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
