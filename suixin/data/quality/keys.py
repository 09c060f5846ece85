"""Pass 1: which rows repeat a key, in bounded memory whatever the number of rows.

Keys that strictly ascend cannot repeat, so nothing is kept. Otherwise typed keys with their hash go into a
DuckDB that spills into a scratch folder, and repeats are searched one slice of hashes at a time: a slice holds about a
million rows, so memory does not grow with the file. Equality is decided on the keys, never on the hash.
Of rows with the same key the first wins, whether or not it fails another check.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: arrays of any element type

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from suixin.data.quality.source import SourceTable
from suixin.data.quality.sql import literal

if TYPE_CHECKING:
    from suixin.data.quality.judge import Judge

ROWS_PER_SLICE = 1_000_000
MEMORY_LIMIT = "384MB"
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def _no_rows() -> Rows:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class KeyPass:
    """What pass 1 found. `rows` repeat the key of the row at the same place of `firsts`; `rows` ascend."""

    rows_in: int = 0
    is_sorted: bool = False
    rows: Rows = field(default_factory=_no_rows)
    firsts: Rows = field(default_factory=_no_rows)

    def repeats_in(self, numbers: Rows) -> Rows | None:
        """For every row number the first row with its key, 0 when it repeats none; None when none does."""
        if not len(self.rows) or not len(numbers):
            return None
        places = np.minimum(np.searchsorted(self.rows, numbers), len(self.rows) - 1)
        found = np.where(self.rows[places] == numbers, self.firsts[places], 0)
        return found if found.any() else None


class KeyOrder:
    """Whether keys strictly ascend, batch after batch; rows with a null in their key are left out."""

    def __init__(self) -> None:
        self.is_sorted = True
        self._last: tuple[pa.Scalar[Any], ...] | None = None

    def see(self, keys: pa.Table) -> bool:
        """Take note of further keys; whether all so far ascend."""
        whole = keys if not any(column.null_count for column in keys.columns) else keys.drop_null()
        self.is_sorted = self.is_sorted and ascends(whole, after=self._last)
        if whole.num_rows:
            self._last = tuple(column[-1] for column in whole.columns)
        return self.is_sorted


def find_duplicates(judge: "Judge", source: SourceTable) -> KeyPass:
    """The repeats of the contract's key in a table. Reads it once, or twice when order breaks late."""
    rows_in = 0
    order = KeyOrder()
    for keys, count in _typed_keys(judge, source):
        rows_in += count
        if not order.see(keys.drop_columns(["row"])):
            return _search(judge, source)
    return KeyPass(rows_in=rows_in, is_sorted=True)


def repeats_among(keys: pa.Table, numbers: Rows, *, rows_in: int) -> KeyPass:
    """The repeats among the keys of one batch whose rows have these numbers; for few rows, all in memory."""
    whole = np.ones(keys.num_rows, dtype=bool)
    codes = np.zeros(keys.num_rows, dtype=np.int64)
    for column in keys.columns:
        flat = column.combine_chunks()
        flat = pc.add(flat, 0.0) if pa.types.is_floating(flat.type) else flat  # -0.0 is 0.0
        coded = flat.dictionary_encode()
        whole &= flat.is_valid().to_numpy(zero_copy_only=False)
        indices = coded.indices.fill_null(0).to_numpy().astype(np.int64)
        codes = np.unique(codes * max(1, len(coded.dictionary)) + indices, return_inverse=True)[1].reshape(-1)
    places = np.flatnonzero(whole)
    _, first, inverse = np.unique(codes[places], return_index=True, return_inverse=True)
    firsts = first[inverse.reshape(-1)]
    again = np.flatnonzero(firsts != np.arange(len(places)))
    return KeyPass(rows_in, rows=numbers[places[again]], firsts=numbers[places[firsts[again]]])


def ascends(keys: pa.Table, *, after: tuple["pa.Scalar[Any]", ...] | None) -> bool:
    """Whether the keys strictly ascend, column by column, and the first is greater than `after`."""
    if after is not None and keys.num_rows:
        head = pa.table([pa.array([scalar.as_py()], scalar.type) for scalar in after], names=keys.column_names)
        keys = pa.concat_tables([head, keys])
    if keys.num_rows < 2:
        return True
    greater = np.zeros(keys.num_rows - 1, dtype=bool)
    equal = ~greater
    for column in keys.columns:
        flat = column.combine_chunks()
        before, behind = flat.slice(0, len(flat) - 1), flat.slice(1)
        greater |= equal & pc.greater(behind, before).to_numpy(zero_copy_only=False)
        equal &= pc.equal(behind, before).to_numpy(zero_copy_only=False)
    return bool(greater.all())


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with little memory that spills into a folder, which vanishes afterwards."""
    home = Path(settings.SUIXIN.home) / "scratch" if settings.configured and hasattr(settings, "SUIXIN") else None
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="keys-", dir=home) as folder:
        options: dict[str, str | bool | int | float | list[str]] = {"threads": 2, "memory_limit": MEMORY_LIMIT}
        connection = duckdb.connect(":memory:", config=options)
        try:
            connection.execute(f"SET temp_directory = {literal(folder)}")
            yield connection
        finally:
            connection.close()


def repeats_of(connection: duckdb.DuckDBPyConnection, columns: list[str], *, rows: int) -> tuple[Rows, Rows]:
    """Rows of table `keys(row, h, columns...)` that repeat an earlier one, and the earlier ones."""
    slices = max(1, -(-rows // ROWS_PER_SLICE))
    names = ", ".join(columns)
    found_rows, found_firsts = [_no_rows()], [_no_rows()]
    for part in range(slices):
        query = (
            f"WITH part AS (SELECT * FROM keys WHERE h % {slices} = {part}),"
            " twice AS (SELECT h FROM part GROUP BY h HAVING count(*) > 1),"
            f" firsts AS (SELECT row, min(row) OVER (PARTITION BY {names}) AS first"
            " FROM part WHERE h IN (SELECT h FROM twice))"
            " SELECT row, first FROM firsts WHERE row <> first"
        )
        answer = connection.execute(query).to_arrow_table()
        found_rows.append(answer.column("row").to_numpy())
        found_firsts.append(answer.column("first").to_numpy())
    all_rows, all_firsts = np.concatenate(found_rows), np.concatenate(found_firsts)
    order = np.argsort(all_rows)
    return all_rows[order], all_firsts[order]


def _typed_keys(judge: "Judge", source: SourceTable) -> Iterator[tuple[pa.Table, int]]:
    """Per batch the typed keys (k0, k1, ..., row) and the number of rows read, broken ones included."""
    from suixin.data.quality.judge import row_numbers

    fields = judge.contract.key
    for batch in source.batches():
        typed = judge.typed(batch.data, only=fields)
        keys = judge.key_table(typed).append_column("row", pa.array(row_numbers(batch)))
        yield keys, batch.data.num_rows + len(batch.broken)


def _search(judge: "Judge", source: SourceTable) -> KeyPass:
    """All keys on disk, then slice by slice."""
    columns = [f"k{k}" for k in range(len(judge.contract.key))]
    rows_in = 0
    with scratch() as connection:
        for keys, count in _typed_keys(judge, source):
            rows_in += count
            append_keys(connection, keys, columns)
        rows, firsts = repeats_of(connection, columns, rows=rows_in)
    return KeyPass(rows_in=rows_in, rows=rows, firsts=firsts)


def append_keys(connection: duckdb.DuckDBPyConnection, keys: pa.Table, columns: list[str]) -> None:
    """Add a batch of keys without nulls to table `keys`, making it when it is not there."""
    names = ", ".join(columns)
    whole = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    connection.register("batch", keys)
    select = f"SELECT row, hash({names}) AS h, {names} FROM batch WHERE {whole}"
    connection.execute(f"CREATE TABLE IF NOT EXISTS keys AS {select} LIMIT 0")
    connection.execute(f"INSERT INTO keys {select}")
    connection.unregister("batch")
