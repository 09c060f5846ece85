"""The face of every connector: what it can say of a source and how it reads.

Rows     a `RowConnector` yields pieces of text cells with the place after their last row; a place is JSON, so that a
         run killed anywhere goes on from the last piece that landed
Files    a `FileConnector` lists files with a stamp each, and fetches one to a path
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa

Place = dict[str, object]


class Kind(StrEnum):
    """What a source is."""

    DATABASE = "database"
    HTTP = "http"
    FOLDER = "folder"
    SFTP = "sftp"
    S3 = "s3"
    PUSH = "push"
    AGENT = "agent"


FILE_KINDS = frozenset({Kind.FOLDER, Kind.SFTP, Kind.S3})
INBOX_KINDS = frozenset({Kind.PUSH, Kind.AGENT})  # what they send comes by itself: no address, no place of ours


@dataclass(frozen=True, slots=True)
class Option:
    """One declared option of a kind. `is_secret`: kept sealed and never shown again."""

    name: str
    label: str
    type: Literal["text", "long", "integer", "choice"] = "text"
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    is_secret: bool = False
    is_required: bool = False
    least: int = 0
    most: int = 10**9


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connector is opened with. `allowed_hosts`: further hosts that answers may lead to."""

    address: str
    options: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: Sequence[str] = ()
    source: int = 0  # the row, for `INBOX_KINDS` alone

    def text(self, name: str, default: str = "") -> str:
        """An option as text."""
        return str(self.options.get(name) or default)

    def whole(self, name: str, default: int) -> int:
        """An option as a whole number."""
        value = self.options.get(name)
        return default if value in (None, "") else int(str(value))


@dataclass(frozen=True, slots=True)
class TableName:
    """A table or view (or an address of an API) that may be read. `rows` as the source itself estimates, if it does."""

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the source declares it. `family` is what a change of type is told by."""

    name: str
    family: str = "text"
    native: str = ""
    is_key: bool = False

    def as_dict(self) -> dict[str, object]:
        """JSON form, as feeds keep it."""
        return {"name": self.name, "family": self.family, "native": self.native, "is_key": self.is_key}

    @staticmethod
    def of(kept: Mapping[str, object]) -> "Column":
        """The column of its JSON form."""
        return Column(str(kept["name"]), str(kept["family"]), str(kept["native"]), bool(kept["is_key"]))


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read of one table.

    `columns`     taken, in this order; nothing else leaves the source
    `known`       all columns that were agreed on: a row of JSON with another field is told of
    `order`       columns of the order, unique together; the first is the cursor when there is one
    `cursor`      column that grows, "" for a reading of everything
    `after`       place of the last row that landed: strictly what follows
    `not_before`  least value of the cursor (an overlap), as a place's value; only when `after` is None
    `range_`      from (inclusive) and to (exclusive) of the cursor as typed, "" for open; `limit` rows at most, 0 for all
    `piece_rows`  how many come together, where the source lets us say
    `key`         columns of the entry's key, where rows come one after the other and a later one replaces an earlier one
    """

    table: str
    columns: tuple[str, ...]
    order: tuple[str, ...] = ()
    cursor: str = ""
    after: Place | None = None
    not_before: object = None
    range_: tuple[str, str] = ("", "")
    limit: int = 0
    piece_rows: int = 10_000
    known: frozenset[str] = frozenset()
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive rows, every cell text or null, and the place after the last of them."""

    data: pa.RecordBatch
    place: Place


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as listed. `stamp` changes whenever its bytes do (size and time, or the store's tag)."""

    path: str
    size: int
    stamp: str
    changed_at: datetime | None = None


class Connector:
    """One opened source; a context manager that closes what it opened."""

    OPTIONS: tuple[Option, ...] = ()
    ADDRESS: str = ""  # what an address of this kind looks like

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is open."""

    def check(self) -> str:
        """A sentence on how the source is. Raises SourceFault."""
        raise NotImplementedError


class RowConnector(Connector):
    """A source of tables."""

    def tables(self) -> list[TableName]:
        """What may be read. Raises SourceFault."""
        raise NotImplementedError

    def columns(self, table: str) -> tuple[Column, ...]:
        """Columns in the source's order. Raises SourceFault, TableGone."""
        raise NotImplementedError

    def count(self, reading: Reading) -> int | None:  # noqa: ARG002 the face of every connector
        """How many rows a reading will give; None when that cannot be told quickly."""
        return None

    def read(self, reading: Reading) -> Iterator[Piece]:
        """Rows in their order. Raises SourceFault in mid-stream too."""
        raise NotImplementedError

    def settle(self, place: Place) -> None:
        """What `place` covers has landed; in the transaction that says so."""


class FileConnector(Connector):
    """A source of files."""

    def files(self, pattern: str) -> Iterator[RemoteFile]:
        """Files whose path fits the pattern (fnmatch; `**` any folders), any order. Raises SourceFault."""
        raise NotImplementedError

    def fetch(self, file: RemoteFile, target: Path) -> None:
        """The file's bytes at `target`. Raises SourceFault: gone, changed meanwhile, over the limit."""
        raise NotImplementedError
