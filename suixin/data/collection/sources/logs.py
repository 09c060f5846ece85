"""The face of a database's log: which rows of one table changed, transaction by transaction, from a place on.

Order    changes come in the order of commit, each transaction whole and closed by a `Committed` with the place behind it
Place    JSON {"at": [numbers that grow], ...}; of two places of one log the later one has the greater "at"
Reads    nothing of a source is changed but the log's own mark of how far it was read (PostgreSQL's slot)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from suixin.data.collection.sources.base import Place

Cells = tuple[str | None, ...]


class Op(StrEnum):
    """What happened to a row: it is now as told, only in part told (the rest must be asked for), gone; or all rows are."""

    KEPT = "u"
    PARTIAL = "p"
    GONE = "d"
    EMPTIED = "t"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `cells` are those of `Watched.columns`; of a row that is gone those of its key alone count."""

    op: Op
    cells: Cells = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """The transaction whose changes came before is whole; `place` lies behind it."""

    place: Place


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: a table, its columns in the order of cells, which of them are the entry's key; `name` is the reader's."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    name: str

    def cells_of(self, row: Mapping[str, str | None]) -> Cells:
        """The row's cells in order."""
        return tuple(row.get(name) for name in self.columns)

    def key_of(self, row: Mapping[str, str | None]) -> Cells:
        """The cells of a row that is gone: its key alone."""
        return tuple(row.get(name) if name in self.key else None for name in self.columns)


@dataclass(frozen=True, slots=True)
class Health:
    """How a log is: bytes that the source keeps for us alone (None: it keeps none), and a sentence. `is_lost`: our place is gone."""

    retained: int | None
    sentence: str
    is_lost: bool = False


class ChangeLog:
    """The log of one database, for one table."""

    def require(self) -> None:
        """Nothing, when server, account and table allow reading the log. Raises LogRefused with what to type where."""
        raise NotImplementedError

    def begin(self) -> Place:
        """A place from which on every change will come; what the source must keep for it is kept from now on."""
        raise NotImplementedError

    def now(self) -> Place:
        """The place behind everything that a reading that ended just now can have seen."""
        raise NotImplementedError

    def changes(self, after: Place, *, most: int, until: Place | None = None) -> Iterator[Change | Committed]:
        """Changes of transactions behind `after`: whole ones, about `most` changes, but all that lie before `until`.

        The last `Committed` may stand behind transactions of other tables. Raises LogLost, SourceFault.
        """
        raise NotImplementedError

    def settle(self, place: Place) -> None:
        """Everything up to `place` is kept by us: the source need not keep it any longer. May be told again."""

    def health(self) -> Health:
        """How much waits. Raises SourceFault."""
        raise NotImplementedError

    def drop(self) -> None:
        """The source keeps nothing for us any more; may be told again."""


def at(place: Place) -> list[int]:
    """The numbers by which places of one log are compared."""
    found = place.get("at")
    return [int(str(one)) for one in found] if isinstance(found, list) else []


def key_positions(watched: Watched) -> Sequence[int]:
    """Where the key stands among the cells."""
    return [watched.columns.index(name) for name in watched.key]
