"""The table of one grant at rest: what the grant shows of one version of the standard table, as Delta.

Place    <lake>/grants/<uuid of the grant>/   Delta log, data in `v<version of the source>-…/`, change data in `_change_data/`
Commit   names the version of the standard table that it shows and the shape of the plan; put in place whole by a link, so
         that of two builders one wins and the other reads again
Kept     change data for as long as the table; data files that a later version replaced for SPARED
"""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any  # JSON
from uuid import UUID

import orjson

from suixin.data.lake import storage
from suixin.data.lake.errors import CommitConflict
from suixin.kit import clock

SPARED = timedelta(hours=24)
CHANGES = "_change_data"
FACTS = "suixin"
_PROTOCOL = {"protocol": {"minReaderVersion": 1, "minWriterVersion": 4}}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a commit: its path relative to the table, rows and bytes."""

    path: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version: which of the standard table it shows, by which shape of plan, its files, and the change data that led to it."""

    number: int
    source: int
    shape: str
    at_ms: int
    files: tuple[File, ...]
    told: tuple[File, ...]

    @property
    def rows(self) -> int:
        """Rows of the version."""
        return sum(file.rows for file in self.files)


def root() -> Path:
    """The folder of all tables of grants."""
    return storage.root() / "grants"


def folder_of(grant: str) -> Path:
    """The folder of a grant's table. Raises ValueError for what is no uuid."""
    return root() / str(UUID(grant))


def versions(grant: str) -> list[Version]:
    """All versions, oldest first; none when nothing was built."""
    found: list[Version] = []
    files: dict[str, File] = {}
    for number, actions in enumerate(_log(folder_of(grant))):
        facts: Mapping[str, object] = {}
        told: list[File] = []
        at_ms = 0
        for action in actions:
            if "commitInfo" in action:
                facts, at_ms = action["commitInfo"][FACTS], action["commitInfo"]["timestamp"]
            elif "remove" in action:
                files.pop(action["remove"]["path"], None)
            elif "add" in action:
                one = _file_of(action["add"])
                files[one.path] = one
            elif "cdc" in action:
                told.append(File(action["cdc"]["path"], int(action["cdc"]["tags"]["rows"]), action["cdc"]["size"]))
        found.append(Version(number, int(str(facts["source"])), str(facts["shape"]), at_ms, tuple(files.values()), tuple(told)))
    return found


def commit(
    grant: str, last: Version | None, *, source: int, shape: str, schema: str, title: str, files: Sequence[File], told: Sequence[File],
    is_same: bool = False,
) -> None:
    """The version after `last` with these files. `is_same`: nothing changed, those of before stay. Raises CommitConflict."""
    folder, millis = folder_of(grant), int(clock.now().timestamp() * 1000)
    facts = {"source": source, "shape": shape}
    about = {"timestamp": millis, "operation": "WRITE", "engineInfo": "suixin", FACTS: facts}
    actions: list[Mapping[str, object]] = [{"commitInfo": about}]
    if last is None:
        described = {"id": str(UUID(grant)), "name": title, "format": {"provider": "parquet", "options": {}}, "schemaString": schema}
        configuration = {"delta.enableChangeDataFeed": "true"}
        actions += [_PROTOCOL, {"metaData": described | {"partitionColumns": [], "configuration": configuration, "createdTime": millis}}]
    if not is_same:
        common = {"partitionValues": {}, "dataChange": True}
        gone = last.files if last else ()
        actions += [{"remove": {"path": one.path, "size": one.size, "deletionTimestamp": millis, **common}} for one in gone]
        actions += [{"add": {**_named(one), "modificationTime": millis, "stats": _stats(one), **common}} for one in files]
        actions += [{"cdc": {**_named(one), "partitionValues": {}, "dataChange": False, "tags": {"rows": str(one.rows)}}} for one in told]
    _put(folder / "_delta_log", last.number + 1 if last else 0, actions)


def forget(grant: str) -> bool:
    """Remove the table with everything it ever held; whether there was one."""
    folder = folder_of(grant)
    if not folder.is_dir():
        return False
    grave = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    folder.rename(grave)  # nobody sees half of it
    shutil.rmtree(grave, ignore_errors=True)
    return True


def clean(grant: str) -> int:
    """How many data folders were removed that no version of the last SPARED time holds, those of builders that died included."""
    folder = folder_of(grant)
    known = versions(grant)
    limit = (clock.now() - SPARED).timestamp() * 1000
    held = {file.path.partition("/")[0] for one in known[-1:] for file in one.files}
    late = [one for one, after in pairwise(known) if after.at_ms >= limit]
    held |= {file.path.partition("/")[0] for one in late for file in one.files}
    spare = [child for child in folder.iterdir() if child.is_dir() and not child.name.startswith("_")] if folder.is_dir() else []
    gone = [child for child in spare if child.name not in held and child.stat().st_mtime * 1000 < limit]
    for child in gone:
        shutil.rmtree(child, ignore_errors=True)
    return len(gone)


def grants() -> list[str]:
    """Grants that have a table at rest; what a removal that was killed left is removed."""
    found: list[str] = []
    for child in root().iterdir() if root().is_dir() else ():
        if child.name.startswith(".") and child.is_dir():
            shutil.rmtree(child, ignore_errors=True)
        elif child.is_dir() and not child.name.startswith("_"):
            found.append(child.name)
    return sorted(found)


def _log(folder: Path) -> Iterator[list[dict[str, Any]]]:
    number = 0
    while (path := folder / "_delta_log" / f"{number:020d}.json").is_file():
        yield [orjson.loads(line) for line in path.read_bytes().splitlines() if line]
        number += 1


def _file_of(added: Mapping[str, object]) -> File:
    rows = orjson.loads(str(added["stats"]))["numRecords"]
    return File(str(added["path"]), int(rows), int(str(added["size"])))


def _named(file: File) -> dict[str, object]:
    return {"path": file.path, "size": file.size}


def _stats(file: File) -> str:
    return orjson.dumps({"numRecords": file.rows}).decode()


def _put(log: Path, number: int, actions: Sequence[Mapping[str, object]]) -> None:
    log.mkdir(parents=True, exist_ok=True)
    target = log / f"{number:020d}.json"
    draft = log / f".{target.name}.{secrets.token_hex(4)}"
    try:
        draft.write_bytes(b"".join(orjson.dumps(action) + b"\n" for action in actions))
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        os.link(draft, target)
    except FileExistsError as error:
        raise CommitConflict("这份授权的共享表刚被另一个进程更新,请再试一次。") from error
    finally:
        draft.unlink(missing_ok=True)
    storage.sync_folder(log)
