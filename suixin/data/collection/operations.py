"""What a chunk of a log does: rows that are there now, keys that are gone, and whether all that came earlier goes."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.collection.landing import Removals
from suixin.data.collection.models import FeedChunk
from suixin.data.collection.sources.logs import Op
from suixin.data.quality.source import SourceBatch, SourceTable

OP = "__op"
EMPTIED, SWEEP = "emptied", "sweep"


def parted(table: SourceTable, chunk: FeedChunk) -> tuple[SourceTable, Removals | None]:
    """The rows of the chunk that are there, and what goes; None: the chunk is of a reading by query.

    In the chunk's place `emptied` says that the table was emptied before these rows, `sweep` the number of the first chunk
    of a whole reading: rows that only earlier ones brought are not in the source any more.
    """
    if OP not in table.columns:
        return table, None
    before = chunk.sequence if chunk.place.get(EMPTIED) else int(str(chunk.place.get(SWEEP) or 0))
    return _only(table, Op.KEPT), Removals(_only(table, Op.GONE), before)


def _only(table: SourceTable, op: Op) -> SourceTable:
    def batches() -> Iterator[SourceBatch]:
        first = 1
        for batch in table.batches():
            rows = batch.data.filter(pc.equal(batch.data.column(OP), pa.scalar(op.value)))
            yield SourceBatch(rows, first)
            first += rows.num_rows

    return replace(table, batches=batches)
