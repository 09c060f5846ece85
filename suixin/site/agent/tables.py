"""A table of a front database as parcels: by a cursor, by a time of change with an overlap, or all of it each time."""

from collections.abc import Iterator, Mapping

from suixin.data.collection.sources import parcels, places
from suixin.data.collection.sources.base import Column, Piece, Reading
from suixin.data.collection.sources.base import Settings as Opened
from suixin.data.collection.sources.databases import DatabaseConnector
from suixin.data.collection.sources.parcels import Parcel
from suixin.site.agent.errors import StreamFault
from suixin.site.agent.settings import Database, Settings, secret_of


class TableStream:
    """One table of a front database. Only ever read, in a read-only transaction."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name, self.declared = name, settings.stream[name]
        self.database: Database = settings.database[self.declared.database]
        self._settings = settings

    @property
    def what(self) -> str:
        """What it reads, in a word."""
        return f"{self.database.address.partition('://')[0]} {self.declared.table}"

    @property
    def is_repeated(self) -> bool:
        """Whether rows come again that came before."""
        return self.declared.mode == "full" or self.declared.overlap > 0

    def check(self) -> str:
        """How the database is. Raises SourceFault."""
        with self._opened() as connector:
            return connector.check()

    def columns(self) -> tuple[Column, ...]:
        """Columns that are sent. Raises SourceFault, StreamFault."""
        with self._opened() as connector:
            return self._chosen(connector.columns(self.declared.table))

    def parcels(self, place: Mapping[str, object]) -> Iterator[Parcel]:
        """What follows the place, each parcel within the bounds. Raises SourceFault, StreamFault."""
        rows, at = self.declared.chunk_rows, place
        is_fresh = True
        while True:
            try:
                for parcel in self._read(at, rows, is_fresh=is_fresh):
                    yield parcel
                    at, is_fresh = parcel.place, False
            except _TooLarge as error:
                if rows == 1:
                    told = f"表“{self.declared.table}”有一行打包后超过 {parcels.MOST_BYTES >> 20} MB,传不了;请用 columns 去掉大字段。"
                    raise StreamFault(told) from error
                rows = max(1, rows // 4)
            else:
                return

    def after(self, place: Mapping[str, object]) -> Mapping[str, object]:
        """Where the next reading starts when one has come to its end."""
        return {} if self.declared.mode == "full" else place

    def _read(self, place: Mapping[str, object], rows: int, *, is_fresh: bool) -> Iterator[Parcel]:
        with self._opened() as connector:
            found = connector.columns(self.declared.table)
            columns = self._chosen(found)
            names = tuple(one.name for one in columns)
            after, not_before = dict(place) or None, None
            if is_fresh and after is not None and self.declared.overlap:
                last = after.get(places.ORDER)
                after, not_before = None, places.lessened(last[0] if isinstance(last, list) else None, self.declared.overlap)
            order = self._order(found)
            reading = Reading(self.declared.table, names, order, self.declared.cursor, after, not_before, piece_rows=rows)
            for piece in connector.read(reading):
                yield _parcel(columns, piece)

    def _chosen(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        names = {one.name for one in columns}
        if missing := [name for name in self.declared.columns if name not in names]:
            raise StreamFault(f"表“{self.declared.table}”里没有配置写的列“{missing[0]}”;请改 [stream.{self.name}] 的 columns。")
        return tuple(one for one in columns if not self.declared.columns or one.name in self.declared.columns)

    def _order(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        key = self.declared.key or [one.name for one in columns if one.is_key]
        if not key:
            raise StreamFault(f"表“{self.declared.table}”没有主键,断点续传分不清每一行;请在 [stream.{self.name}] 里写 key。")
        return tuple(dict.fromkeys([*([self.declared.cursor] if self.declared.cursor else []), *key]))

    def _opened(self) -> DatabaseConnector:
        secrets = {"password": secret_of(self._settings, self.database.password_file)} if self.database.password_file else {}
        options = {"schema": self.database.schema_name, "seconds": self.database.seconds}
        return DatabaseConnector(Opened(self.database.address, options, secrets))


class _TooLarge(Exception):
    """The rows are more than one parcel may hold."""


def _parcel(columns: tuple[Column, ...], piece: Piece) -> Parcel:
    cells = [column.to_pylist() for column in piece.data.columns]
    made = Parcel(columns, list(zip(*cells, strict=True)), piece.place)
    if not is_within(made):
        raise _TooLarge
    return made


def is_within(parcel: Parcel) -> bool:
    """Whether the parcel is within the bounds, as it is sent and as it is unpacked (a cell may grow sixfold in JSON)."""
    plain = sum(len(cell.encode("utf-8", "replace")) + 8 for row in parcel.rows for cell in row if cell is not None)
    return plain < parcels.MOST_PLAIN // 8 and (plain < parcels.MOST_BYTES // 8 or len(parcels.packed(parcel)) <= parcels.MOST_BYTES)
