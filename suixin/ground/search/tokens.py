"""From an object's texts to the tokens it is found by, in two fields: what its title says, and all else.

Plain    words, neighbouring characters, single characters of the title
Near     of title, items and department: sounds, initials, and neighbours with one character between (marked `x`)

A token is made of a-z, 0-9 and Chinese characters only, so that it needs no quoting in either engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from suixin.ground.search import sound
from suixin.ground.search.text import gaps, is_chinese, normal, pairs, runs, words

ANALYSIS = "2"  # raise it when tokens change: documents that went through an older one are indexed again
GAP = "x"
LONGEST = 48
MAX_ITEMS = 2_000
MAX_ABSTRACT = 2_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of the title and of all else, each once; `title_near`, `item_near`: which of them are near forms."""

    title: tuple[str, ...]
    other: tuple[str, ...]
    title_near: tuple[str, ...]
    item_near: tuple[str, ...]


def tokens_of(title: str, items: Iterable[str], abstract: str, *, department: str = "") -> Tokens:
    """What an object with these texts is found by."""
    title_near = dict.fromkeys(near_tokens(title, is_title=True))
    plain: dict[str, None] = {}
    item_near: dict[str, None] = {}
    for name in [department, *list(dict.fromkeys(items))[:MAX_ITEMS]]:
        of_name, near = _of_name(name)
        plain.update(of_name)
        item_near.update(near)
    plain.update(dict.fromkeys(plain_tokens(abstract[:MAX_ABSTRACT])))
    return Tokens(
        tuple(dict.fromkeys([*plain_tokens(title, singles=True), *title_near])), tuple(plain | item_near),
        tuple(title_near), tuple(near for near in item_near if near not in title_near),
    )


@lru_cache(20_000)
def _of_name(name: str) -> tuple[dict[str, None], dict[str, None]]:
    """Plain and near tokens of an item's or a department's name: the same names stand in many objects."""
    return dict.fromkeys(plain_tokens(name)), dict.fromkeys(near_tokens(name))


def plain_tokens(text: str, *, singles: bool = False) -> list[str]:
    """Words, neighbours, letters and digits of a text, in order."""
    made: list[str] = []
    for run in runs(normal(text)):
        if is_chinese(run):
            made += pairs(run) if len(run) > 1 else [run]
            made += [word for word in words(run) if len(word) > 2 or (len(word) == 1 and not singles)]
            made += list(run) if singles and len(run) > 1 else []
        else:
            made.append(run[:LONGEST])
    return made


def near_tokens(text: str, *, is_title: bool = False) -> list[str]:
    """Sounds, initials and gapped neighbours of a text."""
    made: list[str] = []
    for run in runs(normal(text)):
        if not is_chinese(run) or len(run) < 2:
            continue
        made += sorted(frozenset().union(*sound.joints(run)))
        starts = range(len(run)) if is_title else _word_starts(run)
        made += sorted(sound.initials(run, starts=starts))
        made += [GAP + gap for gap in gaps(run)]
    return made


def _word_starts(run: str) -> list[int]:
    starts, place = [], 0
    for word in words(run):
        starts.append(place)
        place += len(word)
    return starts
