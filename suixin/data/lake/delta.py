"""The Delta log: creating a table, finding a batch in it, one commit on one snapshot.

Exactly once: a batch is an application transaction `<feed>#<sequence>` whose number is the version
that it made, so the snapshot that a commit builds on tells whether, and where, it landed already.
No retry happens below us: whatever was committed meanwhile makes the commit fail, and the caller
decides again. The facts of the batch stand in the commit's own metadata, from which lost rows of the
control database are rebuilt. Logs are never cleaned up: they are the table's history.
"""

import contextlib
import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # values of JSON

import orjson
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from suixin.data.catalog.contract import Contract
from suixin.data.lake import storage
from suixin.data.lake.errors import CommitConflict, SchemaMismatch, UnknownTable
from suixin.data.lake.parquet import WrittenFile
from suixin.kit import clock

log = logging.getLogger(__name__)
FACTS = "suixin"
_CONFIGURATION: Mapping[str, str | None] = {
    "delta.enableChangeDataFeed": "true",
    "delta.enableExpiredLogCleanup": "false",
    "delta.checkpointInterval": "20",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit adds and removes. `is_rearrangement`: the rows stay the same (compaction).

    `told`: change data files that say which rows came, changed and went; where there are some, readers of the change
    feed read nothing else.
    """

    added: Sequence[WrittenFile]
    removed: Sequence[Path] = ()
    is_rearrangement: bool = False
    told: Sequence[WrittenFile] = ()


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One version as its log file tells it; paths are relative to the table's folder, `at` in milliseconds since 1970."""

    version: int
    facts: Mapping[str, object]
    added: tuple[str, ...]
    removed: tuple[tuple[str, int], ...]
    told: tuple[str, ...] = ()
    at: int = 0


def exists(table: str) -> bool:
    """Whether the table has a first version."""
    return _log_file(table, 0).is_file()


def open_table(table: str, version: int | None = None) -> DeltaTable:
    """The table at a version (None: latest). Raises UnknownTable."""
    if not exists(table):
        raise UnknownTable(f"数据表“{table}”尚无数据。", table=table)
    if version is not None and not _log_file(table, version).is_file():
        raise UnknownTable(f"数据表“{table}”没有版本 {version}。", table=table)
    return DeltaTable(storage.table_folder(table), version=version)


def ensure_table(contract: Contract) -> DeltaTable:
    """The table at its latest version, created when it is not there. Raises SchemaMismatch when its columns are others."""
    if not exists(contract.table):
        folder = storage.table_folder(contract.table)
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(CommitFailedError):  # somebody else was first: the check below decides
            create_table_with_add_actions(
                str(folder),
                Schema.from_arrow(contract.schema),
                [],
                mode="ignore",
                name=contract.table,
                description=contract.title,
                configuration=_CONFIGURATION,
            )
        _make_lasting(contract.table, 0)
    table = open_table(contract.table)
    held = {field.name: str(field.type) for field in table.schema().fields}
    wanted = {field.name: str(field.type) for field in Schema.from_arrow(contract.schema).fields}
    if held != wanted:
        names = "、".join(sorted({name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name)}))
        raise SchemaMismatch(
            f"数据表“{contract.table}”已有数据，其列与目录条目不一致：{names}。请为新的列结构登记新的信息资源。",
            table=contract.table,
        )
    return table


def latest_version(table: str, known: int = 0) -> int:
    """Number of the newest version, looking upwards from `known`; one `stat` when nothing happened."""
    if not exists(table):
        raise UnknownTable(f"数据表“{table}”尚无数据。", table=table)
    while _log_file(table, known + 1).is_file():
        known += 1
    return known


def landed_version(base: DeltaTable, feed: str, sequence: int) -> int | None:
    """The version in which (feed, sequence) landed, as that very snapshot knows; None when it did not."""
    return base.transaction_version(_app_id(feed, sequence))


def commit(base: DeltaTable, table: str, change: Change, *, facts: Mapping[str, object]) -> int:
    """The version made on top of `base`. Raises CommitConflict when another version came in between."""
    if change.told:
        return _commit_told(base, table, change, facts=facts)
    version = base.version() + 1
    folder = storage.table_folder(table)
    millis = int(clock.now().timestamp() * 1000)
    is_data = not change.is_rearrangement
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(
            path.relative_to(folder).as_posix(), is_data, millis, size=path.stat().st_size, partition_values={}
        )
        for path in change.removed
    ]
    actions += [
        AddAction(one.path.relative_to(folder).as_posix(), one.size, {}, millis, is_data, one.stats)
        for one in change.added
    ]
    landing = (
        [Transaction(_app_id(str(facts["feed"]), _number(facts["sequence"])), version)] if "feed" in facts else None
    )
    attempt = secrets.token_hex(8)
    properties = CommitProperties(
        custom_metadata={FACTS: {**facts, "attempt": attempt}}, max_commit_retries=0, app_transactions=landing
    )
    try:
        base.create_write_transaction(actions, "append", base.schema(), commit_properties=properties)
    except Exception as error:
        if not _log_file(table, version).is_file():
            raise
        if log_entry(table, version).facts.get("attempt") != attempt:
            raise CommitConflict(f"数据表“{table}”在写入期间已有新版本 {version}，请重新提交。", table=table) from error
        log.warning("version %s of %s is committed, what follows a commit failed: %s", version, table, error)
    _make_lasting(table, version)
    return version


def commit_schema(base: DeltaTable, contract: Contract, change: Change, *, facts: Mapping[str, object]) -> int:
    """The version in which the table gets the contract's columns with the files of `change`, the rows staying the same.

    delta-rs changes columns only where it removes all rows and adds others, so this commit is written here: one file,
    put in place whole and only if no other version came in between. Raises CommitConflict.
    """
    table, version = contract.table, base.version() + 1
    metadata = next(
        one["metaData"] for number in range(base.version(), -1, -1)
        for one in map(orjson.loads, _log_file(table, number).read_bytes().splitlines()) if "metaData" in one
    )
    described = {"metaData": {**metadata, "schemaString": Schema.from_arrow(contract.schema).to_json()}}
    _put_version(table, version, [described, *_file_actions(table, change, is_data=False)], facts=facts)
    return version


def _commit_told(base: DeltaTable, table: str, change: Change, *, facts: Mapping[str, object]) -> int:
    """The same of a change with change data files, which delta-rs takes from nobody: written here as in `commit_schema`."""
    version, millis = base.version() + 1, int(clock.now().timestamp() * 1000)
    app_id = _app_id(str(facts["feed"]), _number(facts["sequence"]))
    landing = {"txn": {"appId": app_id, "version": version, "lastUpdated": millis}}
    _put_version(table, version, [landing, *_file_actions(table, change, is_data=True)], facts=facts)
    if version % int(_CONFIGURATION["delta.checkpointInterval"] or 1) == 0:
        try:
            open_table(table, version).create_checkpoint()
        except Exception:
            log.exception("version %s of %s is committed, its checkpoint was not made", version, table)
    return version


def _file_actions(table: str, change: Change, *, is_data: bool) -> Iterator[dict[str, object]]:
    folder, millis = storage.table_folder(table), int(clock.now().timestamp() * 1000)
    for path in change.removed:
        removed = {"path": path.relative_to(folder).as_posix(), "deletionTimestamp": millis, "dataChange": is_data}
        yield {"remove": removed | {"extendedFileMetadata": True, "partitionValues": {}, "size": path.stat().st_size}}
    for one in change.added:
        added = {"path": one.path.relative_to(folder).as_posix(), "partitionValues": {}, "size": one.size}
        yield {"add": added | {"modificationTime": millis, "dataChange": is_data, "stats": one.stats}}
    for one in change.told:
        yield {"cdc": {"path": one.path.relative_to(folder).as_posix(), "partitionValues": {}, "size": one.size, "dataChange": False}}


def _put_version(table: str, version: int, actions: Sequence[Mapping[str, object]], *, facts: Mapping[str, object]) -> None:
    millis = int(clock.now().timestamp() * 1000)
    about = {"commitInfo": {"timestamp": millis, "operation": "WRITE", "engineInfo": "suixin", FACTS: dict(facts)}}
    content = b"\n".join(orjson.dumps(action) for action in (about, *actions)) + b"\n"
    target = _log_file(table, version)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(content)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        os.link(draft, target)
    except FileExistsError as error:
        raise CommitConflict(f"数据表“{table}”在写入期间已有新版本 {version}，请重新提交。", table=table) from error
    finally:
        draft.unlink(missing_ok=True)
    storage.sync_folder(target.parent)


def log_entries(table: str, *, after: int = -1) -> Iterator[LogEntry]:
    """Versions in order, those above `after`, each read from its own log file."""
    version = after + 1
    while (path := _log_file(table, version)).is_file():
        yield _entry(version, path)
        version += 1


def log_entry(table: str, version: int) -> LogEntry:
    """One version as its log file tells it."""
    return _entry(version, _log_file(table, version))


def _entry(version: int, path: Path) -> LogEntry:
    actions = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    about: dict[str, Any] = next((one["commitInfo"] for one in actions if "commitInfo" in one), {})
    return LogEntry(
        version,
        about.get(FACTS, {}),
        tuple(one["add"]["path"] for one in actions if "add" in one),
        tuple((one["remove"]["path"], one["remove"].get("deletionTimestamp", 0)) for one in actions if "remove" in one),
        tuple(one["cdc"]["path"] for one in actions if "cdc" in one),
        about.get("timestamp", 0),
    )


def _make_lasting(table: str, version: int) -> None:
    path = _log_file(table, version)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    storage.sync_folder(path.parent)


def _log_file(table: str, version: int) -> Path:
    return storage.table_folder(table) / "_delta_log" / f"{version:020d}.json"


def _app_id(feed: str, sequence: int) -> str:
    return f"{feed}#{sequence}"


def _number(value: object) -> int:
    return int(str(value))
