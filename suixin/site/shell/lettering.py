"""How wide a text is drawn, so that a server may lay it out: estimated, a little too wide rather than too narrow.

Full-width characters are as wide as the letters are high; of the others a few are as wide, most a little over half.
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

_NARROW, _CAPITAL, _WIDE = 0.58, 0.74, 0.92
_FAT = frozenset("MWmw@%—…")
_ELLIPSIS = "…"


def width_of(text: str, size: float) -> float:
    """Width of one line of text in letters of that size."""
    return sum(_em(letter) for letter in text) * size


def wrapped(text: str, size: float, *, width: float, most: int) -> tuple[str, ...]:
    """The text in at most `most` lines that fit the width; the last one ends in … when something is left out."""
    lines, rest = list[str](), " ".join(text.split())
    while rest and len(lines) < most:
        line = _head(rest, size, width)
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    if rest:
        line = lines[-1]
        while line and width_of(line + _ELLIPSIS, size) > width:
            line = line[:-1]
        lines[-1] = line.rstrip() + _ELLIPSIS
    return tuple(lines)


def text_height(lines: Sequence[object], size: float) -> float:
    """How high the lines stand together."""
    return len(lines) * round(size * 1.45)


def _head(text: str, size: float, width: float) -> str:
    """As much of the text as fits, at least one letter; a Latin word is not cut when there is a place before it."""
    used, fits = 0.0, 0
    for letter in text:
        used += _em(letter) * size
        if used > width:
            break
        fits += 1
    fits = max(1, fits)
    if fits == len(text):
        return text
    places = [at for at, (one, other) in enumerate(pairwise(text), 1) if _may_break(one, other)]
    before = max((at for at in places if at <= fits), default=0)
    behind = min((at for at in places if at > fits), default=len(text))
    is_whole = width_of(text[before:behind].rstrip(), size) <= width  # the next word finds room on the next line
    return text[:before] if before and (is_whole or before >= fits / 2) else text[:fits]


def _may_break(one: str, other: str) -> bool:
    if other in "，。；：、）》”’！？%)·" or one in "（《“‘(":
        return False
    return one == " " or _is_full(one) or _is_full(other)


def _is_full(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WFA"


def _em(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if _is_full(letter):
        return 1.0
    if letter in _FAT:
        return _WIDE
    return _CAPITAL if letter.isupper() else _NARROW
