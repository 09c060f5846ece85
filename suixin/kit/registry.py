"""Registries: a lower module keeps the list, upper modules put their entries in, nobody imports upwards."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from suixin.kit.errors import NotFound

T = TypeVar("T")


class Registry(Generic[T]):
    """Named entries of one kind, in order of registration; a name is given once."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> T:
        """Keep `entry` under `name` and return it. Raises ValueError when the name is taken."""
        if name in self._entries:
            raise ValueError(f"{self.title}: {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def get(self, name: str) -> T:
        """The entry of that name. Raises NotFound."""
        try:
            return self._entries[name]
        except KeyError:
            known = "、".join(self._entries) or "无"
            raise NotFound(f"{self.title}中没有“{name}”;现有:{known}。", name=name) from None

    def names(self) -> tuple[str, ...]:
        """All names, in order of registration."""
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
