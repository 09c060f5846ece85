"""Where a text answers a question, as pieces of text: whoever shows them escapes the text and marks the pieces, nothing else.

A question has one marker; what it learnt of a name or a pair of characters it keeps, because one name stands in many entries
of a page. Names are looked through as one line: of some hundred names of a page most answer nothing.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from suixin.ground.search import sound
from suixin.ground.search.asking import Part, Question, question
from suixin.ground.search.text import is_chinese, pairs, runs

KEPT_MARKERS, KEPT_TEXTS = 128, 1_000
BAR = "|"
_Known = dict[str, tuple["Piece", ...]]


class Piece(NamedTuple):
    """A stretch of the text as it was given."""

    text: str
    is_marked: bool


class _Ear(dict[str, bool]):
    """For two characters, whether one of the sounds is heard in them."""

    def __init__(self, sounds: tuple[str, ...]) -> None:
        super().__init__()
        self.sounds = sounds

    def __missing__(self, pair: str) -> bool:
        self[pair] = heard = any(token.startswith(self.sounds) for token in sound.joints_of(pair))
        return heard


class _Looked(NamedTuple):
    """What one part of a question looks like in a text: phrases; where none is, neighbours and how they sound; initials."""

    phrases: tuple[str, ...]
    pairs: tuple[str, ...]
    spoken: _Ear
    heard: _Ear
    begins: tuple[str, ...]


_COMMA = Piece("、", is_marked=False)


def pieces(text: str, asked: Question) -> Sequence[Piece]:
    """The whole text in pieces; those that answer the question, or nearly do, are marked."""
    return _marker(asked.text).parted(text)


def matching(names: Sequence[str], asked: Question, *, limit: int = 4) -> list[Piece]:
    """The first of the names that answer the question, in one line, in pieces; nothing when none does."""
    return _marker(asked.text).matching("\0".join(names), "\0", limit)


def matching_items(items: str, asked: Question, *, limit: int = 4) -> list[Piece]:
    """As `matching`, of items as the index keeps them: between upright strokes."""
    return _marker(asked.text).matching(items.strip(BAR), BAR, limit)


@lru_cache(KEPT_MARKERS)
def _marker(text: str) -> "_Marker":
    return _Marker(question(text))


class _Marker:
    """Marks texts for one question."""

    def __init__(self, asked: Question) -> None:
        self._looked = tuple(_of_part(part) for part in asked.parts)
        self._phrases = tuple(dict.fromkeys(phrase for one in self._looked for phrase in one.phrases))
        self._spoken = tuple(f" {token}" for one in self._looked for token in one.spoken.sounds)
        self._begins = tuple(begin for one in self._looked for begin in one.begins)
        self._texts: _Known = {}
        self._names: _Known = {}

    def matching(self, line: str, bar: str, limit: int) -> list[Piece]:
        """The first `limit` of the names between the bars that answer, in pieces."""
        answering = self._answering(_lower(line), bar)
        if not answering:
            return []
        names, left = line.split(bar), limit
        made: list[Piece] = []
        for at in sorted(answering):
            if marked := self._answer(names[at]):
                made += (_COMMA, *marked) if made else marked
                left -= 1
                if not left:
                    break
        return made

    def parted(self, text: str) -> tuple[Piece, ...]:
        """The text in pieces; near forms are marked too."""
        known = self._texts.get(text)
        if known is None:
            known = _cut(text, self._spans(_lower(text), is_loose=True))
            _keep(self._texts, text, known)
        return known

    def _answer(self, name: str) -> tuple[Piece, ...]:
        """The name in pieces; none when it does not answer."""
        known = self._names.get(name)
        if known is None:
            spans = self._spans(_lower(name), is_loose=False)
            known = _cut(name, spans) if spans else ()
            _keep(self._names, name, known)
        return known

    def _answering(self, lower: str, bar: str) -> set[int]:
        """Places of the names in which it is worth looking closer."""
        found = _places(lower, bar, self._phrases)
        if self._spoken or self._begins:
            sounds, letters = _heard_line(lower, bar)
            found |= _places(sounds, BAR, self._spoken)
            found |= _places(letters, BAR, self._begins)
        return found

    def _spans(self, lower: str, *, is_loose: bool) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        chinese: list[tuple[int, str]] | None = None
        for looked in self._looked:
            before = len(found)
            for phrase in looked.phrases:
                if phrase in lower:
                    found += [(at, at + len(phrase)) for at in _starts(lower, phrase)]
            ear = looked.spoken
            if is_loose and len(found) == before:
                found += [(at, at + 2) for pair in looked.pairs if pair in lower for at in _starts(lower, pair)]
                ear = looked.heard
            if ear.sounds or looked.begins:
                chinese = _chinese(lower) if chinese is None else chinese
                for place, run in chinese:
                    found += _heard(place, run, ear, looked.begins)
        return found


def _of_part(part: Part) -> _Looked:
    ways = [way for need in part.needs for way in need.ways]
    tokens = dict.fromkeys(token for way in ways for token in way.tokens)
    spoken = tuple(token for token in tokens if not token.startswith(sound.JOINT))
    heard = dict.fromkeys(chain(*(joint for run in part.chinese for joint in sound.joints(run))))
    return _Looked(
        phrases=tuple(dict.fromkeys(way.phrase for way in ways if way.phrase)),
        pairs=tuple(dict.fromkeys(pair for run in part.chinese for pair in pairs(run))),
        spoken=_Ear(spoken), heard=_Ear((*spoken, *heard)),
        begins=tuple(token.removeprefix(sound.JOINT) for token in tokens if token.startswith(sound.JOINT)),
    )


def _keep(known: _Known, text: str, found: tuple[Piece, ...]) -> None:
    if len(known) >= KEPT_TEXTS:
        known.clear()
    known[text] = found


def _lower(text: str) -> str:
    lower = text.lower()
    return lower if len(lower) == len(text) else text  # there are letters whose small form is longer


def _starts(text: str, sought: str) -> Iterator[int]:
    """Where the sought stands, without overlap. Callers look first whether it does: most often it does not."""
    start = text.find(sought)
    while start >= 0:
        yield start
        start = text.find(sought, start + len(sought))


def _places(line: str, bar: str, sought: Sequence[str]) -> set[int]:
    """Which of the names between the bars hold any of what is sought."""
    found: set[int] = set()
    for one in sought:
        start = line.find(one)
        while start >= 0:
            found.add(line.count(bar, 0, start))
            start = line.find(one, start + len(one))
    return found


def _cut(text: str, spans: list[tuple[int, int]]) -> tuple[Piece, ...]:
    if not spans:
        return (Piece(text, is_marked=False),) if text else ()
    made: list[Piece] = []
    done = marked = 0  # pieces end at `done`; from there on what is before `marked` answers
    for start, end in sorted(spans) if len(spans) > 1 else spans:
        if start > marked:
            made += [Piece(text[done:marked], is_marked=True)] if marked > done else []
            made.append(Piece(text[marked:start], is_marked=False))
            done = start
        marked = max(marked, end)
    made += [Piece(text[done:marked], is_marked=True)] if marked > done else []
    made += [Piece(text[marked:], is_marked=False)] if marked < len(text) else []
    return tuple(made)


def _chinese(lower: str) -> list[tuple[int, str]]:
    """Chinese runs of two characters and more, with their places."""
    found, place = [], 0
    for run in runs(lower):
        place = max(lower.find(run, place), 0)
        if is_chinese(run) and len(run) > 1:
            found.append((place, run))
        place += len(run)
    return found


def _heard(place: int, run: str, ear: _Ear, begins: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where in a run something is heard, or initials are met."""
    found = [(at, at + 2) for at, pair in enumerate(pairs(run), place) if ear[pair]] if ear.sounds else []
    letters = _letters(run) if begins else ""
    starts = ((letters.find(begin), len(begin)) for begin in begins)
    return found + [(place + start, place + start + length) for start, length in starts if start >= 0]


@lru_cache(4_000)
def _heard_line(lower: str, bar: str) -> tuple[str, str]:
    """How the names of a line sound, and the first letters of their characters; each name after a bar."""
    sounds, letters = zip(*map(_sounds, lower.split(bar)), strict=True)
    return BAR.join(sounds), BAR.join(letters)


@lru_cache(20_000)
def _sounds(lower: str) -> tuple[str, str]:
    """How a name sounds: the tokens of its neighbours, each after a space; the first letters of its characters."""
    chinese = [run for run in runs(lower) if is_chinese(run) and len(run) > 1]
    sounds = "".join(f" {token}" for run in chinese for pair in pairs(run) for token in sound.joints_of(pair))
    return sounds, " ".join(_letters(run) for run in chinese)


def _letters(run: str) -> str:
    return "".join(sound.readings(char)[0][0][0] for char in run)
