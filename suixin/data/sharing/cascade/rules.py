"""The arithmetic of letters between two platforms: order, gaps, pauses, what a day's count says; pure.

Order    a sender numbers its letters from 1; a receiver keeps what comes in any order and does it in order
Told     a receiver says up to which number it has all, and which are missing below what it has
Source   our choice; what both ends compare: standards/data.md 6.2 (对账), 2.6 (回流)
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

MOST_WANTED = 200
AHEAD = 5_000  # so far before a gap letters are kept; what is further comes again
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Count:
    """One direction of one day: letters, rows in them, a digest over number and content of each, and what it is made of."""

    messages: int
    rows: int
    digest: str
    parts: Mapping[int, str]

    def as_dict(self) -> dict[str, object]:
        """JSON without the parts."""
        return {"messages": self.messages, "rows": self.rows, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Difference:
    """What the receiver lacks, what it has beyond the sender, and what both have with other content."""

    missing: tuple[int, ...]
    beyond: tuple[int, ...]
    different: tuple[int, ...]

    @property
    def is_none(self) -> bool:
        """Whether both ends agree."""
        return not (self.missing or self.beyond or self.different)


def contiguous(received: int, held: Collection[int]) -> int:
    """The number up to which all are there, when all up to `received` are and `held` came."""
    while received + 1 in held:
        received += 1
    return received


def wanted(received: int, held: Collection[int]) -> list[int]:
    """Numbers that are missing below the highest that is there, lowest first; at most MOST_WANTED."""
    highest = max(held, default=received)
    missing: list[int] = []
    for number in range(received + 1, highest):
        if number not in held:
            missing.append(number)
            if len(missing) == MOST_WANTED:
                break
    return missing


def is_takable(sequence: int, received: int) -> bool:
    """Whether a letter of that number is kept now; one that is too far ahead of a gap comes again."""
    return 0 < sequence <= received + AHEAD


def pause_after(failures: int) -> timedelta:
    """How long a peer that failed so many times in a row is left alone."""
    doubled: int = 2 ** min(max(0, failures - 1), 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def count(letters: Iterable[tuple[int, str, int]]) -> Count:
    """The count of (number, digest of content, rows), in any order; the same letters give the same."""
    parts: dict[int, str] = {}
    rows = 0
    for sequence, digest, held in letters:
        parts[sequence] = digest
        rows += held
    whole = hashlib.new("sm3")
    for sequence in sorted(parts):
        whole.update(f"{sequence}:{parts[sequence]}\n".encode())
    return Count(len(parts), rows, whole.hexdigest(), parts)


def difference(sent: Mapping[int, str], received: Mapping[int, str]) -> Difference:
    """What became otherwise on the way, as the sender's list and the receiver's say."""
    different = tuple(sorted(number for number in sent.keys() & received.keys() if sent[number] != received[number]))
    return Difference(tuple(sorted(sent.keys() - received.keys())), tuple(sorted(received.keys() - sent.keys())), different)


def unreturned(divisions: Sequence[str], flowing: Iterable[Sequence[str]]) -> list[str]:
    """Of these divisions those that no flow covers; a code covers all that begin with it, its closing zeros aside."""
    stems = [code.rstrip("0") for codes in flowing for code in codes]
    return [one for one in divisions if not any(one.startswith(stem) for stem in stems if stem)]
