"""Where a text answers a question, as pieces of text: whoever shows them escapes the text and marks the pieces, nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from suixin.ground.search import sound
from suixin.ground.search.asking import Part, Question, question
from suixin.ground.search.text import is_chinese, pairs, runs


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text as it was given."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one part of a question looks like in a text: phrases; where none is, neighbours and how they sound; initials."""

    phrases: tuple[str, ...]
    pairs: tuple[str, ...]
    spoken: tuple[str, ...]
    heard: tuple[str, ...]
    begins: tuple[str, ...]


def pieces(text: str, asked: Question) -> list[Piece]:
    """The whole text in pieces; those that answer the question, or nearly do, are marked."""
    return list(_parted(text, asked.text, is_loose=True))


def matching(names: Sequence[str], asked: Question, *, limit: int = 4) -> list[Piece]:
    """The first of the names that answer the question, in one line, in pieces; nothing when none does."""
    looked = _looked(asked.text)
    phrases = tuple(phrase for one in looked for phrase in one.phrases)
    spoken = tuple(f" {token}" for one in looked for token in one.spoken)
    begins = tuple(begin for one in looked for begin in one.begins)
    line = "|".join(names).lower()
    present = [phrase for phrase in phrases if phrase in line]  # of some hundred names of a page most answer nothing
    if not present and not spoken and not begins:
        return []
    made: list[Piece] = []
    parted = (_parted(name, asked.text, is_loose=False) for name in names if _may_answer(name.lower(), present, spoken, begins))
    for marked in islice((one for one in parted if any(piece.is_marked for piece in one)), limit):
        made += [Piece("、", is_marked=False)] if made else []
        made += marked
    return made


def _may_answer(lower: str, phrases: Sequence[str], spoken: Sequence[str], begins: Sequence[str]) -> bool:
    """Whether it is worth looking closer."""
    for phrase in phrases:
        if phrase in lower:
            return True
    if not spoken and not begins:
        return False
    sounds, letters = _sounds(lower)
    for token in spoken:
        if token in sounds:
            return True
    return any(begin in letters for begin in begins)


@lru_cache(20_000)
def _sounds(lower: str) -> tuple[str, str]:
    """How a name sounds: the tokens of its neighbours, each after a space; the first letters of its characters."""
    chinese = [run for run in runs(lower) if is_chinese(run) and len(run) > 1]
    sounds = "".join(f" {token}" for run in chinese for pair in pairs(run) for token in sound.joints_of(pair))
    return sounds, " ".join(_letters(run) for run in chinese)


def _letters(run: str) -> str:
    return "".join(sound.readings(char)[0][0][0] for char in run)


@lru_cache(4_000)  # one name stands in many entries of a page
def _parted(text: str, asked: str, *, is_loose: bool) -> tuple[Piece, ...]:
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose small form is longer
        lower = text
    spans = list(_spans(lower, asked, is_loose=is_loose))
    if not spans:
        return (Piece(text, is_marked=False),) if text else ()
    marked = [False] * len(text)
    for start, end in spans:
        marked[start:end] = [True] * (end - start)
    made: list[Piece] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marked[place] != marked[start]:
            made.append(Piece(text[start:place], marked[start]))
            start = place
    return tuple(made)


@lru_cache(500)
def _looked(text: str) -> tuple[_Looked, ...]:
    return tuple(_of_part(part) for part in question(text).parts)


def _of_part(part: Part) -> _Looked:
    ways = [way for need in part.needs for way in need.ways]
    tokens = {token for way in ways for token in way.tokens}
    return _Looked(
        phrases=tuple(dict.fromkeys(way.phrase for way in ways if way.phrase)),
        pairs=tuple(dict.fromkeys(pair for run in part.chinese for pair in pairs(run))),
        spoken=tuple(token for token in tokens if not token.startswith(sound.JOINT)),
        heard=tuple({token for run in part.chinese for joint in sound.joints(run) for token in joint}),
        begins=tuple(token.removeprefix(sound.JOINT) for token in tokens if token.startswith(sound.JOINT)),
    )


def _spans(lower: str, text: str, *, is_loose: bool) -> Iterator[tuple[int, int]]:
    for looked in _looked(text):
        found = [span for phrase in looked.phrases if phrase in lower for span in _places(lower, phrase)]
        yield from found
        heard = looked.spoken
        if not found and is_loose:
            for pair in looked.pairs:
                yield from _places(lower, pair)
            heard += looked.heard
        if heard or looked.begins:
            yield from _heard(lower, heard, looked.begins)


def _places(lower: str, phrase: str) -> Iterator[tuple[int, int]]:
    start = lower.find(phrase)
    while start >= 0:
        yield start, start + len(phrase)
        start = lower.find(phrase, start + len(phrase))


def _heard(lower: str, spoken: tuple[str, ...], begins: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    place = 0
    for run in runs(lower):
        place = max(lower.find(run, place), 0)
        if is_chinese(run) and len(run) > 1:
            for offset, pair in enumerate(pairs(run) if spoken else ()):
                if _is_heard(pair, spoken):
                    yield place + offset, place + offset + 2
            letters = _letters(run) if begins else ""
            for begin in begins:
                found = letters.find(begin)
                if found >= 0:
                    yield place + found, place + found + len(begin)
        place += len(run)


@lru_cache(50_000)
def _is_heard(pair: str, spoken: tuple[str, ...]) -> bool:
    return any(token.startswith(spoken) for token in sound.joints_of(pair))
