"""The one-thing-once themes of a city: its folder `themes` as the question bank and declarations, and beside each its table of branches.

Files    questions.yaml (the bank), branches/<slug>.csv (every situation and refusal with what is to be expected), all others: themes
Errors   BadCityFile names the file and what is wrong in it
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from suixin.cities.errors import BadCityFile
from suixin.cities.specs import City
from suixin.services.themes.declaration import Bank, Theme
from suixin.services.themes.errors import FaultyTheme
from suixin.services.themes.parsing import read_bank, read_theme

BANK, BRANCHES = "questions.yaml", "themes/branches"
Read = TypeVar("Read", Bank, Theme)


def city_bank(city: City) -> str:
    """The text of the question bank, understood; empty when the city has none. Raises BadCityFile."""
    path = city.folder / "themes" / BANK
    return _checked(path, read_bank) if path.is_file() else ""


def city_themes(city: City) -> dict[str, str]:
    """The texts of the themes, understood, by slug. Raises BadCityFile, also when a file is not named as its theme."""
    found = {}
    for path in sorted((city.folder / "themes").glob("*.yaml")):
        if path.name != BANK:
            text = _checked(path, read_theme)
            if (slug := read_theme(text).slug) != path.stem:
                raise BadCityFile(f"themes/{path.name} 的 slug 是“{slug}”；文件名应与它相同。")
            found[path.stem] = text
    return found


def _checked(path: Path, read: Callable[[str], Read]) -> str:
    text = path.read_text("utf-8")
    try:
        read(text)
    except FaultyTheme as error:
        raise BadCityFile(f"themes/{path.name}：{error.sentence}") from error
    return text
