"""One DuckDB instance in the process, a cursor per request.

Locked   no extensions fetched or loaded, files only under the lake and the cache, settings frozen
Limits   memory and threads from the settings; sorts spill to SUIXIN_HOME/tmp
Time     zone Asia/Shanghai for what SQL prints; instants stay instants
"""

import threading
from pathlib import Path

import duckdb
from django.conf import settings

from suixin.data.access import opened
from suixin.data.access.sqltext import literal

_lock = threading.Lock()
_instances: dict[tuple[str, str], duckdb.DuckDBPyConnection] = {}


def cursor() -> duckdb.DuckDBPyConnection:
    """A fresh cursor of the node's engine; close it when the answer is read."""
    place = (str(settings.SUIXIN.lake), str(settings.SUIXIN.home))
    instance = _instances.get(place)
    if instance is None:
        with _lock:
            instance = _instances.get(place) or _instances.setdefault(place, _open(*place))
    return instance.cursor()


def close_all() -> None:
    """Forget every instance (tests that move the lake, workers after a fork)."""
    with _lock:
        for instance in _instances.values():
            instance.close()
        _instances.clear()


def _open(lake: str, home: str) -> duckdb.DuckDBPyConnection:
    scratch = Path(home).resolve() / "tmp" / "duckdb"
    scratch.mkdir(parents=True, exist_ok=True)
    cache = Path(home).resolve() / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    allowed = ", ".join(literal(f"{place}/") for place in (Path(lake).resolve(), Path(lake).absolute(), cache, scratch))
    connection = duckdb.connect(":memory:")
    opened.register(connection)
    for statement in (
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET TimeZone = 'Asia/Shanghai'",
        f"SET memory_limit = {literal(str(settings.SUIXIN.memory_limit))}",
        f"SET threads = {int(settings.SUIXIN.threads)}",
        f"SET temp_directory = {literal(str(scratch))}",
        "SET parquet_metadata_cache = true",
        "SET enable_progress_bar = false",
        f"SET allowed_directories = [{allowed}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection
