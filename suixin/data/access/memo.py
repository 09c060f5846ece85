"""A small bounded memory of answers that cannot change (they belong to one table version)."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Memo(Generic[Answer]):
    """The answers used last, up to `limit`; safe among threads."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()

    def get(self, key: Hashable) -> Answer | None:
        """The answer kept under `key`."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable, answer: Answer) -> Answer:
        """`answer`, kept; the oldest is let go."""
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return answer
