"""Restoring: read and prove the backup, build the installation beside its place, prove it, and only then rename.

Stage    <home>.restoring (and <lake>.restoring when the lake lies elsewhere): everything is built there; a restore that
         dies leaves only that, which the next one removes
Prove    manifest and every file, rows of every table against the manifest, receipts of the lake, the audit chain
Place    the stage is renamed to SUIXIN_HOME; with `--replace` what was there is kept as <home>.before-<UTC>
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from suixin.site import config as declared
from suixin.site.backup import manifest
from suixin.site.backup.errors import NotEmpty, RestoreFailed, WrongPassphrase
from suixin.site.backup.home import ANCHORS
from suixin.site.backup.manifest import Manifest
from suixin.site.backup.passphrase import open_folder
from suixin.site.backup.sources import Read, read_backup
from suixin.site.config import Config, variable

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the installation will be, and where it is built: pairs of (final, staged) paths that exist only once."""

    final: Config
    staged: Config

    @property
    def pairs(self) -> tuple[tuple[Path, Path], ...]:
        """Every folder or file that is renamed at the end; the home last."""
        found = []
        if not self.final.lake.is_relative_to(self.final.home):
            found.append((self.final.lake, self.staged.lake))
        database, staged = self.final.database_file, self.staged.database_file
        if database and staged and not database.is_relative_to(self.final.home):
            found.append((database, staged))
        return (*found, (self.final.home, self.staged.home))


def place_of(config: Config) -> Place:
    """The places of an installation with these settings."""
    home = _beside(config.home)
    lake = home / config.lake.relative_to(config.home) if config.lake.is_relative_to(config.home) else _beside(config.lake)
    url, database = config.database_url, config.database_file
    if database:
        inside = database.is_relative_to(config.home)
        url = f"sqlite:///{home / database.relative_to(config.home) if inside else _beside(database)}"
    return Place(config, replace(config, home=home, lake=lake, database_url=url, anchors=home / ANCHORS))


def require_room(place: Place, *, may_replace: bool) -> None:
    """Nothing when the installation's place is empty, or may be put aside. Raises NotEmpty."""
    for path, _ in place.pairs:
        taken = [child.name for child in path.iterdir() if child.name != "static"] if path.is_dir() else [path.name] * path.exists()
        if taken and not may_replace:
            raise NotEmpty(f"{path} 里已有内容({taken[0]} 等);请换一个空的位置,或加 --replace(原有内容会改名保留)。")


def unpack(place: Place, source: Path, passphrase: str) -> Read:
    """The backup read, proven and laid out on the stage. Raises BrokenBackup, WrongPassphrase."""
    for _, staged in place.pairs:
        _remove(staged)
    home = place.staged.home
    unpacked = home / "tmp" / "restore"
    unpacked.mkdir(parents=True, mode=0o700)
    read = read_backup(source, passphrase, into=unpacked)
    if read.manifest.has_keys and read.derived is None:
        raise WrongPassphrase("这份备份含有加密的密钥,需要备份口令:请设 SUIXIN_BACKUP_PASSPHRASE 或用 --passphrase-file。")
    for child in sorted((unpacked / "home").glob("*")) if (unpacked / "home").is_dir() else []:
        child.rename(home / child.name)
    place.staged.lake.parent.mkdir(parents=True, exist_ok=True)
    if (unpacked / "lake").is_dir():
        (unpacked / "lake").rename(place.staged.lake)
    place.staged.lake.mkdir(exist_ok=True)
    for path in place.staged.lake.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o444)
    if read.derived is not None:
        open_folder(read.derived, (unpacked / manifest.KEYS).read_bytes(), place.staged.keys)
    return read


def use(config: Config) -> None:
    """Make the commands of this process work on that installation; call it before Django is set up."""
    os.environ[variable("home")] = str(config.home)
    os.environ[variable("lake")] = str(config.lake)
    os.environ[variable("database_url")] = config.database_url
    os.environ[variable("anchors")] = str(config.anchors)
    declared.config = config  # read once when the module was imported; settings take it from there


def put_in_place(place: Place, stamp: str) -> list[str]:
    """The stage renamed to where it belongs; names under which earlier content was kept."""
    from django.db import connections

    connections.close_all()
    shutil.rmtree(place.staged.home / "tmp")
    kept = []
    for path, staged in place.pairs:
        if path.is_dir() and all(child.name == "static" for child in path.iterdir()):
            shutil.rmtree(path)
        if path.exists():
            aside = path.with_name(f"{path.name}.before-{stamp}")
            path.rename(aside)
            kept.append(str(aside))
        if staged.exists():
            staged.rename(path)
    _bring_anchors(place.final)
    return kept


def _bring_anchors(config: Config) -> None:
    """The restored anchors at their second place when that is empty; one that holds anchors is never written to."""
    inside = config.home / ANCHORS
    if config.anchors != inside and inside.is_dir() and not any(config.anchors.glob("*.ndjson")):
        shutil.copytree(inside, config.anchors, dirs_exist_ok=True)


def clear(place: Place) -> None:
    """Remove what a restore that failed had built."""
    for _, staged in place.pairs:
        _remove(staged)


def fill(place: Place, made: Manifest, *, may_replace: bool, stamp: str) -> Iterator[tuple[str, str]]:
    """The database filled and proven, then brought forward; pairs of (subject, what was found). Django must be ready.

    Raises NotEmpty, NewerBackup, BrokenBackup, RestoreFailed.
    """
    from django.core.management import call_command
    from django.db import connection

    from suixin.ground.audit.actions import record
    from suixin.kit import holdings
    from suixin.kit.actor import SYSTEM
    from suixin.site.backup import database

    keys = [(app, name) for app, name in made.migrations]
    _require_known(made)
    if not database.is_empty():
        if not may_replace:
            raise NotEmpty("数据库里已有表;请换一个空的数据库,或加 --replace(原有的表移入另一个模式保留)。")
        database.set_aside(f"before_{stamp.lower()}")
        yield "原有数据库", f"移入模式 before_{stamp.lower()}"
    loaded = database.load(place.staged.home / "tmp" / "restore" / "database", keys, counters=made.counters)
    _require_equal(made.tables, loaded, "读入")
    _require_equal(made.tables, database.counted(keys), "数据库")
    yield "数据库", f"{len(loaded)} 张表,{sum(loaded.values()):,} 行,与清单相符({connection.vendor})"
    call_command("migrate", interactive=False, verbosity=0)
    yield "迁移", f"从 {made.version} 的状态到当前版本"
    for holding in holdings.all_holdings():
        if told := holding.settle():
            yield holding.name, told
        for proof in holding.proofs(has_keys=made.has_keys):
            if proof.fault:
                raise RestoreFailed(f"恢复后的校验不通过:{proof.fault}未放到位;原有内容没有改动。")
            yield f"{holding.name} {proof.subject}", proof.told
    record(SYSTEM, "site.restored", ("site.backup", made.made_at), detail={"version": made.version, "rows": sum(loaded.values())})


def _require_known(made: Manifest) -> None:
    from django.db import connection

    from suixin import __version__
    from suixin.site.backup import states
    from suixin.site.backup.errors import NewerBackup

    unknown = states.unknown(connection, [(app, name) for app, name in made.migrations])
    if unknown:
        raise NewerBackup(
            f"备份来自更新的版本 {made.version}(例如迁移 {'.'.join(unknown[0])}),本机是 {__version__};请先升级本机,再恢复。"
        )


def _require_equal(wanted: dict[str, int], found: dict[str, int], where: str) -> None:
    for label in sorted(wanted.keys() | found.keys()):
        if wanted.get(label) != found.get(label):
            raise RestoreFailed(f"{where}的表 {label} 有 {found.get(label)} 行,清单为 {wanted.get(label)} 行;未放到位。")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.restoring")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


