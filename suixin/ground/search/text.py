"""Text before it is indexed or asked for: one normal form, runs of Chinese and of letters, words.

Normal   NFKC, lower case, no control characters: full-width letters, ligatures and NUL are gone
Runs     what is neither Chinese nor a Latin letter nor a digit only separates; PM2.5 is one run, `pm25`
Words    rjieba; the same call on both databases, so that both cut alike
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_CHINESE = r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]"
_RUN = re.compile(_CHINESE + r"+|[a-zü0-9]+(?:\.[0-9]+)*")
_PAIR = re.compile(_CHINESE + "{2}")
_SPACES = re.compile(r"\s+")
FIRST_CHINESE = "\u3400"


def normal(text: str) -> str:
    """The normal form, spaces single."""
    folded = unicodedata.normalize("NFKC", text).lower()
    kept = folded if folded.isprintable() else "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in folded)
    return _SPACES.sub(" ", kept).strip()


def runs(normalised: str) -> list[str]:
    """Runs of Chinese characters or of letters and digits, in order."""
    return [run.replace(".", "").replace("ü", "v") for run in _RUN.findall(normalised)]


def is_chinese(run: str) -> bool:
    """Whether the run is of Chinese characters."""
    return run[0] >= FIRST_CHINESE


def is_chinese_pair(text: str) -> bool:
    """Whether the text is two Chinese characters."""
    return _PAIR.fullmatch(text) is not None


def pairs(run: str) -> list[str]:
    """Neighbouring characters, two by two."""
    return [first + second for first, second in pairwise(run)]


def gaps(run: str) -> list[str]:
    """Characters with exactly one between them, two by two."""
    return [first + second for first, second in zip(run, run[2:], strict=False)]


@lru_cache(20_000)
def words(run: str) -> tuple[str, ...]:
    """The words of a Chinese run, in order, without a rest."""
    import rjieba

    return tuple(rjieba.cut(run, True))


def is_word(text: str) -> bool:
    """Whether the dictionary has it as a word."""
    import rjieba

    return bool(rjieba.has_word(text))
