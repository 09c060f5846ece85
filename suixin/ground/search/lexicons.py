"""The words of asking: groups of synonyms (ours and those a city adds), idle words."""

from collections import defaultdict
from functools import lru_cache
from itertools import product
from pathlib import Path

import yaml

from suixin.ground.search import sound
from suixin.ground.search.errors import BadLexicon
from suixin.ground.search.text import is_chinese, normal, runs
from suixin.kit import yaml_text

FOLDER = Path(__file__).parent / "lexicon"
MAX_GROUPS, MAX_GROUP, MAX_WORD = 20_000, 20, 40
_added: list[Path] = []


def add_synonyms(path: Path) -> None:
    """Let the groups of this file count too; a file that does not exist has none. Twice counts once."""
    if path not in _added:
        _added.append(path)
        synonyms.cache_clear()
        synonyms_by_sound.cache_clear()


@lru_cache(1)
def synonyms() -> dict[str, tuple[str, ...]]:
    """For each word the words that mean the same, in the order of the files. Raises BadLexicon."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path in [FOLDER / "synonyms.yaml", *(path for path in _added if path.is_file())]:
        for group in groups_of(path):
            for word in group:
                found[word].update(dict.fromkeys(other for other in group if other != word))
    return {word: tuple(others) for word, others in found.items()}


@lru_cache(1)
def synonyms_by_sound() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Words that have synonyms, by the tokens of how they sound."""
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in synonyms():
        if is_chinese(word) and len(word) > 1 and len(runs(word)) == 1:
            for heard in product(*sound.joints(word)):
                found[heard].append(word)
    return {heard: tuple(words) for heard, words in found.items()}


@lru_cache(1)
def idle() -> frozenset[str]:
    """Words that say nothing about what is looked for."""
    return frozenset(word for group in groups_of(FOLDER / "idle.yaml") for word in group)


def groups_of(path: Path) -> list[list[str]]:
    """The groups of a file, normalised. Raises BadLexicon, which names file and place."""
    try:
        loaded = yaml_text.load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadLexicon(f"词表 {path.name} 读不出来:{str(error)[:200]}。请检查文件编码(UTF-8)与 YAML 写法。") from error
    if not isinstance(loaded, list) or len(loaded) > MAX_GROUPS:
        raise BadLexicon(f"词表 {path.name} 应是词组的列表,最多 {MAX_GROUPS} 组,例如 - [医保, 医疗保险]。")
    return [_group(path, number, group) for number, group in enumerate(loaded, 1)]


def _group(path: Path, number: int, group: object) -> list[str]:
    if not isinstance(group, list) or not all(isinstance(word, str | int) for word in group):
        raise BadLexicon(f"词表 {path.name} 第 {number} 组应是若干个词,例如 [医保, 医疗保险]。")
    words = [normal(str(word)) for word in group]
    if path.name != "idle.yaml" and not 2 <= len(words) <= MAX_GROUP:
        raise BadLexicon(f"词表 {path.name} 第 {number} 组有 {len(words)} 个词,应为 2 到 {MAX_GROUP} 个。")
    if any(not word or len(word) > MAX_WORD for word in words):
        raise BadLexicon(f"词表 {path.name} 第 {number} 组有空词或超过 {MAX_WORD} 字的词。")
    return words
