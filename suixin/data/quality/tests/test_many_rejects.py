"""A file all of whose rows are rejected: handed over portion by portion at flat memory, told in a few lines."""

import resource
from collections.abc import Iterator

import pyarrow as pa

from suixin.data.catalog.contract import Rule
from suixin.data.quality.check import Verdict, check_batch
from suixin.data.quality.reasons import Rejects
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.data.quality.tests.factories import contract, item

PORTION = 10_000
MOST_MIB = 120  # what a few portions in flight take; a hundred and fifty thousand rejects at once would take more


def bad(portions: int) -> tuple[Verdict, int]:
    """The verdict of so many portions, each row wrong twice over, and the largest list that was handed over."""
    largest = 0
    data = pa.RecordBatch.from_pydict({"n": ["多"] * PORTION, "m": ["-1"] * PORTION, "note": ["甲" * 40] * PORTION})

    def batches() -> Iterator[SourceBatch]:
        for place in range(portions):
            yield SourceBatch(data, 1 + place * PORTION)

    def take(rejects: Rejects) -> None:
        nonlocal largest
        largest = max(largest, len(rejects))

    agreed = contract(item("n", "I"), item("m", "I"), item("note", "C"), rules=[Rule("low", "m >= 0", "为负")])
    source = SourceTable("试表", ("n", "m", "note"), batches, "csv")
    return check_batch(agreed, source, on_accepted=lambda _: None, on_rejected=take), largest


def test_many_rejects_take_no_more_memory_than_few() -> None:
    bad(6)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verdict, largest = bad(15)
    assert (verdict.rejected, largest) == (15 * PORTION, PORTION)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MIB * 1024
    assert verdict.reasons == {"n/type": 15 * PORTION, "low": 15 * PORTION}
