"""What a question may have meant when it was mistyped: tokens of which a few suffice, the rarest first.

Chinese   neighbours, neighbours turned round (swapped), with one between in the question (one too many) or in the text (one
          missing, one wrong), and how neighbours sound (wrong homophone)
Letters   syllables of every cut, and of the likeliest respellings with one letter wrong, missing, too many or swapped
Bound     at most 32 tokens, none that stands in a fifth of all documents
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from suixin.ground.search import sound
from suixin.ground.search.asking import Part, Question, Way, sound_way
from suixin.ground.search.text import gaps, is_chinese, pairs, runs
from suixin.ground.search.tokens import GAP

MAX_TOKENS, MAX_RESPELLED, MAX_CANDIDATES = 32, 4, 300
COMMON = 0.2
RESPELLED = 0.5

Counts = Callable[[Sequence[str]], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Loose:
    """What to look for loosely, and how the letters of the question may be respelled."""

    tokens: tuple[str, ...]
    respelled: Mapping[str, tuple[Way, ...]]


def loosened(asked: Question, counts: Counts, *, total: int) -> Loose:
    """The question loosened; no tokens when nothing like it stands in any document."""
    letters = [run for part in asked.parts for run in part.letters]
    respelled = {run: _respelled(run, counts) for run in letters}
    tokens = list(dict.fromkeys(chain.from_iterable(_of_part(part) for part in asked.parts)))
    tokens += [token for ways in respelled.values() for way in ways for token in way.tokens]
    found = counts(list(dict.fromkeys(tokens))[:MAX_CANDIDATES])
    known = sorted((count, token) for token, count in found.items() if count)
    telling = [token for count, token in known if count <= max(50, total * COMMON)] or [token for _, token in known[:2]]
    return Loose(tuple(telling[:MAX_TOKENS]), respelled)


def near_of(first: str, second: str) -> tuple[str, ...]:
    """How two neighbours may stand in a text otherwise: turned round, with one between."""
    return (second + first, GAP + first + second)


def _of_part(part: Part) -> list[str]:
    made: list[str] = []
    for run in part.chinese:
        made += [*pairs(run), *gaps(run), *(GAP + gap for gap in gaps(run))]
        made += [token for pair in pairs(run) for token in near_of(pair[0], pair[1])]
        made += chain.from_iterable(sorted(joint) for joint in sound.joints(run))
        made += [run] if len(run) == 1 else []
    for need in part.needs:
        for way in need.ways:
            made += way.tokens
            made += [token for run in runs(way.phrase) for token in (pairs(run) if is_chinese(run) and len(run) > 1 else [run])]
    return made


def _respelled(run: str, counts: Counts) -> tuple[Way, ...]:
    """The likeliest respellings: those whose syllables follow one another in most documents' words."""
    if sound.cuts(run) and all(counts(sound.sounding(cut)).keys() >= set(sound.sounding(cut)) for cut in sound.cuts(run)[:1]):
        return ()
    spellings = [tuple(sound.sounding(cut)) for cut in sound.respelled(run)]
    wanted = list(dict.fromkeys(token for tokens in spellings for token in tokens))[:MAX_CANDIDATES]
    found = counts(wanted) if wanted else {}
    whole = [tokens for tokens in spellings if all(token in found for token in tokens)]
    whole.sort(key=lambda tokens: (len(tokens), -min(found[token] for token in tokens)))
    return tuple(sound_way(tokens, RESPELLED) for tokens in whole[:MAX_RESPELLED])
