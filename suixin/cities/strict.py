"""Reading declarations strictly: an unknown key, a missing key or a value of the wrong kind is a sentence."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from suixin.cities.errors import BadCityFile
from suixin.kit import yaml_text

Entry = dict[str, Any]  # Any: as YAML gives it; `checked` is what types it


def read_yaml(path: Path) -> object:
    """The file's content. Raises BadCityFile when there is no such file or it is no YAML."""
    try:
        content: object = yaml_text.load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadCityFile(f"缺少文件 {path.name},请在 {path.parent.name} 下补上。") from error
    except yaml.YAMLError as error:
        raise BadCityFile(f"{path.name} 不是合格的 YAML:{str(error).splitlines()[0]};请更正。") from error
    return content


def read_csv(path: Path) -> list[Entry]:
    """Rows of a CSV with a header, blanks left out so that they take their defaults."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]


def checked(content: object, allowed: Mapping[str, type], *, place: str, required: tuple[str, ...] = ()) -> Entry:
    """The entry when it has only allowed keys, of their types, and every required one. Raises BadCityFile."""
    if not isinstance(content, dict):
        raise BadCityFile(f"{place}应当是“键: 值”的形式。")
    for key in content:
        if key not in allowed:
            raise BadCityFile(f"{place}有不认识的键“{key}”;可用的键:{'、'.join(allowed)}。")
    for key in required:
        if content.get(key) in (None, ""):
            raise BadCityFile(f"{place}缺少键“{key}”,请补上。")
    for key, value in content.items():
        if type(value) is not allowed[key]:
            kinds = f"应为 {allowed[key].__name__},现为 {type(value).__name__}"
            raise BadCityFile(f"{place}的键“{key}”{kinds}(数字代码要加引号)。")
    return content


def entries(content: object, allowed: Mapping[str, type], *, place: str, required: tuple[str, ...] = ()) -> list[Entry]:
    """Every entry of a list, checked; the sentence names the position from 1."""
    if not isinstance(content, list):
        raise BadCityFile(f"{place}应当是一个列表。")
    return [checked(e, allowed, place=f"{place}第 {n} 条", required=required) for n, e in enumerate(content, 1)]


def day(text: str, place: str) -> date:
    """The date written as YYYY-MM-DD. Raises BadCityFile."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadCityFile(f"{place}的日期“{text}”应写成 YYYY-MM-DD。") from error
