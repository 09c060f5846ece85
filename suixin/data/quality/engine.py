"""DuckDB as this module uses it: small connections with one thread each, one relation `batch`."""

from collections import deque

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
    """Engines by the call: taken from those that lie idle in this process, or opened."""

    def ask(self, sql: str, batch: pa.Table) -> pa.Table:
        """The query's answer over the relation `batch`, rows in their order."""
        try:
            connection = _idle.pop()
        except IndexError:
            connection = open_engine()
        connection.register("batch", batch)
        answer = connection.execute(sql).to_arrow_table()
        connection.unregister("batch")
        _idle.append(connection)  # one that failed is let go
        return answer


_idle: deque[duckdb.DuckDBPyConnection] = deque(maxlen=8)
