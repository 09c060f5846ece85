"""`open_file`: any file of a listed format as tables, each readable again and again, or a sentence why not.

How     what it is (formats) → unpacked (packed) → its reader (delimited, sheets, trees, columnar) → one list of tables
Promise only SuixinError leaves; scratch space goes with `close`; a file that changes while it is read is refused
        at the end of the pass, so that what was read of it is never kept
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from types import TracebackType
from typing import Self

from suixin.data.collection.readers.columnar import open_parquet, open_sqlite
from suixin.data.collection.readers.dates import date_constants
from suixin.data.collection.readers.delimited import open_delimited
from suixin.data.collection.readers.errors import FileChanged, ReaderError, UnknownFormat, UnreadableFile
from suixin.data.collection.readers.formats import TITLES, Format, extension_of, find_format
from suixin.data.collection.readers.limits import MAX_DEPTH, MAX_TABLES
from suixin.data.collection.readers.packed import Budget, inner_name, unpack_members, unpack_stream
from suixin.data.collection.readers.scratch import Scratch, readable
from suixin.data.collection.readers.sheets import open_workbook
from suixin.data.collection.readers.trees import open_json
from suixin.data.quality.source import SourceBatch, SourceTable


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of a file (sheet, member, table) that is not taken, and why."""

    path_in_file: str
    format: str
    sentence: str
    cause: BaseException | None = field(default=None, compare=False, repr=False)  # the error beneath, if another library's


@dataclass
class OpenedFile:
    """The tables of one file. A context manager: its scratch space is removed on leaving."""

    path: Path
    tables: list[SourceTable]
    refusals: list[Refusal]
    scratch: Scratch = field(default_factory=Scratch, repr=False)

    def close(self) -> None:
        """Remove the scratch space; the tables cannot be read afterwards."""
        self.scratch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_file(path: Path | str) -> OpenedFile:
    """The tables of a file, and its refused parts.

    Raises  UnknownFormat - a format that is not taken, by name
            UnreadableFile - empty, damaged, encrypted, over a limit; or every part of it refused
            FileChanged - it grew or vanished meanwhile
    """
    path = Path(path)
    scratch = Scratch()
    try:
        with readable(path.name):
            before = _stamp(path)
            found = _Finding(scratch, Budget())
            found.take(path, path.name, "", depth=0)
            _check_unchanged(path, before)
        _check_not_empty(path, found)
        constants = date_constants(path.name)
        dated = [replace(table, constants={**constants, **table.constants}) for table in found.tables]
        tables = [_guarded(table, path, before) for table in dated]
        return OpenedFile(path, tables, found.refusals, scratch)
    except BaseException:
        scratch.close()
        raise


@dataclass
class _Finding:
    """Tables and refusals gathered from one file and all that is packed in it."""

    scratch: Scratch
    budget: Budget
    tables: list[SourceTable] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def take(self, path: Path, name: str, prefix: str, *, depth: int) -> None:
        """Add what the file `name` at `path` holds; `prefix` is the way to it inside the archive."""
        kind = find_format(path, name)
        label = prefix or PurePosixPath(inner_name(name)).stem or name
        with readable(name, TITLES[kind]):
            match kind:
                case Format.GZIP | Format.ZSTD:
                    self._take_stream(path, name, prefix, kind, depth)
                case Format.ZIP:
                    self._take_members(path, name, prefix, depth)
                case Format.TEXT:
                    text = open_delimited(path, name=name, scratch=self.scratch, extension=extension_of(name))
                    self._add([replace(text, name=label)], [], "")
                case Format.JSON:
                    self._take_json(path, name, label, prefix)
                case Format.WORKBOOK:
                    self._add(*open_workbook(path, name=name, label=label, scratch=self.scratch), prefix)
                case Format.PARQUET:
                    self._add([replace(open_parquet(path, name=name), name=label)], [], "")
                case Format.SQLITE:
                    self._add(*open_sqlite(path, name=name, label=label), prefix)

    def _take_json(self, path: Path, name: str, label: str, prefix: str) -> None:
        """JSON; a .txt that merely begins like JSON is delimited text."""
        try:
            self._add(*open_json(path, name=name, label=label, scratch=self.scratch), prefix)
        except UnreadableFile:
            if extension_of(name) not in ("txt", ""):
                raise
            self._add([replace(open_delimited(path, name=name, scratch=self.scratch), name=label)], [], "")

    def _add(self, tables: list[SourceTable], refused: list[tuple[str, ReaderError]], prefix: str) -> None:
        is_inner = bool(prefix)
        for table in tables:
            named = replace(table, name=f"{prefix}/{table.name}") if is_inner and table.name != prefix else table
            self.tables.append(named)
        self.refusals += [_refusal(f"{prefix}/{part}" if is_inner else part, error) for part, error in refused]
        if len(self.tables) > MAX_TABLES:
            raise UnreadableFile(tables[0].name, f"表的数量超过 {MAX_TABLES} 张的上限，请拆分后上传。")

    def _deeper(self, name: str, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise UnreadableFile(name, f"压缩包套压缩包超过 {MAX_DEPTH} 层，请解开后上传。", file_format="zip")

    def _take_stream(self, path: Path, name: str, prefix: str, kind: Format, depth: int) -> None:
        self._deeper(name, depth)
        inner = unpack_stream(path, name=name, kind=kind.value, scratch=self.scratch, budget=self.budget)
        plain = inner_name(name)
        if inner.stat().st_size == 0:
            raise UnreadableFile(name, "压缩包里的文件是空的（0 字节），请核对后重新上传。", file_format=kind.value)
        if extension_of(plain) == "tar" or name.lower().endswith(".tgz"):
            raise UnknownFormat(name, "tar 包")
        self.take(inner, plain, prefix, depth=depth + 1)

    def _take_members(self, path: Path, name: str, prefix: str, depth: int) -> None:
        self._deeper(name, depth)
        for member in unpack_members(path, name=name, scratch=self.scratch, budget=self.budget):
            inside = f"{prefix}/{member.name}" if prefix else member.name
            try:
                self._take_member(member.opened(), member.name, inside, depth)
            except ReaderError as error:
                self.refusals.append(_refusal(inside, error))

    def _take_member(self, path: Path, name: str, inside: str, depth: int) -> None:
        base = PurePosixPath(name.replace("\\", "/")).name
        first = len(self.tables)
        prefix = str(PurePosixPath(inside).with_suffix("")) if "." in base[1:] else inside
        self.take(path, base, prefix, depth=depth + 1)
        constants = date_constants(base)
        self.tables[first:] = [replace(t, constants={**constants, **t.constants}) for t in self.tables[first:]]


def _refusal(part: str, error: ReaderError) -> Refusal:
    return Refusal(part, str(getattr(error, "format", "")), error.sentence, error.__cause__)


def _check_not_empty(path: Path, found: _Finding) -> None:
    if found.tables:
        return
    refusals = found.refusals
    reasons = "；".join(refusal.sentence.rstrip("。") for refusal in refusals[:3])
    more = f"；另有 {len(refusals) - 3} 处" if len(refusals) > 3 else ""
    what = f"里面没有可采集的表。{reasons}{more}。" if reasons else "里面没有可采集的表，请核对后重新上传。"
    raise UnreadableFile(path.name, what) from next((refusal.cause for refusal in refusals if refusal.cause), None)


def _stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    if not S_ISREG(stat.st_mode):
        raise UnreadableFile(path.name, "不是普通文件（可能是文件夹、管道或设备），请指定文件。")
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _check_unchanged(path: Path, before: tuple[int, int, int]) -> None:
    if not path.exists() or _stamp(path) != before:
        raise FileChanged(path.name, "读取过程中文件发生了变化（大小或修改时间变了），请等写入完成后重新上传。")


def _guarded(table: SourceTable, path: Path, before: tuple[int, int, int]) -> SourceTable:
    """The same table, whose every pass ends with a look at the file and whose faults are sentences."""
    inner: Callable[[], Iterator[SourceBatch]] = table.batches

    def batches() -> Iterator[SourceBatch]:
        with readable(path.name, table.format):
            yield from inner()
            _check_unchanged(path, before)

    return replace(table, batches=batches)
