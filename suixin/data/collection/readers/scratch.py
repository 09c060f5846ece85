"""Scratch space of one opened file: unpacked members, transcoded text, spooled tables. Gone when it is closed.

It lies in the lake's scratch, readable by this process's user only: of a process that was killed the next start removes it,
so that what arrived in the clear does not stay about.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from suixin.data.collection.readers.errors import ReaderError, UnreadableFile
from suixin.data.lake import storage


class Scratch:
    """A private folder with numbered files; made at the first file, removed by `close`."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    def new_path(self, suffix: str = "") -> Path:
        """A path that no other call gets."""
        if self._folder is None:
            self._folder = storage.make_scratch()
        self._count += 1
        return self._folder / f"{self._count:06d}{suffix}"

    def close(self) -> None:
        """Remove everything; may be called twice."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_PANIC = "PanicException"
"""What Rust libraries (calamine) throw at damaged files; not an Exception, and not importable by name."""
_WHY = {
    28: "暂存盘已满，请清理磁盘后重试。",
    13: "没有读取权限，请检查文件权限。",
    2: "文件已不存在，请确认路径后重试。",
    21: "这是文件夹，不是文件。",
}


@contextmanager
def readable(name: str, file_format: str = "") -> Iterator[None]:
    """Whatever a library raises inside leaves as UnreadableFile with a sentence, the original as its cause."""
    try:
        yield
    except ReaderError:
        raise
    except OSError as error:
        other = f"读取时出错（{error.strerror or type(error).__name__}），请确认文件完整后重新上传。"
        what = _WHY.get(error.errno or 0, other)
        raise UnreadableFile(name, what, file_format=file_format.strip()) from error
    except (MemoryError, RecursionError) as error:
        raise UnreadableFile(name, "内容过大或嵌套过深，请拆分后重新上传。", file_format=file_format.strip()) from error
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
            raise
        what = f"内容损坏或不符合{file_format or '其'}格式，请用原软件打开核对，另存后重新上传。"
        raise UnreadableFile(name, what, file_format=file_format.strip()) from error


def text_schema(columns: tuple[str, ...]) -> pa.Schema:
    """Every column a string that may be null."""
    return pa.schema([pa.field(name, pa.string()) for name in columns])
