"""What is kept of documents: each read once, ahead of need, within bounds, and not beyond a change."""

import pytest

from suixin.ground.search import memory
from suixin.ground.search.memory import Memory


class _Reader:
    """Reads every key but -1, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __call__(self, keys: list[int]) -> dict[int, str]:
        self.asked.append(keys)
        return {key: str(key) for key in keys if key >= 0}


def test_whoever_reads_reads_ahead_until_all_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "AHEAD", 4)
    read, kept = _Reader(), Memory[int, str](100, range(6))
    assert kept.of([5, 1], read) == {5: "5", 1: "1"}
    assert kept.of([3, 2], read) == {3: "3", 2: "2"}
    assert kept.of([4], read) == {4: "4"}
    assert kept.of([0, 5], read) == {0: "0", 5: "5"}
    assert read.asked == [[5, 1, 0, 2, 3], [4]]


def test_what_has_no_value_is_asked_for_again() -> None:
    read, kept = _Reader(), Memory[int, str](100, [])
    assert kept.of([-1, 7], read) == {7: "7"}
    assert kept.of([-1, 7], read) == {7: "7"}
    assert read.asked == [[-1, 7], [-1]]


def test_least_used_go_and_changed_ones_are_not_inherited() -> None:
    read, kept = _Reader(), Memory[int, str](3, [])
    for keys in ([1, 2, 3], [1], [4]):
        kept.of(keys, read)
    assert (len(kept), kept.of([1, 3, 4], read)) == (3, {1: "1", 3: "3", 4: "4"})
    after = Memory[int, str](3, [])
    after.inherit(kept, without=[3, 9])
    after.of([1, 4], read)
    assert read.asked == [[1, 2, 3], [4]]
    after.of([3], read)
    assert read.asked[-1] == [3]
