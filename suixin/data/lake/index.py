"""One record by its key: an SQLite file per table version that every process opens immutable.

Body     JSON of all items: dates and instants as ISO text (instants in China time), decimals as text, else as is
Swap     the file `current` names the version in force and is replaced by rename; a reader costs one `stat`
Build    `index_build.py`; this file reads
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import orjson

from suixin.data.catalog.contract import ItemType
from suixin.data.lake.errors import UnknownTable
from suixin.data.lake.index_build import SEPARATOR, build_index, current_version, escaped, index_file, pointer_file
from suixin.kit.clock import CHINA

__all__ = ["KeyIndex", "build_index", "current_version", "find_index", "open_index"]

Record = dict[str, object]
_LOOKUP = "SELECT body FROM record WHERE k = ?"
_FIRST = "SELECT body FROM record ORDER BY k LIMIT ?"
_NEXT = "SELECT body FROM record WHERE k > ? ORDER BY k LIMIT ?"
_MANY = "SELECT k, body FROM record WHERE k IN (SELECT value FROM json_each(?))"
_AT_ONCE = 20_000  # keys of one statement
_ORDERED = frozenset({ItemType.TEXT, ItemType.INTEGER, ItemType.DATE})  # SQLite orders them as DuckDB does
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_threads = threading.local()


@dataclass(frozen=True, slots=True)
class KeyItem:
    """A field of the key as the index was built with it."""

    field: str
    type: ItemType
    scale: int
    is_sealed: bool = False


class KeyIndex:
    """The index in force for one table, for the thread that opened it."""

    def __init__(self, path: Path, version: int) -> None:
        address = f"file:{quote(str(path))}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True, check_same_thread=False, cached_statements=8)
        facts = dict(self._connection.execute("SELECT name, value FROM fact"))
        self.version = version
        self._key = tuple(
            KeyItem(one["field"], ItemType(one["type"]), one["scale"], one.get("sealed", False)) for one in orjson.loads(facts["key"])
        )

    @property
    def key(self) -> tuple[str, ...]:
        """Fields of the key, in order; of a sealed one the blind index is what a lookup gives (`sealing.stored_key`)."""
        return tuple(item.field for item in self._key)

    def get(self, key: tuple[object, ...]) -> Record | None:
        """The stored record (all items, unmasked) of that key; values may be text or of the items' types."""
        body = self.body(key)
        if body is None:
            return None
        record: Record = orjson.loads(body)
        return record

    def body(self, key: tuple[object, ...]) -> bytes | None:
        """The same as JSON bytes."""
        place = self._place(key)
        found = None if place is None else self._connection.execute(_LOOKUP, (place,)).fetchone()
        return None if found is None else bytes(found[0])

    def bodies(self, keys: Sequence[tuple[object, ...]]) -> list[bytes | None]:
        """The records (JSON) of many keys, in their order; a statement for every 20,000, walking the file in key order."""
        places = [self._place(key) for key in keys]
        wanted = sorted({place for place in places if place is not None})  # all text or all numbers
        found: dict[str | int, bytes] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            asked = orjson.dumps(wanted[start : start + _AT_ONCE]).decode()
            found.update(self._connection.execute(_MANY, (asked,)).fetchall())
        return [None if place is None else found.get(place) for place in places]

    @property
    def sealed(self) -> frozenset[str]:
        """Fields of the key that this index holds by their blind index."""
        return frozenset(item.field for item in self._key if item.is_sealed)

    @property
    def is_ordered(self) -> bool:
        """Whether places lie in the order of the key's values, so that `bodies_after` walks in key order."""
        return len(self._key) == 1 and self._key[0].type in _ORDERED and not self._key[0].is_sealed

    def bodies_after(self, key: tuple[object, ...] | None, *, limit: int) -> list[bytes]:
        """Records (JSON) that follow `key` in key order, from the first one when it is None; needs `is_ordered`."""
        if key is None:
            return [row[0] for row in self._connection.execute(_FIRST, (limit,))]
        place = self._place(key)
        return [] if place is None else [row[0] for row in self._connection.execute(_NEXT, (place, limit))]

    def count_rows(self) -> int:
        """Records in the index; reads every page."""
        return int(self._connection.execute("SELECT count(*) FROM record").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _place(self, key: tuple[object, ...]) -> str | int | None:
        if len(key) != len(self._key):
            raise ValueError(f"key of {len(self._key)} values expected, {len(key)} given")
        try:
            texts = [_TEXTS[item.type](value, item) for value, item in zip(key, self._key, strict=True)]
        except (ValueError, ArithmeticError):
            return None
        if len(texts) > 1:
            return SEPARATOR.join(map(escaped, texts))
        if self._key[0].type is not ItemType.INTEGER:
            return texts[0]
        number = int(texts[0])
        return number if -(2**63) <= number < 2**63 else None


def open_index(table: str) -> KeyIndex:
    """The index in force, opened once per thread and version. Raises UnknownTable when there is none."""
    found = find_index(table)
    if found is None:
        raise UnknownTable(f"数据表“{table}”没有主键索引。", table=table)
    return found


def find_index(table: str) -> KeyIndex | None:
    """The index in force, None when the table has none."""
    pointer = pointer_file(table)
    try:
        state = pointer.stat()
    except FileNotFoundError:
        return None
    held: dict[Path, tuple[tuple[int, int], KeyIndex]] = _threads.__dict__.setdefault("held", {})
    stamp = (state.st_mtime_ns, state.st_ino)
    known = held.get(pointer)
    if known is not None and known[0] == stamp:
        return known[1]
    opened = _opened(table)
    held.pop(pointer, None)  # not closed: a caller may still read from it
    if opened is not None:
        held[pointer] = (stamp, opened)
    return opened


def _opened(table: str) -> KeyIndex | None:
    for _ in range(3):  # the file may be swapped and removed between reading its name and opening it
        version = current_version(table)
        if version is None:
            return None
        with suppress(sqlite3.DatabaseError):
            return KeyIndex(index_file(table, version), version)
    return None


def _decimal_text(value: object, item: KeyItem) -> str:
    return format(Decimal(str(value)).quantize(Decimal(1).scaleb(-item.scale)), "f")


def _date_text(value: object, _: KeyItem) -> str:
    return value.isoformat() if isinstance(value, date) else date.fromisoformat(str(value)).isoformat()


def _instant_text(value: object, _: KeyItem) -> str:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    aware = instant if instant.tzinfo else instant.replace(tzinfo=CHINA)
    since = aware.astimezone(UTC) - _EPOCH
    return str((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _bool_text(value: object, _: KeyItem) -> str:
    return "true" if str(value).lower() in ("true", "1") else "false"


_TEXTS: Mapping[ItemType, Callable[[object, KeyItem], str]] = {
    ItemType.TEXT: lambda value, _: str(value),
    ItemType.MEMO: lambda value, _: str(value),
    ItemType.GEOMETRY: lambda value, _: str(value),
    ItemType.NUMBER: _decimal_text,
    ItemType.MONEY: _decimal_text,
    ItemType.DATE: _date_text,
    ItemType.DATETIME: _instant_text,
    ItemType.BOOLEAN: _bool_text,
    ItemType.INTEGER: lambda value, _: str(int(str(value))),
    ItemType.DOUBLE: lambda value, _: str(float(str(value))),
    ItemType.FLOAT: lambda value, _: str(float(str(value))),
}
