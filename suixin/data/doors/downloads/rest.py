"""Files at rest: built once per version and plan, complete or absent, with size and SHA-256 beside them.

Place    SUIXIN_HOME/cache/downloads/<table>/v<version>-<plan>.<format>, and `.json` beside it
Promise  a name that exists holds the whole file (atomic rename); two builders wait for one another (flock)
Room     files of versions before the last, and of withdrawn tables, are removed; a full disk is told as such and
         leaves nothing half-made; a plan that shows sealed values whole is never built, only streamed
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import orjson
from django.conf import settings

from suixin.data.access import engine, opened
from suixin.data.access.plans import Plan
from suixin.data.access.versions import Snapshot, pinned
from suixin.data.doors.downloads import sheets
from suixin.data.doors.downloads.formats import Format, copy_statement, offered
from suixin.data.doors.errors import NoRoom

PREPARED_CELLS = 5_000_000
_VERSION = re.compile(r"v(\d+)-")


@dataclass(frozen=True, slots=True)
class Resting:
    """A file at rest."""

    path: Path
    size: int
    sha256: str


def place(plan: Plan, held: Snapshot, made_by: Format) -> Path:
    """Where the file lies or will lie."""
    folder = _folder(plan.table)
    names = hashlib.sha256("\x1f".join(column.name for column in plan.columns).encode()).hexdigest()[:8]
    return folder / f"v{held.version}-{plan.fingerprint}{names}.{made_by.name}"


def resting(plan: Plan, held: Snapshot, made_by: Format) -> Resting | None:
    """The file at rest, None when it was not built."""
    path = place(plan, held, made_by)
    try:
        known = orjson.loads(_beside(path).read_bytes())
        return Resting(path, known["size"], known["sha256"]) if path.stat().st_size == known["size"] else None
    except (FileNotFoundError, ValueError):
        return None


def build(plan: Plan, held: Snapshot, made_by: Format) -> Resting:
    """The file at rest, built when it was not. Raises NoRoom."""
    found = resting(plan, held, made_by)
    if found is not None:
        return found
    path = place(plan, held, made_by)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _turn(path):
        return resting(plan, held, made_by) or _build(plan, held, made_by, path)


def prepare(plan: Plan, formats: Sequence[str] = (), *, cells: int = PREPARED_CELLS) -> list[Resting]:
    """Files built now, at publication: the formats asked for, or all; none when the table is too large for that."""
    held = pinned(plan.table)
    if plan.shows_sealed_whole:
        return []
    if held.rows * len(plan.columns) > cells:
        return []
    return [build(plan, held, one) for one in offered(plan, held.rows) if not formats or one.name in formats]


def describe(plan: Plan, *, slug: str, resource_id: str) -> list[dict[str, object]]:
    """[{format, url, size, sha256}] of every format offered; size and sha256 are null until the file is at rest."""
    held = pinned(plan.table)
    found: list[dict[str, object]] = []
    for one in offered(plan, held.rows):
        file = resting(plan, held, one)
        url = f"/dataset/{quote(slug)}/resource/{quote(resource_id)}/download/{quote(slug)}.{one.name}"
        size, digest = (file.size, file.sha256) if file else (None, None)
        found.append({"format": one.name, "url": url, "size": size, "sha256": digest})
    return found


def forget_tables(tables: Iterable[str]) -> list[str]:
    """Names of the tables whose files at rest were removed, as after their entries were withdrawn."""
    held = [table for table in tables if _folder(table).is_dir()]
    for table in held:
        shutil.rmtree(_folder(table), ignore_errors=True)
    return held


def _folder(table: str) -> Path:
    return Path(settings.SUIXIN.home).resolve() / "cache" / "downloads" / table


def _build(plan: Plan, held: Snapshot, made_by: Format, path: Path) -> Resting:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        write_file(plan, held, made_by, target=draft)
        digest = _digest(draft)
        size = draft.stat().st_size
        beside = draft.with_name(draft.name + ".json")
        beside.write_bytes(orjson.dumps({"size": size, "sha256": digest, "rows": held.rows}))
        beside.replace(_beside(path))
        draft.replace(path)
    except (OSError, duckdb.IOException) as error:
        if _is_full(error):
            raise NoRoom("服务器磁盘空间不足，暂时不能生成下载文件；请稍后再试，或联系运维清理磁盘。") from error
        raise
    finally:
        draft.unlink(missing_ok=True)
    _forget_old(path.parent, held.version)
    return Resting(path, size, digest)


def write_file(plan: Plan, held: Snapshot, made_by: Format, *, target: Path) -> None:
    """The plan's rows of that version as a file (or into a pipe) at `target`, the same bytes every time."""
    sql, parameters = plan.select_sql(held)
    with engine.ordered_cursor(sql, parameters) as cursor:
        try:
            if made_by.options:
                cursor.execute(copy_statement(plan, sql, made_by=made_by, target=str(target)), parameters)
            else:
                sheets.write_sheets(cursor, plan, (sql, parameters), target=target)
        except duckdb.InvalidInputException as error:
            opened.raise_fault(error)
            raise


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """One builder of a file at a time, across threads and processes."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_full(error: Exception) -> bool:
    return getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)


def _forget_old(folder: Path, version: int) -> None:
    for file in folder.iterdir():
        match = _VERSION.search(file.name)
        if match and int(match[1]) < version - 1:
            file.unlink(missing_ok=True)
