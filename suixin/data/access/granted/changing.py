"""What changed for the reader of a plan between two versions: rows that came, changed or went, as the plan shows them.

Seen     by the identity of rows (the stored key, else `__id`), which need not be shown: masks hide no change. A row that the
         row filter no longer shows is a deletion of what was shown before, and nothing of it as it is now
Net      rows that were written again as they were are no change; files that were only rearranged are none either
Cost     rows of the batches between (`__batch`) and those that they replace; only when the counts of rows say that some went
         without another in their place are the keys of rewritten files compared
Raises   VersionGone when files of the version before have been cleaned up; whoever asks takes everything anew
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from suixin.data.access import engine
from suixin.data.access.errors import VersionGone
from suixin.data.access.plans import Plan
from suixin.data.access.sqltext import identifier
from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN
from suixin.data.lake import delta
from suixin.data.lake.snapshots import DataFile, Snapshot, snapshot

KIND = "_change_type"
INSERT, BEFORE, AFTER, DELETE = "insert", "update_preimage", "update_postimage", "delete"


@dataclass(frozen=True, slots=True)
class Changes:
    """An open comparison. `cursor` holds tables `post` and `pre`: shown columns, identity `k0…`, `is_shown`."""

    cursor: duckdb.DuckDBPyConnection
    plan: Plan
    width: int

    def all_sql(self) -> str:
        """SELECT of every changed row with its kind in KIND: inserts, both images of updates, deletions."""
        shown = [identifier(field) for field in self.plan.fields]
        new, old = (", ".join(f"{side}.{name}" for name in shown) for side in ("n", "o"))
        differs = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in shown)
        both = f"FROM post AS n JOIN pre AS o ON {self._same('n', 'o')} WHERE n.is_shown AND o.is_shown AND ({differs})"
        kind = identifier(KIND)
        return (
            f"SELECT {old}, '{BEFORE}' AS {kind} {both} UNION ALL SELECT {new}, '{AFTER}' AS {kind} {both} "
            f"UNION ALL SELECT {new}, '{INSERT}' AS {kind} FROM post AS n WHERE n.is_shown "
            f"AND NOT EXISTS (SELECT 1 FROM pre AS o WHERE o.is_shown AND {self._same('n', 'o')}) "
            f"UNION ALL SELECT {old}, '{DELETE}' AS {kind} {self._gone()}"
        )

    def written_sql(self) -> str:
        """SELECT of the shown rows as they are now that came or changed, in the order of columns."""
        shown = [identifier(field) for field in self.plan.fields]
        new = ", ".join(f"n.{name}" for name in shown)
        differs = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in shown)
        return (
            f"SELECT {new} FROM post AS n LEFT JOIN pre AS o ON {self._same('n', 'o')} "
            f"WHERE n.is_shown AND (o.k0 IS NULL OR NOT o.is_shown OR {differs})"
        )

    def gone_sql(self) -> str:
        """SELECT of the rows that were shown and are no more, as they were shown."""
        return f"SELECT {', '.join(f'o.{identifier(field)}' for field in self.plan.fields)} {self._gone()}"

    def _gone(self) -> str:
        return f"FROM pre AS o WHERE o.is_shown AND NOT EXISTS (SELECT 1 FROM post AS n WHERE n.is_shown AND {self._same('n', 'o')})"

    def _same(self, one: str, other: str) -> str:
        return " AND ".join(f"{one}.k{place} = {other}.k{place}" for place in range(self.width))


@contextmanager
def changes(plan: Plan, first: int, last: int) -> Iterator[Changes]:
    """The rows of the plan that differ between the versions `first` (before) and `last` (after). Raises VersionGone."""
    before, after = snapshot(plan.table, first), snapshot(plan.table, last)
    kept = {file.path for file in before.files} & {file.path for file in after.files}
    removed = [file for file in before.files if file.path not in kept]
    added = [file for file in after.files if file.path not in kept]
    _require_there(plan, first, removed)
    with engine.cursor() as cursor:
        _look(cursor, plan, replace(before, files=tuple(removed)), replace(after, files=tuple(added)))
        _add_gone(cursor, plan, (before, after), removed=removed, added=added)
        yield Changes(cursor, plan, len(_identity(plan)))


def batches_between(table: str, first: int, last: int) -> list[int]:
    """Numbers of the batches that landed after version `first`, up to `last`."""
    entries = (entry for entry in delta.log_entries(table, after=first) if entry.version <= last)
    return [int(str(entry.facts["batch"])) for entry in entries if "batch" in entry.facts]


def _look(cursor: duckdb.DuckDBPyConnection, plan: Plan, before: Snapshot, after: Snapshot) -> None:
    """Table `post`: rows written by the batches between; `pre`: rows of before with an identity of `post`."""
    batches = batches_between(plan.table, before.version, after.version)
    sql, parameters = _rows_sql(plan, after)
    number = f"s.{identifier(BATCH_COLUMN)}"
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE post AS {sql} WHERE {number} >= ? AND list_contains(?::BIGINT[], {number})",
        [*parameters, min(batches, default=0), batches],
    )
    sql, parameters = _rows_sql(plan, before)
    same = " AND ".join(f"n.k{place} = s.{identifier(name)}" for place, name in enumerate(_identity(plan)))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE pre AS {sql} WHERE EXISTS (SELECT 1 FROM post AS n WHERE {same})", parameters)


def _add_gone(
    cursor: duckdb.DuckDBPyConnection, plan: Plan, versions: tuple[Snapshot, Snapshot], *,
    removed: Sequence[DataFile], added: Sequence[DataFile],
) -> None:
    """Rows of before whose identity is nowhere after, added to `pre`; looked for only when the counts say there are some."""
    before, after = versions
    came, replaced = (_count(cursor, name) for name in ("post", "pre"))
    if before.rows + came - replaced <= after.rows:
        return
    sql, parameters = _rows_sql(plan, replace(before, files=tuple(removed)))
    if not added:
        cursor.execute(f"INSERT INTO pre {sql}", parameters)
        return
    same = " AND ".join(f"a.{identifier(name)} = s.{identifier(name)}" for name in _identity(plan))
    missing = f"NOT EXISTS (SELECT 1 FROM read_parquet(?) AS a WHERE {same})"
    cursor.execute(f"INSERT INTO pre {sql} WHERE {missing}", [*parameters, [file.path for file in added]])


def _rows_sql(plan: Plan, held: Snapshot) -> tuple[str, list[object]]:
    """SELECT (to be continued with WHERE) of shown columns, identity and whether the row filter shows the row; files are `s`."""
    shown = [f"{plan.shown_sql(column, held)} AS {identifier(column.field)}" for column in plan.columns]
    keys = [f"s.{identifier(name)} AS k{place}" for place, name in enumerate(_identity(plan))]
    selected = f"SELECT {', '.join(shown)}, {', '.join(keys)}, coalesce({plan.filter_sql(held)}, false) AS is_shown"
    source, parameters = replace(plan, row_filter="").source_sql(held)
    if not held.files:  # its stand-in has no number of a batch
        return f"{selected} FROM (SELECT *, CAST(NULL AS BIGINT) AS {identifier(BATCH_COLUMN)} {source}) AS s", parameters
    return f"{selected} {source.removesuffix(' WHERE true')} AS s", parameters


def _identity(plan: Plan) -> tuple[str, ...]:
    return plan.contract.stored_key or (ROW_COLUMN,)


def _require_there(plan: Plan, version: int, files: Sequence[DataFile]) -> None:
    if any(not Path(file.path).exists() for file in files):
        raise VersionGone(f"「{plan.contract.title}」第 {version} 版的数据文件已清理,比不出它以后的变化;请重新全量读取。", version=version)


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {identifier(table)}").fetchone()
    return int(row[0]) if row else 0
