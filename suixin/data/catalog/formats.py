"""In which formats a resource exists: several, each of a category and a type; one notation for entries, sheets and forms.

Notation  types parted by "；", the first of the entry's own category; one of another category is written 大类/类型 where its
          type does not tell: "xlsx；数据库/人大金仓 V9；mysql"
Reading   parts may also be parted by 、 ， , ; or a slash; a category is named by its word or its digit
Source    standards/data.md 1.6; the types are data (formats.yaml), an unknown one is taken where its category is said
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any  # what YAML holds

from suixin.kit import yaml_text

FILE = Path(__file__).parent / "formats.yaml"
MAX_FORMATS, MAX_TYPE, MAX_TEXT = 20, 40, 500
_PARTS = re.compile(r"[；;、，,\n]")


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the digit of its category, its type."""

    category: str
    type: str


@lru_cache(maxsize=1)
def categories() -> dict[str, str]:
    """Names of the categories by digit."""
    return {digit: one["title"] for digit, one in _table().items()}


def parse(category: str, text: str) -> tuple[Format, ...]:
    """The formats that a category and a text in our notation name, each once; types known elsewhere stand where they belong."""
    found: list[Format] = []
    for part in _PARTS.split(text):
        head, slash, rest = part.strip().partition("/")
        digit = _digit(head)
        if slash and digit:
            found.append(Format(digit, rest.strip()))
        else:  # xls/xlsx: no category before the slash
            found += [Format(_home(one.strip()) or category, one.strip()) for one in part.split("/") if one.strip()]
    return tuple(dict.fromkeys(found))


def notation(formats: Sequence[Format]) -> tuple[str, str]:
    """The category of the first, and all of them as text; `parse` gives them again."""
    if not formats:
        return "2", ""
    own = formats[0].category
    return own, "；".join(_written(one, own) for one in formats)


def normal(category: str, text: str) -> tuple[str, str]:
    """The same formats as they are written by us; the category as it was when there is no format."""
    found = parse(category, text)
    return notation(found) if found else (category, "")


def faults_of(category: str, text: str) -> list[str]:
    """Sentences on what is wrong with the formats; empty when nothing is."""
    found = parse(category, text)
    faults = []
    if category not in categories():
        faults.append(f"信息资源格式大类没有“{category[:20]}”；可选 {'、'.join(categories().values())}")
    if len(found) > MAX_FORMATS or len(notation(found)[1]) > MAX_TEXT:
        faults.append(f"信息资源格式最多 {MAX_FORMATS} 种、{MAX_TEXT} 个字，现有 {len(found)} 种；请只留实际存在的格式")
    for one in found:
        home = _home(one.type)
        if not one.type or len(one.type) > MAX_TYPE:
            faults.append(f"信息资源格式“{one.type[:20]}”应为 1 到 {MAX_TYPE} 个字；几种格式之间用分号隔开")
        elif home and home != one.category:
            wrong = categories().get(one.category, one.category)
            faults.append(f"信息资源格式“{one.type}”属于{categories()[home]}，不属于{wrong}；请改正大类")
    return faults


def types_of(formats: Iterable[Format]) -> list[str]:
    """The types alone, as searched and counted."""
    return list(dict.fromkeys(one.type for one in formats))


def _written(one: Format, own: str) -> str:
    plain = "/" not in one.type and (_home(one.type) or own) == one.category
    return one.type if plain else f"{categories().get(one.category, one.category)}/{one.type}"


def _digit(text: str) -> str:
    word = text.strip()
    return word if word in categories() else next((digit for digit, name in categories().items() if name == word), "")


def _home(type_name: str) -> str:
    return _homes().get(type_name.lower(), "")


@lru_cache(maxsize=1)
def _homes() -> dict[str, str]:
    return {name: digit for digit, one in _table().items() for name in one["types"]}


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:  # a title and a list of types
    page: dict[str, dict[str, Any]] = yaml_text.load(FILE.read_text("utf-8"))  # as above
    return page
