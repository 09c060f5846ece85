"""Tables and contracts for the tests of this module."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Rule
from suixin.data.quality.check import Verdict, check_batch
from suixin.data.quality.reasons import Reject
from suixin.data.quality.source import BrokenRow, SourceBatch, SourceTable


def table(
    columns: Mapping[str, Sequence[object]],
    *,
    batch_rows: int = 1000,
    broken: Sequence[BrokenRow] = (),
    constants: Mapping[str, str] | None = None,
) -> SourceTable:
    """A source over these columns, texts unless they are something else, in batches of `batch_rows`."""
    whole = pa.RecordBatch.from_pydict({name: pa.array(cells) for name, cells in columns.items()})

    def batches() -> object:
        for start in range(0, max(1, whole.num_rows), batch_rows):
            part = whole.slice(start, batch_rows)
            yield SourceBatch(part, start + 1, broken=tuple(broken) if start == 0 else ())

    return SourceTable("试表", tuple(columns), batches, "csv", constants=dict(constants or {}))  # type: ignore[arg-type]  # a generator function


def contract(*items: ItemSpec, rules: Sequence[Rule] = ()) -> Contract:
    """A contract of these items."""
    return Contract(code="510900-1", table="try_table", title="试表", items=items, rules=tuple(rules))


def item(name: str, letter: str, **others: object) -> ItemSpec:
    """An item whose field is its name."""
    return ItemSpec(name, name, ItemType(letter), **others)  # type: ignore[arg-type]  # keyword arguments pass through


def judged(
    agreed: Contract, source: SourceTable, **options: object
) -> tuple[list[dict[str, object]], list[Reject], Verdict]:
    """Accepted rows, rejects and verdict of a table."""
    rows: list[dict[str, object]] = []
    rejects: list[Reject] = []
    verdict = check_batch(
        agreed,
        source,
        on_accepted=lambda batch: rows.extend(batch.to_pylist()),
        on_rejected=rejects.extend,
        **options,  # type: ignore[arg-type]  # keyword arguments pass through
    )
    return rows, rejects, verdict
