"""Where a text answers a question, as pieces of text: whoever shows them escapes the text and marks the pieces, nothing else.

A question has one marker; what it learnt of a name or a pair of characters it keeps, because one name stands in many entries
of a page. A line of names is searched as a whole, and where sounds are asked for each name is listened to once: of some hundred
names of a page most answer nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import add
from typing import NamedTuple

from suixin.ground.search import sound
from suixin.ground.search.asking import Part, Question, question
from suixin.ground.search.text import is_chinese, is_chinese_pair, pairs, runs

KEPT_MARKERS, KEPT_TEXTS = 8, 1_000  # few markers: what they let go is soon used again, and is near
BAR = "|"
_Known = dict[str, tuple["Piece", ...]]


class Piece(NamedTuple):
    """A stretch of the text as it was given."""

    text: str
    is_marked: bool


class _Ear:
    """In which two neighbours one of the sounds is heard; in none of which one is not Chinese."""

    def __init__(self, sounds: tuple[str, ...]) -> None:
        self.sounds = sounds
        self._known: set[str] = set()
        self._heard: set[str] = set()

    def among(self, neighbours: set[str]) -> set[str]:
        """Those of the neighbours in which a sound is heard."""
        new = neighbours.difference(self._known)
        if new:
            self._heard.update([pair for pair in new if is_chinese_pair(pair) and self._hears(pair)])
            self._known |= new
        return neighbours & self._heard

    def _hears(self, pair: str) -> bool:
        for token in sound.joints_of(pair):  # noqa: SIM110 a generator would take longer than the look
            if token.startswith(self.sounds):
                return True
        return False


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


def matching_items(lines: Sequence[str], asked: Question, *, limit: int = 4) -> list[list[Piece]]:
    """As `matching`, of the items of several documents as the index keeps them: between upright strokes, in small letters."""
    return _marker(asked.text).matching_lines([line.strip(BAR) for line in lines], limit)


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
        self._listens = bool(self._spoken or self._begins)
        self._judged: tuple[set[str], set[str]] = set(), set()  # names that were looked at; those of them that answer

    def matching(self, line: str, bar: str, limit: int) -> list[Piece]:
        """The first `limit` of the names between the bars that answer, in pieces."""
        lower = _lower(line)
        if self._listens:
            smalls = lower.split(bar)
            answering = self._answering(set(smalls))
            return self._first([name for name, small in zip(line.split(bar), smalls, strict=True) if small in answering], limit)
        return self._first(_names_at(line, bar, _starts(lower, self._phrases)), limit)

    def matching_lines(self, lines: Sequence[str], limit: int) -> list[list[Piece]]:
        """As `matching`, of several lines in small letters: all of them are listened to at once."""
        if not self._listens:
            return [self._first(_names_at(line, BAR, _starts(line, self._phrases)), limit) for line in lines]
        parted = [line.split(BAR) for line in lines]
        answering = self._answering(set(chain.from_iterable(parted)))
        return [self._first([name for name in names if name in answering] if answering else (), limit) for names in parted]

    def parted(self, text: str) -> tuple[Piece, ...]:
        """The text in pieces; near forms are marked too."""
        known = self._texts.get(text)
        if known is None:
            known = _cut(text, self._spans(_lower(text), is_loose=True))
            _keep(self._texts, text, known)
        return known

    def _first(self, names: Iterable[str], left: int) -> list[Piece]:
        """The first of the names that answer, in pieces."""
        made: list[Piece] = []
        for name in names:
            marked = self._names.get(name)
            if marked is None:
                marked = self._answer(name)
            if marked:
                made += (_COMMA, *marked) if made else marked
                left -= 1
                if not left:
                    break
        return made

    def _answer(self, name: str) -> tuple[Piece, ...]:
        """The name in pieces; none when it does not answer."""
        spans = self._spans(_lower(name), is_loose=False)
        found = _cut(name, spans) if spans else ()
        _keep(self._names, name, found)
        return found

    def _answering(self, names: set[str]) -> set[str]:
        """Names in which it is worth looking closer, all of these among them; every one is listened to once a question."""
        judged, answering = self._judged
        new = names.difference(judged)
        if new:
            if len(judged) > KEPT_TEXTS:
                judged, answering = self._judged = set(), set()
                new = names
            answering.update(self._among(list(new)))
            judged |= new
        return answering

    def _among(self, names: list[str]) -> set[str]:
        """Those of the names that hold a phrase, a sound or initials of the question."""
        found = {names[at] for at in _places(BAR.join(names), self._phrases)}
        chinese = [name for name in names if not name.isascii()]
        if chinese:
            sounds, letters = zip(*map(_sounds, chinese), strict=True)
            found.update([chinese[at] for at in _places(BAR.join(sounds), self._spoken)])
            found.update([chinese[at] for at in _places(BAR.join(letters), self._begins)])
        return found

    def _spans(self, lower: str, *, is_loose: bool) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        neighbours: set[str] = set()
        for looked in self._looked:
            before, ear = len(found), looked.spoken
            for phrase in looked.phrases:
                if phrase in lower:
                    found += [(at, at + len(phrase)) for at in _starts(lower, (phrase,))]
            if is_loose and len(found) == before:
                for pair in looked.pairs:
                    if pair in lower:
                        found += [(at, at + 2) for at in _starts(lower, (pair,))]
                ear = looked.heard
            if ear.sounds:
                neighbours = neighbours or set(map(add, lower, lower[1:]))
                if heard := ear.among(neighbours):
                    found += [(at, at + 2) for at, pair in enumerate(map(add, lower, lower[1:])) if pair in heard]
            if looked.begins:
                found += _begun(lower, looked.begins)
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


def _starts(text: str, sought: Sequence[str]) -> list[int]:
    """Where any of what is sought stands, each without overlap."""
    found: list[int] = []
    for one in sought:
        start = text.find(one)
        while start >= 0:
            found.append(start)
            start = text.find(one, start + len(one))
    return found


def _places(line: str, sought: Sequence[str]) -> set[int]:
    """Which of the names between the bars hold any of what is sought."""
    return {line.count(BAR, 0, start) for start in _starts(line, sought)}


def _names_at(line: str, bar: str, places: list[int]) -> Iterator[str]:
    """The names in which the places are, in order, each once."""
    places.sort()
    end = -1
    for at in places:
        if at >= end:
            end = line.find(bar, at)
            end = len(line) if end < 0 else end
            yield line[line.rfind(bar, 0, at) + 1 : end]


def _cut(text: str, spans: list[tuple[int, int]]) -> tuple[Piece, ...]:
    if not spans:
        return (Piece(text, is_marked=False),) if text else ()
    spans.sort()
    made: list[Piece] = []
    done, (start, end) = 0, spans[0]  # pieces end at `done`; from `start` to `end` answers
    for first, last in spans:
        if first > end:
            if start > done:
                made.append(Piece(text[done:start], is_marked=False))
            made.append(Piece(text[start:end], is_marked=True))
            done, start, end = end, first, last
        elif last > end:
            end = last
    if start > done:
        made.append(Piece(text[done:start], is_marked=False))
    made.append(Piece(text[start:end], is_marked=True))
    if end < len(text):
        made.append(Piece(text[end:], is_marked=False))
    return tuple(made)


def _begun(lower: str, begins: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where in a Chinese run the initials are met first."""
    found: list[tuple[int, int]] = []
    for place, run in _chinese(lower):
        letters = _letters(run)
        starts = ((letters.find(begin), len(begin)) for begin in begins)
        found += [(place + start, place + start + length) for start, length in starts if start >= 0]
    return found


def _chinese(lower: str) -> list[tuple[int, str]]:
    """Chinese runs of two characters and more, with their places."""
    found, place = [], 0
    for run in runs(lower):
        place = max(lower.find(run, place), 0)
        if is_chinese(run) and len(run) > 1:
            found.append((place, run))
        place += len(run)
    return found


@lru_cache(20_000)
def _sounds(lower: str) -> tuple[str, str]:
    """How a name sounds: the tokens of its neighbours, each after a space; the first letters of its characters."""
    chinese = [run for run in runs(lower) if is_chinese(run) and len(run) > 1]
    sounds = "".join(f" {token}" for run in chinese for pair in pairs(run) for token in sound.joints_of(pair))
    return sounds, " ".join(_letters(run) for run in chinese)


def _letters(run: str) -> str:
    return "".join(sound.readings(char)[0][0][0] for char in run)
