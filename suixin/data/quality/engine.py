"""DuckDB as this module uses it: one small connection for each worker thread, one relation `batch`."""

import threading

import duckdb
import pyarrow as pa

MEMORY_LIMIT = "512MB"


def open_engine(*, memory_limit: str = MEMORY_LIMIT) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with one thread.

    The optimizer is off: our queries are plain projections whose order of evaluation is deliberate. It would turn
    an IN inside a CASE into a join over all rows, and costs ten times the execution on a wide table.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": memory_limit}
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("PRAGMA disable_optimizer")
    return connection


class Engines:
    """An engine for each thread that asks."""

    def __init__(self) -> None:
        self._local = threading.local()

    def ask(self, sql: str, batch: pa.Table) -> pa.Table:
        """The query's answer over the relation `batch`, rows in their order."""
        connection = self._mine()
        connection.register("batch", batch)
        try:
            return connection.execute(sql).to_arrow_table()
        finally:
            connection.unregister("batch")

    def _mine(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = open_engine()
        found: duckdb.DuckDBPyConnection = self._local.connection
        return found
