"""Progress of a command that judges rows: how many so far, how many a second, how long the table at work may still take; on
standard error, every few seconds."""

import sys
import time
from collections.abc import Callable

SECONDS = 2.0


class Counter:
    """Called with the number of rows that were just judged."""

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say or (lambda sentence: print(sentence, file=sys.stderr, flush=True))
        self._started = self._last = self._table_started = time.monotonic()
        self.rows = self._of_table = self._expected = 0

    def begin(self, expected: int) -> None:
        """A table begins that has about so many rows; 0 when nobody knows."""
        self._of_table, self._expected, self._table_started = 0, expected, time.monotonic()

    def __call__(self, rows: int) -> None:
        self.rows += rows
        self._of_table += rows
        now = time.monotonic()
        if now - self._last >= SECONDS:
            self._last = now
            self._say(f"已判定 {self.rows:,} 行  每秒 {self.rows / (now - self._started):,.0f} 行{self._left(now)}")

    def _left(self, now: float) -> str:
        """How far the table at work is; silent when its rows are more than were expected."""
        if not 0 < self._of_table < self._expected:
            return ""
        seconds = (now - self._table_started) * (self._expected / self._of_table - 1)
        return f"  本表约 {100 * self._of_table / self._expected:.0f}%,还要{_span(seconds)}"


def _span(seconds: float) -> str:
    return f"约 {seconds:.0f} 秒" if seconds < 120 else f"约 {seconds / 60:.0f} 分钟"
