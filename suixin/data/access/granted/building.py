"""A grant's own table brought up to the newest version of its standard table: rows as the plan shows them, changes told.

Once     one builder at a time (a lock file), a killed one leaves folders that no version names; `history.clean` removes them
Changes  by comparison of what was shown with what is shown, row by row in all shown columns, so that they are exact whatever
         happened in between; insert and delete, no images of updates, since a shown row need not have a key
"""

import fcntl
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from suixin.data.access import engine
from suixin.data.access.errors import NotAtRest
from suixin.data.access.granted import history
from suixin.data.access.granted.changing import DELETE, INSERT, KIND
from suixin.data.access.granted.schemas import schema_string
from suixin.data.access.plans import Plan
from suixin.data.access.sqltext import identifier, literal
from suixin.data.lake import storage
from suixin.data.lake.errors import translated
from suixin.data.lake.snapshots import Snapshot, snapshot

FILE_BYTES = 128 << 20
_OPTIONS = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536, FILE_SIZE_BYTES {FILE_BYTES}"


def refreshed(plan: Plan) -> list[history.Version]:
    """All versions of the grant's own table, the last of which shows the newest of the standard table. Raises NotAtRest."""
    held = snapshot(plan.table)
    known = history.versions(plan.grant)
    if known and known[-1].source == held.version and known[-1].shape == plan.fingerprint:
        return known
    if plan.shows_sealed_whole:
        raise NotAtRest(f"授权要明文显示「{plan.contract.title}」中加密保存的信息项,这样的数据不落成文件;请改用接口或库表交换。")
    with _turn(plan.grant), translated("生成授权的共享表"):
        known = history.versions(plan.grant)
        if not known or (known[-1].source, known[-1].shape) != (held.version, plan.fingerprint):
            _build(plan, held, known)
            history.clean(plan.grant)
        return history.versions(plan.grant)


def _build(plan: Plan, held: Snapshot, known: Sequence[history.Version]) -> None:
    last = known[-1] if known else None
    if last is not None and last.shape != plan.fingerprint:  # other columns or masks: another table, whose history is over
        history.forget(plan.grant)
        last = None
    folder = history.folder_of(plan.grant)
    name = f"v{held.version}-{secrets.token_hex(4)}"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        sql, parameters = plan.select_sql(held)
        files = _copied(sql, parameters, folder / name)
        told = _told(plan, last, files, name) if last is not None else []
        is_same = last is not None and not told
        history.commit(
            plan.grant, last, schema=schema_string(plan), files=files, told=told, is_same=is_same, source=held.version,
            shape=plan.fingerprint, title=plan.contract.title,
        )
        if is_same:
            shutil.rmtree(folder / name, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.rmtree(folder / history.CHANGES / name, ignore_errors=True)
        raise


def _told(plan: Plan, last: history.Version, files: Sequence[history.File], name: str) -> list[history.File]:
    """Change data from the rows of `last` to those of `files`."""
    folder = history.folder_of(plan.grant)
    old = [str(folder / file.path) for file in last.files]
    new = [str(folder / file.path) for file in files]
    columns = ", ".join(identifier(field) for field in plan.fields)
    parts: list[str] = []
    parameters: list[object] = []
    for some, others, kind in ((old, new, DELETE), (new, old, INSERT)):
        if some:
            without = " EXCEPT ALL " + f"SELECT {columns} FROM read_parquet(?)" if others else ""
            parts.append(f"SELECT {columns}, {literal(kind)} AS {identifier(KIND)} FROM (SELECT {columns} FROM read_parquet(?){without})")
            parameters += [some, *([others] if others else [])]
    return _copied(" UNION ALL ".join(parts), parameters, folder / history.CHANGES / name) if parts else []


def _copied(sql: str, parameters: Sequence[object], folder: Path) -> list[history.File]:
    """The result of a query as Parquet files in a new folder; no file at all when it has no row."""
    folder.mkdir(parents=True)
    with engine.cursor() as cursor:
        cursor.execute(f"COPY ({sql}) TO {literal(str(folder))} ({_OPTIONS}, OVERWRITE_OR_IGNORE true)", list(parameters))
    root = folder.parent.parent if folder.parent.name == history.CHANGES else folder.parent
    found: list[history.File] = []
    for path in sorted(folder.glob("*.parquet")):
        rows = pq.read_metadata(path).num_rows
        if not rows:
            path.unlink()
            continue
        storage.seal_file(path)
        found.append(history.File(path.relative_to(root).as_posix(), rows, path.stat().st_size))
    storage.sync_folder(folder)
    return found


@contextmanager
def _turn(grant: str) -> Iterator[None]:
    """One builder of a grant's table at a time, across threads and processes."""
    locks = history.root() / "_locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / f"{history.folder_of(grant).name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
