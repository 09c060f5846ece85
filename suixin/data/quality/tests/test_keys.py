"""Repeats are found exactly, slice by slice."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.quality import keys
from suixin.data.quality.judge import Judge
from suixin.data.quality.source import BrokenRow
from suixin.data.quality.tests.factories import contract, item, judged, table


def repeats(found: keys.KeyPass) -> dict[int, int]:
    """Row number of each repeat and of the row it repeats."""
    return dict(zip(found.rows.tolist(), found.firsts.tolist(), strict=True))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab")), min_size=1, max_size=60), st.integers(1, 9))
def test_repeats_are_those_a_dictionary_finds(pairs: list[tuple[int, str]], batch_rows: int) -> None:
    first: dict[tuple[int, str], int] = {}
    expected = {row: first[p] for row, p in enumerate(pairs, 1) if first.setdefault(p, row) != row}
    agreed = contract(item("n", "I", is_key=True), item("c", "C", is_key=True))
    source = table({"n": [str(n) for n, _ in pairs], "c": [c for _, c in pairs]}, batch_rows=batch_rows)
    found = Judge(agreed).keys(source)
    assert repeats(found) == expected
    assert found.is_sorted == all(a < b for a, b in pairwise(pairs))


def test_many_slices_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROWS_PER_SLICE", 10)
    cells = [str(n % 70) for n in range(100)]
    found = Judge(contract(item("n", "I", is_key=True))).keys(table({"n": cells}))
    assert repeats(found) == {row: row - 70 for row in range(71, 101)}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["1", "2", "3", "03", " 4", ""]), st.sampled_from("ab")), max_size=30),
    st.integers(1, 40),
    st.booleans(),
)
def test_the_first_of_a_key_stays_whether_order_breaks_early_or_late(
    pairs: list[tuple[str, str]], batch_rows: int, is_broken: bool
) -> None:
    pairs = [(str(100 + n), "a") for n in range(5)] + pairs
    typed = [(int(n), c) if n else None for n, c in pairs]
    repeats = [row for row, key in enumerate(typed, 1) if key and key in typed[: row - 1]]
    agreed = contract(item("n", "I", is_key=True), item("c", "C", is_key=True))
    broken = [BrokenRow(len(pairs) + 1, "x", "列数不符")] if is_broken else []
    source = table({"n": [n for n, _ in pairs], "c": [c for _, c in pairs]}, batch_rows=batch_rows, broken=broken)
    _, rejects, verdict = judged(agreed, source)
    assert [reject.row for reject in rejects if reject.reasons[0].rule == "duplicate"] == repeats
    assert verdict.rows_in == len(pairs) + is_broken
