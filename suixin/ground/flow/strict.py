"""Values out of mappings, typed: whatever is wrong becomes a sentence with its path, and a harmless value."""

import difflib
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

from suixin.ground.flow.durations import Duration, parse_duration

Plain = Mapping[str, object]
EnumT = TypeVar("EnumT", bound=StrEnum)


class Reader:
    """Collects the faults of one declaration."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, path: str, sentence: str) -> None:
        """One more sentence."""
        self.faults.append(f"{path}：{sentence}")

    def mapping(self, value: object, path: str, keys: Collection[str]) -> dict[str, object]:
        """The mapping with its known keys; keys without value are left out."""
        if not isinstance(value, Mapping):
            self.fault(path or "全文", f"应当是“键: 值”的形式，可用的键：{'、'.join(keys)}。")
            return {}
        for key in value:
            if key not in keys:
                near = difflib.get_close_matches(str(key)[:80], keys, 1)
                hint = f"是不是“{near[0]}”？" if near else f"可用的键：{'、'.join(keys)}。"
                self.fault(path or "全文", f"不认识的键“{str(key)[:40]}”；{hint}")
        return {key: value[key] for key in keys if value.get(key) is not None}

    def text(self, entry: Plain, key: str, path: str, longest: int = 200) -> str:
        """The line of text under the key; "" when there is none."""
        value = entry.get(key, "")
        return self.word(value, at(path, key), longest)

    def word(self, value: object, path: str, longest: int = 200) -> str:
        """One line of text."""
        if not isinstance(value, str):
            self.fault(path, f"应当是文字，现为“{str(value)[:40]}”；请加引号。")
            return ""
        line = " ".join(value.split())
        if len(line) > longest or not line.isprintable():
            self.fault(path, f"文字过长（最多 {longest} 个字）或有不能显示的字符；请改写。")
            return ""
        return line

    def words(self, entry: Plain, key: str, path: str) -> tuple[str, ...]:
        """A word or a list of words, none of them twice."""
        value = entry.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple):
            self.fault(at(path, key), "应当是一个名称或一个列表，例如：[a, b]。")
            return ()
        found = tuple(word for n, one in enumerate(listed, 1) if (word := self.word(one, f"{at(path, key)}[{n}]", 80)))
        if len(set(found)) < len(found):
            self.fault(at(path, key), "同一个名称写了两次；请只留一个。")
        return found

    def duration(self, entry: Plain, key: str, path: str) -> Duration | None:
        """The limit under the key, if any."""
        value = entry.get(key)
        if value is None:
            return None
        try:
            return parse_duration(value if isinstance(value, str) else str(value)[:40])
        except ValueError as error:
            self.fault(at(path, key), str(error))
            return None

    def choice(self, entry: Plain, key: str, path: str, choices: type[EnumT]) -> EnumT | None:
        """The choice under the key, if any."""
        value = entry.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in {one.value for one in choices}:
            return choices(value)
        self.fault(at(path, key), f"“{str(value)[:40]}”不能用；可写：{'、'.join(one.value for one in choices)}。")
        return None

    def matching(self, text: str, pattern: re.Pattern[str], path: str, advice: str) -> str:
        """The text when it has the form; "" otherwise."""
        if not pattern.fullmatch(text):
            self.fault(path, f"“{text[:40]}”不能用；{advice}")
            return ""
        return text

    def entries(self, value: object, path: str, longest: int) -> list[object]:
        """The entries of a list that is not too long."""
        if not isinstance(value, list | tuple):
            self.fault(path, "应当是一个列表。")
            return []
        if len(value) > longest:
            self.fault(path, f"有 {len(value)} 项，最多 {longest} 项；请拆成几个流程。")
        return list(value[:longest])


def at(path: str, key: str) -> str:
    """The path of a key."""
    return f"{path}.{key}" if path else key
