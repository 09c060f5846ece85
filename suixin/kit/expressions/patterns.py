"""Patterns that whole texts must match: a small regular language, run without back-tracking in DuckDB (RE2) and here.

Language  characters, \\d, . (any character), [classes] with ranges and ^, (groups), |, ? * + {m} {m,} {m,n}; always the whole
          text, so ^ and $ at the ends are allowed and say nothing
Promise   time is at most length of the text times size of the pattern, in both; both decide alike; what RE2 gets is written
          anew from the parsed pattern, nothing of the text is handed on
"""

from dataclasses import dataclass, field
from functools import lru_cache

from suixin.kit.errors import BadRequest

MAX_LENGTH = 300
MAX_STATES = 1_000
MAX_TIMES = 200
MAX_NESTED = 1_000  # RE2's own bound on counts inside counts
_LAST = 0x10FFFF
_SPECIAL = frozenset("()[]{}|?*+.\\^$")
_DIGITS = (48, 57)
Range = tuple[int, int]


class PatternError(BadRequest):
    """A pattern is not of the language; the sentence says what to write instead."""

    code = "pattern-400"


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of these ranges, or of none of them."""

    ranges: tuple[Range, ...]
    is_negated: bool = False

    def holds(self, character: str) -> bool:
        """Whether it is one of them."""
        code = ord(character)
        return any(low <= code <= high for low, high in self.ranges) is not self.is_negated

    def re2(self) -> str:
        """As RE2 reads it, every character by its number."""
        inside = "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in self.ranges)
        return f"[{'^' if self.is_negated else ''}{inside}]"


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other."""

    parts: tuple["Part", ...]

    def re2(self) -> str:
        """As RE2 reads it."""
        return "".join(part.re2() for part in self.parts)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts."""

    parts: tuple["Part", ...]

    def re2(self) -> str:
        """As RE2 reads it."""
        return f"(?:{'|'.join(part.re2() for part in self.parts)})"


@dataclass(frozen=True, slots=True)
class Times:
    """A part from `least` to `most` times (None: without end)."""

    part: "Part"
    least: int
    most: int | None

    def re2(self) -> str:
        """As RE2 reads it."""
        return f"(?:{self.part.re2()}){{{self.least},{'' if self.most is None else self.most}}}"


Part = Chars | Row | Choice | Times


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. A state is (characters or None, next states)."""

    text: str
    re2: str
    _states: tuple[tuple[Chars | None, tuple[int, ...]], ...] = field(repr=False)
    _start: int = 0

    def matches(self, text: str) -> bool:
        """Whether the whole text is of the pattern."""
        at = self._reached({self._start})
        for character in text:
            at = self._reached({
                state for here in at if (chars := self._states[here][0]) is not None and chars.holds(character)
                for state in self._states[here][1]
            })
            if not at:
                return False
        return 0 in at

    def _reached(self, states: set[int]) -> set[int]:
        """The states, and those reached from them without a character."""
        waiting = list(states)
        while waiting:
            chars, following = self._states[waiting.pop()]
            fresh = [] if chars is not None else [state for state in following if state not in states]
            states.update(fresh)
            waiting += fresh
        return states


@lru_cache(maxsize=1_000)
def compiled(text: str) -> Pattern:
    """The pattern of that text. Raises PatternError."""
    if not text or len(text) > MAX_LENGTH:
        raise PatternError(f"格式要写 1 到 {MAX_LENGTH} 个字符,例如:[0-9]{{6}}。")
    whole = _Reader(text.removeprefix("^").removesuffix("$") if not text.endswith("\\$") else text.removeprefix("^")).whole()
    states: list[tuple[Chars | None, tuple[int, ...]]] = [(None, ())]
    start = _added(whole, 0, states)
    return Pattern(text, whole.re2(), tuple(states), start)


def is_like(text: str, pattern: str) -> bool:
    """Whether `text` matches the LIKE pattern; time at most length times length."""
    at = position = 0
    star, mark = -1, 0
    while at < len(text):
        if position < len(pattern) and pattern[position] == "%":
            star, mark = position, at
            position += 1
        elif position < len(pattern) and pattern[position] in ("_", text[at]):
            at += 1
            position += 1
        elif star >= 0:
            mark += 1
            at, position = mark, star + 1
        else:
            return False
    return all(rest == "%" for rest in pattern[position:])


def _added(part: Part, following: int, states: list[tuple[Chars | None, tuple[int, ...]]]) -> int:
    """The state from which `part` and then `following` is read."""
    match part:
        case Chars():
            return _state(part, (following,), states)
        case Row():
            for one in reversed(part.parts):
                following = _added(one, following, states)
            return following
        case Choice():
            return _state(None, tuple(_added(one, following, states) for one in part.parts), states)
        case Times():
            if part.most is None:
                again = _state(None, (following,), states)
                states[again] = (None, (_added(part.part, again, states), following))
                following = again
            for _ in range((part.most or part.least) - part.least):
                following = _state(None, (_added(part.part, following, states), following), states)
            for _ in range(part.least):
                following = _added(part.part, following, states)
            return following


def _state(chars: Chars | None, following: tuple[int, ...], states: list[tuple[Chars | None, tuple[int, ...]]]) -> int:
    if len(states) >= MAX_STATES:
        raise PatternError("格式太复杂;请减少重复的次数,或拆成几条规则。")
    states.append((chars, following))
    return len(states) - 1


def _repeated(part: Part, least: int, most: int | None) -> Times:
    """The part so many times. An empty one adds no state, so MAX_STATES would not end 200 times 200 times of it."""
    if _is_empty(part):
        raise PatternError("格式里重复的部分是空的；请在次数前写上要重复的字符。")
    found = Times(part, least, most)
    if _nested(found) > MAX_NESTED:
        raise PatternError(f"格式里一层套一层的次数乘起来超过 {MAX_NESTED:,};请减少重复的次数,或拆成几条规则。")
    return found


def _is_empty(part: Part) -> bool:
    """Whether it matches nothing but the empty text."""
    match part:
        case Chars():
            return False
        case Row() | Choice():
            return all(_is_empty(one) for one in part.parts)
        case Times():
            return part.most == 0


def _nested(part: Part) -> int:
    """The largest product of counts one inside the other, as RE2 counts them."""
    match part:
        case Chars():
            return 1
        case Row() | Choice():
            return max((_nested(one) for one in part.parts), default=1)
        case Times():
            return max(1, part.least if part.most is None else part.most) * _nested(part.part)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def whole(self) -> Part:
        """All of it."""
        found = self._choice(0)
        if self.at < len(self.text):
            raise PatternError(f"格式第 {self.at + 1} 个字符“{self.text[self.at]}”多余;请检查括号。")
        return found

    def _choice(self, depth: int) -> Part:
        if depth > 20:
            raise PatternError("格式的括号超过 20 层;请写简单些。")
        parts = [self._row(depth)]
        while self._took("|"):
            parts.append(self._row(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _row(self, depth: int) -> Part:
        parts: list[Part] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._times(self._atom(depth)))
        return Row(tuple(parts))

    def _atom(self, depth: int) -> Part:
        character = self._next()
        if character == "(":
            self._took("?:")
            inside = self._choice(depth + 1)
            if not self._took(")"):
                raise PatternError("格式里的左括号没有对应的右括号。")
            return inside
        if character == "[":
            return self._class()
        if character == ".":
            return Chars(((0, _LAST),))
        if character == "\\":
            return self._escaped()
        if character in _SPECIAL:
            raise PatternError(f"格式第 {self.at} 个字符“{character}”不能这样用;要用这个字符本身请写成 \\{character}。")
        return Chars(((ord(character), ord(character)),))

    def _escaped(self) -> Chars:
        character = self._next()
        if character == "d":
            return Chars((_DIGITS,))
        if character not in _SPECIAL and character not in "-/":
            raise PatternError(f"格式里不能用 \\{character};可以用 \\d 和方括号,例如 [A-Za-z]。")
        return Chars(((ord(character), ord(character)),))

    def _class(self) -> Chars:
        is_negated, ranges = self._took("^"), []
        while not self._took("]"):
            low, high = self._bound()
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self._bound()[1]
            if high < low:
                raise PatternError("格式的方括号里前后颠倒;请写成 [0-9] 这样由小到大。")
            ranges.append((low, high))
        if not ranges:
            raise PatternError("格式里的方括号是空的。")
        return Chars(tuple(ranges), is_negated)

    def _bound(self) -> Range:
        character = self._next()
        if character == "\\":
            return self._escaped().ranges[0]
        return ord(character), ord(character)

    def _times(self, part: Part) -> Part:
        for mark, least, most in (("?", 0, 1), ("*", 0, None), ("+", 1, None)):
            if self._took(mark):
                return _repeated(part, least, most)
        if not self._took("{"):
            return part
        inside, end = self.text[self.at :].partition("}")[:2]
        self.at += len(inside) + 1
        low, comma, high = inside.partition(",")
        bounds = [int(n) for n in (low, high) if n.isascii() and n.isdecimal() and len(n) < 4]
        if not end or not low or len(bounds) != 1 + bool(high) or max(bounds) > MAX_TIMES or bounds != sorted(bounds):
            raise PatternError(f"格式里的次数“{{{inside[:20]}}}”不对;请写成 {{6}} 或 {{2,8}},不超过 {MAX_TIMES}。")
        return _repeated(part, bounds[0], bounds[-1] if high or not comma else None)

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("格式没有写完;请检查方括号和反斜线。")
        self.at += 1
        return self.text[self.at - 1]

    def _took(self, mark: str) -> bool:
        is_here = self.text.startswith(mark, self.at)
        self.at += len(mark) if is_here else 0
        return is_here
