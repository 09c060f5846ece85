"""What can go wrong with rows at rest.

`translated` turns the errors of the file system, pyarrow, DuckDB and delta-rs into these, so that a
full disk ends in one sentence wherever it is met.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from deltalake.exceptions import DeltaError

from suixin.kit.errors import NotFound, SuixinError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_TEXTS = ("no space left", "disk quota exceeded", "file too large", "errno 28", "errno 27")


class LakeError(SuixinError):
    """A fault of the lake that has no more exact name."""

    code = "lake-500"


class UnknownTable(NotFound):
    """The lake holds no such table, or not that version of it."""

    code = "lake-404"


class FileChanged(SuixinError):
    """A file grew or changed while it was archived; once it is at rest the same call succeeds."""

    code = "lake-409-file"
    http_status = 409
    retry = True


class DiskFull(SuixinError):
    """No room left; nothing was kept of what was being written."""

    code = "lake-507"
    http_status = 507
    retry = True


class TableBusy(SuixinError):
    """Another process writes this table."""

    code = "lake-423"
    http_status = 423
    retry = True


class CommitConflict(SuixinError):
    """The table moved on while the batch was written; the batch must be written again."""

    code = "lake-409-commit"
    http_status = 409
    retry = True


class SchemaMismatch(SuixinError):
    """The contract's columns are not those of the table at rest."""

    code = "lake-409-schema"
    http_status = 409


class Unopened(SuixinError):
    """A sealed value does not open with the keys there are: other keys, another place, or changed."""

    code = "lake-500-seal"
    http_status = 500


class NoReceipt(NotFound):
    """The batch has no receipt, or its rows are no longer there to prove one of them."""

    code = "lake-404-receipt"


class UnreadableRows(SuixinError):
    """A file of rows, or a value sought in it, is not what a receipt's columns say."""

    code = "lake-400-rows"
    http_status = 400


class NotSelectable(SuixinError):
    """Rows cannot be named so for destruction."""

    code = "lake-400-selection"
    http_status = 400


class OriginalDestroyed(SuixinError):
    """These very bytes were destroyed by a decision, and are not taken again."""

    code = "lake-410-original"
    http_status = 410


class MiscountedBatch(LakeError):
    """Rows received are not rows accepted plus rows rejected; nothing was committed."""

    code = "lake-500-count"


class TooManyDeletions(SuixinError):
    """A whole state would delete more rows than it may; nothing was changed, a person decides. Fields: rows, deleted."""

    code = "lake-409-deletions"
    http_status = 409


class EmptyWhole(SuixinError):
    """What came as the whole state holds no accepted row, which is never taken for the deletion of all."""

    code = "lake-409-empty"
    http_status = 409


def is_disk_full(error: BaseException) -> bool:
    """Whether `error`, of whichever library, says that the disk or a quota is full."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(text in str(error).lower() for text in _FULL_TEXTS)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise DiskFull or LakeError instead of a library's error; `what` (zh) says what was being done."""
    try:
        yield
    except SuixinError:
        raise
    except (OSError, duckdb.Error, DeltaError, MemoryError) as error:
        if is_disk_full(error):
            raise DiskFull(f"{what}时磁盘空间不足，本次写入已全部撤销。请清理磁盘或扩容后重试。") from error
        raise LakeError(f"{what}失败：{error}。数据未改变，请检查存储后重试。") from error
