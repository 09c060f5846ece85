"""Whether an archived original holds one of the values.

Text    sought in its bytes, in every encoding that comes; a value too short to be telling is sought cell by cell, in the column
        of its item (`lake.purging.sought`)
Packed  workbooks, archives, Parquet, SQLite are read again as when they came, every cell looked at
Unread  a format that cannot be read whole counts as holding it: better one original less than a person who is not gone
Fault   of the disk or of a key says nothing about what the original holds: the run stops and is tried again
"""

import errno
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any, BinaryIO  # Any: arrays of any element type

import pyarrow as pa
import pyarrow.compute as pc
import zstandard

from suixin.data.collection.readers import FileChanged, ReaderError, open_file
from suixin.data.lake import archive, storage
from suixin.data.lake.errors import LakeError, translated
from suixin.data.lake.purging.selecting import LEAST_INSIDE
from suixin.data.lake.purging.sought import Sought
from suixin.data.quality.source import SourceTable
from suixin.kit.keyring.ring import normalised

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_PACKED = (b"PK", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"PAR1", b"SQLite format 3\0")
_PIECE = 1 << 20


def holds(relative_path: str, file_name: str, sought: Sought) -> bool:
    """Whether the original under the lake's root holds a value; also when its format cannot be read to its end.

    Raises DiskFull, LakeError, Unopened and what a key raises: then nothing is known of it, and it must not go for that.
    """
    with translated(f"查看归档原件“{PurePath(relative_path).name}”里有没有要销毁的数据"), storage.scratch() as folder:
        path = folder / f"original{PurePath(file_name).suffix[-10:]}"
        with archive.open_archived(relative_path) as source:
            try:
                found = _copied_and_found(source, path, _patterns(sought.values))
            except zstandard.ZstdError as error:
                raise LakeError(f"归档原件“{relative_path}”已损坏,没有读完,也没有销毁;请从备份恢复该文件后再执行。") from error
        return found or (not _is_plain(path, sought.values) and _in_cells(path, sought))


def telling(values: Iterable[str]) -> list[str]:
    """Those of the values that are told by themselves, inside any text."""
    return sorted({value.strip() for value in values if len(value.strip()) >= LEAST_INSIDE})


def _copied_and_found(source: BinaryIO, path: Path, patterns: Sequence[bytes]) -> bool:
    overlap, tail = max(map(len, patterns), default=1), b""
    with path.open("wb") as target:
        while piece := source.read(_PIECE):
            target.write(piece)
            window = (tail + piece).lower()
            if any(pattern in window for pattern in patterns):
                return True
            tail = window[-overlap:]
    return False


def _patterns(values: Sequence[str]) -> list[bytes]:
    long_ones = {form for value in values for form in (value.strip().lower(), normalised(value)) if len(form) >= LEAST_INSIDE}
    encoded = [form.encode(encoding) for form in sorted(long_ones) for encoding in ENCODINGS]
    return [*encoded, *(form.encode("unicode_escape") for form in sorted(long_ones) if not form.isascii())]


def _is_plain(path: Path, values: Sequence[str]) -> bool:
    """Whether the bytes told all: text, and values that are telling by themselves."""
    with path.open("rb") as file:
        head = file.read(16)
    return not head.startswith(_PACKED) and all(len(value.strip()) >= LEAST_INSIDE for value in values)


def _in_cells(path: Path, sought: Sought) -> bool:
    try:
        with open_file(path) as opened:
            for refused in opened.refusals:
                _stop_at_fault(refused.cause)
            return bool(opened.refusals) or any(_holds(table, sought) for table in _about(opened.tables, sought))
    except FileChanged:
        raise
    except ReaderError as error:
        _stop_at_fault(error.__cause__)
        return True


def _stop_at_fault(cause: BaseException | None) -> None:
    """Nothing when a reader gave up at what stands in the file. Raises OSError, MemoryError: it was the machine's fault."""
    if isinstance(cause, MemoryError):
        raise MemoryError("内存不足") from cause  # noqa: TRY004 what it was
    if isinstance(cause, OSError) and cause.errno not in (None, errno.EINVAL):  # EINVAL: a place that a damaged file names
        raise OSError(cause.errno, cause.strerror) from cause


def _about(tables: Sequence[SourceTable], sought: Sought) -> Sequence[SourceTable]:
    """Of a short value the tables that have a heading of ours; all when none has: nobody knows what stands in which column."""
    known = [table for table in tables if sought.knows((*table.columns, *table.constants))]
    return known or tables if sought.is_short else tables


def _holds(table: SourceTable, sought: Sought) -> bool:
    if sought.in_cells(table.constants):
        return True
    asked = set(sought.asked(table.columns) if sought.is_short else table.columns)
    for batch in table.batches():
        if any(sought.in_line(one.text) for one in batch.broken):
            return True
        columns = zip(batch.data.schema.names, batch.data.columns, strict=True)
        if any(_column_holds(column, sought) for name, column in columns if name in asked):
            return True
    return False


def _column_holds(column: "pa.Array[Any]", sought: Sought) -> bool:
    values = column.to_pylist() if pa.types.is_nested(column.type) else pc.unique(column).to_pylist()
    return any(value is not None and sought.in_cell(value) for value in values)
