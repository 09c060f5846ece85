"""Answers that are kept in memory until they weigh too much: the least used go first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

_Asked = TypeVar("_Asked", bound=Hashable)
_Value = TypeVar("_Value")


class Recent(Generic[_Asked, _Value]):
    """What was answered lately by what was asked: the last answers that together weigh at most `bound`, as `weight` tells of each."""

    def __init__(self, bound: int, weight: Callable[[_Value], int]) -> None:
        self._bound, self._weight, self._held_weight = bound, weight, 0
        self._held: OrderedDict[_Asked, _Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def recall(self, asked: _Asked) -> _Value | None:
        """The answer, if it is still known."""
        with self._lock:
            if asked in self._held:
                self._held.move_to_end(asked)
            return self._held.get(asked)

    def remember(self, asked: _Asked, answer: _Value) -> None:
        """Keep an answer; the least used go."""
        with self._lock:
            if asked in self._held:
                self._held_weight -= self._weight(self._held.pop(asked))
            self._held[asked] = answer
            self._held_weight += self._weight(answer)
            while self._held_weight > self._bound:
                self._held_weight -= self._weight(self._held.popitem(last=False)[1])

    def forget(self) -> None:
        """Let all of them go."""
        with self._lock:
            self._held.clear()
            self._held_weight = 0
