"""A worker process beside the server: started with it, started again when it dies, ended with it.

The worker watches its parent itself (`suixin worker --parent`), so that it ends even when the server is killed.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
GRACE_SECONDS = 30.0


@contextmanager
def attended(*, is_wanted: bool) -> Iterator[None]:
    """A living worker as long as the block lasts."""
    if not is_wanted:
        yield
        return
    attendant = _Attendant()
    attendant.thread.start()
    try:
        yield
    finally:
        attendant.stop()


class _Attendant:
    """The thread that starts the worker; a worker is told of its parent's death by the thread that started it."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self._attend, name="attendant", daemon=True)

    def stop(self) -> None:
        self.stopped.set()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
        self.thread.join(GRACE_SECONDS)

    def _attend(self) -> None:
        pause = FIRST_PAUSE
        while not self.stopped.is_set():
            self.process = _start()
            try:
                code = self.process.wait()
            finally:
                self.process.kill()
            if self.stopped.wait(pause):
                return
            print(f"作业进程以 {code} 结束,已重新启动。", file=sys.stderr, flush=True)
            pause = min(LONGEST_PAUSE, pause * 2)


def _start() -> subprocess.Popen[bytes]:
    """A new worker. With `close_fds` off it is started by posix_spawn, without the pipe on which `Popen` waits for the
    program: were the server to fork its web process in that instant, the copy would hold the pipe open for ever and the
    attendant would wait with it."""
    return subprocess.Popen(_command(), env=_environment(), close_fds=False)


def _command() -> list[str]:
    return [sys.executable, "-m", "suixin.site.cli", "worker", "--parent", str(os.getpid())]


def _environment() -> dict[str, str]:
    """The server's own, without its folder of metrics: the worker counts nothing there."""
    return {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
