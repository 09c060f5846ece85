"""Reading a mapping strictly: each value is understood or named as a fault; reading goes on after a fault."""

from collections.abc import Mapping, Sequence

MAX_FAULTS = 200


class Faults:
    """What was found wrong so far, in order."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, sentence: str) -> None:
        """One more fault."""
        if len(self.found) < MAX_FAULTS:
            self.found.append(sentence)


class Reader:
    """One mapping of a declaration; `place` says in a fault where it stands."""

    def __init__(self, value: object, place: str, keys: Sequence[str], faults: Faults) -> None:
        self.place, self.faults = place, faults
        self.values: Mapping[object, object] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.fault("应当是一组“键: 值”")
        for key in self.values:
            if key not in keys:
                self.fault(f"不认识的键“{str(key)[:40]}”；可用的有 {'、'.join(keys)}")

    def fault(self, sentence: str) -> None:
        """Tell a fault of this mapping."""
        self.faults.add(f"{self.place}：{sentence}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return self.values.get(key) is not None

    def raw(self, key: str) -> object:
        """The value as it stands."""
        return self.values.get(key)

    def text(self, key: str, *, required: bool = False, longest: int = 200) -> str:
        """A text; "" when it is absent or wrong."""
        value = self.values.get(key)
        if value is None:
            if required:
                self.fault(f"缺少 {key}")
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self.fault(f"{key} 应当是 1 到 {longest} 个字的文字")
            return ""
        return value.strip()

    def flag(self, key: str) -> bool:
        """True or false; false when absent or wrong."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.fault(f"{key} 应当是 true 或 false")
            return False
        return value

    def number(self, key: str, otherwise: int) -> int:
        """A whole number from 0."""
        value = self.values.get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 40:
            self.fault(f"{key} 应当是不小于 0 的整数")
            return otherwise
        return value

    def items(self, key: str, most: int, *, required: bool = True) -> Sequence[object]:
        """The entries of a list, at most so many."""
        value = self.values.get(key)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or not value or len(value) > most:
            self.fault(f"{key} 应当是有 1 到 {most} 项的列表")
            return ()
        return value
