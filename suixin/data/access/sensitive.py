"""Personal values in what a plan shows: free text is read for resident IDs, phones, cards, plates, addresses.

How      the engine picks the cells that may hold one (`texts.candidates`), Python decides with the column's name as
         context; columns that are masked, or marked as a known kind, are judged by their level instead
Limits   at most MAX_CELLS cells are looked at, then every n-th row; at most ENOUGH hits are told per column
"""

from collections import Counter
from dataclasses import dataclass

from suixin.data.access import engine
from suixin.data.access.plans import Column, Plan
from suixin.data.access.sqltext import identifier
from suixin.data.access.versions import Snapshot
from suixin.data.catalog.contract import BATCH_COLUMN, ROW_COLUMN, ItemType
from suixin.ground.security import texts

MAX_CELLS = 20_000_000
ENOUGH = 1_000
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """`count` values of a kind in a column; `row` is the `__id` of the first. `is_whole`: every row was looked at."""

    column: Column
    kind: str
    count: int
    row: int
    is_whole: bool


def personal_values(plan: Plan, snapshot: Snapshot, *, batch: int | None = None) -> list[Found]:
    """What the plan's text columns hold of persons, by column and kind; with `batch` only in the rows it brought."""
    columns = [column for column in plan.columns if _is_free_text(column) and column.field in snapshot.schema.names]
    step = max(1, snapshot.rows * len(columns) // MAX_CELLS)
    return [found for column in columns for found in _in_column(plan, snapshot, column, (step, batch))]


def _is_free_text(column: Column) -> bool:
    item = column.item
    return item.type in (ItemType.TEXT, ItemType.MEMO) and not (column.mask or item.sensitive or item.code_set)


def _in_column(plan: Plan, snapshot: Snapshot, column: Column, which: tuple[int, int | None]) -> list[Found]:
    step, batch = which
    source, parameters = plan.source_sql(snapshot)
    shown = plan.shown_sql(column, snapshot)
    picked = f"SELECT {identifier(ROW_COLUMN)}, left({shown}, {_LONGEST}) {source} AND regexp_matches({shown}, ?)"
    parameters = [*parameters, texts.candidates()]
    if step > 1:
        picked += f" AND {identifier(ROW_COLUMN)} % {step} = 0"
    if batch is not None:
        picked += f" AND {identifier(BATCH_COLUMN)} = ?"
        parameters.append(batch)
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    with engine.cursor() as cursor:
        rows = cursor.execute(picked, parameters)
        while sum(counts.values()) < ENOUGH and (cells := rows.fetchmany(2_000)):
            for row, text in cells:
                for kind in _kinds(column.name, text):
                    counts[kind] += 1
                    first.setdefault(kind, row)
    return [Found(column, kind, count, first[kind], step == 1) for kind, count in sorted(counts.items())]


def _kinds(header: str, text: str) -> frozenset[str]:
    """The kinds in a cell; a cell that is one value has the column's name as the words before it."""
    return texts.kinds_in(text if len(text) > 40 else f"{header}:{text}")
