"""What Delta Sharing serves of a plan: the standard table's own files where the plan shows them as they lie, else its own table.

Number   versions are those of the standard table, whichever way rows are served
Own      a plan with a filter, a mask, fewer columns or anything sealed; rebuilt when the standard table has a newer version
Changes  of an own table those told by its commits; of a standard table worked out from files that are still there (6 h)
         and kept in `grants/_standard/<table>/<version>.parquet`
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from suixin.data.access.errors import NotAtRest, VersionGone
from suixin.data.access.granted import building, changing, history
from suixin.data.access.granted.schemas import schema_string
from suixin.data.access.granted.subjects import subject_of
from suixin.data.access.models import Door, Grant, GrantState
from suixin.data.access.plans import Plan, plan_of
from suixin.data.access.sqltext import literal
from suixin.data.lake import delta, storage
from suixin.data.lake.snapshots import snapshot
from suixin.kit import clock

_STANDARD = "_standard"


@dataclass(frozen=True, slots=True)
class ServedFile:
    """One file that a reader may fetch. `place` is relative to the lake's root; `version`, `at_ms` of the commit that it is of."""

    place: str
    rows: int
    size: int
    version: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Served:
    """One version as a reader gets it."""

    version: int
    at_ms: int
    files: tuple[ServedFile, ...]

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def is_standard(plan: Plan) -> bool:
    """Whether the standard table's own files show exactly what the plan shows."""
    whole = len(plan.columns) == len(plan.contract.items) and not any(column.mask for column in plan.columns)
    return whole and not plan.row_filter and not plan.contract.sealed


def served(plan: Plan, version: int | None = None) -> Served:
    """The plan's rows at a version, the newest by default. Raises VersionGone, NotAtRest, UnknownTable."""
    if not is_standard(plan):
        return _own(plan, version)
    held = snapshot(plan.table, version)
    _require_clear(plan, held.schema.names, version)
    if version is not None and any(not Path(file.path).exists() for file in held.files):
        raise VersionGone(f"「{plan.contract.title}」第 {version} 版的数据文件已清理;请读取最新版。", version=version)
    at_ms = delta.log_entry(plan.table, held.version).at
    root = storage.root()
    files = tuple(
        ServedFile(Path(file.path).relative_to(root).as_posix(), file.rows, file.size, held.version, at_ms) for file in held.files
    )
    return Served(held.version, at_ms, files)


def changed(plan: Plan, first: int, last: int) -> list[ServedFile]:
    """Change data of the versions from `first` to `last`, both included, oldest first. Raises VersionGone, NotAtRest."""
    if not is_standard(plan):
        known = building.refreshed(plan)
        if first <= known[0].source:
            raise VersionGone(f"「{plan.contract.title}」的变化从第 {known[0].source + 1} 版起有记录;请先全量读取。", version=first)
        return [
            ServedFile(_own_place(plan, file), file.rows, file.size, one.source, one.at_ms)
            for one in known if first <= one.source <= last for file in one.told
        ]
    newest = snapshot(plan.table)
    _require_clear(plan, newest.schema.names, newest.version)
    return [one for version in range(max(first, 1), last + 1) if (one := _standard_changes(plan, version)) is not None]


def newest(plan: Plan) -> int:
    """Number of the newest version."""
    return snapshot(plan.table).version


def version_at(plan: Plan, moment: datetime, *, is_after: bool = False) -> int:
    """The newest version made at that moment or before; with `is_after` the oldest made then or later. Raises VersionGone."""
    wanted = int(moment.timestamp() * 1000)
    made = [(entry.version, entry.at) for entry in delta.log_entries(plan.table)]
    fitting = [version for version, at in made if (at >= wanted if is_after else at <= wanted)]
    if not fitting:
        told = "之后" if is_after else "之前"
        raise VersionGone(f"「{plan.contract.title}」在 {moment.astimezone(clock.CHINA):%Y-%m-%d %H:%M:%S} {told}没有版本;请换一个时间。")
    return fitting[0] if is_after else fitting[-1]


def file_at(plan: Plan, place: str) -> Path:
    """The file of that place, if it is one of the plan's table's. Raises VersionGone: it is not there any more."""
    root = storage.root().resolve()
    standard = [root / "std" / plan.table, root / "grants" / _STANDARD / plan.table]
    allowed = standard if is_standard(plan) else [history.folder_of(plan.grant)]
    path = (root / place).resolve()
    if not any(folder.resolve() in path.parents for folder in allowed) or path.suffix != ".parquet" or not path.is_file():
        raise VersionGone("这个文件已被新版本替换并清理;请重新查询,取得新的文件地址。")
    return path


def schema_of(plan: Plan) -> str:
    """The plan's columns as Delta describes them."""
    return schema_string(plan)


def refresh_all(grants: Iterable[Grant]) -> int:
    """How many own tables are now at their newest version; those of subjects that never asked are not built."""
    done = 0
    for grant in grants:
        if not history.folder_of(str(grant.uuid)).is_dir():
            continue
        plan = plan_of(grant, subject_of(grant), grant.resource.contract, door=Door.SHARE)
        if not is_standard(plan):
            with suppress(NotAtRest):
                building.refreshed(plan)
                done += 1
    return done


def has_own(table: str) -> bool:
    """Whether a grant on that standard table has a table at rest."""
    held = set(history.grants())
    return bool(held) and any(str(one) in held for one in Grant.objects.filter(resource__table=table).values_list("uuid", flat=True))


def forget_ended() -> list[str]:
    """Tables at rest that were removed because their grant was revoked, has expired or is gone."""
    now = clock.now()
    living = {str(one.uuid) for one in Grant.objects.exclude(state=GrantState.REVOKED) if one.valid_until is None or now < one.valid_until}
    return [grant for grant in history.grants() if grant not in living and history.forget(grant)]


def forget_tables(tables: Sequence[str]) -> int:
    """How many tables at rest made from these standard tables were removed: rows of theirs were destroyed, sealed or withdrawn."""
    uuids = Grant.objects.filter(resource__table__in=tables).values_list("uuid", flat=True)
    done = sum(history.forget(str(uuid)) for uuid in uuids)
    for table in tables:
        folder = history.root() / _STANDARD / table
        done += folder.is_dir()
        shutil.rmtree(folder, ignore_errors=True)
    return done


def _own(plan: Plan, version: int | None) -> Served:
    known = building.refreshed(plan)
    fitting = [one for one in known if version is None or one.source <= version]
    if not fitting or (version is not None and version > known[-1].source):
        first, last = known[0].source, known[-1].source
        raise VersionGone(f"「{plan.contract.title}」可读的版本是第 {first} 版到第 {last} 版;请换一个版本。", version=version)
    one = fitting[-1]
    if any(not (history.folder_of(plan.grant) / file.path).exists() for file in one.files):
        raise VersionGone(f"「{plan.contract.title}」第 {version} 版的数据文件已清理;请读取最新版。", version=version)
    files = tuple(ServedFile(_own_place(plan, file), file.rows, file.size, one.source, one.at_ms) for file in one.files)
    return Served(one.source if version is None else version, one.at_ms, files)


def _own_place(plan: Plan, file: history.File) -> str:
    return (history.folder_of(plan.grant) / file.path).relative_to(storage.root()).as_posix()


def _standard_changes(plan: Plan, version: int) -> ServedFile | None:
    """Change data of one version of a standard table, worked out once; None when nothing changed."""
    folder = history.root() / _STANDARD / plan.table
    path = folder / f"{version}.parquet"
    at_ms = delta.log_entry(plan.table, version).at
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{version}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            with changing.changes(plan, version - 1, version) as found:
                found.cursor.execute(f"COPY ({found.all_sql()}) TO {literal(str(draft))} (FORMAT parquet, COMPRESSION zstd)")
            storage.seal_file(draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    rows = pq.read_metadata(path).num_rows
    place = path.relative_to(storage.root()).as_posix()
    return ServedFile(place, rows, path.stat().st_size, version, at_ms) if rows else None


def _require_clear(plan: Plan, names: Sequence[str], version: int | None) -> None:
    """Nothing when the version has every column of the plan as it is shown. Raises VersionGone."""
    missing = [column.name for column in plan.columns if column.field not in names]
    if missing:
        raise VersionGone(f"「{plan.contract.title}」这一版还没有列 {'、'.join(missing)};请读取以后的版本。", version=version)
