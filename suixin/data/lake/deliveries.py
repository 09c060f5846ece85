"""One thread of this process at a delivery: (table, feed, sequence) from its reservation to its commit or end.

Threads share the Batch row, the rejects file and the reservation of a delivery, so a second one would take away
what the first one writes. Other processes are told apart by the owner of the row (`actions.reserve_batch`).
A delivery whose thread has ended without a word is free.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suixin.data.lake import storage
from suixin.data.lake.errors import TableBusy

Delivery = tuple[Path, str, str, int]
_open: dict[Delivery, threading.Thread] = {}
_changed = threading.Condition()


def begin(table: str, feed: str, sequence: int = 1, *, wait_seconds: float = 0.0) -> None:
    """The delivery is this thread's, which may say so again. Raises TableBusy when another's after that time."""
    delivery, me = (storage.root(), table, feed, sequence), threading.current_thread()
    end_at = time.monotonic() + wait_seconds
    with _changed:
        while (holder := _open.get(delivery)) is not None and holder is not me and holder.is_alive():
            left = end_at - time.monotonic()
            if left <= 0:
                raise TableBusy(f"同一份文件正在写入数据表“{table}”，请稍后查看结果。", table=table)
            _changed.wait(min(left, 1.0))  # a thread that dies wakes nobody
        _open[delivery] = me


def end(table: str, feed: str, sequence: int = 1) -> None:
    """The delivery is free again; harmless when it is another thread's or nobody's."""
    delivery = (storage.root(), table, feed, sequence)
    with _changed:
        if _open.get(delivery) is threading.current_thread():
            del _open[delivery]
            _changed.notify_all()


@contextmanager
def hold_delivery(table: str, feed: str, sequence: int = 1, *, wait_seconds: float = 600.0) -> Iterator[None]:
    """Be the only thread at the delivery inside the block. Raises TableBusy after `wait_seconds`."""
    begin(table, feed, sequence, wait_seconds=wait_seconds)
    try:
        yield
    finally:
        end(table, feed, sequence)
