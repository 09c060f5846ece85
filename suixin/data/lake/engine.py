"""DuckDB for the lake's own work: sorting, joining, listing keys; memory-limited, spilling into the lake's scratch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings

_BATCH_ROWS = 65_536
_MEMORY = "512MB"  # of each sort or join; more is spilled


@contextmanager
def connection(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh engine that reads local files only, limited as the settings say."""
    with duckdb.connect(config=settings_of(scratch)) as con:
        yield con


def settings_of(scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    """How an engine of the lake's own work is set up."""
    return {
        "memory_limit": _MEMORY,
        "threads": settings.SUIXIN.threads,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def stream(con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
    """Result of a query, batch by batch."""
    yield from con.execute(sql, list(params)).to_arrow_reader(_BATCH_ROWS)


def names(files: Sequence[Path | str]) -> list[str]:
    """Paths as a parameter of `read_parquet`."""
    return [str(file) for file in files]
