"""Laws of the sketches, and that their errors are as promised."""

import random

from hypothesis import given
from hypothesis import strategies as st

from suixin.data.quality.radar import kmv
from suixin.data.quality.radar.kmv import SIZE, SPACE, Sketch

sketches = st.lists(st.integers(0, SPACE - 1), max_size=2 * SIZE).map(kmv.sketch_of)


def _ranks(count: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randrange(SPACE) for _ in range(count)]


@given(sketches, sketches)
def test_union_is_commutative(one: Sketch, other: Sketch) -> None:
    assert kmv.union(one, other) == kmv.union(other, one)


@given(sketches, sketches, sketches)
def test_union_is_associative(one: Sketch, two: Sketch, three: Sketch) -> None:
    assert kmv.union(kmv.union(one, two), three) == kmv.union(one, kmv.union(two, three))


@given(sketches)
def test_union_is_idempotent_and_nothing_is_neutral(one: Sketch) -> None:
    assert kmv.union(one, one) == one == kmv.union(one, kmv.NOTHING)


@given(st.lists(st.integers(0, SPACE - 1), max_size=900), st.lists(st.integers(0, SPACE - 1), max_size=900))
def test_the_sketch_of_a_union_is_the_union_of_sketches(one: list[int], other: list[int]) -> None:
    assert kmv.sketch_of([*one, *other]) == kmv.union(kmv.sketch_of(one), kmv.sketch_of(other))


@given(sketches)
def test_what_is_packed_comes_back(one: Sketch) -> None:
    assert kmv.unpacked(one.packed) == one


@given(sketches, sketches)
def test_shares_lie_within_their_bounds(one: Sketch, other: Sketch) -> None:
    for share in (kmv.containment(one, other), kmv.jaccard(one, other)):
        assert 0 <= share.low <= share.value + 1e-9
        assert share.value - 1e-9 <= share.high <= 1


def test_small_sets_are_counted_exactly() -> None:
    assert kmv.sketch_of(_ranks(SIZE - 1, 1)).distinct == SIZE - 1


def test_large_sets_are_estimated_within_four_standard_errors() -> None:
    for seed in range(40):
        count = 1_000 * (1 + seed)
        assert abs(kmv.sketch_of(_ranks(count, seed)).distinct / count - 1) < 4 / (SIZE - 2) ** 0.5


def test_the_interval_holds_the_true_share_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        small, rest = _ranks(3_000, seed), _ranks(20_000, seed + 1_000)
        part = seed % 10 / 10
        share = kmv.containment(kmv.sketch_of(small), kmv.sketch_of([*small[: round(part * len(small))], *rest]))
        held += share.low <= part <= share.high
    assert held >= 180


def test_nothing_is_known_of_empty_sets() -> None:
    share = kmv.containment(kmv.NOTHING, kmv.sketch_of(_ranks(5, 1)))
    assert (share.low, share.high, share.seen) == (0.0, 1.0, 0)
