"""How Chinese sounds: readings of characters, folded syllables, pinyin cut into syllables, mistyped pinyin.

Folded   zh ch sh = z c s, final ng = n, initial n = l: what people of the south-west do not tell apart, and most slips of a
         letter. Index and question fold alike; what was exact is told apart again when hits are scored.
Readings of a character: the one of its word (pypinyin's phrases), and every other one that `READINGS` lists (多音字).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise, product

from suixin.ground.search.text import is_chinese

JOINT = "0"  # between syllables of a token, before initials: no syllable has a digit
MAX_LETTERS = 40
MAX_CUTS = 3
MAX_INITIALS = 12
# characters of catalogues that are read in more than one way, tones aside
READINGS = {
    "重": "zhong chong", "行": "xing hang", "长": "chang zhang", "乐": "le yue", "参": "can shen", "调": "diao tiao",
    "会": "hui kuai", "校": "xiao jiao", "率": "lv shuai", "都": "du dou", "车": "che ju", "单": "dan shan",
    "差": "cha chai", "大": "da dai", "还": "hai huan", "降": "jiang xiang", "角": "jiao jue", "觉": "jue jiao",
    "解": "jie xie", "藏": "cang zang", "传": "chuan zhuan", "弹": "dan tan", "度": "du duo", "给": "gei ji", "合": "he ge",
    "核": "he hu", "露": "lu lou", "模": "mo mu", "强": "qiang jiang", "区": "qu ou", "厦": "sha xia", "省": "sheng xing",
    "石": "shi dan", "属": "shu zhu", "数": "shu shuo", "宿": "su xiu", "提": "ti di", "系": "xi ji", "血": "xue xie",
    "叶": "ye xie", "曾": "zeng ceng", "种": "zhong chong", "员": "yuan yun", "薄": "bo bao", "便": "bian pian",
    "泊": "bo po", "朝": "chao zhao", "称": "cheng chen", "盛": "sheng cheng", "乘": "cheng sheng", "畜": "xu chu",
    "地": "di de", "恶": "e wu", "卡": "ka qia", "落": "luo la", "绿": "lv lu", "秘": "mi bi", "粘": "nian zhan",
    "奇": "qi ji", "识": "shi zhi", "熟": "shu shou", "巷": "xiang hang", "削": "xue xiao", "幢": "zhuang chuang",
    "阿": "a e", "剥": "bo bao", "侧": "ce ze", "缩": "suo su", "约": "yue yao", "折": "zhe she", "轧": "ya zha",
    "乾": "qian gan", "蔓": "man wan", "屏": "ping bing", "仇": "chou qiu", "尉": "wei yu", "万": "wan mo", "查": "cha zha",
    "射": "she ye", "什": "shen shi", "说": "shuo shui", "艾": "ai yi", "扒": "ba pa", "伯": "bo bai", "澄": "cheng deng",
    "臭": "chou xiu", "颈": "jing geng", "龟": "gui jun", "柜": "gui ju", "纶": "lun guan", "茄": "qie jia",
    "颤": "chan zhan", "壳": "ke qiao", "没": "mei mo", "刨": "pao bao", "圈": "quan juan",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NEVER = 1_000  # syllables, where there is no way to read up to a place
_NOT_PINYIN = {"m", "n", "ng", "hm", "hng", "o", "ei"}


@cache
def _syllables() -> tuple[frozenset[str], int]:
    """All syllables, and how long the longest is; read from the dictionary when first asked, not when a command starts."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.constants import PINYIN_DICT

    common = (chr(char) for char in PINYIN_DICT if 0x4E00 <= char <= 0x9FA5)
    read = frozenset(re.sub(r"[^a-z]", "", one) for char in common for one in lazy_pinyin(char, style=Style.NORMAL))
    return read - _NOT_PINYIN, max(map(len, read))


@cache
def _neighbours() -> frozenset[str]:
    """Letters that may follow one another in pinyin: within a syllable, or where two meet."""
    syllables = _syllables()[0]
    firsts, lasts = {one[0] for one in syllables}, {one[-1] for one in syllables}
    within = {one[at : at + 2] for one in syllables for at in range(len(one) - 1)}
    return frozenset(within | {last + first for last in lasts for first in firsts})


def load() -> None:
    """Read the dictionaries now, so that no first question waits for them."""
    readings("遂心")
    _neighbours()


@lru_cache(4_000)
def folded(syllable: str) -> str:
    """The syllable without what is easily confused."""
    if len(syllable) > 2 and syllable[1] == "h" and syllable[0] in "zcs":
        syllable = syllable[0] + syllable[2:]
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    return syllable.replace("lv", "lu")


@lru_cache(20_000)
def readings(run: str) -> tuple[tuple[str, ...], ...]:
    """For each character of a Chinese run its readings, the likeliest first."""
    from pypinyin.seg.simpleseg import seg

    likely = [one for word in seg(run) for one in _spoken(word)]  # as the whole run at once, in a tenth of the time
    if len(likely) != len(run):  # a character that pypinyin does not know swallows its neighbours
        likely = [_spoken(char)[0] for char in run]
    return tuple(
        tuple(dict.fromkeys([one, *READINGS.get(char, "").split()])) for char, one in zip(run, likely, strict=True)
    )


@lru_cache(20_000)
def _spoken(word: str) -> tuple[str, ...]:
    """How pypinyin reads one of its words or a single character."""
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(word, style=Style.NORMAL))


@lru_cache(20_000)
def joints(run: str) -> tuple[frozenset[str], ...]:
    """For each pair of neighbours the tokens of how the two may sound."""
    return tuple(
        frozenset(folded(a) + JOINT + folded(b) for a, b in product(first, second)) for first, second in pairwise(readings(run))
    )


@lru_cache(20_000)
def joints_of(pair: str) -> frozenset[str]:
    """As `joints`, of two characters as each is read alone: for marking, where a text's own reading of a word costs too much."""
    return frozenset(folded(a) + JOINT + folded(b) for a, b in product(readings(pair[0])[0], readings(pair[1])[0]))


def initials(run: str, *, starts: Iterable[int]) -> set[str]:
    """Tokens of first letters from each of the starts to the end; with the likeliest readings, and each other one alone."""
    letters = [dict.fromkeys(one[0] for one in read) for read in readings(run)]
    first = "".join(next(iter(one)) for one in letters)
    spellings = [first] + [
        first[:place] + other + first[place + 1 :] for place, one in enumerate(letters) for other in list(one)[1:]
    ]
    return {JOINT + spelling[start : start + MAX_INITIALS] for spelling in spellings for start in starts if len(spelling) - start > 1}


@lru_cache(5_000)
def cuts(letters: str) -> tuple[tuple[str, ...], ...]:
    """Ways to cut letters into syllables, fewest first; the last syllable may be unfinished. Empty when it is no pinyin."""
    if not letters.isalpha() or len(letters) > MAX_LETTERS or is_chinese(letters):
        return ()
    syllables, longest = _syllables()
    best: list[list[tuple[str, ...]]] = [[] for _ in range(len(letters) + 1)]
    best[0] = [()]
    for end in range(1, len(letters) + 1):
        found = [
            (*before, letters[start:end])
            for start in range(max(0, end - longest), end) if letters[start:end] in syllables for before in best[start]
        ]
        best[end] = sorted(found, key=len)[:MAX_CUTS]
    return tuple(cut for cut in best[-1] if len(cut) > 1)


def sounding(cut: tuple[str, ...]) -> list[str]:
    """The tokens of a cut, two syllables each."""
    return [folded(a) + JOINT + folded(b) for a, b in pairwise(cut)]


def unfinished(letters: str) -> tuple[tuple[str, ...], str]:
    """The longest cut of a beginning of the letters, and the one to three letters that are left; no cut when there is none."""
    for left in range(1, 4):
        whole = cuts(letters[:-left])
        if whole:
            return whole[0], letters[-left:]
    return (), ""


def begun(letters: str) -> str:
    """The beginning of a syllable, folded as far as it can be told."""
    return letters[0] if letters[:2] in ("zh", "ch", "sh") else "l" if letters == "n" else letters


def is_syllable(letters: str) -> bool:
    """Whether the letters are one syllable."""
    return letters in _syllables()[0]


@lru_cache(500)
def respelled(letters: str) -> tuple[tuple[str, ...], ...]:
    """Cuts of what may have been meant: one letter wrong, missing, too many or swapped; each different by its sound."""
    if not 4 <= len(letters) <= 24 or not letters.isalpha():
        return ()
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    known = _fewest(letters, [(0, 0)])
    for place, spelling in _one_off(letters):
        if any(pair not in _neighbours() for pair in (spelling[at : at + 2] for at in (place - 1, place, place + 1)) if len(pair) == 2):
            continue
        found = _fewest(spelling, known[: place + 1])
        if len(found) > len(spelling) and found[-1][0] < _NEVER:
            cut = _read_back(spelling, found)
            for one in [cut] if len(cut) > 1 else cuts(spelling)[:1]:
                seen.setdefault(tuple(sounding(one)), one)
    return tuple(seen.values())


def _fewest(letters: str, known: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each place the fewest syllables up to it and where the last of them begins; it ends where nothing can be read on.

    `known`: the same of a beginning that the letters share, so that what was read is not read again.
    """
    found, (syllables, longest) = list(known), _syllables()
    for end in range(len(found), len(letters) + 1):
        best = (_NEVER, 0)
        for start in range(max(0, end - longest), end):
            count = found[start][0] + 1
            if count < best[0] and letters[start:end] in syllables:
                best = (count, start)
        found.append(best)
        if all(count >= _NEVER for count, _ in found[-longest:]):
            break
    return found


def _read_back(letters: str, found: list[tuple[int, int]]) -> tuple[str, ...]:
    """The syllables of the cut that `_fewest` found."""
    cut: list[str] = []
    end = len(letters)
    while end:
        start = found[end][1]
        cut.append(letters[start:end])
        end = start
    return tuple(reversed(cut))


def _one_off(letters: str) -> Iterator[tuple[int, str]]:
    """Spellings with one letter wrong, missing, too many or swapped, and up to where each is as it was."""
    for place in range(len(letters)):
        if place + 1 < len(letters):
            yield place, letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
        yield place, letters[:place] + letters[place + 1 :]
    for place in range(len(letters) + 1):
        for letter in _LETTERS:
            yield place, letters[:place] + letter + letters[place:]
            yield place, letters[:place] + letter + letters[place + 1 :]
