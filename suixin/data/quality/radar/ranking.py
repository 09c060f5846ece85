"""Ranks of values: keyed, alike in every table of this installation, cheap for those that no sketch keeps.

A rank is a uniform number u in [0, 1) as 63 bits. How many zeros u begins with is told by a fast hash (DuckDB's, mixed
with secret numbers), what follows by HMAC-SM3 of the normal form; so only the few values whose fast hash begins with many
zeros are ever put through HMAC, and yet the least ranks are those of a keyed hash over all values (ADR 0015).
Scheme   names key and fast hash; sketches of different schemes are not compared
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from suixin.data.quality.engine import open_engine
from suixin.ground.security.keys import ring
from suixin.kit.keyring import Kind

PURPOSE = "radar"
_VERSION = 1  # for good: another key would part the sketches that are there from those that come
_FULL = "".join(map(chr, range(0xFF01, 0xFF5F)))
_HALF = "".join(map(chr, range(0x21, 0x7F)))
_IDLE = " \t\u3000\u00a0\u200b-_\u2010\u2013\u2014\u00b7\u2022\uff3f\uff0d"  # blanks, hyphens, middle dots: left out
_HALF_KEPT = [(full, half) for full, half in zip(_FULL, _HALF, strict=True) if half not in "-_" and full not in _IDLE]
FROM = "".join(full for full, _ in _HALF_KEPT) + "\u3010\u3011" + _IDLE
INTO = "".join(half for _, half in _HALF_KEPT) + "[]"  # what FROM has more is left out
_TABLE = str.maketrans(FROM[: len(INTO)], INTO, FROM[len(INTO) :])
Hashes = np.ndarray[Any, np.dtype[np.uint64]]  # Any: numpy's shape


def normal(text: str) -> str:
    """The normal form in which values are compared: capitals, half width, without blanks and hyphens; alike in SQL."""
    return text.upper().translate(_TABLE)


@dataclass(frozen=True, slots=True)
class Ranker:
    """The secret of this installation as three numbers and a key."""

    key: bytes
    scheme: str

    def mixed(self, hashes: Hashes) -> Hashes:
        """Fast hashes mixed with the secret."""
        seed, factor = (int.from_bytes(self.key[at : at + 8], "big") for at in (0, 8))
        mixed: Hashes = (hashes ^ np.uint64(seed)) * np.uint64(factor | 1)
        return mixed ^ (mixed >> np.uint64(29))

    def rank(self, text: str, mixed: int) -> int:
        """The rank of a value in its normal form, given its mixed hash."""
        digest = hmac.new(self.key[16:], text.encode(), "sm3").digest()
        zeros = 64 - mixed.bit_length()
        return (int.from_bytes(digest[:8], "big") | 1 << 63) >> zeros >> 1


@lru_cache(1)
def fast_hash() -> str:
    """Which fast hash this is: its answer to a word, so that another DuckDB does not pass for the same."""
    answer = open_engine().execute("SELECT hash('suixin')").fetchone()
    return f"{answer[0] if answer else 0:016x}"[:12]


def ranker() -> Ranker:
    """The ranker of this installation; its key is made by the first call."""
    kept = ring()
    kept.derived(PURPOSE, Kind.INDEX, b"")  # made when there is none yet
    _, key = kept.derived(PURPOSE, Kind.INDEX, b"values", _VERSION)
    return Ranker(key, fast_hash())
