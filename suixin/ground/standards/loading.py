"""Reading the YAML files, strictly: what a file says is either understood or refused by name."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import yaml

from suixin.ground.standards.rules import digest_of
from suixin.ground.standards.values import TYPE_LETTERS, BadStandard, CodeSet, DataElement
from suixin.kit import yaml_text

_CODE_SET_KEYS = {"code", "name", "version", "source", "entries", "aliases"}
_ELEMENT_KEYS = {"field", "name", "aliases", "type", "length", "scale", "unit", "code_set", "level", "mask"}


def read_code_sets(folders: tuple[Path, ...]) -> dict[str, CodeSet]:
    """Every code set of the folders by code, in order of file name. Raises BadStandard."""
    found: dict[str, CodeSet] = {}
    for path in _files(folders):
        code_set = _code_set(_read(path), path)
        if code_set.code in found:
            raise BadStandard(f"代码集 {code_set.code} 在 {path.name} 中重复;每个代码集只能有一个文件。")
        found[code_set.code] = code_set
    return found


def read_elements(folders: tuple[Path, ...]) -> list[DataElement]:
    """Every data element of the folders, in order of file name and place. Raises BadStandard."""
    found: dict[str, DataElement] = {}
    for path in _files(folders):
        entries = _read(path)
        if not isinstance(entries, list):
            raise BadStandard(f"数据元文件 {path.name} 应当是一个列表。")
        for position, entry in enumerate(entries, 1):
            element = _element(entry, f"数据元文件 {path.name} 第 {position} 条")
            if element.field in found:
                place = f"{path.name} 第 {position} 条"
                raise BadStandard(f"数据元文件 {place}的 field“{element.field}”已用过;请换名或合并。")
            found[element.field] = element
    return list(found.values())


def _files(folders: tuple[Path, ...]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob("*.yaml"))]


def _read(path: Path) -> object:
    try:
        with path.open(encoding="utf-8") as file:
            return yaml_text.load(file)
    except yaml.YAMLError as error:
        raise BadStandard(f"标准文件 {path.name} 不是合格的 YAML:{error}。") from error


def _code_set(data: object, path: Path) -> CodeSet:
    required = {"code", "name", "entries"}
    if not isinstance(data, dict) or not required <= set(data) or set(data) - _CODE_SET_KEYS:
        raise BadStandard(f"代码集文件 {path.name} 的键不对;须有 code、name、entries,"
            "可有 version、source、aliases。"
        )
    entries, aliases = _texts(data["entries"], path), _texts(data.get("aliases") or {}, path)
    unknown = sorted(set(aliases.values()) - set(entries))
    if unknown:
        raise BadStandard(f"代码集文件 {path.name} 的别名指向不存在的代码:{'、'.join(unknown)}。")
    by_name: dict[str, str] = {}
    for code, name in entries.items():
        by_name.setdefault(name, code)
    return CodeSet(
        code=str(data["code"]), name=str(data["name"]), version=str(data.get("version", "")),
        source=str(data.get("source", "")), entries=MappingProxyType(entries), aliases=MappingProxyType(aliases),
        by_name=MappingProxyType(by_name), digest=digest_of((code, name, "") for code, name in sorted(entries.items())), total=len(entries),
    )


def _texts(data: object, path: Path) -> dict[str, str]:
    if not isinstance(data, Mapping):
        raise BadStandard(f"代码集文件 {path.name} 的 entries 和 aliases 应当是“键: 值”。")
    for key, value in data.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise BadStandard(f"代码集文件 {path.name} 的“{key}”须加引号写成文字,否则前导零会丢。")
    return dict(data)


def _element(entry: object, place: str) -> DataElement:
    if not isinstance(entry, dict) or not {"field", "name", "type"} <= set(entry) or set(entry) - _ELEMENT_KEYS:
        raise BadStandard(f"{place}的键不对;须有 field、name、type,可用的键:{'、'.join(sorted(_ELEMENT_KEYS))}。")
    if entry["type"] not in TYPE_LETTERS:
        raise BadStandard(f"{place}的 type“{entry['type']}”不在 {''.join(sorted(TYPE_LETTERS))} 之中。")
    level = entry.get("level", 1)
    if level not in (1, 2, 3, 4):
        raise BadStandard(f"{place}的 level 须为 1 至 4,现为 {level}。")
    return DataElement(
        field=str(entry["field"]), name=str(entry["name"]), type=str(entry["type"]),
        aliases=tuple(str(alias) for alias in entry.get("aliases") or ()), length=entry.get("length"),
        scale=entry.get("scale"), unit=str(entry.get("unit") or ""), code_set=str(entry.get("code_set") or ""),
        level=level, mask=str(entry.get("mask") or ""),
    )
