"""What the tests read with: all rows of a table, numbers of its rows, its broken rows."""

from pathlib import Path

from suixin.data.collection.readers import OpenedFile, open_file
from suixin.data.quality.source import BrokenRow, SourceTable


def written(folder: Path, name: str, content: bytes | str) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def opened(folder: Path, name: str, content: bytes | str) -> OpenedFile:
    """A file with this content, opened."""
    return open_file(written(folder, name, content))


def only_table(folder: Path, name: str, content: bytes | str) -> SourceTable:
    """The one table of a file with this content."""
    (table,) = opened(folder, name, content).tables
    return table


def rows_of(table: SourceTable) -> list[tuple[object, ...]]:
    """Every good row."""
    return [tuple(row.values()) for batch in table.batches() for row in batch.data.to_pylist()]


def broken_of(table: SourceTable) -> list[BrokenRow]:
    """Every broken row."""
    return [row for batch in table.batches() for row in batch.broken]


def numbers_of(table: SourceTable) -> list[int]:
    """The number of every good row."""
    found: list[int] = []
    for batch in table.batches():
        dense = range(batch.first_row, batch.first_row + batch.data.num_rows)
        found.extend(dense if batch.rows is None else [int(str(number)) for number in batch.rows.to_pylist()])
    return found


def counted(table: SourceTable) -> int:
    """Rows the reader counts: good and broken."""
    return sum(batch.data.num_rows + len(batch.broken) for batch in table.batches())
