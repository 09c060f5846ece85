"""What changes between two lists of codes, and what a list may not say. Pure.

Rules of ours   a code that is gone without a named successor is abolished and stands for nothing; a code is never guessed from a
                name. Exactly one successor can be followed by a machine, several need a person (GB/T 2260: districts are merged and split)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from suixin.kit.sm import new_sm3

MAX_STEPS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One code as a list tells it. `successors` of an abolished one; it is abolished when `is_gone`."""

    code: str
    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one code. `row` as it will be (of an abolished one: as it was), `former` its name before."""

    kind: str
    row: Row
    former: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes from one list to another."""

    changes: tuple[Change, ...] = field(default_factory=tuple)

    def of(self, kind: str) -> list[Change]:
        """Changes of one kind."""
        return [one for one in self.changes if one.kind == kind]


def difference(before: Mapping[str, Row], after: Sequence[Row], *, is_whole: bool = True) -> Difference:
    """What `after` changes of `before`. `is_whole`: codes that it does not name are abolished; else they stay."""
    found: list[Change] = []
    told = set()
    for row in after:
        told.add(row.code)
        held = before.get(row.code)
        if row.is_gone:
            if held is not None:
                found.append(Change("abolished", Row(held.code, held.name, held.parent, held.aliases, row.successors, True)))
        elif held is None:
            found.append(Change("added", row))
        elif (held.name, held.parent, held.aliases) != (row.name, row.parent, row.aliases):
            found.append(Change("renamed", row, held.name))
    if is_whole:
        found += [Change("abolished", held) for code, held in before.items() if code not in told]
    return Difference(tuple(found))


def list_faults(rows: Sequence[Row], known: Iterable[str] = ()) -> Iterator[tuple[int, str, str]]:
    """(place in `rows`, which cell, sentence) of everything that cannot stand; `known`: codes that stay beside them."""
    living = {row.code for row in rows if not row.is_gone}
    codes = living | (set(known) - {row.code for row in rows if row.is_gone})
    seen: set[str] = set()
    others: dict[str, str] = {}
    for place, row in enumerate(rows):
        if row.code in seen:
            yield place, "code", f"代码“{row.code}”写了两次；请删去一行"
        seen.add(row.code)
        if not row.is_gone and row.successors:
            yield place, "successors", f"代码“{row.code}”没有废止，不写接替代码；请在“状态”填“废止”，或清空接替代码"
        elif lost := [one for one in row.successors if one not in codes]:
            yield place, "successors", f"接替代码“{'、'.join(lost)[:60]}”不在这个代码集里；请核对，或先补上这一行"
        if row.parent and row.parent not in codes:
            yield place, "parent", f"上级代码“{row.parent[:60]}”不在这个代码集里；请核对"
        if row.parent == row.code and row.code:
            yield place, "parent", f"代码“{row.code}”不能是自己的上级；请改正"
        for alias in row.aliases:
            if others.setdefault(alias, row.code) != row.code:
                yield place, "aliases", f"别名“{alias[:60]}”同时写给了代码“{others[alias]}”；一个别名只能指一个代码"


def followed(steps: Mapping[str, Sequence[str]], living: Mapping[str, object]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Abolished codes by the one living code that they became, and those that became several or none (for a sentence).

    Shape   steps: abolished code → its successors, of all versions, a later one last
    """
    one: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    for code, first in steps.items():
        if code in living:
            continue
        at, left = tuple(first), MAX_STEPS
        while left and len(at) == 1 and at[0] not in living and at[0] in steps:
            at, left = tuple(steps[at[0]]), left - 1
        if len(at) == 1 and at[0] in living:
            one[code] = at[0]
        else:
            several[code] = at
    return one, several


def digest_of(rows: Iterable[tuple[str, str, str]]) -> str:
    """SM3 over (code, name, aliases) in the order given; the same list gives the same."""
    found = new_sm3()
    for row in rows:
        found.update("\x1f".join(row).encode() + b"\x1e")
    return found.hexdigest()
