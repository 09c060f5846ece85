"""A small table is read once; a large one, or one too many, is read every time."""

from collections.abc import Iterator

import pyarrow as pa
import pytest

from suixin.data.collection import memory
from suixin.data.quality.source import SourceBatch, SourceTable


def counted(passes: list[int]) -> SourceTable:
    """A table of three rows that notes every pass over its source."""

    def batches() -> Iterator[SourceBatch]:
        passes.append(1)
        for first in (1, 2, 3):
            yield SourceBatch(pa.record_batch({"a": [str(first)]}), first)

    return SourceTable("t", ("a",), batches, "csv")


def numbers(table: SourceTable) -> list[int]:
    return [batch.first_row for batch in table.batches()]


def test_a_small_table_is_read_once() -> None:
    passes: list[int] = []
    table = memory.Memory().of(counted(passes))
    assert [numbers(table), numbers(table), numbers(table)] == [[1, 2, 3]] * 3
    assert len(passes) == 1


def test_a_pass_that_stopped_early_is_not_taken_for_the_table() -> None:
    passes: list[int] = []
    table = memory.Memory().of(counted(passes))
    next(table.batches())
    assert numbers(table) == [1, 2, 3]
    assert len(passes) == 2


@pytest.mark.parametrize("limit", ["TABLE_BYTES", "BUDGET_BYTES"])
def test_what_exceeds_a_limit_is_read_every_time(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(memory, limit, 10)
    passes: list[int] = []
    table = memory.Memory().of(counted(passes))
    assert [numbers(table), numbers(table)] == [[1, 2, 3]] * 2
    assert len(passes) == 2
