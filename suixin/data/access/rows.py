"""Pages of rows through a plan: filtered, ordered, grouped, counted; the same cost at any depth in key order.

Order   what was asked for, then the key when the plan shows it unmasked, then `__id`
Levels  after (a, b) in key order: first rows with k1 = a and k2 beyond b, then rows with k1 beyond a; each is a
        conjunction that prunes row groups, and the first level nearly always fills the page
Total   exact; without condition it is the snapshot's own count, else counted once per (version, condition)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from suixin.data.access import bounds, engine, indexed, keyset, opened, tokens
from suixin.data.access.bounds import Ordered
from suixin.data.access.conditions import aggregate_sql, filter_sql, output_sql
from suixin.data.access.errors import QueryFailed
from suixin.data.access.keyset import Term
from suixin.data.access.memo import Memo
from suixin.data.access.narrowing import narrowed_sql
from suixin.data.access.plans import Column, Plan
from suixin.data.access.query import RowsQuery
from suixin.data.access.sqltext import identifier
from suixin.data.access.values import native, text_of
from suixin.data.catalog.contract import ROW_COLUMN, ItemType
from suixin.data.lake.snapshots import Snapshot

Row = dict[str, object]
WINDOWS = (65_536, 1_048_576)  # rows looked at first when a condition has to be met


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as shown; `next_after` is empty on the last page."""

    rows: list[Row]
    next_after: str
    total: int


@dataclass(frozen=True, slots=True)
class _Scan:
    """One SELECT in the making: output columns, order, conditions common to all levels."""

    plan: Plan
    query: RowsQuery
    snapshot: Snapshot
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    terms: tuple[Term, ...]


_totals = Memo[int](limit=4096)


def fetch_page(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> Page:
    """One page of what the plan shows. Raises BadToken, QueryFailed."""
    scan = _scan(plan, query, snapshot)
    order = _order_name(scan)
    after = _start(scan, order)
    index = indexed.index_for(plan, query, snapshot)
    if index is not None and query.filters:
        found_by_key = indexed.rows_of_key(index, plan, query)
        return Page(found_by_key, "", len(found_by_key))
    if index is not None and (after is None or after[0] is not None):
        shown, last_key = indexed.rows_after(index, plan, query, after=after)
        token = "" if last_key is None else tokens.seal_token(order, [last_key, str(indexed.BEYOND)])
        return Page(shown, token, snapshot.rows)
    with engine.cursor() as cursor:
        try:
            found = _fetch(cursor, scan, after)
            total = _total(cursor, scan)
        except (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException) as error:
            opened.raise_fault(error)
            raise QueryFailed("条件中的值超出了列能比较的范围；请检查各参数的值。") from error
    rows = [dict(zip(scan.names, row, strict=False)) for row in found[: query.page_size]]
    if len(found) <= query.page_size:
        return Page(rows, "", total)
    last = found[query.page_size - 1][len(scan.names):]
    return Page(rows, tokens.seal_token(order, [text_of(value) for value in last]), total)


def count_rows(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> int:
    """How many rows (or groups) the query finds."""
    with engine.cursor() as cursor:
        return _total(cursor, _scan(plan, query, snapshot))


def matching_sql(plan: Plan, query: RowsQuery, snapshot: Snapshot, *, column: Column) -> tuple[str, list[object]]:
    """(SELECT of one column's shown value, parameters) over the rows that the query's conditions find."""
    source, parameters = _source(_scan(plan, query, snapshot), snapshot)
    return f"SELECT {plan.shown_sql(column, snapshot)} {source}", parameters


def _scan(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> _Scan:
    if query.is_grouped:
        shown = [(column.field, output_sql(identifier(column.field), column.type)) for column in query.group_by]
        shown += [(aggregate.name, identifier(aggregate.name)) for aggregate in query.aggregates]
        terms = _group_terms(query)
    else:
        columns = query.columns or plan.columns
        shown = [(column.field, output_sql(plan.shown_sql(column, snapshot), column.type)) for column in columns]
        terms = _row_terms(plan, query, snapshot)
    return _Scan(plan, query, snapshot, tuple(name for name, _ in shown), tuple(sql for _, sql in shown), terms)


def _row_terms(plan: Plan, query: RowsQuery, snapshot: Snapshot) -> tuple[Term, ...]:
    asked = [
        Term(sort.column.field, sort.column.type, plan.shown_sql(sort.column, snapshot), sort.is_descending)
        for sort in query.sorts
    ]
    taken = {term.field for term in asked}
    rest = [Term(c.field, c.type, plan.shown_sql(c, snapshot)) for c in _key_columns(plan) if c.field not in taken]
    return (*asked, *rest, Term(ROW_COLUMN, ItemType.INTEGER, identifier(ROW_COLUMN)))


def _key_columns(plan: Plan) -> list[Column]:
    """The key's columns when the plan shows all of them as they lie, else none: hidden values must not order rows."""
    open_columns = {column.field: column for column in plan.columns if not column.mask and not column.item.is_sealed}
    key = plan.contract.key
    return [open_columns[field] for field in key] if all(field in open_columns for field in key) else []


def _group_terms(query: RowsQuery) -> tuple[Term, ...]:
    asked = [
        Term(sort.column.field, sort.column.type, identifier(sort.column.field), sort.is_descending) for sort in query.sorts
    ]
    taken = {term.field for term in asked}
    rest = [Term(c.field, c.type, identifier(c.field)) for c in query.group_by if c.field not in taken]
    return (*asked, *rest)


def _order_name(scan: _Scan) -> str:
    order = ",".join(f"{term.field}{'-' if term.is_descending else ''}" for term in scan.terms)
    return f"{scan.plan.table}:{'g:' if scan.query.is_grouped else ''}{order}"


def _start(scan: _Scan, order: str) -> list[object] | None:
    if not scan.query.after:
        return None
    texts = tokens.open_token(scan.query.after, order, length=len(scan.terms))
    return [native(text, term.type) for text, term in zip(texts, scan.terms, strict=True)]


def _fetch(cursor: duckdb.DuckDBPyConnection, scan: _Scan, after: list[object] | None) -> list[tuple[object, ...]]:
    need = scan.query.page_size + 1
    groups = _key_groups(scan)
    if groups is None or (after is not None and None in after):
        position = keyset.after(scan.terms, after) if after is not None else ("", [])
        return _select(cursor, scan, scan.snapshot, (*position, need))
    found: list[tuple[object, ...]] = []
    top = max(len(scan.terms) - 2, 0) if after is not None else 0
    for level in range(top, -1, -1):
        found += _level(cursor, scan, groups, (level, after, need - len(found)))
        if len(found) >= need:
            break
    return found


def _key_groups(scan: _Scan) -> list[bounds.Group] | None:
    """Row groups when the order is the order of the files (key or arrival, ascending), else None."""
    fields = tuple(term.field for term in scan.terms)
    if scan.query.is_grouped or any(term.is_descending for term in scan.terms):
        return None
    if fields not in ((*scan.plan.contract.key, ROW_COLUMN), (ROW_COLUMN,)):
        return None
    return bounds.groups_of(scan.snapshot, fields)


def _level(
    cursor: duckdb.DuckDBPyConnection, scan: _Scan, groups: Sequence[bounds.Group],
    position: tuple[int, list[object] | None, int],
) -> list[tuple[object, ...]]:
    """Rows equal to `after` before column `level` and beyond it there.

    Without condition a bound is known that suffices; with one, near rows are tried before all the rest.
    """
    level, after, need = position
    name = scan.terms[level].expression
    prefix: list[Ordered] = after[:level] if after else []  # type: ignore[assignment]  # native values of one column compare
    start: Ordered | None = after[level] if after else None  # type: ignore[assignment]  # as above
    parts, parameters = keyset.equal(scan.terms[:level], prefix)
    conditions = [parts] if parts else []
    if after is not None:
        is_last = level == len(scan.terms) - 2
        tail, bound_values = keyset.after(scan.terms[level:], after[level:]) if is_last else (f"{name} > ?", [start])
        conditions += [f"{name} >= ?", tail]
        parameters += [start, *bound_values]
    candidates = bounds.within(groups, prefix)
    is_whole = not scan.query.filters and not scan.plan.row_filter
    for window in (need,) if is_whole else WINDOWS:
        bound = bounds.bound_of(candidates, level, prefix=prefix, start=start, need=window)
        if bound is None:
            break
        near = _Reach(candidates, level, start, bound)
        found = _reached(cursor, scan, near, (conditions, parameters, need))
        if len(found) >= need:
            return found
    return _reached(cursor, scan, _Reach(candidates, level, start, None), (conditions, parameters, need))


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far a level is read: row groups between `start` and `bound` of the column at `level`; None is without end."""

    groups: Sequence[bounds.Group]
    level: int
    start: Ordered | None
    bound: Ordered | None


def _reached(
    cursor: duckdb.DuckDBPyConnection, scan: _Scan, reach: _Reach, position: tuple[list[str], list[object], int]
) -> list[tuple[object, ...]]:
    conditions, parameters, need = position
    numbers = bounds.files_between(reach.groups, reach.level, start=reach.start, bound=reach.bound)
    if not numbers:
        return []
    if reach.bound is not None:
        conditions = [*conditions, f"{scan.terms[reach.level].expression} <= ?"]
        parameters = [*parameters, reach.bound]
    fewer = replace(scan.snapshot, files=tuple(scan.snapshot.files[number] for number in numbers))
    return _select(cursor, scan, fewer, (" AND ".join(conditions), parameters, need))


def _select(
    cursor: duckdb.DuckDBPyConnection, scan: _Scan, snapshot: Snapshot, position: tuple[str, list[object], int],
) -> list[tuple[object, ...]]:
    """Rows are picked by stored columns first; masks and texts are made of the picked ones only."""
    condition, bound_values, limit = position
    source, parameters = _source(scan, snapshot)
    if scan.query.is_grouped:
        picked = f"SELECT * FROM ({source}) AS grouped WHERE {condition or 'true'}"
    else:
        stored = ", ".join(identifier(name) for name in _stored(scan, snapshot))
        picked = f"SELECT {stored} {source}{f' AND {condition}' if condition else ''}"
    order = keyset.order_by(scan.terms)
    order_columns = [output_sql(term.expression, term.type) for term in scan.terms]
    columns = ", ".join(f"{sql} AS c{place}" for place, sql in enumerate([*scan.outputs, *order_columns]))
    sql = f"SELECT {columns} FROM ({picked} {order} LIMIT {int(limit)}) AS picked {order}"
    return cursor.execute(sql, [*parameters, *bound_values]).fetchall()


def _stored(scan: _Scan, snapshot: Snapshot) -> list[str]:
    """Stored columns that outputs and order need."""
    needed = {*scan.names, *(term.field for term in scan.terms)}
    return [name for name in snapshot.schema.names if name in needed]


def _source(scan: _Scan, snapshot: Snapshot) -> tuple[str, list[object]]:
    """FROM and WHERE of the rows that pass; for groups, the whole relation of groups."""
    source, parameters = scan.plan.source_sql(snapshot)

    def shown(column: Column) -> str:
        return scan.plan.shown_sql(column, snapshot)

    condition, values = filter_sql(scan.query.filters, lambda one: scan.plan.sought_sql(one.column, one.values, snapshot))
    near, ends = narrowed_sql(scan.query.filters, snapshot)
    source += near + condition
    if scan.query.is_grouped:
        source = aggregate_sql(source, scan.query.group_by, scan.query.aggregates, shown=shown, least=scan.query.least)
    return source, [*parameters, *ends, *values]


def _total(cursor: duckdb.DuckDBPyConnection, scan: _Scan) -> int:
    query = scan.query
    if not query.filters and not query.is_grouped and not scan.plan.row_filter:
        return scan.snapshot.rows
    condition = tuple((f.column.field, f.operator, f.values) for f in query.filters)
    groups = tuple(column.field for column in query.group_by)
    key = (scan.plan.table, scan.snapshot.version, scan.plan.fingerprint, condition, groups, query.is_grouped, query.least)
    known = _totals.get(key)
    if known is None:
        source, parameters = _source(scan, scan.snapshot)
        counted = f"FROM ({source}) AS grouped" if query.is_grouped else source
        row = cursor.execute(f"SELECT count(*) {counted}", parameters).fetchone()
        known = _totals.put(key, int(row[0]) if row else 0)
    return known
