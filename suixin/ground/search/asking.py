"""A person's question as the index understands it: parts, needs, and the ways in which each need may be met.

part   what stands between spaces; each must be met in some way
need   one word of a part; a Chinese run is cut along synonyms and by rjieba, idle words (怎么, 查询 ...) are left out
way    the word itself, a synonym, its sound (pinyin, whole or unfinished), its initials; `factor` says how good that is
Bounds 120 characters, 8 parts, 14 needs, 24 characters a run; what is beyond is not looked at
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from suixin.ground.search import lexicons, sound
from suixin.ground.search.engines import Match, Token, all_of, any_of
from suixin.ground.search.text import is_chinese, is_word, normal, pairs, runs, words

MAX_QUESTION, MAX_PARTS, MAX_NEEDS, MAX_RUN = 120, 8, 14, 24
LONGEST_SYNONYM = 10
SYNONYM, SOUND, INITIALS, PREFIX = 0.85, 0.7, 0.65, 0.9
MIN_LETTERS = 2


class Way(NamedTuple):
    """One way to meet a need. `phrase` stands in the text then; `tokens` among the near forms when there is no phrase."""

    match: Match
    factor: float
    phrase: str = ""
    tokens: tuple[str, ...] = ()


class Need(NamedTuple):
    """One word that is looked for."""

    text: str
    ways: tuple[Way, ...]

    @property
    def match(self) -> Match:
        """Met in any way."""
        return any_of([way.match for way in self.ways])


class Part(NamedTuple):
    """What stands between spaces: its needs, and the Chinese runs that they make up, without idle words."""

    needs: tuple[Need, ...]
    chinese: tuple[str, ...]
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question; one without parts finds everything."""

    text: str
    parts: tuple[Part, ...]

    @property
    def match(self) -> Match | None:
        """Every need met; None when nothing is asked for."""
        needs = [need.match for part in self.parts for need in part.needs]
        return all_of(needs) if needs else None


@lru_cache(2_000)
def question(text: str) -> Question:
    """The question in a text of any kind; never fails. What is no letter, digit or Chinese character only separates."""
    asked = normal(text[: MAX_QUESTION * 4])[:MAX_QUESTION].strip()
    pieces = [found for piece in asked.split(" ")[: MAX_PARTS * 2] if (found := runs(piece))][:MAX_PARTS]
    parts = [part for piece in pieces if (part := _part(piece, keeps_idle=False))]
    parts = parts or [part for piece in pieces if (part := _part(piece, keeps_idle=True))]
    return Question(asked, tuple(_bounded(parts)))


def _bounded(parts: list[Part]) -> list[Part]:
    kept, left = [], MAX_NEEDS
    for part in parts:
        if left <= 0:
            break
        kept.append(Part(part.needs[:left], part.chinese, part.letters))
        left -= len(part.needs)
    return kept


def _part(found: list[str], *, keeps_idle: bool) -> Part | None:
    needs: list[Need] = []
    chinese: list[str] = []
    letters: list[str] = []
    for run in (one[:MAX_RUN] for one in found):
        if not is_chinese(run):
            letters.append(run)
            needs.append(_letters(run))
            continue
        kept = ""
        for word in _cut(run):
            if word in lexicons.idle() and not keeps_idle:
                chinese += [kept] if kept else []
                kept = ""
            else:
                kept += word
                needs.append(_word(word))
        chinese += [kept] if kept else []
    return Part(tuple(needs), tuple(chinese), tuple(letters)) if needs else None


def _cut(run: str) -> list[str]:
    """Words of a run; a phrase that has synonyms is one word where it begins and ends with words."""
    cut, place, edges = words(run), 0, {0}
    for word in cut:
        place += len(word)
        edges.add(place)
    made: list[str] = []
    place = 0
    known = lexicons.synonyms()
    for word in cut:
        start = sum(len(one) for one in made)
        if start > place:  # inside a phrase that was taken
            place += len(word)
            continue
        ends = (end for end in range(min(len(run), start + LONGEST_SYNONYM), start + len(word), -1) if end in edges)
        phrase = next((run[start:end] for end in ends if run[start:end] in known), "")
        made += [phrase] if phrase else _halves(word)
        place += len(word)
    return made


@lru_cache(5_000)
def _halves(word: str) -> list[str]:
    """The words that a longer word is made of, where people may say one of them otherwise: 低保户, 大货车, 工作岗位."""
    known = lexicons.synonyms()
    if len(word) in (3, 4) and word not in known:
        if len(word) == 4 and is_word(word[:2]) and is_word(word[2:]):
            return [word[:2], word[2:]]
        for place in (2, len(word) - 2):
            first, second = word[:place], word[place:]
            if (len(first) > 1 and first in known) or (len(second) > 1 and second in known):
                return [first, second]
    return [word]


def _word(word: str) -> Need:
    others = lexicons.synonyms().get(word, ())
    return Need(word, (Way(_phrase(word), 1.0, word), *(Way(_phrase(other), SYNONYM, other) for other in others)))


def _phrase(text: str) -> Match:
    """The neighbours in each of the text's words all there: it stands there, or nearly so."""
    tokens: list[Match] = []
    for run in pieces_of(text):
        if not is_chinese(run):
            tokens.append(Token(run))
        elif len(run) == 1:
            tokens.append(any_of([Token(run), Token(run, is_prefix=True)]))
        else:
            tokens += [Token(pair) for pair in pairs(run)]
    return all_of(tokens)


def pieces_of(phrase: str) -> list[str]:
    """The words of a phrase; each may stand in another place of a text."""
    return [word for run in runs(phrase) for word in (words(run) if is_chinese(run) and len(run) > 3 else (run,))]


def _letters(run: str) -> Need:
    ways = [Way(Token(run), 1.0, run)]
    ways += [Way(_phrase(other), SYNONYM, other) for other in lexicons.synonyms().get(run, ())]
    if len(run) >= MIN_LETTERS:
        ways.append(Way(Token(run, is_prefix=True), PREFIX, run))
    if run.isalpha():
        ways += _sounds(run)
        if MIN_LETTERS <= len(run) <= sound.MAX_INITIALS:
            ways.append(Way(Token(sound.JOINT + run, is_prefix=True), INITIALS, tokens=(sound.JOINT + run,)))
    return Need(run, tuple(ways))


def _sounds(run: str) -> list[Way]:
    made = [sound_way(tuple(sound.sounding(cut))) for cut in sound.cuts(run)]
    for cut in sound.cuts(run):
        for word in lexicons.synonyms_by_sound().get(tuple(sound.sounding(cut)), ()):
            made += [Way(_phrase(other), SOUND, other) for other in lexicons.synonyms()[word]]
    cut, rest = sound.unfinished(run)
    if cut:
        made.append(sound_way((*sound.sounding(cut), sound.folded(cut[-1]) + sound.JOINT + sound.begun(rest))))
    if sound.is_syllable(run):
        made.append(sound_way((sound.folded(run) + sound.JOINT,)))
    return made


def sound_way(tokens: tuple[str, ...], factor: float = SOUND) -> Way:
    """The syllables heard one after another; the last may be unfinished."""
    heard: list[Match] = [Token(token) for token in tokens[:-1]]
    return Way(all_of([*heard, Token(tokens[-1], is_prefix=True)]), factor, tokens=tokens)
