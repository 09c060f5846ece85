"""The result of an indicator's SQL over exactly given versions: the same again, whenever it is computed.

Runs     the SQL generated from the tree that was checked, never the text that came
Order    the SQL's own; without one, by all columns from the left
Numbers  exact (`numbers`)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from suixin.data.access import engine, plans
from suixin.data.access.models import Door
from suixin.data.access.versions import pinned
from suixin.data.catalog.queries import resource_by
from suixin.data.insight import numbers, rules
from suixin.data.insight.errors import InvalidIndicator
from suixin.kit import sm
from suixin.kit.actor import PUBLIC

MAX_RESULT_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Computation:
    """What one run of an indicator's SQL gave, before it is written."""

    columns: list[str]
    rows: list[list[object]]
    versions: dict[str, int]

    @property
    def digest(self) -> str:
        """SM3 of columns and rows; equal digests mean equal results."""
        return sm.sm3_hex(numbers.dumps([self.columns, self.rows]))


def recompute(sql: str, versions: dict[str, int]) -> Computation:
    """The result of `sql` over exactly these versions of its tables (name to version).

    Raises InvalidIndicator (also for a result of more than MAX_RESULT_ROWS rows) and what refuses the public's plan.
    """
    tree = rules.parsed(sql)
    tables = rules.tables_of(sql)
    parts, parameters = [], []
    for table, plan in public_plans(tables).items():
        text, bound = plan.select_sql(pinned(table, versions[table]))
        parts.append(f'"{table}" AS ({text})')
        parameters += list(bound)
    order = "" if tree.args.get("order") else " ORDER BY ALL"
    given = f"WITH {', '.join(parts)} " if parts else ""
    statement = f"{given}SELECT * FROM ({tree.sql(dialect='duckdb')}){order} LIMIT {MAX_RESULT_ROWS + 1}"
    with engine.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column[0] for column in cursor.description or ()]
        rows = [[numbers.plain(cell) for cell in row] for row in cursor.fetchall()]
    if len(rows) > MAX_RESULT_ROWS:
        raise InvalidIndicator(f"指标的结果超过 {MAX_RESULT_ROWS} 行,没有保存;请在 SQL 中按时间或区划汇总。")
    return Computation(columns, rows, {table: versions[table] for table in tables})


def public_plans(tables: Sequence[str]) -> dict[str, plans.Plan]:
    """The public's plan to compute over each table. Raises what refuses the first that is not open."""
    return {table: plans.open_plan(PUBLIC, resource_by(table), door=Door.COMPUTE) for table in tables}
