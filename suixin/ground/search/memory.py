"""What is kept of documents beside a shelf, as long as they stand unchanged: read once, the least used go.

Ahead   whoever has to read also reads the next `AHEAD` documents of the shelf in the same statement, until all are kept that
        may be: a server that has answered some hundred questions reads none any more
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

AHEAD = 100
_Key = TypeVar("_Key", int, str)
_Value = TypeVar("_Value")


class Memory(Generic[_Key, _Value]):
    """Values by key, at most `bound` of them; `every` are the keys that there are."""

    def __init__(self, bound: int, every: Sequence[_Key]) -> None:
        self._bound = bound
        self._has_room = 0 < len(every) <= bound  # for all that there are: none ever goes
        self._coming: Iterator[_Key] = iter(every[:bound])
        self._held: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def of(self, keys: Sequence[_Key], read: Callable[[list[_Key]], Mapping[_Key, _Value]]) -> dict[_Key, _Value]:
        """The value of each key, in no order; `read` gives those that are not held, and what it leaves out has none."""
        with self._lock:
            held = self._held
            found = {key: held[key] for key in keys if key in held}
            if not self._has_room and len(held) >= self._bound:  # else it does not matter which was used last
                for key in found:
                    held.move_to_end(key)
            if len(found) == len(keys):
                return found
            missing: list[_Key] = [key for key in keys if key not in found]
            ahead: list[_Key] = list(islice((key for key in self._coming if key not in held), AHEAD))
        fresh = read(list(dict.fromkeys(missing + ahead)))
        with self._lock:
            held.update(fresh)
            while len(held) > self._bound:
                held.popitem(last=False)
        return found | {key: fresh[key] for key in missing if key in fresh}

    def inherit(self, before: "Memory[_Key, _Value]", *, without: Iterable[_Key]) -> None:
        """Take over what another holds, but for these keys."""
        with before._lock:
            self._held.update(before._held)
        for key in without:
            self._held.pop(key, None)
