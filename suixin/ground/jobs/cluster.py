"""The processes of one worker: django-q's sentinel with its pool, and the loops in threads of the first process.

Neither the first process nor the sentinel ever opens the lake: its engine does not survive a fork. Every process
dies with its parent, killed or not (PR_SET_PDEATHSIG), so that no orphan goes on working behind a new worker's back.
"""

import logging
import multiprocessing
import os
import signal
import threading
import uuid
from typing import Self

from django.db import close_old_connections, connections

from suixin.ground.jobs import keeping, registry
from suixin.kit.parent import die_with_parent

GRACE_SECONDS = 20.0
BEAT_SECONDS, DUE_SECONDS, RESCUE_SECONDS = 5.0, 2.0, 10.0
_log = logging.getLogger(__name__)


def run(*, parent: int = 0) -> int:
    """Work until told to stop; 1 when the pool died (whoever started the worker starts it again)."""
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda _number, _frame: stopped.set())
    if parent:
        die_with_parent(parent, signal.SIGTERM)
    with _pool() as pool:
        threads = [_started(one, stopped) for one in (*_OWN_LOOPS, *registry.loops.values())]
        while not stopped.wait(0.5) and pool.is_alive():
            pass
        has_died = not stopped.is_set()
        stopped.set()
        pool.stop()
        for thread in threads:
            thread.join(5)
    keeping.leave()
    connections.close_all()
    return 1 if has_died else 0


class _pool:  # noqa: N801  a context manager, written like a function
    """django-q's sentinel as a child of ours."""

    def __enter__(self) -> Self:
        from django_q.cluster import Sentinel

        forked: list[int] = []
        os.register_at_fork(
            before=lambda: forked.append(os.getpid()), after_in_parent=forked.clear,
            after_in_child=lambda: die_with_parent(forked[-1], signal.SIGKILL),
        )
        multiprocessing.set_start_method("fork", force=True)
        connections.close_all()
        self.stop_event, self.start_event = multiprocessing.Event(), multiprocessing.Event()
        self.process = multiprocessing.Process(
            target=Sentinel, args=(self.stop_event, self.start_event, uuid.uuid4()), name="sentinel"
        )
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.is_alive():
            self.process.kill()

    def is_alive(self) -> bool:
        """Whether the sentinel lives."""
        return self.process.is_alive()

    def stop(self) -> None:
        """Let running jobs end; those that take longer run again elsewhere."""
        self.stop_event.set()
        self.process.join(GRACE_SECONDS)


def _started(loop: registry.Loop, stopped: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=_repeat, args=(loop, stopped), name=f"loop-{loop.name}", daemon=True)
    thread.start()
    return thread


def _repeat(loop: registry.Loop, stopped: threading.Event) -> None:
    try:
        while True:
            close_old_connections()
            try:
                loop.work()
            except Exception:  # noqa: BLE001 a loop outlives its faults, the log has them
                _log.exception("loop %s failed; it goes on", loop.name)
            if stopped.wait(loop.seconds):
                return
    finally:
        connections.close_all()


_OWN_LOOPS = (
    registry.Loop("beat", BEAT_SECONDS, keeping.beat),
    registry.Loop("due", DUE_SECONDS, keeping.enqueue_due),
    registry.Loop("rescue", RESCUE_SECONDS, keeping.rescue_lost),
)
