"""A file to a reader while it is made: DuckDB writes into a named pipe, the answer reads from it.

Memory   flat: a pipe of 64 KB and DuckDB's own buffers; a slow reader slows the writer
Bounded  at most SLOTS streams in a process; beyond, TooBusy
Broken   a reader that leaves ends the writer; a writer that fails breaks the answer off, so that it shows
"""

import os
import secrets
import select
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from suixin.data.doors.errors import TooBusy

SLOTS = 8
_PIECE = 1 << 18
_WAIT_MS = 50
_slots = threading.BoundedSemaphore(SLOTS)


def stream(write: Callable[[Path], None], *, head: bytes = b"") -> "Stream":
    """The bytes that `write` puts into the path it is given, after `head`. Raises TooBusy at once."""
    if not _slots.acquire(blocking=False):
        raise TooBusy("同时下载的人太多；请稍后再试。")
    try:
        return Stream(write, head)
    except BaseException:
        _slots.release()
        raise


class Stream(Iterator[bytes]):
    """Pieces from the pipe; closing it frees the slot whatever happened."""

    _is_open = False

    def __init__(self, write: Callable[[Path], None], head: bytes) -> None:
        folder = Path(settings.SUIXIN.home).resolve() / "tmp" / "duckdb"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"pipe-{os.getpid()}-{secrets.token_hex(6)}"
        os.mkfifo(self._path, 0o600)
        self._pipe = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        self._head = head
        self._error: Exception | None = None
        self._is_open = True
        self._write = write
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __next__(self) -> bytes:
        if self._head:
            piece, self._head = self._head, b""
            return piece
        piece = self._read() if self._is_open else b""
        if not piece:
            self.close()
            if self._error is not None:
                raise self._error
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let go of pipe, thread and slot; may be called twice."""
        if self._is_open:
            self._is_open = False
            os.close(self._pipe)
            while self._thread.is_alive():  # a writer that only now opens the pipe waits for a reader: show it one
                os.close(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK))
                self._thread.join(_WAIT_MS / 1000)
            self._path.unlink(missing_ok=True)
            _slots.release()

    def __del__(self) -> None:
        self.close()

    def _read(self) -> bytes:
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        while True:
            is_over = not self._thread.is_alive()
            if poll.poll(_WAIT_MS):
                try:
                    piece = os.read(self._pipe, _PIECE)
                except BlockingIOError:
                    continue
                if piece:
                    return piece
                self._thread.join(_WAIT_MS / 1000)  # no writer at the moment: not opened yet, or done
            if is_over:
                return b""

    def _run(self) -> None:
        try:
            self._write(self._path)
        except Exception as error:  # noqa: BLE001 kept, and raised to the reader
            self._error = error
