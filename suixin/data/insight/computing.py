"""The result of an indicator's SQL over exactly given versions: the same again, whenever it is computed."""

from dataclasses import dataclass

import orjson

from suixin.data.access import engine, plans
from suixin.data.access.models import Door
from suixin.data.access.versions import pinned
from suixin.data.catalog.queries import resource_by
from suixin.data.insight import rules
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
        return sm.sm3_hex(orjson.dumps([self.columns, self.rows]))


def recompute(sql: str, versions: dict[str, int]) -> Computation:
    """The result of `sql` over exactly these versions of its tables (name to version). Raises InvalidIndicator."""
    tables = rules.tables_of(sql)
    parts, parameters = [], []
    for table in tables:
        plan = plans.open_plan(PUBLIC, resource_by(table), door=Door.COMPUTE)
        text, bound = plan.select_sql(pinned(table, versions[table]))
        parts.append(f'"{table}" AS ({text})')
        parameters += list(bound)
    statement = f"WITH {', '.join(parts)} SELECT * FROM ({sql.rstrip().rstrip(';')}) LIMIT {MAX_RESULT_ROWS}"
    with engine.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column[0] for column in cursor.description or ()]
        rows = [[_plain(cell) for cell in row] for row in cursor.fetchall()]
    return Computation(columns, rows, {table: versions[table] for table in tables})


def _plain(cell: object) -> object:
    """JSON form of a cell: numbers stay numbers, everything else becomes text."""
    if cell is None or isinstance(cell, bool | int | float | str):
        return cell
    text = str(cell)
    return float(text) if _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
