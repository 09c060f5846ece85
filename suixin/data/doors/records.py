"""Records by their keys: from the key index, or, while the newest version has none, from its row groups.

An index serves while it is of the newest version; a thread looks at that four times a second per table, so
that a lookup between costs one SQLite read. What one thread has seen the others of the process follow at once:
who calls one call after the other never gets an older version after a newer one.
"""

import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import orjson
import pyarrow as pa
from django.conf import settings

from suixin.data.access import engine, opened
from suixin.data.access.sqltext import identifier
from suixin.data.access.versions import KeyIndex, Snapshot, key_index, pinned
from suixin.data.catalog.contract import ROW_COLUMN, Contract

Record = dict[str, object]
_TRUST_SECONDS = 0.25
_TABLES_LIMIT = 4096


class _Trusted(threading.local):
    """What this thread knows: by lake and table, the index and until when it is trusted."""

    def __init__(self) -> None:
        self.known: dict[tuple[Path, str], tuple[float, KeyIndex]] = {}


_trusted = _Trusted()
_seen: dict[tuple[Path, str], int] = {}  # the version that a thread of this process saw last


def find_record(contract: Contract, key: tuple[object, ...]) -> Record | None:
    """The stored record (all items, unmasked, for `Plan.apply` only), None when there is none."""
    index = _index(contract)
    return _from_rows(contract, [key], pinned(contract.table))[0] if index is None else _by_index(index, contract, key)


def find_records(contract: Contract, keys: Sequence[tuple[object, ...]]) -> list[Record | None]:
    """The stored records of many keys, in their order: a few statements however many there are."""
    if not keys:
        return []
    index = _index(contract)
    if index is None:
        return _from_rows(contract, keys, pinned(contract.table))
    bodies = index.bodies(_stored_keys(contract, keys, index.sealed) if index.sealed else keys)
    return [None if body is None else orjson.loads(body) for body in bodies]


def _index(contract: Contract) -> KeyIndex | None:
    """The index of the newest version, None when there is none."""
    place = (settings.SUIXIN.lake, contract.table)
    known = _trusted.known.get(place)
    if known is not None and time.monotonic() < known[0] and known[1].version == _seen.get(place):
        return known[1]
    index, held = key_index(contract.table), pinned(contract.table)
    _seen[place] = held.version
    if index is None or index.key != contract.key or index.version != held.version:
        _trusted.known.pop(place, None)
        return None
    if len(_trusted.known) >= _TABLES_LIMIT:
        _trusted.known.clear()
    _trusted.known[place] = (time.monotonic() + _TRUST_SECONDS, index)
    return index


def _by_index(index: KeyIndex, contract: Contract, key: tuple[object, ...]) -> Record | None:
    return index.get(opened.stored_key(contract, key, index.sealed) if index.sealed else key)


def _stored_keys(
    contract: Contract, keys: Sequence[tuple[object, ...]], sealed: Collection[str]
) -> list[tuple[object, ...]]:
    """The keys as they lie: of a sealed item its blind index, computed for all at once."""
    items = [item for item in contract.items if item.is_key]
    columns = [
        opened.blind_values(contract.table, item, values) if item.field in sealed else values
        for item, values in zip(items, zip(*keys, strict=True), strict=True)
    ]
    return list(zip(*columns, strict=True))


def _from_rows(contract: Contract, keys: Sequence[tuple[object, ...]], held: Snapshot) -> list[Record | None]:
    """One scan that the keys' least and greatest narrow; of rows with one key the last that arrived."""
    if not held.files:
        return [None] * len(keys)
    items = [item for item in contract.items if item.is_key]
    sealed = {item.field for item in items if opened.is_sealed_in(held.schema, item.field)}
    stored = _stored_keys(contract, keys, sealed)
    kinds = [pa.string() if item.field in sealed else item.arrow_type for item in items]
    places = {key: place for place, key in enumerate(stored) if _fits(key, kinds)}
    names = ", ".join(f"held.{identifier(item.field)}" for item in contract.items if item.field in held.schema.names)
    on = " AND ".join(
        f"held.{identifier(item.blind_field if item.field in sealed else item.field)} = asked.k{n}" for n, item in enumerate(items)
    )
    columns = [pa.array(values, kind) for values, kind in zip(zip(*places, strict=True), kinds, strict=False)]
    found: dict[int, Record] = {}
    if not places:
        return [None] * len(keys)
    asked = pa.table([pa.array(places.values(), pa.int64()), *columns], names=["place", *(f"k{n}" for n in range(len(kinds)))])
    with engine.cursor() as cursor:
        cursor.register("asked", asked)
        cursor.execute(
            f"SELECT asked.place AS __place, {names} FROM read_parquet(?) AS held JOIN asked ON {on} "
            f"ORDER BY held.{identifier(ROW_COLUMN)}",
            [held.paths],
        )
        for row in cursor.to_arrow_table().to_pylist():
            found[row.pop("__place")] = row
    return [found.get(places[key]) if key in places else None for key in stored]


def _fits(key: tuple[object, ...], kinds: Sequence[pa.DataType]) -> bool:
    """Whether the key's values can lie in columns of those types at all."""
    try:
        for value, kind in zip(key, kinds, strict=True):
            if pa.types.is_decimal(kind):
                pa.scalar(value, kind)
    except pa.ArrowException:
        return False
    return True
