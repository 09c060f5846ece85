"""How far a long copy is, and how long it will take: one line that renews itself, or one every ten seconds in a log."""

import sys
import time


class Progress:
    """Counts bytes of a known total. Silent for jobs that end within a second."""

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total, self._done = title, max(total, 1), 0
        self._began = self._told = time.monotonic()
        self._is_live = sys.stderr.isatty()

    def expect(self, count: int) -> None:
        """`count` bytes more are to come."""
        self._total += count

    def add(self, count: int) -> None:
        """`count` bytes more are done."""
        self._done += count
        now = time.monotonic()
        if now - self._told >= (0.5 if self._is_live else 10.0):
            self._told = now
            self._tell(now)

    def end(self) -> None:
        """The line is done."""
        if self._is_live and self._told > self._began:
            sys.stderr.write("\r\033[K")

    def _tell(self, now: float) -> None:
        share = min(self._done / self._total, 1.0)
        left = (now - self._began) * (1 - share) / share if share else 0.0
        line = f"{self._title} {share:4.0%} {self._done / 1e6:,.1f} / {self._total / 1e6:,.1f} MB,约剩 {left:,.0f} 秒"
        sys.stderr.write(f"\r\033[K{line}" if self._is_live else f"{line}\n")
        sys.stderr.flush()
