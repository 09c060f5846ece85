"""One DuckDB instance in the process, a cursor per request.

Locked   no extensions fetched or loaded, files only under the lake and the cache, settings frozen
Limits   memory and threads from the settings; sorts spill to SUIXIN_HOME/tmp
Order    DuckDB keeps the order of files and rows only in plans without a join, and an IN list of more than a few values is one;
         `ordered_cursor` asks the plan, and gives such a SELECT to a second instance of one thread, which has no other order and half
         the memory
Time     zone Asia/Shanghai for what SQL prints; instants stay instants
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import duckdb
from django.conf import settings

from suixin.data.access import opened
from suixin.data.access.sqltext import literal

_lock = threading.Lock()
_instances: dict[tuple[str, str, int], duckdb.DuckDBPyConnection] = {}
_IN_ORDER = "BATCH_COPY_TO_FILE"  # how a plan writes what it keeps in order while several threads make it


def cursor(*, threads: int = 0) -> duckdb.DuckDBPyConnection:
    """A fresh cursor of the node's engine, of so many threads (0: as the settings say); close it when the answer is read."""
    place = (str(settings.SUIXIN.lake), str(settings.SUIXIN.home), threads or int(settings.SUIXIN.threads))
    instance = _instances.get(place)
    if instance is None:
        with _lock:
            instance = _instances.get(place) or _instances.setdefault(place, _open(*place))
    return instance.cursor()


def ordered_cursor(sql: str, parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
    """A cursor on which the SELECT gives the same rows in the same order every time: that of the files, and of the rows in each."""
    found = cursor()
    try:
        nowhere = Path(settings.SUIXIN.home).resolve() / "tmp" / "duckdb" / "nowhere.csv"
        told = found.execute(f"EXPLAIN COPY ({sql}) TO {literal(str(nowhere))} (FORMAT csv)", list(parameters)).fetchall()
        if any(_IN_ORDER in str(row) for row in told):
            return found
    except BaseException:
        found.close()
        raise
    found.close()
    return cursor(threads=1)


def close_all() -> None:
    """Forget every instance (tests that move the lake, workers after a fork)."""
    with _lock:
        for instance in _instances.values():
            instance.close()
        _instances.clear()


def _open(lake: str, home: str, threads: int) -> duckdb.DuckDBPyConnection:
    scratch = Path(home).resolve() / "tmp" / "duckdb"
    scratch.mkdir(parents=True, exist_ok=True)
    cache = Path(home).resolve() / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    allowed = ", ".join(literal(f"{place}/") for place in (Path(lake).resolve(), Path(lake).absolute(), cache, scratch))
    memory = str(settings.SUIXIN.memory_limit) if threads == int(settings.SUIXIN.threads) else _half(str(settings.SUIXIN.memory_limit))
    connection = duckdb.connect(":memory:")
    opened.register(connection)
    for statement in (
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET TimeZone = 'Asia/Shanghai'",
        f"SET memory_limit = {literal(memory)}",
        f"SET threads = {threads}",
        f"SET temp_directory = {literal(str(scratch))}",
        "SET parquet_metadata_cache = true",
        "SET enable_progress_bar = false",
        f"SET allowed_directories = [{allowed}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def _half(memory: str) -> str:
    """Half of so much memory, in the words of the settings (`1GB`)."""
    unit = memory.lstrip("0123456789")
    return f"{int(memory.removesuffix(unit)) / 2}{unit}"
