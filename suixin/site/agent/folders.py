"""Files of a folder as parcels: each new or changed file, oldest first, read where it lies; its name becomes a column."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from suixin.data.collection.readers import OpenedFile, open_file
from suixin.data.collection.sources import parcels
from suixin.data.collection.sources.base import Column, RemoteFile
from suixin.data.collection.sources.base import Settings as Opened
from suixin.data.collection.sources.cells import as_text
from suixin.data.collection.sources.folder import FolderConnector
from suixin.data.collection.sources.parcels import Parcel
from suixin.data.quality.source import SourceTable
from suixin.kit.errors import SuixinError
from suixin.site.agent.errors import StreamFault
from suixin.site.agent.settings import Settings
from suixin.site.agent.spool import Spool
from suixin.site.agent.tables import is_within

FILE_COLUMN = "来源文件"
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class FolderStream:
    """Files of one form in one folder."""

    is_repeated = False

    def __init__(self, name: str, settings: Settings, spool: Spool) -> None:
        self.name, self.declared, self._spool = name, settings.stream[name], spool
        folder = settings.folder[self.declared.folder]
        self.root = settings.path(folder.path)
        self._opened = Opened(str(self.root), {"settle": folder.settle})

    @property
    def what(self) -> str:
        """What it reads, in a word."""
        return f"{self.declared.folder}/{self.declared.pattern}"

    def check(self) -> str:
        """How the folder is. Raises SourceFault."""
        return FolderConnector(self._opened).check()

    def columns(self) -> tuple[Column, ...]:
        """Columns of the newest file; none while there is no file. Raises what a reader raises."""
        files = self._files()
        if not files:
            return ()
        with open_file(self.root / files[-1].path) as opened:
            return _columns(_table(opened, files[-1]))

    def parcels(self, place: Mapping[str, object]) -> Iterator[Parcel]:
        """Rows of every file that was not read as it is now. Raises StreamFault at the end for those that could not be."""
        may_repeat = self._spool.state(self.name).may_repeat
        known, faults = self._spool.files(self.name), []
        for file in self._files():
            stamp, fault = known.get(file.path, ("", ""))
            if stamp == file.stamp:
                faults += [fault] if fault else []
                continue
            if stamp and not fault and not may_repeat:
                faults.append(f"文件“{file.path}”传过以后又改了,目录是逐批追加,重传会重复,没有传;请把新的行放在新文件里。")
                continue
            try:
                yield from self._rows_of(file, _row(place, file))
            except SuixinError as error:
                faults.append(f"文件“{file.path}”没有传完:{error.sentence}")
                is_begun = _row(self._spool.state(self.name).place, file) > 0
                self._spool.pass_over(self.name, file.path, file.stamp, fault="" if is_begun and not may_repeat else faults[-1])
        if faults:
            raise StreamFault(" ".join(faults[:3]) + (f"另有 {len(faults) - 3} 处。" if len(faults) > 3 else ""))

    def after(self, place: Mapping[str, object]) -> Mapping[str, object]:
        """As it is: which files were read is kept beside."""
        return place

    def _files(self) -> list[RemoteFile]:
        found = FolderConnector(self._opened).files(self.declared.pattern)
        return sorted(found, key=lambda file: (file.changed_at or _EARLIEST, file.path))

    def _rows_of(self, file: RemoteFile, start: int) -> Iterator[Parcel]:
        with open_file(self.root / file.path) as opened:
            table = _table(opened, file)
            columns, count = _columns(table), _require_whole(table)
            held: list[list[str | None]] = []
            at = start
            for number, row in enumerate(_cells(table, file.path)):
                if number < start:
                    continue
                held.append(row)
                if len(held) == self.declared.chunk_rows:
                    yield from _parcels(columns, held, at, count, file)
                    at, held = at + len(held), []
            if held:
                yield from _parcels(columns, held, at, count, file)
            elif not count:
                self._spool.pass_over(self.name, file.path, file.stamp)


def _row(place: Mapping[str, object], file: RemoteFile) -> int:
    """How many rows of the file the place has behind it."""
    row = place.get("row")
    return row if isinstance(row, int) and (place.get("file"), place.get("stamp")) == (file.path, file.stamp) else 0


def _table(opened: OpenedFile, file: RemoteFile) -> SourceTable:
    """The one table of the file. Raises StreamFault."""
    if len(opened.tables) != 1 or opened.refusals:
        more = opened.refusals[0].sentence if opened.refusals else "请一个文件只放一张表。"
        raise StreamFault(f"里面有 {len(opened.tables)} 张能读的表。{more}")
    if len(file.path) > parcels.LONGEST_NAME:
        raise StreamFault(f"路径超过 {parcels.LONGEST_NAME} 个字;请改短。")
    return opened.tables[0]


def _columns(table: SourceTable) -> tuple[Column, ...]:
    more = [name for name in (*table.constants, FILE_COLUMN) if name not in table.columns]
    return parcels.checked_columns([Column(name, "text", table.format) for name in (*table.columns, *more)])


def _require_whole(table: SourceTable) -> int:
    """How many rows it has, all of which have a place in its columns. Raises StreamFault: nothing of it is sent then."""
    count = 0
    for batch in table.batches():
        count += batch.data.num_rows
        if batch.broken:
            first = batch.broken[0]
            raise StreamFault(f"第 {first.row} 行有问题({first.reason}),整个文件没有传;请改正后重新放入。")
    return count


def _cells(table: SourceTable, path: str) -> Iterator[list[str | None]]:
    tail: list[str | None] = [*(value for name, value in table.constants.items() if name not in table.columns)]
    tail += [path] if FILE_COLUMN not in table.columns else []
    for batch in table.batches():
        for cells in zip(*(column.to_pylist() for column in batch.data.columns), strict=True):
            yield [as_text(cell) for cell in cells] + tail


def _parcels(
    columns: tuple[Column, ...], rows: list[list[str | None]], start: int, count: int, file: RemoteFile
) -> Iterator[Parcel]:
    """The rows as one parcel, or as more when they are too large for one. Raises StreamFault."""
    end = start + len(rows)
    place = {"file": file.path, "stamp": file.stamp, "row": end}
    made = Parcel(columns, rows, place, file.path, file.stamp, is_last=end == count)
    if is_within(made):
        yield made
    elif len(rows) == 1:
        raise StreamFault(f"第 {end} 行打包后超过 {parcels.MOST_BYTES >> 20} MB,传不了;请拆小。")
    else:
        half = len(rows) // 2
        yield from _parcels(columns, rows[:half], start, count, file)
        yield from _parcels(columns, rows[half:], start + half, count, file)
