"""One record by its key: from the key index of the newest version, or, while there is none, from its row groups."""

from suixin.data.access import engine
from suixin.data.access.sqltext import identifier
from suixin.data.catalog.contract import Contract
from suixin.data.lake.index import find_index
from suixin.data.lake.snapshots import snapshot

Record = dict[str, object]


def find_record(contract: Contract, key: tuple[object, ...]) -> Record | None:
    """The stored record (all items, unmasked, for `Plan.apply` only), None when there is none."""
    held = snapshot(contract.table)
    index = find_index(contract.table)
    if index is not None and index.version == held.version and index.key == contract.key:
        return index.get(key)
    names = ", ".join(identifier(item.field) for item in contract.items if item.field in held.schema.names)
    condition = " AND ".join(f"{identifier(field)} = ?" for field in contract.key)
    if not held.files:
        return None
    with engine.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM read_parquet(?) WHERE {condition} LIMIT 1", [held.paths, *key])
        table = cursor.to_arrow_table()
    rows: list[Record] = table.to_pylist()
    return rows[0] if rows else None
