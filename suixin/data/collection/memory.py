"""Small tables read once: what the first pass over one delivered serves the next ones.

A table is profiled, searched for keys and judged; for a table of a few kilobytes opening it again costs more than
all of that. Tables of one folder share a budget, so many of them do not fill the memory.
"""

from collections.abc import Iterator
from dataclasses import replace

from suixin.data.quality.source import SourceBatch, SourceTable

TABLE_BYTES = 1 << 20
BUDGET_BYTES = 64 << 20


class Memory:
    """What is remembered of the tables of one delivery."""

    def __init__(self) -> None:
        self._left = BUDGET_BYTES

    def of(self, table: SourceTable) -> SourceTable:
        """The table, reading its source only until one pass came to its end within the limits."""
        kept: list[SourceBatch] | None = None

        def batches() -> Iterator[SourceBatch]:
            nonlocal kept
            if kept is not None:
                yield from kept
                return
            seen: list[SourceBatch] | None = []
            size = 0
            for batch in table.batches():
                size += batch.data.nbytes + sum(len(broken.text) for broken in batch.broken)
                if size > min(TABLE_BYTES, self._left):
                    seen = None
                if seen is not None:
                    seen.append(batch)
                yield batch
            if seen is not None and kept is None:
                self._left -= size
                kept = seen

        return replace(table, batches=batches)
