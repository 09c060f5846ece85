"""Names of items brought together: one key for names that mean the same, how near two names are, which say nothing.

Words    synonyms of the search (ours, the city's, the home's) word by word; names of items that mean the same in `names.yaml`
Near     equal, same key, one begins or ends with the other, characters in common; a name in letters may be the pinyin or the
         initials of the other (`SFZH` for 身份证号)
"""

from collections import Counter
from functools import lru_cache
from pathlib import Path

from suixin.data.quality.units import split_header
from suixin.ground.search import lexicons, sound
from suixin.ground.search.text import is_chinese, normal, pairs, runs, words

FILE = Path(__file__).parent / "names.yaml"
EQUAL, SYNONYM, PART, SOUND = 100, 95, 85, 85
_LEAST_PART = 3
_KEY = 128


@lru_cache(1)
def _groups() -> dict[str, str]:
    """For each name of an item the first one of its group."""
    return {name: group[0] for group in lexicons.groups_of(FILE) for name in group}


@lru_cache(20_000)
def bare(name: str) -> str:
    """The name without its unit, in normal form, without signs."""
    return "".join(runs(normal(split_header(name)[0])))


@lru_cache(20_000)
def key_of(name: str) -> str:
    """One key for all names that mean the same."""
    plain = bare(name)
    known = _groups().get(plain)
    if known is None:
        synonyms = lexicons.synonyms()
        parts = [word for run in runs(plain) for word in (words(run) if is_chinese(run) else (run,))]
        joined = "".join(min((word, *synonyms.get(word, ()))) for word in parts)
        known = _groups().get(joined, joined)
    return known[:_KEY]


@lru_cache(50_000)
def likeness(one: str, other: str) -> int:
    """How near two names are, 0 to 100."""
    first, second = bare(one), bare(other)
    if not first or not second:
        return 0
    if first == second:
        return EQUAL
    if key_of(one) == key_of(other):
        return SYNONYM
    if is_chinese(first[0]) != is_chinese(second[0]):
        chinese, letters = (first, second) if is_chinese(first[0]) else (second, first)
        return SOUND if letters in _sounds(chinese) else 0
    short, long = sorted((first, second), key=len)
    if len(short) >= _LEAST_PART and (long.startswith(short) or long.endswith(short)):
        return PART
    return round(80 * _dice(first, second))


def _dice(first: str, second: str) -> float:
    one, other = (Counter([*text, *pairs(text)]) for text in (first, second))
    return 2 * (one & other).total() / (one.total() + other.total())


@lru_cache(5_000)
def _sounds(chinese: str) -> frozenset[str]:
    """Pinyin and initials by which the name is written in letters."""
    if not all(map(is_chinese, chinese)):
        return frozenset()
    readings = sound.readings(chinese)
    likely = [one[0] for one in readings]
    return frozenset({"".join(likely), "".join(one[0] for one in likely)}) if len(likely) > 1 else frozenset()
