"""Pages in key order out of the key index: a few SQLite reads at any depth, the same rows as DuckDB would give.

When    no filter but equality on the key; no group, other order or row filter; the key shown unmasked; the index
        of the version asked for; a table that is unique by its key (upsert)
How     records pass `Plan.apply`, the second back end of the plan, so masks are the same by construction
"""

from collections.abc import Sequence

import orjson

from suixin.data.access.opened import stored_key
from suixin.data.access.plans import Plan
from suixin.data.access.query import Operator, RowsQuery
from suixin.data.access.versions import KeyIndex, Snapshot, key_index
from suixin.data.catalog.contract import WriteMode

Row = dict[str, object]
BEYOND = 2**63 - 1  # as `__id` in a token: after every row of that key


def index_for(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> KeyIndex | None:
    """The index that answers the query, None when DuckDB has to."""
    contract = plan.contract
    shown = {column.field for column in plan.columns if not column.mask}
    is_plain = not (query.is_grouped or query.sorts or plan.row_filter)
    if not is_plain or contract.write_mode is not WriteMode.UPSERT:
        return None
    if len(contract.key) != 1 or contract.key[0] not in shown or (query.filters and not _names_key(query, contract.key[0])):
        return None
    if plan.key_items[0].is_sealed and not query.filters:
        return None  # the index lies in the order of blind indexes, which is nobody's
    index = key_index(plan.table)
    is_current = index is not None and index.version == snapshot.version and index.key == contract.key
    return index if index is not None and is_current and (index.is_ordered or query.filters) else None


def rows_of_key(index: KeyIndex, plan: Plan, query: RowsQuery) -> list[Row]:
    """The row that the key's value names, or none."""
    record = index.get(stored_key(plan.contract, query.filters[0].values, index.sealed))
    shown = None if record is None else _narrowed(plan, query).apply(record)
    return [] if shown is None else [shown]


def rows_after(
    index: KeyIndex, plan: Plan, query: RowsQuery, *, after: Sequence[object] | None
) -> tuple[list[Row], str | None]:
    """(rows of the page, text of the key after which the next page starts; None on the last page)."""
    start = None if after is None else (after[0],)
    bodies = index.bodies_after(start, limit=query.page_size + 1)
    narrow = _narrowed(plan, query)
    records = [orjson.loads(body) for body in bodies[: query.page_size]]
    shown = [row for record in records if (row := narrow.apply(record)) is not None]
    if len(bodies) <= query.page_size:
        return shown, None
    return shown, str(records[-1][plan.contract.key[0]])


def _names_key(query: RowsQuery, key: str) -> bool:
    filters = query.filters
    return len(filters) == 1 and not query.after and filters[0].operator is Operator.EXACT and filters[0].column.field == key


def _narrowed(plan: Plan, query: RowsQuery) -> Plan:
    return plan.narrowed([column.field for column in query.columns]) if query.columns else plan
