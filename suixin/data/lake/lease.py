"""One writer per table: a row that names the process and an end.

A lease is free when its end has passed, or at once when its owner was a process of this host that no
longer runs. Within the process a lock keeps threads apart; the same thread may take it again.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction

from suixin.data.lake import storage
from suixin.data.lake.errors import TableBusy
from suixin.data.lake.models import Lease
from suixin.kit import clock

LASTS = timedelta(minutes=30)
_POLL_SECONDS = 0.05
_locks: defaultdict[tuple[int, str], threading.RLock] = defaultdict(threading.RLock)
_depth: defaultdict[tuple[str, str], int] = defaultdict(int)


@contextmanager
def hold_table(table: str, *, wait_seconds: float = 60.0) -> Iterator[None]:
    """Be the only writer of `table` inside the block. Raises TableBusy after `wait_seconds`.

    Enter it outside a database transaction: others must see the row.
    """
    end = time.monotonic() + wait_seconds
    me = storage.owner()
    lock = _locks[_pid(me), table]
    if not lock.acquire(timeout=max(wait_seconds, 0)):
        raise _busy(table)
    try:
        while not _depth[me, table] and not _take(table, me):
            if time.monotonic() >= end:
                raise _busy(table)
            time.sleep(_POLL_SECONDS)
        _depth[me, table] += 1
        try:
            yield
        finally:
            _depth[me, table] -= 1
            if _depth[me, table] == 0:
                Lease.objects.filter(table=table, owner=me).delete()
    finally:
        lock.release()


def renew(table: str) -> None:
    """Keep the lease for its full time from now. Raises TableBusy when another process has taken it over."""
    if not Lease.objects.filter(table=table, owner=storage.owner()).update(until=clock.now() + LASTS):
        raise _busy(table)


def is_held(table: str) -> bool:
    """Whether a living process (this one included) writes the table."""
    row = Lease.objects.filter(table=table).first()
    return row is not None and _is_live(row)


def stale_leases() -> list[Lease]:
    """Leases left by processes of this host that are gone: they would be taken over anyway, but look held."""
    return [row for row in Lease.objects.order_by("table") if storage.owner_lives(row.owner) is False]


def free_stale() -> list[str]:
    """Tables whose stale lease was removed."""
    stale = stale_leases()
    return [row.table for row in stale if Lease.objects.filter(table=row.table, owner=row.owner, until=row.until).delete()[0]]


def _take(table: str, me: str) -> bool:
    until = clock.now() + LASTS
    row = Lease.objects.filter(table=table).first()
    if row is None:
        try:
            with transaction.atomic():
                Lease.objects.create(table=table, owner=me, until=until)
        except IntegrityError:
            return False
        return True
    if row.owner != me and _is_live(row):
        return False
    return Lease.objects.filter(table=table, owner=row.owner, until=row.until).update(owner=me, until=until) == 1


def _is_live(row: Lease) -> bool:
    return row.until > clock.now() and storage.owner_lives(row.owner) is not False


def _pid(owner: str) -> int:
    return int(owner.rsplit(":", 2)[1])


def _busy(table: str) -> TableBusy:
    return TableBusy(f"数据表“{table}”正由另一个进程写入，请稍后重试。", table=table)
