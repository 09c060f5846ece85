"""The hash tree: RFC 6962's shape, ways that lead to the root, and none that does not."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.kit import merkle

CALM = settings(deadline=None)
DIGESTS = st.lists(st.binary(min_size=32, max_size=32), max_size=40)


def _by_definition(leaves):
    """The tree as RFC 6962, 2.1 defines it: parted at the largest power of two below n."""
    if not leaves:
        return hashlib.new("sm3").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.new("sm3", b"\x01" + _by_definition(leaves[:k]) + _by_definition(leaves[k:])).digest()


@CALM
@given(DIGESTS)
def test_root_is_that_of_the_definition(leaves):
    assert merkle.root(leaves) == _by_definition(leaves)


@CALM
@given(DIGESTS.filter(bool), st.data())
def test_every_leaf_reaches_the_root_by_its_way(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    way = merkle.path(leaves, place)
    assert merkle.root_by(leaves[place], place, count=len(leaves), way=way) == merkle.root(leaves)


@CALM
@given(DIGESTS.filter(bool), st.data())
def test_another_leaf_does_not_reach_it(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.binary(min_size=32, max_size=32).filter(lambda one: one != leaves[place]))
    assert merkle.root_by(other, place, count=len(leaves), way=merkle.path(leaves, place)) != merkle.root(leaves)


@CALM
@given(DIGESTS.filter(lambda found: len(found) > 1), st.data())
def test_a_way_that_is_longer_or_shorter_reaches_nothing(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    way = merkle.path(leaves, place)
    assert merkle.root_by(leaves[place], place, count=len(leaves), way=[*way, leaves[0]]) is None
    assert not way or merkle.root_by(leaves[place], place, count=len(leaves), way=way[:-1]) is None


@CALM
@given(DIGESTS, DIGESTS)
def test_different_leaves_have_different_roots(one, other):
    assert (merkle.root(one) == merkle.root(other)) == (one == other)


def test_an_odd_leaf_is_not_doubled():
    leaves = [bytes([n]) * 32 for n in range(3)]
    assert merkle.root(leaves) != merkle.root([*leaves, leaves[-1]])


def test_no_leaf_outside_the_tree_has_a_root():
    assert merkle.root_by(bytes(32), 3, count=3, way=[]) is None
