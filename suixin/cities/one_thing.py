"""The one-thing-once themes of a city: its folder `themes` as the question bank and declarations, and beside each its table of branches.

Files    questions.yaml (the bank), branches/<slug>.csv (every situation and refusal with what is to be expected), all others: themes
Errors   BadCityFile names the file and what is wrong in it
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import yaml

from suixin.cities.errors import BadCityFile
from suixin.cities.items import city_english
from suixin.cities.specs import City
from suixin.services.themes.declaration import Bank, Question, Theme
from suixin.services.themes.errors import FaultyTheme
from suixin.services.themes.parsing import read_bank, read_theme

BANK, BRANCHES = "questions.yaml", "themes/branches"
Read = TypeVar("Read", Bank, Theme)


def city_bank(city: City) -> str:
    """The text of the question bank, understood, with the city's English; empty when the city has none. Raises BadCityFile."""
    path = city.folder / "themes" / BANK
    if not path.is_file():
        return ""
    text, english = _checked(path, read_bank), city_english(city)
    asked = {word for one in read_bank(text).questions.values() for word in _words_of(one)} | set(read_bank(text).sections.values())
    return _with_english(text, "english", {word: english[word] for word in sorted(asked) if word in english})


def city_themes(city: City) -> dict[str, str]:
    """The texts of the themes, understood, by slug. Raises BadCityFile, also when a file is not named as its theme."""
    found, english = {}, city_english(city)
    for path in sorted((city.folder / "themes").glob("*.yaml")):
        if path.name != BANK:
            text = _checked(path, read_theme)
            if (slug := read_theme(text).slug) != path.stem:
                raise BadCityFile(f"themes/{path.name} 的 slug 是“{slug}”；文件名应与它相同。")
            told = {one: english[one] for one in _words_in(read_theme(text)) if one in english}
            found[path.stem] = _with_english(text, "english_texts", told)
    return found


def _with_english(text: str, key: str, english: Mapping[str, str]) -> str:
    """The declaration with its English added, unless it has some of its own."""
    if not english or f"\n{key}:" in f"\n{text}":
        return text
    return f"{text.rstrip()}\n{yaml.safe_dump({key: dict(english)}, allow_unicode=True, sort_keys=False, width=10_000)}"


def _words_in(theme: Theme) -> list[str]:
    asked = [word for one in theme.asks for word in (one.text, one.hint, *one.options)]
    told = [word for one in theme.conditions for word in (one.text, one.fault)]
    return [theme.summary, theme.delivery, *asked, *told, *(one.title for one in theme.parts), *(one.title for one in theme.visits)]


def _words_of(question: Question) -> Iterator[str]:
    for key in ("label", "hint"):
        if isinstance(word := question.field.get(key), str):
            yield word
    options = question.field.get("options")
    yield from (str(one) for one in options) if isinstance(options, list) else ()


def _checked(path: Path, read: Callable[[str], Read]) -> str:
    text = path.read_text("utf-8")
    try:
        read(text)
    except FaultyTheme as error:
        raise BadCityFile(f"themes/{path.name}：{error.sentence}") from error
    return text
