"""One record by its key: from the key index, or, while the newest version has none, from its row groups.

An index serves while it is of the newest version; a thread looks at that four times a second per table, so
that a lookup between costs one SQLite read.
"""

import threading
import time
from pathlib import Path

from django.conf import settings

from suixin.data.access import engine, opened
from suixin.data.access.sqltext import identifier
from suixin.data.access.versions import KeyIndex, Snapshot, key_index, pinned
from suixin.data.catalog.contract import Contract

Record = dict[str, object]
_TRUST_SECONDS = 0.25
_TABLES_LIMIT = 4096


class _Trusted(threading.local):
    """What this thread knows: by lake and table, the index and until when it is trusted."""

    def __init__(self) -> None:
        self.known: dict[tuple[Path, str], tuple[float, KeyIndex]] = {}


_trusted = _Trusted()


def find_record(contract: Contract, key: tuple[object, ...]) -> Record | None:
    """The stored record (all items, unmasked, for `Plan.apply` only), None when there is none."""
    place = (settings.SUIXIN.lake, contract.table)
    known = _trusted.known.get(place)
    if known is not None and time.monotonic() < known[0]:
        return _by_index(known[1], contract, key)
    index, held = key_index(contract.table), pinned(contract.table)
    if index is None or index.key != contract.key or index.version != held.version:
        _trusted.known.pop(place, None)
        return _from_rows(contract, key, held)
    if len(_trusted.known) >= _TABLES_LIMIT:
        _trusted.known.clear()
    _trusted.known[place] = (time.monotonic() + _TRUST_SECONDS, index)
    return _by_index(index, contract, key)


def _by_index(index: KeyIndex, contract: Contract, key: tuple[object, ...]) -> Record | None:
    return index.get(opened.stored_key(contract, key, index.sealed) if index.sealed else key)


def _from_rows(contract: Contract, key: tuple[object, ...], held: Snapshot) -> Record | None:
    if not held.files:
        return None
    names = ", ".join(identifier(item.field) for item in contract.items if item.field in held.schema.names)
    sealed = {item.field: item.blind_field for item in contract.items if opened.is_sealed_in(held.schema, item.field)}
    condition = " AND ".join(f"{identifier(sealed.get(field, field))} = ?" for field in contract.key)
    key = opened.stored_key(contract, key, sealed)
    with engine.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM read_parquet(?) WHERE {condition} LIMIT 1", [held.paths, *key])
        table = cursor.to_arrow_table()
    rows: list[Record] = table.to_pylist()
    return rows[0] if rows else None
