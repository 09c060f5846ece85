"""One record by its key: from the key index, or, while the newest version has none, from its row groups.

An index serves while it is of the newest version; that is looked at once a second per table, so that a
lookup costs one `stat` and one SQLite read.
"""

import time

from suixin.data.access import engine
from suixin.data.access.sqltext import identifier
from suixin.data.catalog.contract import Contract
from suixin.data.lake.index import KeyIndex, find_index
from suixin.data.lake.snapshots import Snapshot, snapshot

Record = dict[str, object]
_TRUST_SECONDS = 1.0
_trusted: dict[tuple[str, int], float] = {}
_TRUSTED_LIMIT = 4096


def find_record(contract: Contract, key: tuple[object, ...]) -> Record | None:
    """The stored record (all items, unmasked, for `Plan.apply` only), None when there is none."""
    index = find_index(contract.table)
    if index is not None and index.key == contract.key and _is_current(contract.table, index):
        return index.get(key)
    return _from_rows(contract, key, snapshot(contract.table))


def _is_current(table: str, index: KeyIndex) -> bool:
    place = (f"{table}@{id(index)}", index.version)
    if time.monotonic() - _trusted.get(place, float("-inf")) < _TRUST_SECONDS:
        return True
    if snapshot(table).version != index.version:
        return False
    if len(_trusted) > _TRUSTED_LIMIT:
        _trusted.clear()
    _trusted[place] = time.monotonic()
    return True


def _from_rows(contract: Contract, key: tuple[object, ...], held: Snapshot) -> Record | None:
    if not held.files:
        return None
    names = ", ".join(identifier(item.field) for item in contract.items if item.field in held.schema.names)
    condition = " AND ".join(f"{identifier(field)} = ?" for field in contract.key)
    with engine.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM read_parquet(?) WHERE {condition} LIMIT 1", [held.paths, *key])
        table = cursor.to_arrow_table()
    rows: list[Record] = table.to_pylist()
    return rows[0] if rows else None
