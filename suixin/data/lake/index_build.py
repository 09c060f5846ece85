"""Making the key index of a version: DuckDB turns rows into (key, JSON), SQLite takes them in key order.

A version behind an indexed one copies its predecessor (as a reflink where the file system can) and applies what
came and went: rows of the batches since, keys that change data say are gone, or, where a commit tells none, keys of
the files that it replaced and not of those that it put there. The rest is built anew. Files in key order that do not
overlap are streamed without a sort.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import duckdb
import orjson

from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN, Contract, ItemSpec, ItemType
from suixin.data.lake import delta, engine, storage
from suixin.data.lake.errors import LakeError, translated
from suixin.data.lake.snapshots import DataFile, Snapshot
from suixin.data.lake.whole import KIND
from suixin.kit import crash

SEPARATOR = "\x1f"
ESCAPE = "\x1e"  # stands before "0" for itself and before "1" for a separator inside a part of a key
SEALED = "$"  # in a record's JSON a sealed value is {"$": base64}
_PAGE_BYTES = 8192
_CHINA_MICROSECONDS = 8 * 3600 * 1_000_000
_FICLONE = 0x40049409
_MAKE = (
    f"PRAGMA page_size={_PAGE_BYTES}",
    "CREATE TABLE record (k PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
)
_PUT = "INSERT OR REPLACE INTO record (k, body) VALUES (?, ?)"
_REWRITTEN = {"resealed", "purged"}  # facts of commits after which an index is made anew: it holds what must not stay
_DECIMALS = (ItemType.NUMBER, ItemType.MONEY)


def build_index(contract: Contract, snapshot: Snapshot) -> Path:
    """The index file in force, of that version or a later one. Does nothing when it is already. Raises DiskFull.

    One builder of a table at a time, across threads and processes. An index of a version that the table no longer
    has, as after a restored backup, gives way.
    """
    if not contract.key:
        raise LakeError(f"数据表“{contract.table}”没有主键，无法建立主键索引。")
    with translated(f"建立数据表“{contract.table}”的主键索引"), _turn(contract.table):
        newest = delta.latest_version(contract.table, snapshot.version)
        before = current_version(contract.table)
        if before is not None and snapshot.version <= before <= newest and index_file(contract.table, before).is_file():
            return index_file(contract.table, before)
        target = index_file(contract.table, snapshot.version)
        draft = target.parent / f".{storage.owner()}-{os.urandom(4).hex()}"
        try:
            _fill(contract, snapshot, draft, before=before)
            storage.seal_file(draft)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
        _point_to(contract.table, snapshot.version)
        crash.point("index_swapped")
        is_safe = before is not None and not _ended_since(contract.table, before, snapshot.version)
        _remove_older(contract.table, keep={snapshot.version, before} if is_safe else {snapshot.version})
    return target


@contextmanager
def _turn(table: str) -> Iterator[None]:
    folder = storage.index_folder(table)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def current_version(table: str) -> int | None:
    """Version of the index in force; None when there is none."""
    try:
        return int(pointer_file(table).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def index_file(table: str, version: int) -> Path:
    """Where the index of a version lies."""
    return storage.index_folder(table) / f"{version}.sqlite"


def pointer_file(table: str) -> Path:
    """The file that names the version in force."""
    return storage.index_folder(table) / "current"


def _fill(contract: Contract, snapshot: Snapshot, draft: Path, *, before: int | None) -> None:
    added = None if before is None else _batches_since(contract, snapshot, before)
    with storage.scratch() as scratch, engine.connection(scratch) as con:
        if added is None or before is None:
            with closing(_connect(draft)) as base:
                for statement in _MAKE:
                    base.execute(statement)
                _put(base, _all_rows(con, contract, snapshot))
                _note(base, contract)
        else:
            _copy(index_file(contract.table, before), draft)
            with closing(_connect(draft)) as base:
                _forget(base, _keys_gone(con, contract, snapshot, before))
                _put(base, _rows_of(con, contract, snapshot, added))
                _note(base, contract)


def _connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-65536"):
        base.execute(f"PRAGMA {pragma}")
    return base


def _put(base: sqlite3.Connection, rows: Iterable[Sequence[tuple[object, object]]]) -> None:
    base.execute("BEGIN")
    for chunk in rows:
        base.executemany(_PUT, chunk)
    base.execute("COMMIT")


def _forget(base: sqlite3.Connection, keys: Iterable[Sequence[tuple[object, ...]]]) -> None:
    base.execute("BEGIN")
    for chunk in keys:
        base.executemany("DELETE FROM record WHERE k = ?", chunk)
    base.execute("COMMIT")


def _note(base: sqlite3.Connection, contract: Contract) -> None:
    facts = {"key": _key_text(contract), "items": _items_text(contract)}
    base.executemany("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", facts.items())


def _key_text(contract: Contract) -> str:
    items = [item for item in contract.items if item.is_key]
    return orjson.dumps(
        [
            {
                "field": one.field,
                "type": ItemType.TEXT.value if one.is_sealed else one.type.value,
                "scale": 0 if one.is_sealed else getattr(one.arrow_type, "scale", 0),
                **({"sealed": True} if one.is_sealed else {}),
            }
            for one in items
        ]
    ).decode()


def _items_text(contract: Contract) -> str:
    return orjson.dumps([[item.field, str(item.stored_type)] for item in contract.items]).decode()


def _batches_since(contract: Contract, snapshot: Snapshot, before: int) -> list[int] | None:
    """Batches committed after the indexed version; None when the index must be built anew."""
    path = index_file(contract.table, before)
    if before >= snapshot.version or not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as base:
            facts = dict(base.execute("SELECT name, value FROM fact"))
    except sqlite3.Error:
        return None
    if (facts.get("key"), facts.get("items")) != (_key_text(contract), _items_text(contract)):
        return None
    entries = [entry for entry in delta.log_entries(contract.table, after=before) if entry.version <= snapshot.version]
    if any(_REWRITTEN & entry.facts.keys() for entry in entries):
        return None
    hiding = [path for entry in entries if _hides_deletions(entry) for paths in _replaced(contract, entry) for path in paths]
    if any(not path.is_file() for path in (*_told(contract, entries), *hiding)):
        return None  # what went cannot be told any more
    batches = [
        int(str(entry.facts["batch"]))
        for entry in entries
        if "batch" in entry.facts
    ]
    new_rows = sum(file.rows for file in _files_of(snapshot, batches))
    return batches if new_rows * 2 < snapshot.rows else None


def _ended_since(table: str, before: int, version: int) -> bool:
    """Whether rows were destroyed after the indexed version, so that its index must not stay beside the new one."""
    return any("purged" in entry.facts for entry in delta.log_entries(table, after=before) if entry.version <= version)


def _hides_deletions(entry: delta.LogEntry) -> bool:
    """Whether rows went in the commit and no change data tell which."""
    changes = entry.facts.get("changes")
    return not entry.told and isinstance(changes, dict) and bool(changes.get("deleted"))


def _replaced(contract: Contract, entry: delta.LogEntry) -> tuple[list[Path], list[Path]]:
    """Files that the commit took out, and those that it put there."""
    folder = storage.table_folder(contract.table)
    return [folder / name for name, _ in entry.removed], [folder / name for name in entry.added]


def _told(contract: Contract, entries: Iterable[delta.LogEntry]) -> list[Path]:
    """Files of change data, which alone tell what was deleted."""
    return [storage.table_folder(contract.table) / name for entry in entries for name in entry.told]


def _keys_gone(
    con: duckdb.DuckDBPyConnection, contract: Contract, snapshot: Snapshot, before: int
) -> Iterator[list[tuple[object, ...]]]:
    entries = [entry for entry in delta.log_entries(contract.table, after=before) if entry.version <= snapshot.version]
    told = _told(contract, entries)
    if told:
        sql = f"SELECT {_key_column(contract)} AS k FROM read_parquet($1) WHERE {storage.quoted(KIND)} = 'delete'"
        for batch in engine.stream(con, sql, [engine.names(told)]):
            yield [(key,) for key in batch.column(0).to_pylist()]
    for entry in filter(_hides_deletions, entries):
        yield from _keys_dropped(con, contract, *_replaced(contract, entry))


def _keys_dropped(
    con: duckdb.DuckDBPyConnection, contract: Contract, removed: Sequence[Path], added: Sequence[Path]
) -> Iterator[list[tuple[object, ...]]]:
    """Keys of the one files that are not in the others."""
    held = f"SELECT {_key_column(contract)} AS k FROM read_parquet($1)"
    kept = f" WHERE k NOT IN (SELECT {_key_column(contract)} FROM read_parquet($2))" if added else ""
    sql = f"SELECT k FROM ({held}){kept}"
    for batch in engine.stream(con, sql, [engine.names(removed), *([engine.names(added)] if added else [])]):
        yield [(key,) for key in batch.column(0).to_pylist()]


def _files_of(snapshot: Snapshot, batches: Sequence[int]) -> list[DataFile]:
    found = {file.path: file for batch in batches for file in snapshot.files_of_batch(batch)}
    return list(found.values())


def _all_rows(
    con: duckdb.DuckDBPyConnection, contract: Contract, snapshot: Snapshot
) -> Iterator[list[tuple[object, object]]]:
    ordered = _in_key_order(contract, snapshot.files)
    if ordered is not None:
        for file in ordered:
            yield from _chunks(con, f"SELECT {_columns(contract)} FROM read_parquet($1)", [[file.path]])
    elif snapshot.files:
        sql = f"SELECT {_columns(contract)} FROM read_parquet($1) ORDER BY k, {storage.quoted(ROW_COLUMN)}"
        yield from _chunks(con, sql, [snapshot.paths])


def _rows_of(
    con: duckdb.DuckDBPyConnection, contract: Contract, snapshot: Snapshot, batches: Sequence[int]
) -> Iterator[list[tuple[object, object]]]:
    files = _files_of(snapshot, batches)
    if files:
        sql = (
            f"SELECT {_columns(contract)} FROM read_parquet($1) WHERE list_contains($2, {storage.quoted(BATCH_COLUMN)}) "
            f"ORDER BY k, {storage.quoted(ROW_COLUMN)}"
        )
        yield from _chunks(con, sql, [[file.path for file in files], list(batches)])


def _chunks(
    con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object]
) -> Iterator[list[tuple[object, object]]]:
    for batch in engine.stream(con, sql, params):
        yield list(zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True))


def _in_key_order(contract: Contract, files: Sequence[DataFile]) -> list[DataFile] | None:
    """The files one after the other when their key ranges do not meet; None otherwise."""
    ends = []
    for file in files:
        ranges = [group.ranges.get(contract.stored_key[0]) for group in file.groups]
        known = [one for one in ranges if one is not None]
        if not known or len(known) < len(ranges):
            return None
        ends.append((known[0][0], known[-1][1], file))
    ends.sort(key=lambda end: end[0])
    meets = any(one[1] >= following[0] for one, following in pairwise(ends))  # type: ignore[operator]
    return None if meets else [file for _, _, file in ends]


def _columns(contract: Contract) -> str:
    """SQL of the two columns: the key as SQLite holds it, the record as JSON bytes."""
    fields = ", ".join(f"{storage.quoted(item.field)} := {_body_sql(item)}" for item in contract.items)
    return f"{_key_column(contract)} AS k, encode(CAST(to_json(struct_pack({fields})) AS VARCHAR)) AS body"


def _key_column(contract: Contract) -> str:
    keys = [item for item in contract.items if item.is_key]
    if len(keys) == 1:
        is_number = keys[0].type is ItemType.INTEGER and not keys[0].is_sealed
        return storage.quoted(keys[0].field) if is_number else _key_sql(keys[0])
    return f" || chr({ord(SEPARATOR)}) || ".join(_escaped_sql(_key_sql(item)) for item in keys)


def _key_sql(item: ItemSpec) -> str:
    if item.is_sealed:
        return storage.quoted(item.blind_field)
    column = storage.quoted(item.field)
    return f"CAST({f'epoch_us({column})' if item.type is ItemType.DATETIME else column} AS VARCHAR)"


def _escaped_sql(text: str) -> str:
    """The SQL twin of `escaped`."""
    mark, separator = f"chr({ord(ESCAPE)})", f"chr({ord(SEPARATOR)})"
    return f"replace(replace({text}, {mark}, {mark} || '0'), {separator}, {mark} || '1')"


def escaped(text: str) -> str:
    """A part of a composite key without separators in it, so that different keys are never the same place."""
    return text.replace(ESCAPE, ESCAPE + "0").replace(SEPARATOR, ESCAPE + "1")


def _body_sql(item: ItemSpec) -> str:
    column = storage.quoted(item.field)
    if item.is_sealed:
        return f"CASE WHEN {column} IS NOT NULL THEN struct_pack({storage.quoted(SEALED)} := base64({column})) END"
    if item.type is ItemType.DATETIME:
        local = f"make_timestamp(epoch_us({column}) + {_CHINA_MICROSECONDS})"
        return (
            f"CASE WHEN epoch_us({column}) % 1000000 = 0 THEN strftime({local}, '%Y-%m-%dT%H:%M:%S+08:00') "
            f"ELSE strftime({local}, '%Y-%m-%dT%H:%M:%S.%f+08:00') END"
        )
    if item.type is ItemType.DATE or item.type in _DECIMALS:
        return f"CAST({column} AS VARCHAR)"
    if item.type in (ItemType.DOUBLE, ItemType.FLOAT):
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    return column


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new, suppress(OSError):  # not every file system has reflinks
        fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        return
    shutil.copyfile(source, target)


def _point_to(table: str, version: int) -> None:
    pointer = pointer_file(table)
    draft = pointer.with_name(f".{storage.owner()}-{os.urandom(4).hex()}")  # `repair` knows it by its owner
    draft.write_text(str(version), encoding="ascii")
    storage.seal_file(draft)
    draft.replace(pointer)
    storage.sync_folder(pointer.parent)


def _remove_older(table: str, *, keep: set[int | None]) -> None:
    for path in storage.index_folder(table).glob("*.sqlite"):
        if path.stem.isdigit() and int(path.stem) not in keep:
            path.unlink(missing_ok=True)
