"""Whether an archived original holds one of the values.

Text    sought in its bytes, in every encoding that comes; a value too short to be telling is sought cell by cell
Packed  workbooks, archives, Parquet, SQLite are read again as when they came, every cell looked at
Unread  what can no longer be read whole counts as holding it: better one original less than a person who is not gone
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, BinaryIO  # Any: arrays of any element type

import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.collection.readers import open_file
from suixin.data.lake import archive, storage
from suixin.data.lake.purging.selecting import LEAST_INSIDE, mentions
from suixin.data.quality.source import SourceTable
from suixin.kit.errors import SuixinError
from suixin.kit.keyring.ring import normalised

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_PACKED = (b"PK", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"PAR1", b"SQLite format 3\0")
_PIECE = 1 << 20


def holds(relative_path: str, file_name: str, values: Sequence[str]) -> bool:
    """Whether the original under the lake's root holds a value; also when it cannot be read to its end."""
    with storage.scratch() as folder:
        path = folder / f"original{PurePath(file_name).suffix[-10:]}"
        try:
            with archive.open_archived(relative_path) as source:
                found = _copied_and_found(source, path, _patterns(values))
        except (SuixinError, OSError, ValueError):
            return True
        return found or (not _is_plain(path, values) and _in_cells(path, tuple(map(normalised, values))))


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


def _in_cells(path: Path, needles: tuple[str, ...]) -> bool:
    try:
        with open_file(path) as opened:
            return bool(opened.refusals) or any(_column_holds(column, needles) for column in _columns(opened.tables))
    except SuixinError:
        return True


def _columns(tables: Sequence[SourceTable]) -> Iterator["pa.Array[Any]"]:
    for table in tables:
        for batch in table.batches():
            yield from batch.data.columns
            if batch.broken:
                yield pa.array([one.text for one in batch.broken], pa.string())


def _column_holds(column: "pa.Array[Any]", needles: tuple[str, ...]) -> bool:
    values = column.to_pylist() if pa.types.is_nested(column.type) else pc.unique(column).to_pylist()
    return any(value is not None and mentions(str(value), needles) for value in values)
