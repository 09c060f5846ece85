"""Sketches of sets of values: the k least ranks of a set (KMV, bottom-k), pure arithmetic over numbers.

Rank     a value's pseudo-random number in [0, 2**63), the same wherever the value occurs (`ranking` makes them)
Laws     union is commutative, associative and idempotent; the sketch of a union is the union of sketches
Errors   distinct: standard error 1/sqrt(k - 2), 6.3 % at k = 256; a share of n values seen: Wilson's interval
Source   Bar-Yossef et al. 2002 (KMV); Beyer et al. 2007 (unions, intersections); Wilson 1927
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

SIZE = 256
SPACE = 1 << 63
_BYTES = 8
_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Sketch:
    """The least SIZE ranks of a set, ascending, each once; all of them when there are fewer."""

    ranks: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every value of the set is in it."""
        return len(self.ranks) < SIZE

    @property
    def bound(self) -> int:
        """Below it the sketch knows every value of the set."""
        return SPACE if self.is_whole else self.ranks[-1]

    @property
    def distinct(self) -> int:
        """About how many different values the set has; exact when the sketch is whole."""
        return len(self.ranks) if self.is_whole else round((SIZE - 1) / self.ranks[-1] * SPACE)

    @property
    def packed(self) -> bytes:
        """The ranks as bytes, 8 each."""
        return b"".join(rank.to_bytes(_BYTES, "big") for rank in self.ranks)


@dataclass(frozen=True, slots=True)
class Share:
    """A share as seen in `seen` values, with its 95 % interval."""

    value: float
    low: float
    high: float
    hits: int
    seen: int


NOTHING = Sketch()


def sketch_of(ranks: Iterable[int]) -> Sketch:
    """The sketch of a set with these ranks."""
    return Sketch(tuple(sorted(set(ranks))[:SIZE]))


def unpacked(packed: bytes) -> Sketch:
    """The sketch that was packed."""
    return Sketch(tuple(int.from_bytes(packed[at : at + _BYTES], "big") for at in range(0, len(packed), _BYTES)))


def union(one: Sketch, other: Sketch) -> Sketch:
    """The sketch of both sets together."""
    return sketch_of((*one.ranks, *other.ranks))


def containment(one: Sketch, other: Sketch) -> Share:
    """How much of the smaller set lies in the larger; nothing seen when either is empty."""
    small, large = (one, other) if one.distinct <= other.distinct else (other, one)
    bound = min(small.bound, large.bound)
    seen = [rank for rank in small.ranks if rank < bound]
    known = set(large.ranks)
    return share_of(sum(rank in known for rank in seen), len(seen))


def jaccard(one: Sketch, other: Sketch) -> Share:
    """How much of both sets together lies in both."""
    both = union(one, other)
    held, known = set(one.ranks), set(other.ranks)
    return share_of(sum(rank in held and rank in known for rank in both.ranks), len(both.ranks))


def share_of(hits: int, seen: int) -> Share:
    """The share `hits` of `seen`, with Wilson's interval; 0 to 1 when nothing was seen."""
    if not seen:
        return Share(0.0, 0.0, 1.0, 0, 0)
    value = hits / seen
    middle = (value + _Z * _Z / (2 * seen)) / (1 + _Z * _Z / seen)
    half = _Z / (1 + _Z * _Z / seen) * sqrt(value * (1 - value) / seen + _Z * _Z / (4 * seen * seen))
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), hits, seen)
