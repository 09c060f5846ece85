"""A binary hash tree over digests (SM3): its root, the way from one leaf to the root, and the check of such a way.

Tree     of no leaf SM3 of nothing; of one leaf that leaf; of n > 1 leaves node(tree(first k), tree(rest)), where k is the
         largest power of two below n. node(a, b) = SM3(0x01 || a || b). Leaves must be made with another first byte
         than 0x01, so that no node can pass for a leaf
Why k    the same tree comes out level by level, a node without a partner moving up unchanged: nothing is doubled, so two
         different lists of leaves never have one root
Source   RFC 6962, 2.1, with SM3 (GB/T 32905) in place of SHA-256
"""

import hashlib
from collections.abc import Sequence

DIGEST = 32
NODE = b"\x01"
EMPTY = hashlib.new("sm3").digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves, in their order."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """What must be joined to leaf `place` to reach the root, from the bottom up. Raises IndexError."""
    if not 0 <= place < len(leaves):
        raise IndexError(f"no leaf {place} of {len(leaves)}")
    found: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        partner = place ^ 1
        if partner < len(level):
            found.append(level[partner])
        level, place = _above(level), place // 2
    return found


def root_by(leaf: bytes, place: int, *, count: int, way: Sequence[bytes]) -> bytes | None:
    """The root that leaf `place` of `count` reaches by `way`; None when the way has not the length it must have."""
    if not 0 <= place < count:
        return None
    steps = iter(way)
    found = leaf
    while count > 1:
        partner = place ^ 1
        if partner < count:
            other = next(steps, None)
            if other is None or len(other) != DIGEST:
                return None
            found = _node(other, found) if place & 1 else _node(found, other)
        place, count = place // 2, (count + 1) // 2
    return found if next(steps, None) is None else None


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs if len(level) % 2 == 0 else [*pairs, level[-1]]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.new("sm3", NODE + left + right).digest()
