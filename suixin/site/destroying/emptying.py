"""Freed pages of the control database hold what stood in rows that were changed or deleted; they are given back, empty.

SQLite      VACUUM writes the file anew, then its write-ahead log is brought in and cut to nothing
PostgreSQL  VACUUM of every table; what lies in its archived log is told on the certificate
"""

import threading
from collections.abc import Sequence

from django.db import OperationalError, connection

from suixin.data.collection.destruction.places import Ending
from suixin.kit.errors import SuixinError

_ATTEMPTS = 20
_PAUSE_SECONDS = 0.25


class DatabaseInUse(SuixinError):
    """Somebody reads or writes the database all the time; later it succeeds."""

    code = "purge-503"
    http_status = 503
    retry = True


def empty(_: Sequence[Ending]) -> str:
    """What was done, as a sentence. Call it outside a transaction. Raises DatabaseInUse."""
    if connection.vendor == "sqlite":
        for _attempt in range(_ATTEMPTS):
            if _is_empty():
                return "控制数据库（SQLite）已重写（VACUUM），预写日志已清空。"
            threading.Event().wait(_PAUSE_SECONDS)
        raise DatabaseInUse("控制数据库一直有人在读写，没有能清空其空闲页；系统会自动再试，也可在停止服务后重做这项任务。")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return "控制数据库（PostgreSQL）已执行 VACUUM。"


def _is_empty() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
    except OperationalError as error:
        if "locked" not in str(error) and "in progress" not in str(error):
            raise
        return False
    return row is None or int(row[0]) == 0  # busy
