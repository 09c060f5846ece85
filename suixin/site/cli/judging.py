"""Progress of a command that judges rows: how many so far and how many a second, on standard error, every few seconds."""

import sys
import time
from collections.abc import Callable

SECONDS = 2.0


class Counter:
    """Called with the number of rows that were just judged."""

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say or (lambda sentence: print(sentence, file=sys.stderr, flush=True))
        self._started = self._last = time.monotonic()
        self.rows = 0

    def __call__(self, rows: int) -> None:
        self.rows += rows
        now = time.monotonic()
        if now - self._last >= SECONDS:
            self._last = now
            self._say(f"已判定 {self.rows:,} 行  每秒 {self.rows / (now - self._started):,.0f} 行")
