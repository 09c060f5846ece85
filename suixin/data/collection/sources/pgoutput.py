"""Messages of PostgreSQL's built-in output plugin `pgoutput`, protocol version 1, from their bytes.

    Begin B, Commit C          one transaction; `end` of a commit is the place behind it
    Relation R                 a table as it was when the changes that follow were made: names, types, which columns are its identity
    Insert I, Update U, Delete D, Truncate T
    Tuple                      per column: n null, u unchanged and not sent (stored apart: TOAST), t text

Source  PostgreSQL documentation, "Logical Replication Message Formats"
"""

import struct
from dataclasses import dataclass
from enum import Enum

Raw = tuple["bytes | Cell", ...]


class Cell(Enum):
    """A cell without bytes."""

    NULL = "n"
    UNCHANGED = "u"


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction begins whose commit record stands at `commit`."""

    commit: int


@dataclass(frozen=True, slots=True)
class Commit:
    """It is whole; `end` is the place behind it."""

    end: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A table. `columns`: (name, type number); `identity` names of the columns that an old row is told by."""

    number: int
    schema: str
    name: str
    columns: tuple[tuple[str, int], ...]
    identity: frozenset[str]


@dataclass(frozen=True, slots=True)
class RowChange:
    """`old` is the row's identity (`is_full`: the whole row) before, where it was sent; `new` the row after, None: deleted."""

    relation: int
    old: Raw | None
    new: Raw | None
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class Truncated:
    """All rows of these tables are gone."""

    relations: tuple[int, ...]


Message = Begin | Commit | Relation | RowChange | Truncated


def message_of(data: bytes) -> Message | None:
    """The message; None of a kind that says nothing of rows (types, origins)."""
    reader = _Reader(data)
    match reader.letter():
        case "B":
            return Begin(reader.number("!Q"))
        case "C":
            reader.number("!B")
            reader.number("!Q")
            return Commit(reader.number("!Q"))
        case "R":
            return _relation(reader)
        case "I":
            relation = reader.number("!I")
            reader.letter()
            return RowChange(relation, None, reader.row())
        case "U":
            return _update(reader)
        case "D":
            relation = reader.number("!I")
            is_full = reader.letter() == "O"
            return RowChange(relation, reader.row(), None, is_full)
        case "T":
            count = reader.number("!I")
            reader.number("!B")
            return Truncated(tuple(reader.number("!I") for _ in range(count)))
    return None


def _update(reader: "_Reader") -> RowChange:
    relation = reader.number("!I")
    kind, old = reader.letter(), None
    if kind in "KO":
        old = reader.row()
        reader.letter()
    return RowChange(relation, old, reader.row(), kind == "O")


def _relation(reader: "_Reader") -> Relation:
    number = reader.number("!I")
    schema, name = reader.text() or "pg_catalog", reader.text()
    reader.number("!B")
    columns: list[tuple[str, int]] = []
    identity: set[str] = set()
    for _ in range(reader.number("!H")):
        is_identity = reader.number("!B") & 1
        column, kind = reader.text(), reader.number("!I")
        reader.number("!i")
        columns.append((column, kind))
        if is_identity:
            identity.add(column)
    return Relation(number, schema, name, tuple(columns), frozenset(identity))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def letter(self) -> str:
        self._at += 1
        return chr(self._data[self._at - 1])

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return int(value)

    def text(self) -> str:
        end = self._data.index(b"\0", self._at)
        found = self._data[self._at : end].decode()
        self._at = end + 1
        return found

    def row(self) -> Raw:
        return tuple(self._cell() for _ in range(self.number("!H")))

    def _cell(self) -> "bytes | Cell":
        kind = self.letter()
        if kind != "t":
            return Cell(kind)
        size = self.number("!I")
        self._at += size
        return self._data[self._at - size : self._at]
